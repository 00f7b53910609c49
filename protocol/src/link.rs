//! The records between a gateway and a channel server.
//!
//! A link is one WebSocket that the gateway dials. Its binary frames are records one after the other, in postcard's encoding.
//! Both sides are deployed at different moments, so enums grow at their end only. What a channel server wants passed on to
//! browsers is opaque here: lines that were encoded once, by the channel server.
//!
//! **Credit.** A gateway has at most [`FRAMES_UP_MAX`] frames on the way that the channel server has not answered with
//! [`Down::Credit`], one per frame; meanwhile it collects. So what arrives together is stored by one commit.
//!
//! **Sleep.** An idle gateway says [`Up::Sleep`] and closes the link once it has [`Down::Asleep`]. The channel server keeps its
//! subscriptions and sends what there is for it as the body of a request: [`Down::Event`]s and [`Down::SessionsEnded`], or nothing
//! where the gateway has to ask what it missed. The answer is [`Up::Unsubscribe`] or
//! [`Up::UnsubscribeAll`] records for what it does not want any more.
//!
//! **Presence.** A gateway says of each user whose own log is at the channel server what they are there, whenever that changes
//! ([`Up::Present`]), and the digest of all of them whenever it has dialled. Where the digests differ the channel server asks for
//! all. Of a gateway without a link it asks the same in the body of a request, and tells it of those whom it watches.

use serde::{Deserialize, Serialize};

use crate::{api::Role, presence::Status};

/// Frames that a gateway has up a link without [`Down::Credit`].
pub const FRAMES_UP_MAX: u32 = 2;

/// From the gateway to the channel server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Up<'a> {
    /// A connection wants a log: [`Down::Backlog`] and [`Down::Subscribed`], or [`Down::Refused`]. From then on the gateway gets
    /// the log's events.
    Subscribe {
        /// What the answer quotes.
        request: u32,
        /// The log.
        log: &'a str,
        /// The workspace of the connection.
        workspace: &'a str,
        /// The user of the connection.
        user: &'a str,
        /// The session of the connection; it has to be alive where the log is the user's own.
        session: &'a str,
        /// Epoch and seq from which the connection has everything.
        since: Option<(&'a str, u64)>,
    },
    /// The gateway has everything of a log up to here and wants the rest: [`Down::Event`]s and [`Down::Resumed`].
    Resume {
        /// The log.
        log: &'a str,
        /// The epoch that `seq` counts in.
        epoch: &'a str,
        /// The last event passed on.
        seq: u64,
    },
    /// No connection wants the log any more.
    Unsubscribe {
        /// The log.
        log: &'a str,
    },
    /// A command of a connection: [`Down::Reply`] or [`Down::Refused`].
    Command {
        /// What the answer quotes.
        request: u32,
        /// The log.
        log: &'a str,
        /// The workspace of the connection.
        workspace: &'a str,
        /// The user of the connection.
        user: &'a str,
        /// Their role in the workspace.
        role: Role,
        /// A [`crate::command::ChannelOp`] as JSON.
        op: &'a [u8],
    },
    /// The user of a connection is writing.
    Typing {
        /// The log.
        log: &'a str,
        /// The workspace of the connection.
        workspace: &'a str,
        /// The user of the connection.
        user: &'a str,
    },
    /// The gateway goes to sleep: [`Down::Asleep`].
    Sleep,
    /// The gateway wants nothing of this channel server.
    UnsubscribeAll,
    /// What a user is at this gateway from now on.
    Present {
        /// The user.
        user: &'a str,
        /// Merged over their connections.
        status: Status,
    },
    /// What [`crate::presence::digest`] gives for all the people that the gateway has here: [`Down::AskPeople`] where it is another one.
    Digest {
        /// The digest.
        digest: u64,
    },
    /// A part of all the people that the gateway has here. With the first part everybody else is in doubt, and offline unless the
    /// gateway says soon that they are there.
    People {
        /// Whether it is the first part.
        is_first: bool,
        /// Each with whether they are away.
        people: Vec<(&'a str, bool)>,
    },
    /// Connections watch these users: [`Down::Presence`] for each, now and whenever it changes.
    Watch {
        /// The workspace of the connections.
        workspace: &'a str,
        /// The users.
        users: Vec<&'a str>,
    },
    /// No connection watches these users any more.
    Unwatch {
        /// The users.
        users: Vec<&'a str>,
    },
}

/// From the channel server to the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Down<'a> {
    /// One frame up has been taken in.
    Credit,
    /// Something happened in a log; `line` goes to its connections as it is.
    Event {
        /// The log.
        log: &'a str,
        /// Its seq; 0 in transient events.
        seq: u64,
        /// What the gateway itself has to do.
        hint: Hint<'a>,
        /// The event's line.
        line: &'a [u8],
    },
    /// Missed events for one subscription, complete with its [`Down::Subscribed`].
    Backlog {
        /// Whose.
        request: u32,
        /// Lines, each but the last ended by `\n`.
        lines: &'a [u8],
    },
    /// A connection has a log from here on.
    Subscribed {
        /// Whose.
        request: u32,
        /// The epoch of the log.
        epoch: &'a str,
        /// Its head: what follows counts on from here.
        seq: u64,
        /// Whether the backlog was everything that was missed.
        recovered: bool,
        /// The channels of the user where the log is a user's.
        channels: Vec<&'a str>,
        /// The role of the user in the workspace where the log is a user's.
        role: Option<Role>,
    },
    /// The gateway has a log from here on.
    Resumed {
        /// The log.
        log: &'a str,
        /// The epoch of the log.
        epoch: &'a str,
        /// Its head.
        seq: u64,
        /// Whether everything missed was given; where not, each connection has to subscribe anew.
        recovered: bool,
    },
    /// A command was done.
    Reply {
        /// Whose.
        request: u32,
        /// The reply's `ok` as JSON.
        ok: &'a [u8],
    },
    /// A command or subscription was not done.
    Refused {
        /// Whose.
        request: u32,
        /// The reply's `error` as JSON.
        error: &'a [u8],
    },
    /// Sessions of a user have ended: their connections are closed.
    SessionsEnded {
        /// Whose.
        user: &'a str,
        /// The one that ended; `None` is all.
        session: Option<&'a str>,
    },
    /// Nothing comes down this link any more: what there is for the gateway comes as the body of a request to it.
    Asleep,
    /// Which people the gateway has here: [`Up::Digest`] where it is the same digest, else [`Up::People`].
    AskPeople {
        /// Of those whom the channel server knows of.
        digest: u64,
    },
    /// The presence of a user whom the gateway watches.
    Presence {
        /// The workspace that was said in [`Up::Watch`].
        workspace: &'a str,
        /// The user.
        user: &'a str,
        /// What they are; `None` where the workspace has no such person, who is not watched then.
        status: Option<Status>,
        /// As in [`crate::presence::Presence`].
        last_seen_ms: u64,
    },
}

