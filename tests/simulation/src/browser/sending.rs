//! What a client sends: messages, until it is told that they are stored, and questions.

use std::rc::Rc;

use serde_json::json;

use super::{Browser, Command, Phase, Wanted, Wish};
use crate::{
    promise::{Model, Name},
    random::Random,
};

impl Browser {
    /// Writes a message and sends it if there is a connection.
    pub fn write(&mut self, channel: &Rc<str>, text: String, model: &mut Model) -> Vec<Wish> {
        self.letters += 1;
        let name = Name {
            channel: channel.clone(),
            user: self.user.clone(),
            client_message_id: format!("b{}-{}", self.index, self.letters).into(),
        };
        self.outbox.push(name, text);
        if self.phase == Phase::Ready {
            self.send_outbox(model)
        } else {
            Vec::new()
        }
    }

    /// Sends a message of the outbox by HTTP as well.
    pub fn send_by_http(&mut self, random: &mut Random, model: &mut Model) -> Vec<Wish> {
        let Some((name, text)) = self.outbox.any(random) else {
            return Vec::new();
        };
        model.sends(&name, &text);
        let body = json!({"client_message_id": &*name.client_message_id, "text": text});
        let url = format!("/api/v1/channels/{}/messages", name.channel);
        self.call(
            "POST",
            url,
            Some(body.to_string()),
            Wanted::Send(name, text),
        )
    }

    /// Sends a message of the outbox once more on the same socket.
    pub fn send_again(&mut self, random: &mut Random, model: &mut Model) -> Vec<Wish> {
        match self.outbox.any(random) {
            Some((name, text)) if self.phase == Phase::Ready => {
                vec![self.send_frame(name, &text, model)]
            }
            _ => Vec::new(),
        }
    }

    fn send_frame(&mut self, name: Name, text: &str, model: &mut Model) -> Wish {
        model.sends(&name, text);
        let (channel, id) = (name.channel.clone(), name.client_message_id.clone());
        let command = self.command(Command::Send(name));
        model.commands(self.key, command);
        let line = json!({"id": command, "op": "send", "channel": &*channel, "client_message_id": &*id, "text": text});
        Wish::Frame(line.to_string())
    }

    pub(super) fn send_outbox(&mut self, model: &mut Model) -> Vec<Wish> {
        self.outbox
            .take_waiting()
            .into_iter()
            .map(|(name, text)| self.send_frame(name, &text, model))
            .collect()
    }

    /// Asks for the newest messages on the socket.
    pub fn read_page(&mut self, channel: &Rc<str>, limit: u64) -> Vec<Wish> {
        let id = self.command(Command::Page(channel.clone()));
        let line = json!({"id": id, "op": "history", "channel": &**channel, "limit": limit});
        vec![Wish::Frame(line.to_string())]
    }

    /// Says how far a channel was read.
    pub fn mark_read(&mut self, channel: &Rc<str>) -> Vec<Wish> {
        let Some(point) = self.points.get(channel).filter(|point| point.seq > 0) else {
            return Vec::new();
        };
        let seq = point.seq;
        let id = self.command(Command::Other);
        let line = json!({"id": id, "op": "read", "channel": &**channel, "seq": seq});
        vec![Wish::Frame(line.to_string())]
    }
}
