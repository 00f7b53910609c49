//! What people do: write most of the time, come and go, make channels, close their tabs.

use std::rc::Rc;

use serde_json::json;

use crate::{
    browser::{Browser, Draft, Phase, Wanted, Wish},
    world::{Event, World},
};

/// How often there is a lull, in microseconds, and how long it lasts.
const LULL_EVERY_US: u64 = 16_000_000;
const LULL_US: u64 = 8_000_000;
/// A long text, in bytes.
const TEXT_LONG_BYTES: u64 = 15_000;
/// Clients that there are at most.
const CLIENTS_MAX: usize = 14;
/// Channels that there are at most.
const CHANNELS_MAX: usize = 6;

impl World {
    /// A person does something, and puts down when they do the next thing.
    pub(crate) fn acts(&mut self, browser: usize) {
        if !self.is_busy {
            return;
        }
        let next_us = self.next_act_us();
        self.agenda.put(next_us, Event::Acts(browser));
        let is_reader = self
            .browsers
            .get(browser)
            .is_some_and(|client| client.single.is_some());
        let wishes = match self.random.below(100) {
            95..100 if is_reader => self.signs_out(browser),
            0..30 => self.writes(browser),
            30..33 => self.sends_again(browser),
            33..36 => self.sends_by_http(browser),
            36..41 => self.reads(browser),
            41..43 => self.types(browser),
            43..74 => self.does_more(browser),
            74..79 => self.joins(browser),
            79..82 => self.leaves(browser),
            82..88 => self.adds(browser),
            88..91 => self.removes(browser),
            91..93 => self.makes_channel(browser),
            93..95 => self.invites(browser),
            95..97 => self.reloads(browser, false),
            97 => self.reloads(browser, true),
            98 => self.signs_in_elsewhere(browser),
            _ => self.signs_out(browser),
        };
        self.fulfil(browser, wishes);
    }

    /// When somebody does the next thing.
    pub(crate) fn next_act_us(&mut self) -> u64 {
        let next_us = self.now_us + self.random.around(self.plan.pause_us);
        self.after_lull(next_us)
    }

    /// A text that nobody has written before.
    pub(crate) fn next_text(&mut self) -> String {
        self.town.texts += 1;
        format!("text {}", self.town.texts)
    }

    /// The first moment from `at_us` on that is in no lull.
    fn after_lull(&self, at_us: u64) -> u64 {
        let within_us = at_us % LULL_EVERY_US;
        if self.plan.has_lulls && within_us < LULL_US {
            at_us - within_us + LULL_US
        } else {
            at_us
        }
    }

    /// One of the channels that the browser has.
    pub(crate) fn own_channel(&mut self, browser: usize) -> Option<Rc<str>> {
        let channels: Vec<Rc<str>> = self
            .browsers
            .get(browser)?
            .channels
            .iter()
            .cloned()
            .collect();
        self.random.pick(&channels).cloned()
    }

    pub(crate) fn any_channel(&mut self) -> Option<Rc<str>> {
        self.random
            .pick(&self.town.channels)
            .map(|(id, _)| id.clone())
    }

    pub(crate) fn any_person(&mut self) -> Option<Rc<str>> {
        self.random.pick(&self.town.people).cloned()
    }

    fn is_ready(&self, browser: usize) -> bool {
        let phase = self.browsers.get(browser).map(|client| client.phase);
        phase == Some(Phase::Ready)
    }

