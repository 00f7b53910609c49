//! Connections: in order within each, in any order between them.
//!
//! What is sent arrives after a while that is drawn for each frame, but not before what was sent earlier. A connection that
//! breaks is cut at some moment for each end; an end that never learns of it goes on sending into nothing.

use std::rc::Rc;

use crate::random::Random;

/// The number of a connection in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WireId(pub u32);

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who dialled.
    Dialler,
    /// Who accepted.
    Acceptor,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Dialler => Self::Acceptor,
            Self::Acceptor => Self::Dialler,
        }
    }
}

/// What travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parcel {
    /// A text frame.
    Text(Rc<str>),
    /// A binary frame.
    Binary(Rc<[u8]>),
    /// A close frame.
    Close {
        /// Its code.
        code: u16,
        /// Its reason.
        reason: Rc<str>,
    },
    /// The news that the connection broke.
    Broken,
}

/// Who stands at an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// A browser; the number is that of its dial.
    Browser {
        /// Which.
        browser: usize,
        /// Of its dials, which.
        dial: u32,
    },
    /// A gateway, as the acceptor of a browser's socket.
    GatewaySocket {
        /// Which gateway.
        gateway: usize,
        /// The connection's number in it.
        socket: u32,
    },
    /// A gateway, as the dialler of a link.
    GatewayLink {
        /// Which gateway.
        gateway: usize,
        /// In which of its lives it dialled.
        life: u32,
        /// Which channel server.
        server: u32,
        /// The link's generation.
        generation: u64,
    },
    /// A channel server, as the acceptor of a link or of a single-channel socket.
    ServerSocket {
        /// Which channel server.
        server: u32,
        /// The socket's number in it.
        number: u32,
    },
}

/// One end of a connection.
#[derive(Clone, Debug)]
pub struct End {
    /// Who stands there.
    pub post: Post,
    /// When the last frame so far arrives here.
    pub last_us: u64,
    /// Nothing arrives here from this moment on.
    pub cut_us: Option<u64>,
    /// Nothing arrives here before this moment.
    pub stalled_until_us: u64,
    /// Whether this end has closed, and sends no more.
    pub has_closed: bool,
    /// Whether this end listens no more.
    pub is_gone: bool,
    /// Whether this end has been told that the connection is open; until then what arrives waits.
    pub is_open: bool,
    /// What arrived before.
    pub early: Vec<Parcel>,
}

impl End {
    fn new(post: Post, is_open: bool) -> Self {
        Self {
            post,
            last_us: 0,
            cut_us: None,
            stalled_until_us: 0,
            has_closed: false,
            is_gone: false,
            is_open,
            early: Vec::new(),
        }
    }
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Wire {
    dialler: End,
    acceptor: End,
    /// How long a frame is on its way, typically, in microseconds.
    pub latency_us: u64,
}

impl Wire {
    /// An end.
    #[must_use]
    pub fn end(&self, side: Side) -> &End {
        match side {
            Side::Dialler => &self.dialler,
            Side::Acceptor => &self.acceptor,
        }
    }

    /// An end.
    pub fn end_mut(&mut self, side: Side) -> &mut End {
        match side {
            Side::Dialler => &mut self.dialler,
            Side::Acceptor => &mut self.acceptor,
        }
    }

    /// Whether neither end has left it.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        [&self.dialler, &self.acceptor]
            .iter()
            .all(|end| !end.is_gone && !end.has_closed && end.cut_us.is_none())
    }

    /// When a frame that leaves at `now_us` and takes `latency_us` arrives at `side`; `None` where it never does.
    pub fn arrival(&mut self, side: Side, now_us: u64, latency_us: u64) -> Option<u64> {
        if self.end(side.other()).has_closed || self.end(side).is_gone {
            return None;
        }
        let end = self.end_mut(side);
        let at_us = (now_us + latency_us)
            .max(end.last_us)
            .max(end.stalled_until_us);
        if let Some(cut_us) = end.cut_us.filter(|cut_us| *cut_us <= at_us) {
            // Nor does anything that leaves later, however fast it is.
            end.cut_us = Some(cut_us.min(end.last_us));
            return None;
        }
        end.last_us = at_us;
        Some(at_us)
    }
}

/// All connections of a run.
#[derive(Debug, Default)]
pub struct Wires {
    all: Vec<Wire>,
    /// Those that may be whole.
    alive: Vec<WireId>,
}

impl Wires {
    /// A new connection, of which the dialler does not know yet.
    pub fn connect(&mut self, dialler: Post, acceptor: Post, latency_us: u64) -> WireId {
        let id = WireId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(Wire {
            dialler: End::new(dialler, false),
            acceptor: End::new(acceptor, true),
            latency_us,
        });
        self.alive.push(id);
        id
    }

    /// A connection.
    pub fn find(&mut self, id: WireId) -> Option<&mut Wire> {
        self.all.get_mut(id.0 as usize)
    }

    /// One of the connections that are whole.
    pub fn any(&mut self, random: &mut Random) -> Option<WireId> {
        while !self.alive.is_empty() {
            let index = random.index(self.alive.len());
            let id = self.alive.get(index).copied()?;
            if self.find(id).is_some_and(|wire| wire.is_alive()) {
                return Some(id);
            }
            self.alive.swap_remove(index);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire() -> Wire {
        let post = Post::Browser {
            browser: 0,
            dial: 1,
        };
        Wire {
            dialler: End::new(post, true),
            acceptor: End::new(post, true),
            latency_us: 10,
        }
    }

    #[test]
    fn a_later_frame_does_not_overtake() {
        let mut wire = wire();
        assert_eq!(wire.arrival(Side::Acceptor, 100, 50), Some(150));
        assert_eq!(wire.arrival(Side::Acceptor, 110, 5), Some(150));
        assert_eq!(wire.arrival(Side::Dialler, 110, 5), Some(115));
    }

    #[test]
    fn nothing_arrives_after_the_cut() {
        let mut wire = wire();
        wire.end_mut(Side::Acceptor).cut_us = Some(120);
        assert_eq!(wire.arrival(Side::Acceptor, 100, 10), Some(110));
        assert_eq!(wire.arrival(Side::Acceptor, 115, 10), None);
        assert_eq!(wire.arrival(Side::Acceptor, 116, 1), None);
        assert!(!wire.is_alive());
    }
}
