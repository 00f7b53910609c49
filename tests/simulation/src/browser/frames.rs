//! What arrives on a client's socket.

use std::rc::Rc;

use super::{Browser, Command, Phase, Timer, Wish};
use crate::{
    failure::Failure,
    fold::Messages,
    line::{Error, Line, Ok as ReplyOk},
    promise::{Ack, Model, Name, Point, parse},
    wire::Parcel,
};

/// How long a client waits where the server does not say, in milliseconds.
const RETRY_MS: u64 = 1_000;

impl Browser {
    /// Something arrives on the socket.
    pub fn arrived(&mut self, parcel: &Parcel, model: &mut Model) -> Result<Vec<Wish>, Failure> {
        match parcel {
            Parcel::Text(frame) => {
                self.silent_pings = 0;
                if **frame == *"pong" {
                    return Ok(Vec::new());
                }
                let mut wishes = Vec::new();
                for text in frame.split('\n').filter(|line| !line.is_empty()) {
                    let line = parse(text)?;
                    model.heard(self.key, text, &line)?;
                    wishes.extend(self.line(line, model)?);
                }
                Ok(wishes)
            }
            Parcel::Binary(_) => Err(Failure::Rule("frames are text", self.user.to_string())),
            Parcel::Close { code, reason } => self.closed(*code, reason, model),
            Parcel::Broken => Ok(self.lost(None, model)),
        }
    }

    fn closed(&mut self, code: u16, reason: &str, model: &mut Model) -> Result<Vec<Wish>, Failure> {
        match code {
            4000 => {
                let error: serde_json::Value = serde_json::from_str(reason).unwrap_or_default();
                let wait_ms = error
                    .get("retry_after_ms")
                    .and_then(serde_json::Value::as_u64);
                Ok(self.lost(wait_ms.map(|ms| ms * 1_000), model))
            }
            4500 => {
                let wishes = self.lost(None, model);
                if !self.is_signed_in() {
                    return Ok(wishes);
                }
                let how = format!("browser {} of {}", self.index, self.user);
                Err(Failure::Rule("a session ends by signing out", how))
            }
            4502 => {
                // Put out: what it had of the channel is over.
                self.points.clear();
                self.copies.clear();
                self.is_refused = true;
                Ok(self.lost(None, model))
            }
            4501 | 1009 => {
                let how = format!("{code} {reason} for {}", self.user);
                Err(Failure::Rule("this client speaks the protocol", how))
            }
            _ => Ok(self.lost(None, model)),
        }
    }

    fn line(&mut self, line: Line, model: &mut Model) -> Result<Vec<Wish>, Failure> {
        if let Some(re) = line.re {
            return self.replied(re, line.ok, line.error, model);
        }
        if let Some(n) = line.flow {
            let taken = format!("{{\"op\":\"flow\",\"n\":{n}}}");
            return Ok(vec![Wish::Frame(taken)]);
        }
        if let (Some(sync), Some(epoch), Some(seq)) = (&line.sync, &line.epoch, line.seq) {
            let log: Rc<str> = sync.as_str().into();
            if log.starts_with(['C', 'D']) {
                self.channels.insert(log.clone());
            }
            if line.recovered != Some(true) {
                self.copies.insert(log.clone(), Messages::from(seq));
            }
            let epoch = epoch.clone();
            self.points.insert(log, Point { epoch, seq });
            return Ok(Vec::new());
        }
        let (Some(event), Some(channel)) = (&line.event, &line.channel) else {
            return Ok(Vec::new());
        };
        if let (Some(seq), Some(point)) = (line.seq, self.points.get_mut(channel.as_str())) {
            if channel.starts_with(['C', 'D']) {
                let before = point.seq;
                let copy = self.copies.entry(channel.as_str().into());
                copy.or_insert_with(|| Messages::from(before)).fold(&line);
            }
            point.seq = seq;
        }
        if let ("presence", Some(user), Some(status)) = (event.as_str(), &line.user, &line.status)
            && let Some(known) = self.watched.get_mut(user.as_str())
        {
            *known = Some(status.clone());
        }
        if event == "left"
            && *channel == *self.user
            && let Some(subject) = &line.subject
        {
            self.points.remove(subject.as_str());
            self.copies.remove(subject.as_str());
            self.channels.remove(subject.as_str());
        }
        Ok(Vec::new())
    }

