//! What objects want done, and what they ask each other.

use protocol::{
    api::Caller,
    call::{OpenSocket, Outcome, Request},
    error::Refusal,
};

use crate::wire::{Parcel, Post, Side, WireId};

/// An object of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// The channel server of this number.
    Server(u32),
    /// The gateway of this place in the list.
    Gateway(usize),
}

/// The number of a call in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// What is asked of an object, each a `fetch` of its own.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A request of the Worker or of another channel server.
    Request(Request),
    /// A gateway dials a channel server.
    OpenLink {
        /// Who dials.
        dialler: Post,
        /// Its name.
        gateway: String,
    },
    /// The Worker hands a single-channel socket on.
    OpenSocket {
        /// Who dials.
        dialler: Post,
        /// Who, where, from when on.
        open: OpenSocket,
    },
    /// The Worker hands a browser's socket on to its gateway.
    OpenGateway {
        /// Who dials.
        dialler: Post,
        /// Whose session was found.
        caller: Caller,
    },
    /// An object is to be awake.
    Wake,
    /// A channel server has something for a gateway without a link.
    WakeWith {
        /// The server's number.
        server: u32,
        /// Records.
        frame: Vec<u8>,
    },
}

/// What comes of it.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The answer to a request.
    Outcome(Outcome),
    /// A socket.
    Upgraded(WireId),
    /// No socket, and why.
    Refused(Refusal),
    /// A wake-up was taken in; what the gateway does not want any more.
    Woken(Vec<u8>),
    /// The call broke.
    Failed,
    /// No answer came in time.
    TimedOut,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A job of the Worker.
    Job(u64),
    /// The outbox of a channel server.
    Outbox {
        /// Whose.
        server: u32,
        /// In which of its lives.
        life: u32,
        /// To which server the effects go.
        to: u32,
    },
    /// A channel server that wakes a gateway.
    Waker {
        /// Which.
        server: u32,
        /// In which of its lives.
        life: u32,
        /// The number of the wake-up.
        id: u64,
    },
    /// A gateway that lets nobody in whose session it does not know.
    Door {
        /// Which.
        gateway: usize,
        /// In which of its lives.
        life: u32,
        /// The call that is let in or not.
        call: CallId,
    },
    /// A gateway that dials.
    Dial {
        /// Which.
        gateway: usize,
        /// In which of its lives.
        life: u32,
        /// Whom.
        server: u32,
        /// The link's generation.
        generation: u64,
    },
    /// Somebody who does not care.
    Nobody,
}

/// One thing that an object wants done.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send a frame.
    Send {
        /// On this connection.
        wire: WireId,
        /// From this end.
        from: Side,
        /// The frame.
        parcel: Parcel,
    },
    /// Leave a connection without a word, as the death of a listener does.
    Abandon {
        /// The connection.
        wire: WireId,
        /// From this end.
        from: Side,
    },
    /// Ask another object.
    Ask {
        /// Who asks.
        asker: Asker,
        /// Whom.
        to: Object,
        /// What.
        ask: Ask,
    },
    /// Answer a call.
    Respond {
        /// The call.
        call: CallId,
        /// The answer.
        reply: Reply,
    },
    /// Ask for the effects of a request no longer, after a while.
    Hasten {
        /// Which channel server.
        server: u32,
        /// In which of its lives.
        life: u32,
        /// The number of the request.
        id: u64,
    },
    /// Ask a gateway for its timer.
    WakeAt {
        /// Which gateway.
        gateway: usize,
        /// When by its own clock, in milliseconds since the epoch.
        at_ms: Option<u64>,
    },
}

impl Action {
    /// A close frame.
    #[must_use]
    pub fn close(wire: WireId, from: Side, code: u16, reason: &str) -> Self {
        let reason = reason.into();
        Self::Send {
            wire,
            from,
            parcel: Parcel::Close { code, reason },
        }
    }
}
