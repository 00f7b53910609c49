//! A socket that follows one channel, for as long as this is kept.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::tcp::OwnedReadHalf;
use tokio::task::JoinHandle;

use crate::error::{Context as _, Error, Result};
use crate::frame::{BadFrame, Frames, Lines, Opcode, Piece};
use crate::http::Http;
use crate::hub::Hub;
use crate::sender::Sender;
use crate::subscription::{Attention, Got, Subscription};
use crate::wire::{Point, Wire};
use crate::writer::Writer;

/// What one read takes at most; one buffer serves all sockets.
const READ_BYTES: usize = 128 * 1024;
/// Heliograph takes a client that takes in much without a word for one that does not keep up; a party would pass the word on.
const SILENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The heartbeat of the contract.
const PING: &[u8] = b"ping";
const SUBPROTOCOL: &str = "heliograph.v1";

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// Why a gateway sends its browsers away.
#[derive(Deserialize)]
struct GoAway {
    retry_after_ms: u64,
}

/// Who connects, and to follow what.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The session; a party asks for none.
    pub token: Option<String>,
    /// The channel that is followed and sent to.
    pub channel: String,
}

/// A socket that follows one channel. It closes when this is dropped.
#[derive(Debug)]
pub struct Member {
    seat: Seat,
    got: Rc<Got>,
    sender: Rc<Sender>,
    reading: JoinHandle<()>,
}

impl Member {
    /// Connects, and resolves when the subscription stands, with everything in it that came after `resume`.
    pub async fn connect(
        hub: &Rc<Hub>,
        http: Http,
        wire: Wire,
        seat: Seat,
        attention: Attention,
        resume: BTreeMap<String, Point>,
    ) -> Result<Self> {
        let path = wire.socket_path(&seat.channel);
        let subprotocol = (wire == Wire::Heliograph).then_some(SUBPROTOCOL);
        let stream = http
            .upgrade(&path, seat.token.as_deref(), subprotocol)
            .await?;
        stream.set_nodelay(true).doing("set TCP_NODELAY")?;
        let (half, writing) = stream.into_split();
        let writer = Writer::new(writing);
        let sender = Sender::new(
            Rc::clone(hub),
            Rc::clone(&writer),
            wire,
            seat.channel.clone(),
        );
        let hello = wire.hello(&resume);
        let got = Got::after(resume, &seat.channel);
        let subscription = Subscription::new(
            Rc::clone(hub),
            wire,
            attention,
            Rc::clone(&sender),
            Rc::clone(&got),
        );
        let mut inbox = Inbox::new(Rc::clone(hub), half, wire, writer, subscription);
        match hello {
            Some(hello) => sender.writer().send(hello.as_bytes()),
            None => got.sync(),
        }
        while !got.is_synced() {
            inbox.read().await?;
            hub.check()?;
        }
        Ok(Self {
            seat,
            got,
            sender,
            reading: tokio::task::spawn_local(inbox.run()),
        })
    }

    /// Who it is.
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// What it got so far.
    pub fn got(&self) -> &Got {
        &self.got
    }

    /// What it sends with.
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// From where it would resume.
    pub fn points(&self) -> BTreeMap<String, Point> {
        self.got.points(&self.seat.channel)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// The reading half of a socket.
struct Inbox {
    hub: Rc<Hub>,
    half: OwnedReadHalf,
    wire: Wire,
    writer: Rc<Writer>,
    frames: Frames,
    lines: Lines,
    subscription: Subscription,
    silent_bytes: usize,
}

impl Inbox {
    fn new(
        hub: Rc<Hub>,
        half: OwnedReadHalf,
        wire: Wire,
        writer: Rc<Writer>,
        subscription: Subscription,
    ) -> Self {
        Self {
            hub,
            half,
            wire,
            writer,
            frames: Frames::default(),
            lines: Lines::default(),
            subscription,
            silent_bytes: 0,
        }
    }

    /// Reads until the end, which is a fault unless it is time.
    async fn run(mut self) {
        loop {
            if let Err(error) = self.read().await {
                if !self.hub.is_closing() {
                    self.hub
                        .fail(Error::Wrong(format!("a socket was lost: {error}")));
                }
                return;
            }
        }
    }

    async fn read(&mut self) -> Result<()> {
        poll_fn(|context| self.poll_read(context)).await
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            let read = Pin::new(&mut self.half).poll_read(context, &mut buffer);
            ready!(read).doing("read from a socket")?;
            Poll::Ready(self.take(buffer.filled()))
        })
    }

    fn take(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Err(Error::Failed("it ended without a word".to_owned()));
        }
        self.silent_bytes += bytes.len();
        if self.silent_bytes > SILENT_BYTES_MAX && self.wire == Wire::Heliograph {
            self.silent_bytes = 0;
            self.writer.send(PING);
        }
        let now_ns = self.hub.now_ns();
        let (lines, subscription) = (&mut self.lines, &mut self.subscription);
        let mut end = Ok(());
        let fed = self.frames.feed(bytes, |piece| match piece.opcode {
            Opcode::Text => {
                lines.feed(piece.bytes, piece.ends, |line| {
                    subscription.line(line, now_ns);
                });
                if piece.ends {
                    subscription.frame_ended();
                }
            }
            Opcode::Close => end = Err(closed(&piece)),
            Opcode::Binary | Opcode::Ping | Opcode::Pong => {}
        });
        self.subscription.settle();
        fed.map_err(|BadFrame| Error::Failed("what was sent is no frame".to_owned()))?;
        end
    }
}

fn closed(piece: &Piece<'_>) -> Error {
    let (code, reason) = match piece.bytes {
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        _ => (0, &[][..]),
    };
    if let Ok(GoAway { retry_after_ms }) = serde_json::from_slice(reason) {
        let retry_after = Duration::from_millis(retry_after_ms);
        return Error::Busy { retry_after };
    }
    let reason = String::from_utf8_lossy(reason);
    Error::Failed(format!("it was closed with {code} {reason}"))
}
