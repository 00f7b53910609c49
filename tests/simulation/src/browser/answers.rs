//! What comes of a client's HTTP calls.

use serde::Deserialize;

use super::{Browser, Phase, Session, Wanted, Wish};
use crate::{
    failure::Failure,
    http::HttpAnswer,
    line::{Error, PageMessage},
    promise::{Ack, Model, Name, SocketKey},
    wire::WireId,
};

/// What an HTTP call gave that others want to know of.
#[derive(Debug)]
pub enum News {
    /// Nothing.
    None,
    /// There is a channel.
    Channel {
        /// Its id.
        id: String,
        /// Whether everybody may find it.
        is_public: bool,
    },
    /// A link to sign in with.
    Link(String),
    /// A session on another device.
    Session(String),
    /// The code of an invite.
    Invite(String),
    /// A new person.
    Person {
        /// Their id.
        user: String,
        /// Their first session's token.
        token: String,
    },
    /// A socket that nobody wants any more.
    Unwanted(WireId),
}

#[derive(Deserialize)]
struct Stored {
    epoch: String,
    seq: u64,
    at: u64,
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<PageMessage>,
}

#[derive(Deserialize)]
struct Made {
    channel: Id,
}

#[derive(Deserialize)]
struct Link {
    code: String,
}

#[derive(Deserialize)]
struct SignedIn {
    token: String,
    user: Id,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

impl Browser {
    /// An HTTP call is answered. `key` is what the model calls the socket that may come of it.
    pub fn answered(
        &mut self,
        call: u64,
        dial: u32,
        answer: HttpAnswer,
        key: SocketKey,
        model: &mut Model,
    ) -> Result<(Vec<Wish>, News), Failure> {
        let Some(wanted) = self.calls.remove(&call) else {
            let news = match answer {
                HttpAnswer::Socket(wire) => News::Unwanted(wire),
                HttpAnswer::Came { .. } | HttpAnswer::Lost => News::None,
            };
            return Ok((Vec::new(), news));
        };
        let (status, body) = match answer {
            HttpAnswer::Socket(wire) if dial != self.dial || self.phase != Phase::Dialling => {
                return Ok((Vec::new(), News::Unwanted(wire)));
            }
            HttpAnswer::Socket(wire) => return Ok((self.opened(wire, key, model), News::None)),
            HttpAnswer::Came { status, body } => (status, body),
            HttpAnswer::Lost => (0, String::new()),
        };
        let is_done = (200..300).contains(&status);
        match wanted {
            Wanted::Socket if dial == self.dial && self.phase == Phase::Dialling => {
                self.is_refused = self.single.is_some() && matches!(status, 403 | 404);
                if self.is_refused {
                    self.points.clear();
                    self.copies.clear();
                }
                if status == 401 && self.is_signed_in() && self.was_let_in {
                    let how = format!("browser {} of {}", self.index, self.user);
                    return Err(Failure::Rule("a session ends by signing out", how));
                }
                Ok((self.lost(None, model), News::None))
            }
            Wanted::Send(name) => self.sent_by_http(&name, status, &body, model),
            Wanted::Page(channel, after) if is_done => {
                let page: Page = read(&body)?;
                model.page(&channel, &page.messages, after)?;
                Ok((Vec::new(), News::None))
            }
            Wanted::Channel { is_public } if is_done => {
                let Made { channel } = read(&body)?;
                let id = channel.id;
                Ok((Vec::new(), News::Channel { id, is_public }))
            }
            Wanted::Link if is_done => {
                let Link { code } = read(&body)?;
                Ok((Vec::new(), News::Link(code)))
            }
            Wanted::Session if is_done => {
                let SignedIn { token, .. } = read(&body)?;
                Ok((Vec::new(), News::Session(token)))
            }
            Wanted::Invite if is_done => {
                let Link { code } = read(&body)?;
                Ok((Vec::new(), News::Invite(code)))
            }
            Wanted::Newcomer if is_done => {
                let SignedIn { token, user } = read(&body)?;
                let user = user.id;
                Ok((Vec::new(), News::Person { user, token }))
            }
            Wanted::SignOut => {
                if is_done {
                    self.session = Session::Ended;
                }
                Ok((Vec::new(), News::None))
            }
            Wanted::Socket
            | Wanted::Page(..)
            | Wanted::Channel { .. }
            | Wanted::Invite
            | Wanted::Newcomer
            | Wanted::Link
            | Wanted::Session
            | Wanted::Change => Ok((Vec::new(), News::None)),
        }
    }

    fn sent_by_http(
        &mut self,
        name: &Name,
        status: u16,
        body: &str,
        model: &mut Model,
    ) -> Result<(Vec<Wish>, News), Failure> {
        if (200..300).contains(&status) {
            let Stored { epoch, seq, at } = read(body)?;
            let ack = Ack {
                epoch,
                seq,
                at,
                duplicate: status == 200,
            };
            model.acknowledged(name, &ack, None)?;
        } else if status == 409 {
            let error: Error = read(body)?;
            self.refused(name, &error)?;
        }
        // Anything else leaves it to the socket.
        Ok((Vec::new(), News::None))
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, Failure> {
    serde_json::from_str(body).map_err(|error| {
        Failure::Rule(
            "answers are what the call answers",
            format!("{error} in {body}"),
        )
    })
}
