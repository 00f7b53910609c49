//! What a channel's facts mean for its members' own logs: how far each has read, what that leaves, and who was named.
//!
//! All of it is told by durable events: those of the channel say what is to be, those of `U` what has become of it.

use std::collections::{BTreeMap, BTreeSet};

use super::Log;
use crate::{failure::Failure, line::Line};

/// The server counts up to here.
const UNREAD_MAX: u32 = 1_000;

/// A user and a channel.
type Place = (String, String);

/// What is known of everybody's own log.
#[derive(Debug, Default)]
pub struct Marks {
    /// How far a user has read a channel that they are in.
    read: BTreeMap<Place, u64>,
    /// How often a user has come into a channel by their own log.
    joined: BTreeMap<Place, usize>,
    /// Where users have asked for a marker to go back to.
    asked_back: BTreeSet<(String, String, u64)>,
    /// The farthest that a user was told to have read, where they never asked for the marker to go back.
    told: BTreeMap<Place, u64>,
    /// How often a message names a member anew, and how often their own log says so.
    named: BTreeMap<(String, String, u64), (u32, u32)>,
    /// What somebody is in the workspace, by its log and by their own.
    roles: BTreeMap<String, (String, String)>,
}

impl Marks {
    /// How far a user has read a channel, by their own log.
    pub fn read_up_to(&self, user: &str, channel: &str) -> Option<u64> {
        let place = (user.to_owned(), channel.to_owned());
        self.read.get(&place).copied()
    }

    /// What a user is, by the workspace's log.
    pub fn role(&self, user: &str) -> &str {
        self.roles.get(user).map_or("", |(given, _)| given)
    }

    /// The channels that a user is in, by their own log.
    pub fn channels(&self, user: &str) -> BTreeSet<&str> {
        let places = self.read.keys();
        let own = places.filter(|(owner, _)| owner == user);
        own.map(|(_, channel)| channel.as_str()).collect()
    }

    /// A user asks for everything from `seq` on to be unread.
    pub fn asks_back(&mut self, user: &str, channel: &str, seq: u64) {
        let back = (user.to_owned(), channel.to_owned(), seq.saturating_sub(1));
        self.asked_back.insert(back);
    }

    /// A user is told that they have read a channel up to `seq`.
    pub fn is_told(&mut self, user: &str, channel: &str, seq: u64) {
        let place = (user.to_owned(), channel.to_owned());
        let told = self.told.entry(place).or_default();
        *told = seq.max(*told);
    }

    /// An event of a channel has become durable: whom it names anew is to be told.
    pub(super) fn names(&mut self, log: &Log, channel: &str, line: &Line, seq: u64) {
        let target = match line.event.as_deref() {
            Some("message") => seq,
            Some("message_edited") => line.target.unwrap_or(seq),
            _ => return,
        };
        for user in line.named() {
            let is_new = !line.mentions_before.contains(user);
            if is_new && line.user.as_ref() != Some(user) && log.members.is_in(user, seq) {
                let key = (user.clone(), channel.to_owned(), target);
                self.named.entry(key).or_default().0 += 1;
            }
        }
    }

    /// An event of a user's own log has become durable; it may be about the channel `log`.
    pub(super) fn of_user(
        &mut self,
        user: &str,
        line: &Line,
        log: Option<&Log>,
    ) -> Result<(), Failure> {
        if let (Some("role_given"), Some(role)) = (line.event.as_deref(), &line.role) {
            self.roles.entry(user.to_owned()).or_default().1 = role.clone();
        }
        let (Some(event), Some(channel)) = (line.event.as_deref(), &line.subject) else {
            return Ok(());
        };
        let place = (user.to_owned(), channel.clone());
        match event {
            "joined" => {
                let times = self.joined.entry(place.clone()).or_default();
                let from = log.and_then(|log| log.members.came_at(user, *times));
                *times += 1;
                let Some(from) = from else {
                    let how = format!("{user} is told to be in {channel}, which does not say so");
                    return Err(Failure::Rule("an effect has its cause", how));
                };
                self.read.insert(place, from);
            }
            "left" => {
                self.read.remove(&place);
            }
            "read" => return self.moves(user, channel, line, log),
            "mentioned" => {
                let target = line.target.unwrap_or(0);
                let key = (user.to_owned(), channel.clone(), target);
                let (named, told) = self.named.entry(key).or_default();
                *told += 1;
                if told > named {
                    let how = format!(
                        "{user} is told {told} times of {channel} {target}, which names them {named} times"
                    );
                    return Err(Failure::Rule("an effect is taken in once", how));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn moves(
        &mut self,
        user: &str,
        channel: &str,
        line: &Line,
        log: Option<&Log>,
    ) -> Result<(), Failure> {
        let place = (user.to_owned(), channel.to_owned());
        let to = line.last_read_seq.unwrap_or(0);
        let before = self.read.insert(place, to).unwrap_or(0);
        let back = (user.to_owned(), channel.to_owned(), to);
        if to < before && !self.asked_back.contains(&back) {
            let how = format!("{user} had read {channel} up to {before}, and now only to {to}");
            return Err(Failure::Rule("a read marker goes back by wish only", how));
        }
        let told = (line.unread.unwrap_or(0), line.naming());
        let counted = line.counted_seq.unwrap_or(0);
        let Some(log) = log else {
            return Ok(());
        };
        let expected = capped(log.truth.unread(user, to, counted));
        if told != expected {
            let how = format!(
                "{user} has {told:?} unread in {channel} after {to} by event {counted}; it is {expected:?}"
            );
            return Err(Failure::Rule("what is unread is counted", how));
        }
        Ok(())
    }

    /// An event of a workspace has become durable.
    pub fn of_workspace(&mut self, line: &Line) {
        if let (Some(event), Some(user), Some(role)) =
            (line.event.as_deref(), &line.subject, &line.role)
        {
            let of = self.roles.entry(user.clone()).or_default();
            of.0.clone_from(role);
            if event == "user_joined" {
                of.1.clone_from(role);
            }
        }
    }

    /// Everything has come to rest: whoever was named was told, and no marker was lost.
    pub fn rested(&self) -> Result<(), Failure> {
        for ((user, channel, target), (named, told)) in &self.named {
            if named != told {
                let how = format!(
                    "{channel} {target} names {user} {named} times, of which they were told {told} times"
                );
                return Err(Failure::Rule("every effect is taken in", how));
            }
        }
        for ((user, channel), told) in &self.told {
            let place = (user.clone(), channel.clone());
            let goes_back = self
                .asked_back
                .iter()
                .any(|(who, what, _)| who == user && what == channel);
            if let Some(read) = self.read.get(&place)
                && read < told
                && !goes_back
            {
                let how = format!("{user} has read {channel} up to {told}; their log says {read}");
                return Err(Failure::Rule("every effect is taken in", how));
            }
        }
        for (user, (given, has)) in &self.roles {
            if given != has {
                let how = format!("{user} is {given} in the workspace and {has} in their own log");
                return Err(Failure::Rule("every effect is taken in", how));
            }
        }
        Ok(())
    }
}

/// A count as the server gives it.
pub fn capped((messages, mentions): (u32, u32)) -> (u32, u32) {
    (messages.min(UNREAD_MAX), mentions.min(UNREAD_MAX))
}
