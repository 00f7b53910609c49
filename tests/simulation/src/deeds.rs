//! What people do with what is written: change and delete it, react to it, say how far they have read; and what they do to channels
//! and to each other.

use std::rc::Rc;

use serde_json::json;

use crate::{
    browser::{Browser, Wanted, Wish},
    fold::Folded,
    promise::Model,
    world::World,
};

/// What people react with.
const EMOJI: [&str; 3] = ["👍", "🎉", "tada"];
/// Roles in the workspace; most people are no guests.
const ROLES: [&str; 5] = ["guest", "guest", "member", "admin", "owner"];
/// People that there are at most.
const PEOPLE_MAX: usize = 7;
/// The newest messages of a channel are those that people deal with.
const RECENT: usize = 12;

impl World {
    /// A person does something to what is there.
    pub(crate) fn does_more(&mut self, browser: usize) -> Vec<Wish> {
        match self.random.below(31) {
            0..4 => self.edits(browser),
            4..7 => self.deletes(browser),
            7..13 => self.reacts(browser),
            13..19 => self.marks_read(browser),
            19..22 => self.marks_unread(browser),
            22..25 => self.changes_channel(browser),
            25..29 => self.gives_role(browser),
            29 => self.says_activity(browser),
            _ => self.watches(browser),
        }
    }

    /// One of the newest messages that a browser has of a channel and that are not deleted: the author and whose browser it is say
    /// whether it will do.
    pub(crate) fn known_message(
        &mut self,
        browser: usize,
        channel: &Rc<str>,
        will_do: impl Fn(&Folded, &str) -> bool,
    ) -> Option<u64> {
        let client = self.browsers.get(browser)?;
        let copy = client.copies.get(channel)?;
        let messages: Vec<u64> = copy
            .newest()
            .filter(|(_, message)| message.deleted.is_none() && will_do(message, &client.user))
            .map(|(seq, _)| seq)
            .take(RECENT)
            .collect();
        self.random.pick(&messages).copied()
    }

    /// Has a browser do something with a message of one of its channels.
    fn with_message(
        &mut self,
        browser: usize,
        will_do: impl Fn(&Folded, &str) -> bool,
        deed: impl FnOnce(&mut Browser, &Rc<str>, u64, &mut Model) -> Vec<Wish>,
    ) -> Vec<Wish> {
        let Some(channel) = self.own_channel(browser) else {
            return Vec::new();
        };
        let Some(seq) = self.known_message(browser, &channel, will_do) else {
            return Vec::new();
        };
        match self.browsers.get_mut(browser) {
            Some(client) if client.single.is_none() => deed(client, &channel, seq, &mut self.model),
            _ => Vec::new(),
        }
    }

    fn edits(&mut self, browser: usize) -> Vec<Wish> {
        let mut text = self.next_text();
        if self.random.chance(400)
            && let Some(person) = self.any_person()
        {
            text = format!("{text} for <@{person}>");
        }
        let is_own = |message: &Folded, user: &str| message.user == user;
        self.with_message(browser, is_own, |client, channel, seq, _| {
            client.edit(channel, seq, &text)
        })
    }

    fn deletes(&mut self, browser: usize) -> Vec<Wish> {
        let others_too = self.random.chance(200);
        let will_do = |message: &Folded, user: &str| others_too || message.user == user;
        self.with_message(browser, will_do, |client, channel, seq, _| {
            client.delete(channel, seq)
        })
    }

    fn reacts(&mut self, browser: usize) -> Vec<Wish> {
        let emoji = self.random.pick(&EMOJI).copied().unwrap_or_default();
        let is_on = self.random.chance(650);
        self.with_message(
            browser,
            |_, _| true,
            |client, channel, seq, _| client.react(channel, seq, emoji, is_on),
        )
    }

    fn marks_read(&mut self, browser: usize) -> Vec<Wish> {
        let is_late = self.random.chance(400);
        self.with_message(
            browser,
            |_, _| true,
            |client, channel, seq, _| {
                let head = client.points.get(channel).map_or(seq, |point| point.seq);
                client.mark_read(channel, if is_late { seq } else { head })
            },
        )
    }

    fn marks_unread(&mut self, browser: usize) -> Vec<Wish> {
        self.with_message(browser, |_, _| true, Browser::mark_unread)
    }

    fn changes_channel(&mut self, browser: usize) -> Vec<Wish> {
        let Some(channel) = self.any_channel() else {
            return Vec::new();
        };
        let url = format!("/api/v1/channels/{channel}");
        let body = match self.random.below(4) {
            0 => json!({"name": format!("name {}", self.random.below(100))}),
            1 => json!({"archived": true}),
            _ => json!({"archived": false}),
        };
        self.change(browser, "PATCH", url, Some(body.to_string()))
    }

    fn gives_role(&mut self, browser: usize) -> Vec<Wish> {
        let readers: Vec<Rc<str>> = self
            .browsers
            .iter()
            .filter(|client| client.single.is_some() && client.is_signed_in())
            .map(|client| client.user.clone())
            .collect();
        let reader = self.random.pick(&readers).cloned();
        let user = match reader.filter(|_| self.random.chance(600)) {
            None => self.any_person(),
            reader => reader,
        };
        let (Some(user), Some(role)) = (user, self.random.pick(&ROLES).copied()) else {
            return Vec::new();
        };
        let body = json!({"role": role}).to_string();
        self.change(
            browser,
            "PATCH",
            format!("/api/v1/users/{user}"),
            Some(body),
        )
    }

    fn says_activity(&mut self, browser: usize) -> Vec<Wish> {
        let is_away = self.random.chance(500);
        match self.browsers.get_mut(browser) {
            Some(client) if client.single.is_none() => client.says_activity(is_away),
            _ => Vec::new(),
        }
    }

    fn watches(&mut self, browser: usize) -> Vec<Wish> {
        match (self.any_person(), self.browsers.get_mut(browser)) {
            (Some(user), Some(client)) if client.single.is_none() => client.watch(&user),
            _ => Vec::new(),
        }
    }

    /// Somebody new is asked in.
    pub(crate) fn invites(&mut self, browser: usize) -> Vec<Wish> {
        if self.town.people.len() >= PEOPLE_MAX {
            return Vec::new();
        }
        match self.browsers.get_mut(browser) {
            Some(client) if client.is_signed_in() => {
                let url = "/api/v1/invites".to_owned();
                client.call("POST", url, Some("{}".to_owned()), Wanted::Invite)
            }
            _ => Vec::new(),
        }
    }
}
