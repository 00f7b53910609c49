//! What reaches the gateway, and what it wants done.

use std::{fmt, rc::Rc};

use protocol::{
    api::{Caller, Role},
    message::Seq,
    ring::server_name,
};

/// A browser's socket in this life of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u32);

/// The number of a channel server on the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Server(pub u32);

impl Server {
    /// The name of the server's object.
    #[must_use]
    pub fn name(self) -> String {
        server_name(self.0)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// What reaches the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// A browser's socket is open; nothing was said on it yet.
    ConnectionOpened {
        /// The socket; never used before in this life.
        connection: ConnectionId,
        /// Whose session the Worker found.
        caller: Caller,
    },
    /// A text frame of a browser.
    Frame {
        /// The socket.
        connection: ConnectionId,
        /// The whole frame.
        text: &'a str,
    },
    /// A binary frame of a browser, which this protocol does not have.
    BinaryFrame {
        /// The socket.
        connection: ConnectionId,
        /// Its length.
        bytes: usize,
    },
    /// The answer to an [`Output::Judge`].
    Heard {
        /// The socket.
        connection: ConnectionId,
        /// When the platform last answered a ping of it, in milliseconds since the epoch.
        at_ms: Option<u64>,
    },
    /// A browser's socket is closed.
    ConnectionClosed {
        /// The socket.
        connection: ConnectionId,
    },
    /// An [`Output::Dial`] has succeeded.
    LinkOpened {
        /// The server.
        server: Server,
        /// The dial's.
        generation: u64,
    },
    /// A frame of a channel server: [`protocol::link::Down`] records.
    LinkFrame {
        /// The server.
        server: Server,
        /// The link's.
        generation: u64,
        /// The whole frame.
        bytes: &'a [u8],
    },
    /// A link is gone, or a dial has failed.
    LinkClosed {
        /// The server.
        server: Server,
        /// The link's.
        generation: u64,
    },
    /// A channel server has something for a gateway whose link sleeps.
    Wake {
        /// The server.
        server: Server,
        /// [`protocol::link::Down`] records; nothing where the server knows no more than that the gateway missed something.
        bytes: &'a [u8],
    },
    /// The time of the last [`Output::WakeAt`] has come.
    Timer,
}

/// A socket that outlived its gateway's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The socket.
    pub connection: ConnectionId,
    /// Whose session the Worker found.
    pub caller: Caller,
    /// Whether there was an [`Output::Flows`] for it.
    pub flows: bool,
}

/// A log as a sleeping gateway keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The log.
    pub log: Rc<str>,
    /// What `cursor` counts in.
    pub epoch: Rc<str>,
    /// The last event passed on.
    pub cursor: Seq,
    /// Who has the log.
    pub connections: Vec<ConnectionId>,
}

/// A connection as a sleeping gateway keeps it, where its user is away there or it watches anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPerson {
    /// The socket.
    pub connection: ConnectionId,
    /// Whether it has said that its user is away.
    pub is_away: bool,
    /// The ids of those whom it watches.
    pub watches: Vec<String>,
}

/// What the gateway wants done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// One frame for each of these sockets, the same for all.
    Frames {
        /// The sockets.
        connections: Vec<ConnectionId>,
        /// The frame.
        text: String,
    },
    /// A browser's socket is to be closed; the gateway has forgotten it.
    Close {
        /// The socket.
        connection: ConnectionId,
        /// The close code.
        code: u16,
        /// The close reason.
        reason: String,
    },
    /// A link is needed: [`Input::LinkOpened`] or [`Input::LinkClosed`] has to follow.
    Dial {
        /// The server.
        server: Server,
        /// The new link's; it rises with every dial, over all lives of the gateway.
        generation: u64,
    },
    /// A frame up a link: [`protocol::link::Up`] records.
    LinkSend {
        /// The server.
        server: Server,
        /// The link's.
        generation: u64,
        /// The whole frame.
        bytes: Vec<u8>,
    },
    /// A link, or a dial on its way, is no longer wanted; no [`Input::LinkClosed`] need follow.
    CloseLink {
        /// The server.
        server: Server,
        /// The link's.
        generation: u64,
    },
    /// The client of a socket answers flow marks, which has to be known by [`super::Gateway::restore`] too.
    Flows {
        /// The socket.
        connection: ConnectionId,
    },
    /// The user of a socket has another role in the workspace, which has to be known by [`super::Gateway::restore`] too.
    Role {
        /// The socket.
        connection: ConnectionId,
        /// Which.
        role: Role,
    },
    /// Much was sent on a socket, or much time has passed, since anything came from it: [`Input::Heard`] has to say when it last pinged.
    Judge {
        /// The socket.
        connection: ConnectionId,
    },
    /// Logs are to be written down as they are now, which has to be durable before anything else of this turn leaves. From now on
    /// what is written down is whole: a gateway that loses its memory goes on from it by [`super::Gateway::restore`].
    Keep {
        /// Those that have changed.
        changed: Vec<Kept>,
        /// Those that nobody has any more.
        gone: Vec<Rc<str>>,
    },
    /// Connections are to be written down as they are now, with the logs, of which they are a part in every way.
    KeepPeople {
        /// Those that have changed.
        changed: Vec<KeptPerson>,
        /// Those of which there is nothing to be written down any more.
        gone: Vec<ConnectionId>,
    },
    /// What is written down is not whole any more: a gateway that loses its memory has to send its browsers away.
    Spoil,
    /// The answer to an [`Input::Wake`]: the server need not tell this gateway of a log any more, or of any.
    Unwanted {
        /// The log; `None` is all of the server's.
        log: Option<String>,
    },
    /// The answer to an [`Input::Wake`], or more of it.
    Answer {
        /// [`protocol::link::Up`] records.
        records: Vec<u8>,
    },
    /// [`Input::Timer`] is wanted at this time instead of any asked for before, or not at all.
    WakeAt {
        /// In milliseconds since the epoch.
        at_ms: Option<u64>,
    },
}