    fn replied(
        &mut self,
        re: u64,
        ok: Option<ReplyOk>,
        error: Option<Error>,
        model: &mut Model,
    ) -> Result<Vec<Wish>, Failure> {
        let Some(command) = self.commands.remove(&re) else {
            let how = format!("reply to {re}, which {} has not asked", self.user);
            return Err(Failure::Rule("every command has one reply", how));
        };
        match (command, ok, error) {
            (Command::Hello, Some(_), _) => {
                self.phase = Phase::Ready;
                self.failures = 0;
                let mut wishes = self.watch_all();
                wishes.extend(self.send_outbox(model));
                Ok(wishes)
            }
            (Command::Hello, None, error) => {
                let how = format!("{error:?} for {}", self.user);
                Err(Failure::Rule("hello is answered", how))
            }
            (Command::Send(name), Some(ok), _) => {
                self.outbox.take_out(&name);
                let ack = ack(ok, &name)?;
                model.acknowledged(&name, &ack, Some((self.key, re)))?;
                Ok(Vec::new())
            }
            (Command::Send(name), None, Some(error)) => self.refused(&name, &error),
            (Command::Page(channel, after), Some(ok), _) => {
                model.page(&channel, &ok.messages.unwrap_or_default(), after)?;
                Ok(Vec::new())
            }
            (Command::Read(channel, seq), Some(_), _) => {
                model.marks.is_told(&self.user, &channel, seq);
                Ok(Vec::new())
            }
            (Command::Watch, Some(ok), _) => {
                for presence in ok.presence.unwrap_or_default() {
                    if let Some(known) = self.watched.get_mut(presence.user.as_str()) {
                        *known = Some(presence.status);
                    }
                }
                Ok(Vec::new())
            }
            (Command::Probe(channel, is_allowed), ok, _) if ok.is_some() != is_allowed => {
                let how = format!(
                    "browser {} of {} may read {channel}: {is_allowed}",
                    self.index, self.user
                );
                Err(Failure::Rule("a gateway knows its user's role", how))
            }
            (
                Command::Send(_)
                | Command::Page(..)
                | Command::Read(..)
                | Command::Watch
                | Command::Probe(..)
                | Command::Other,
                ..,
            ) => Ok(Vec::new()),
        }
    }

    /// A message was not stored: for now, or for good.
    pub(super) fn refused(&mut self, name: &Name, error: &Error) -> Result<Vec<Wish>, Failure> {
        match error.code.as_str() {
            "overloaded" | "rate_limited" | "internal" => {
                self.outbox.refused_for_now(name);
                let wait_ms = error.retry_after_ms.unwrap_or(RETRY_MS);
                Ok(vec![Wish::Timer(wait_ms * 1_000, Timer::Resend)])
            }
            "not_a_member" | "not_found" | "forbidden" | "archived" => {
                self.outbox.take_out(name);
                Ok(Vec::new())
            }
            "not_authenticated" if !self.is_signed_in() => Ok(Vec::new()),
            code => Err(Failure::Rule(
                "a message is stored or refused for a reason",
                format!("{code} for {} of {}", name.client_message_id, name.user),
            )),
        }
    }
}

/// The acknowledgement in a reply.
fn ack(ok: ReplyOk, name: &Name) -> Result<Ack, Failure> {
    match (ok.seq, ok.at, ok.epoch, ok.duplicate) {
        (Some(seq), Some(at), Some(epoch), Some(duplicate)) => Ok(Ack {
            epoch,
            seq,
            at,
            duplicate,
        }),
        _ => Err(Failure::Rule(
            "an acknowledgement is whole",
            format!("of {} of {}", name.client_message_id, name.user),
        )),
    }
}
