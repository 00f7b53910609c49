//! What goes into the core and what comes out.

use std::borrow::Cow;

use protocol::{
    call::{Delivery, OpenSocket, Outcome, Request},
    error::Refusal,
};

/// When something came, with fresh random bits for whatever it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since the epoch.
    pub now_ms: u64,
    /// Random bits, never the same twice.
    pub random: u128,
    /// For how long something that was stored before has not been durable, in milliseconds; 0 where everything is.
    pub unstored_ms: u64,
}

/// A gateway's link, as the shell numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// A single-channel socket, as the shell numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub u32);

/// What happens to a channel server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// Somebody asks; answered by [`Output::Answer`] with the same number.
    Request {
        /// The number.
        id: u64,
        /// What is asked.
        request: Request,
    },
    /// The asker of a request waits no longer for its effects: it is answered at once.
    Hasten {
        /// The number of the request.
        id: u64,
    },
    /// A gateway dialled.
    LinkOpened {
        /// Its link.
        link: LinkId,
        /// The gateway's name.
        gateway: &'a str,
    },
    /// A link that outlived the core.
    LinkRestored {
        /// The link.
        link: LinkId,
        /// The gateway's name.
        gateway: &'a str,
    },
    /// A frame of records came up a link.
    LinkFrame {
        /// The link.
        link: LinkId,
        /// The records.
        frame: &'a [u8],
    },
    /// Frames came up links while the last turn was being stored: they share one turn.
    LinkFrames {
        /// Each with its link, in the order in which they came.
        frames: &'a [(LinkId, Vec<u8>)],
    },
    /// A link is gone.
    LinkClosed {
        /// The link.
        link: LinkId,
        /// Whether the gateway closed it on purpose.
        clean: bool,
    },
    /// Somebody opened a single-channel socket; may be refused by [`Output::RefuseSocket`].
    SocketOpened {
        /// The socket.
        socket: SocketId,
        /// Who, where, from when on.
        open: OpenSocket,
    },
    /// A socket that outlived the core.
    SocketRestored {
        /// The socket.
        socket: SocketId,
        /// Who and where.
        open: OpenSocket,
    },
    /// A text frame came on a single-channel socket.
    SocketFrame {
        /// The socket.
        socket: SocketId,
        /// The frame.
        frame: &'a str,
    },
    /// A binary frame came on a single-channel socket.
    SocketBinary {
        /// The socket.
        socket: SocketId,
    },
    /// The answer to an [`Output::Judge`].
    SocketsHeard {
        /// Each with when the platform last answered a ping of it, in milliseconds since the epoch.
        heard: Vec<(SocketId, Option<u64>)>,
    },
    /// A single-channel socket is gone.
    SocketClosed {
        /// The socket.
        socket: SocketId,
    },
    /// A delivery came to its end.
    Delivered {
        /// The server it went to.
        server: u32,
        /// Whether it was taken in.
        taken: bool,
    },
    /// An [`Output::WakeGateway`] came to its end.
    Woken {
        /// Its number.
        id: u64,
        /// What the gateway answered, as [`protocol::link::Up`] records; `None` where it was not reached.
        answer: Option<&'a [u8]>,
    },
    /// The alarm rang.
    Alarm,
}

/// What a channel server wants done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The answer to a request.
    Answer {
        /// The number of the request.
        id: u64,
        /// What came of it.
        outcome: Outcome,
    },
    /// A frame of records for a gateway.
    LinkFrame {
        /// Its link.
        link: LinkId,
        /// The records.
        frame: Vec<u8>,
    },
    /// A link is to be closed: a newer one of the same gateway took its place, or it speaks another protocol.
    CloseLink {
        /// The link.
        link: LinkId,
    },
    /// A text frame for single-channel sockets.
    SocketFrame {
        /// The sockets.
        sockets: Vec<SocketId>,
        /// Lines.
        frame: String,
    },
    /// Much was sent on single-channel sockets, or much time has passed, since anything came from them: [`Input::SocketsHeard`] has to
    /// say when they last pinged.
    Judge {
        /// The sockets.
        sockets: Vec<SocketId>,
    },
    /// A single-channel socket is not to be opened.
    RefuseSocket {
        /// The socket.
        socket: SocketId,
        /// Why.
        refusal: Refusal,
    },
    /// A single-channel socket is to be closed, after the frames above.
    CloseSocket {
        /// The socket.
        socket: SocketId,
        /// The close code.
        code: u16,
        /// The close reason.
        reason: Cow<'static, str>,
    },
    /// Effects for another channel server, told of by [`Input::Delivered`].
    Deliver {
        /// The server's number.
        server: u32,
        /// The effects.
        deliveries: Vec<Delivery>,
    },
    /// Something for a gateway without a link, told of by [`Input::Woken`].
    WakeGateway {
        /// The number of this request.
        id: u64,
        /// The gateway's name.
        gateway: String,
        /// Records; none where the gateway has to dial and ask what it missed. It may have lost its link without closing it, or
        /// have been rebuilt and not know of its browsers.
        frame: Vec<u8>,
    },
    /// The alarm is to ring then instead of at any time set before.
    SetAlarm {
        /// In milliseconds since the epoch.
        at_ms: u64,
    },
    /// The alarm is not needed any more.
    ClearAlarm,
    /// The storage failed: the object is to be reset, with nothing of this turn sent.
    Abort {
        /// What the log should say.
        reason: String,
    },
}
