//! What a client says once, whatever becomes of it: changes, markers, questions.

use std::rc::Rc;

use serde_json::{Value, json};

use super::{Browser, Command, Phase, Wish};
use crate::promise::Model;

impl Browser {
    /// Gives a command on the socket.
    fn say(&mut self, command: Command, mut line: Value) -> Vec<Wish> {
        if self.phase != Phase::Ready {
            return Vec::new();
        }
        let id = self.command(command);
        if let Some(fields) = line.as_object_mut() {
            fields.insert("id".to_owned(), id.into());
        }
        vec![Wish::Frame(line.to_string())]
    }

    /// Asks for the newest messages on the socket.
    pub fn read_page(&mut self, channel: &Rc<str>, limit: u64, model: &Model) -> Vec<Wish> {
        let line = json!({"op": "history", "channel": &**channel, "limit": limit});
        self.say(Command::Page(channel.clone(), model.deletions()), line)
    }

    /// Asks for a message of a channel that may be read or not.
    pub fn probe(&mut self, channel: &Rc<str>, is_allowed: bool) -> Vec<Wish> {
        let line = json!({"op": "history", "channel": &**channel, "limit": 1});
        self.say(Command::Probe(channel.clone(), is_allowed), line)
    }

    /// Says that a channel was read up to `seq`.
    pub fn mark_read(&mut self, channel: &Rc<str>, seq: u64) -> Vec<Wish> {
        let line = json!({"op": "read", "channel": &**channel, "seq": seq});
        self.say(Command::Read(channel.clone(), seq), line)
    }

    /// Says that everything from `seq` on is unread.
    pub fn mark_unread(&mut self, channel: &Rc<str>, seq: u64, model: &mut Model) -> Vec<Wish> {
        model.marks.asks_back(&self.user, channel, seq);
        let line = json!({"op": "mark_unread", "channel": &**channel, "seq": seq});
        self.say(Command::Other, line)
    }

    /// Gives a message another text.
    pub fn edit(&mut self, channel: &Rc<str>, seq: u64, text: &str) -> Vec<Wish> {
        let line = json!({"op": "edit", "channel": &**channel, "seq": seq, "text": text});
        self.say(Command::Other, line)
    }

    /// Deletes a message.
    pub fn delete(&mut self, channel: &Rc<str>, seq: u64) -> Vec<Wish> {
        let line = json!({"op": "delete", "channel": &**channel, "seq": seq});
        self.say(Command::Other, line)
    }

    /// Reacts to a message, or takes it back.
    pub fn react(&mut self, channel: &Rc<str>, seq: u64, emoji: &str, is_on: bool) -> Vec<Wish> {
        let op = if is_on { "react" } else { "unreact" };
        let line = json!({"op": op, "channel": &**channel, "seq": seq, "emoji": emoji});
        self.say(Command::Other, line)
    }

    /// "I am writing".
    pub fn types(&mut self, channel: &Rc<str>) -> Vec<Wish> {
        let line = json!({"op": "typing", "channel": &**channel});
        if self.phase == Phase::Ready {
            vec![Wish::Frame(line.to_string())]
        } else {
            Vec::new()
        }
    }

    /// Says whether its user is away.
    pub fn says_activity(&mut self, is_away: bool) -> Vec<Wish> {
        if self.phase != Phase::Ready {
            return Vec::new();
        }
        self.is_away = is_away;
        let status = if is_away { "away" } else { "active" };
        vec![Wish::Frame(
            json!({"op": "activity", "status": status}).to_string(),
        )]
    }

    /// Follows somebody's presence, on every connection from now on.
    pub fn watch(&mut self, user: &Rc<str>) -> Vec<Wish> {
        self.watched.entry(user.clone()).or_default();
        self.watch_all()
    }

    /// Follows on this connection whom it is not told of.
    pub(crate) fn watch_all(&mut self) -> Vec<Wish> {
        if self.single.is_some() || self.watched.values().all(Option::is_some) {
            return Vec::new();
        }
        let unknown = self.watched.iter().filter(|(_, known)| known.is_none());
        let users: Vec<&str> = unknown.map(|(user, _)| &**user).collect();
        let line = json!({"op": "watch", "users": users});
        self.say(Command::Watch, line)
    }
}