/// What an event means for the gateway itself, so that it need not read the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hint<'a> {
    /// Nothing.
    None,
    /// This user gets neither this event nor any later one of the log.
    Cut(&'a str),
    /// The log's user is in this channel: their connections subscribe to it.
    Joined(&'a str),
    /// The log's user is out of this channel.
    Left(&'a str),
    /// A message has lost what it said: lines of the log from before are not to be given out any more.
    Deleted,
    /// The log's user has this role in the workspace from now on.
    Role(Role),
}

/// A frame holds something that is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotARecord;

/// Appends `record` to a frame.
pub fn write<T: Serialize>(frame: &mut Vec<u8>, record: &T) {
    // Writing to memory fails for types that postcard has no form for only, and records are none of these.
    if let Ok(bytes) = postcard::to_allocvec(record) {
        frame.extend_from_slice(&bytes);
    }
}

/// The records of a frame, one after the other; ends after the first that can't be read.
pub fn read<'a, T: Deserialize<'a> + 'a>(
    mut frame: &'a [u8],
) -> impl Iterator<Item = Result<T, NotARecord>> + 'a {
    std::iter::from_fn(move || {
        if frame.is_empty() {
            return None;
        }
        let Ok((record, rest)) = postcard::take_from_bytes(frame) else {
            frame = &[];
            return Some(Err(NotARecord));
        };
        frame = rest;
        Some(Ok(record))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_a_frame_come_back_in_order() {
        let sent = [
            Down::Credit,
            Down::Event {
                log: "C1",
                seq: 7,
                hint: Hint::Cut("U1"),
                line: b"{}",
            },
            Down::Subscribed {
                request: 1,
                epoch: "e",
                seq: 7,
                recovered: true,
                channels: vec!["C1", "C2"],
                role: Some(Role::Admin),
            },
        ];
        let mut frame = Vec::new();
        for record in &sent {
            write(&mut frame, record);
        }
        let read: Vec<Down<'_>> = read(&frame).map(Result::unwrap).collect();
        assert_eq!(read, sent);
    }

    #[test]
    fn rubbish_ends_a_frame_with_an_error() {
        let read: Vec<_> = read::<Up<'_>>(&[200, 1, 2]).collect();
        assert_eq!(read, [Err(NotARecord)]);
    }
}
