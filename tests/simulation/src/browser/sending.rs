//! What a client sends until it is told that it is stored: messages.

use std::rc::Rc;

use serde_json::json;

use super::{Browser, Command, Draft, Phase, Wanted, Wish};
use crate::{
    promise::{Model, Name},
    random::Random,
};

impl Browser {
    /// Writes a message and sends it if there is a connection.
    pub fn write(&mut self, channel: &Rc<str>, draft: Draft, model: &mut Model) -> Vec<Wish> {
        self.letters += 1;
        let name = Name {
            channel: channel.clone(),
            user: self.user.clone(),
            client_message_id: format!("b{}-{}", self.index, self.letters).into(),
        };
        self.outbox.push(name, draft);
        if self.phase == Phase::Ready {
            self.send_outbox(model)
        } else {
            Vec::new()
        }
    }

    /// Sends a message of the outbox by HTTP as well.
    pub fn send_by_http(&mut self, random: &mut Random, model: &mut Model) -> Vec<Wish> {
        let Some((name, draft)) = self.outbox.any(random) else {
            return Vec::new();
        };
        model.sends(&name, &draft.text);
        let mut body = json!({"client_message_id": &*name.client_message_id, "text": draft.text});
        reply(&mut body, &draft);
        let url = format!("/api/v1/channels/{}/messages", name.channel);
        self.call("POST", url, Some(body.to_string()), Wanted::Send(name))
    }

    /// Sends a message of the outbox once more on the same socket.
    pub fn send_again(&mut self, random: &mut Random, model: &mut Model) -> Vec<Wish> {
        match self.outbox.any(random) {
            Some((name, draft)) if self.phase == Phase::Ready => {
                vec![self.send_frame(name, &draft, model)]
            }
            _ => Vec::new(),
        }
    }

    fn send_frame(&mut self, name: Name, draft: &Draft, model: &mut Model) -> Wish {
        model.sends(&name, &draft.text);
        let (channel, id) = (name.channel.clone(), name.client_message_id.clone());
        let command = self.command(Command::Send(name));
        model.commands(self.key, command);
        let mut line = json!({"id": command, "op": "send", "channel": &*channel, "client_message_id": &*id, "text": draft.text});
        reply(&mut line, draft);
        Wish::Frame(line.to_string())
    }

    pub(super) fn send_outbox(&mut self, model: &mut Model) -> Vec<Wish> {
        self.outbox
            .take_waiting()
            .into_iter()
            .map(|(name, draft)| self.send_frame(name, &draft, model))
            .collect()
    }
}

/// Says what a message replies to.
fn reply(fields: &mut serde_json::Value, draft: &Draft) {
    if let (Some((root, also)), Some(fields)) = (draft.reply, fields.as_object_mut()) {
        fields.insert("thread".to_owned(), root.into());
        fields.insert("also_to_channel".to_owned(), also.into());
    }
}