    fn writes(&mut self, browser: usize) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let burst = match self.random.below(8) {
            0 => self.random.between(2, 12),
            _ => 1,
        };
        for _ in 0..burst {
            let Some(channel) = self.own_channel(browser) else {
                break;
            };
            let mut text = self.next_text();
            if self.random.chance(250)
                && let Some(person) = self.any_person()
            {
                text = format!("{text} for <@{person}>");
            }
            if self.random.chance(self.plan.long_per_mille) {
                let length = self.random.between(1_000, TEXT_LONG_BYTES);
                text.push_str(&" x".repeat(usize::try_from(length / 2).unwrap_or(0)));
            }
            if self.random.chance(30) {
                text.push_str(" for <!channel>");
            }
            let reply = match self.random.below(4) {
                0 => self
                    .known_message(browser, &channel, |message, _| message.thread.is_none())
                    .map(|root| (root, self.random.chance(300))),
                _ => None,
            };
            let draft = Draft { text, reply };
            if let Some(client) = self.browsers.get_mut(browser) {
                wishes.extend(client.write(&channel, draft, &mut self.model));
            }
        }
        wishes
    }

    fn sends_again(&mut self, browser: usize) -> Vec<Wish> {
        match self.browsers.get_mut(browser) {
            Some(client) => client.send_again(&mut self.random, &mut self.model),
            None => Vec::new(),
        }
    }

    fn sends_by_http(&mut self, browser: usize) -> Vec<Wish> {
        match self.browsers.get_mut(browser) {
            Some(client) => client.send_by_http(&mut self.random, &mut self.model),
            None => Vec::new(),
        }
    }

    fn reads(&mut self, browser: usize) -> Vec<Wish> {
        let Some(channel) = self.own_channel(browser) else {
            return Vec::new();
        };
        let limit = self.random.between(1, 30);
        let by_socket = self.random.chance(500) && self.is_ready(browser);
        let Some(client) = self.browsers.get_mut(browser) else {
            return Vec::new();
        };
        if by_socket {
            return client.read_page(&channel, limit, &self.model);
        }
        let url = format!("/api/v1/channels/{channel}/messages?limit={limit}");
        let wanted = Wanted::Page(channel, self.model.deletions());
        client.call("GET", url, None, wanted)
    }

    fn types(&mut self, browser: usize) -> Vec<Wish> {
        match self.own_channel(browser) {
            Some(channel) => match self.browsers.get_mut(browser) {
                Some(client) => client.types(&channel),
                None => Vec::new(),
            },
            None => Vec::new(),
        }
    }

    pub(crate) fn change(
        &mut self,
        browser: usize,
        method: &'static str,
        url: String,
        body: Option<String>,
    ) -> Vec<Wish> {
        match self.browsers.get_mut(browser) {
            Some(client) => client.call(method, url, body, Wanted::Change),
            None => Vec::new(),
        }
    }

    fn joins(&mut self, browser: usize) -> Vec<Wish> {
        match self.any_channel() {
            Some(channel) => {
                let url = format!("/api/v1/channels/{channel}/join");
                self.change(browser, "POST", url, None)
            }
            None => Vec::new(),
        }
    }

    fn leaves(&mut self, browser: usize) -> Vec<Wish> {
        match self.own_channel(browser) {
            Some(channel) => {
                let url = format!("/api/v1/channels/{channel}/leave");
                self.change(browser, "POST", url, None)
            }
            None => Vec::new(),
        }
    }

    fn adds(&mut self, browser: usize) -> Vec<Wish> {
        match (self.own_channel(browser), self.any_person()) {
            (Some(channel), Some(person)) => {
                let url = format!("/api/v1/channels/{channel}/members");
                let body = json!({"user": &*person}).to_string();
                self.change(browser, "POST", url, Some(body))
            }
            _ => Vec::new(),
        }
    }

    fn removes(&mut self, browser: usize) -> Vec<Wish> {
        match (self.own_channel(browser), self.any_person()) {
            (Some(channel), Some(person)) => {
                let url = format!("/api/v1/channels/{channel}/members/{person}");
                self.change(browser, "DELETE", url, None)
            }
            _ => Vec::new(),
        }
    }

    fn makes_channel(&mut self, browser: usize) -> Vec<Wish> {
        if self.town.channels.len() >= CHANNELS_MAX {
            return Vec::new();
        }
        let (choice, person) = (self.random.below(3), self.any_person());
        let Some(client) = self.browsers.get_mut(browser) else {
            return Vec::new();
        };
        let is_public = choice == 0;
        let wanted = Wanted::Channel { is_public };
        if let (2, Some(person)) = (choice, person) {
            let body = json!({"users": [&*person]}).to_string();
            return client.call("POST", "/api/v1/directs".to_owned(), Some(body), wanted);
        }
        let kind = if is_public { "public" } else { "private" };
        let body = json!({"name": "later", "kind": kind}).to_string();
        client.call("POST", "/api/v1/channels".to_owned(), Some(body), wanted)
    }

    fn signs_in_elsewhere(&mut self, browser: usize) -> Vec<Wish> {
        if self.browsers.len() >= CLIENTS_MAX {
            return Vec::new();
        }
        match self.browsers.get_mut(browser) {
            Some(client) if client.is_signed_in() => {
                let url = "/api/v1/sign-in-links".to_owned();
                client.call("POST", url, Some("{}".to_owned()), Wanted::Link)
            }
            _ => Vec::new(),
        }
    }

    /// Ends a session, if its user has another one.
    fn signs_out(&mut self, browser: usize) -> Vec<Wish> {
        let Some(user) = self.browsers.get(browser).map(|client| client.user.clone()) else {
            return Vec::new();
        };
        let is_alive = |client: &&Browser| {
            client.user == user && client.single.is_none() && client.is_signed_in()
        };
        let is_reader = self
            .browsers
            .get(browser)
            .is_some_and(|client| client.single.is_some());
        let others = usize::from(!is_reader);
        if self.browsers.iter().filter(is_alive).count() <= others {
            return Vec::new();
        }
        match self.browsers.get_mut(browser) {
            Some(client) if client.is_signed_in() => client.sign_out(),
            _ => Vec::new(),
        }
    }

    fn reloads(&mut self, browser: usize, is_forgetful: bool) -> Vec<Wish> {
        let after_us = self.random.magnitude(10_000, 10_000_000);
        match self.browsers.get_mut(browser) {
            Some(client) if client.phase == Phase::Ready => {
                client.reload(is_forgetful, after_us, &mut self.model)
            }
            _ => Vec::new(),
        }
    }
}
