//! A gateway that is measured: its core between browsers and channel servers that say yes to everything.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use gateway_core::gateway::{ConnectionId, Gateway, Input, Kept, Open, Output, Server};
use protocol::{
    api::Caller,
    link::{Down, Hint, Up, read, write},
    ring::Ring,
};

use crate::{
    error::{Context, Error, Result},
    host::RAISED,
    people::BEGIN_MS,
};

/// Channel servers.
const SERVERS: u32 = 16;
/// Timers that ring within this time are waited for, in milliseconds.
const SOON_MS: u64 = 100;
/// What seqs count in.
pub const EPOCH: &str = "c0ffee";
/// What everybody says.
const TEXT: &str = "Could somebody look at the build? It has been red since this morning.";

/// What waits for its turn.
#[derive(Debug)]
enum Waiting {
    Opened(Server, u64),
    Frame(Server, u64, Vec<u8>),
    Heard(ConnectionId),
}

/// The measured gateway.
#[derive(Debug)]
pub struct Edge {
    pub ring: Rc<Ring>,
    pub now_ms: u64,
    /// Frames to browsers so far, one a socket.
    pub frames: usize,
    gateway: Option<Gateway>,
    wake_at_ms: Option<u64>,
    /// The channels of each user.
    channels: HashMap<String, Vec<String>>,
    heads: HashMap<String, u64>,
    /// Of the last dials.
    generations: HashMap<Server, u64>,
    waiting: VecDeque<Waiting>,
    kept: HashMap<Rc<str>, Kept>,
}

impl Edge {
    /// A gateway without connections. `channels` are those of each user.
    pub fn new(channels: HashMap<String, Vec<String>>) -> Self {
        let ring = Rc::new(Ring::new(1, SERVERS));
        Self {
            gateway: Some(Gateway::new("weur/0", "weur", Rc::clone(&ring)).with_rates(RAISED)),
            ring,
            now_ms: BEGIN_MS,
            frames: 0,
            wake_at_ms: None,
            channels,
            heads: HashMap::new(),
            generations: HashMap::new(),
            waiting: VecDeque::new(),
            kept: HashMap::new(),
        }
    }

    /// Gives the core up, with all that it has in memory.
    pub fn give_up(&mut self) -> Option<Gateway> {
        self.wake_at_ms = None;
        self.gateway.take()
    }

    /// Builds the core from what it wrote down when it went to sleep.
    pub fn restore(&mut self, open: Vec<Open>, kept: Vec<Kept>) {
        let ring = Rc::clone(&self.ring);
        let gateway = Gateway::restore("weur/0", "weur", ring, open, kept);
        self.gateway = Some(gateway.with_rates(RAISED));
    }

    /// What the gateway wrote down.
    pub fn kept(&self) -> Vec<Kept> {
        self.kept.values().cloned().collect()
    }

    /// Somebody connects and says hello, from where they are in their channels.
    pub fn connect(&mut self, number: u32, caller: &Caller, hello: &str) -> Result<()> {
        let connection = ConnectionId(number);
        self.take(Input::ConnectionOpened {
            connection,
            caller: caller.clone(),
        })?;
        self.say(number, hello)
    }

    /// A frame of a browser.
    pub fn say(&mut self, number: u32, text: &str) -> Result<()> {
        let connection = ConnectionId(number);
        self.take(Input::Frame { connection, text })
    }

    /// A browser is gone.
    pub fn disconnect(&mut self, number: u32) -> Result<()> {
        let connection = ConnectionId(number);
        self.take(Input::ConnectionClosed { connection })
    }

    /// The seq of a channel's newest event.
    pub fn head(&self, channel: &str) -> u64 {
        self.heads.get(channel).copied().unwrap_or(0)
    }

    /// The next event of a channel, as a frame of its server.
    pub fn event(&mut self, channel: &str) -> (Server, Vec<u8>) {
        let head = self.heads.entry(channel.to_owned()).or_insert(0);
        *head += 1;
        let line = format!(
            r#"{{"event":"message","channel":"{channel}","seq":{head},"at":{},"user":"U01","text":"{TEXT}","client_message_id":"{head:032x}","mentions":[]}}"#,
            self.now_ms
        );
        let mut frame = Vec::new();
        let record = Down::Event {
            log: channel,
            seq: *head,
            hint: Hint::None,
            line: line.as_bytes(),
        };
        write(&mut frame, &record);
        (Server(self.ring.owner(channel)), frame)
    }

    /// A frame comes down a link.
    pub fn event_frame(&mut self, server: Server, bytes: &[u8]) -> Result<()> {
        let generation = self.generations.get(&server).copied().unwrap_or(0);
        self.take(Input::LinkFrame {
            server,
            generation,
            bytes,
        })
    }

    /// A channel server wakes the gateway.
    pub fn wake(&mut self, server: Server, bytes: &[u8]) -> Result<()> {
        self.take(Input::Wake { server, bytes })
    }

    /// Lets time pass until nothing is to be done soon.
    pub fn settle(&mut self) -> Result<()> {
        while let Some(at_ms) = self.wake_at_ms.filter(|at| *at <= self.now_ms + SOON_MS) {
            self.now_ms = self.now_ms.max(at_ms);
            self.wake_at_ms = None;
            self.take(Input::Timer)?;
        }
        Ok(())
    }

    /// Lets time pass until nothing is to be done at all.
    pub fn sleep(&mut self) -> Result<()> {
        while let Some(at_ms) = self.wake_at_ms.take() {
            self.now_ms = self.now_ms.max(at_ms);
            self.take(Input::Timer)?;
        }
        Ok(())
    }

    fn take(&mut self, input: Input<'_>) -> Result<()> {
        self.handle(input)?;
        while let Some(waiting) = self.waiting.pop_front() {
            match waiting {
                Waiting::Opened(server, generation) => {
                    self.handle(Input::LinkOpened { server, generation })?;
                }
                Waiting::Frame(server, generation, bytes) => self.handle(Input::LinkFrame {
                    server,
                    generation,
                    bytes: &bytes,
                })?,
                Waiting::Heard(connection) => {
                    let at_ms = Some(self.now_ms);
                    self.handle(Input::Heard { connection, at_ms })?;
                }
            }
        }
        Ok(())
    }

    fn handle(&mut self, input: Input<'_>) -> Result<()> {
        let gateway = self.gateway.as_mut();
        let gateway = gateway.ok_or_else(|| Error::Failed("the core was given up".to_owned()))?;
        for output in gateway.handle(input, self.now_ms) {
            match output {
                Output::Frames { connections, .. } => self.frames += connections.len(),
                Output::Dial { server, generation } => {
                    self.generations.insert(server, generation);
                    self.waiting.push_back(Waiting::Opened(server, generation));
                }
                Output::LinkSend {
                    server,
                    generation,
                    bytes,
                } => {
                    let answer = self.answer(&bytes)?;
                    self.waiting
                        .push_back(Waiting::Frame(server, generation, answer));
                }
                Output::Judge { connection } => self.waiting.push_back(Waiting::Heard(connection)),
                Output::Keep { changed, gone } => {
                    for log in gone {
                        self.kept.remove(&log);
                    }
                    for kept in changed {
                        self.kept.insert(kept.log.clone(), kept);
                    }
                }
                Output::Close { reason, .. } => return Err(Error::Failed(reason)),
                Output::WakeAt { at_ms } => self.wake_at_ms = at_ms,
                Output::CloseLink { .. }
                | Output::Flows { .. }
                | Output::Role { .. }
                | Output::Spoil
                | Output::Unwanted { .. }
                | Output::KeepPeople { .. }
                | Output::Answer { .. } => {}
            }
        }
        Ok(())
    }

    /// What a channel server answers to a frame.
    fn answer(&self, frame: &[u8]) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        for record in read::<Up<'_>>(frame) {
            let record = record.map_err(|_| "no record").doing("read a frame up")?;
            match record {
                Up::Subscribe {
                    request,
                    log,
                    since,
                    ..
                } => {
                    let channels = self.channels.get(log).map_or(&[][..], Vec::as_slice);
                    let subscribed = Down::Subscribed {
                        request,
                        epoch: EPOCH,
                        seq: self.head(log),
                        recovered: since.is_some(),
                        channels: channels.iter().map(String::as_str).collect(),
                        role: log.starts_with('U').then_some(protocol::api::Role::Member),
                    };
                    write(&mut answer, &subscribed);
                }
                Up::Resume { log, .. } => {
                    let resumed = Down::Resumed {
                        log,
                        epoch: EPOCH,
                        seq: self.head(log),
                        recovered: true,
                    };
                    write(&mut answer, &resumed);
                }
                Up::Sleep => write(&mut answer, &Down::Asleep),
                Up::Command { .. }
                | Up::Unsubscribe { .. }
                | Up::UnsubscribeAll
                | Up::Typing { .. }
                | Up::Present { .. }
                | Up::Digest { .. }
                | Up::People { .. }
                | Up::Watch { .. }
                | Up::Unwatch { .. } => {}
            }
        }
        write(&mut answer, &Down::Credit);
        Ok(answer)
    }
}
