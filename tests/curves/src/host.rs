//! A channel server that is measured: its core over its storage, and the gateways that have links to it.

use std::rc::Rc;

use channel_core::{ChannelServer, Input, LinkId, Moment, Output};
use protocol::{
    api::Caller,
    call::{ChannelCall, Delivery, Effect, Request},
    command::ChannelOp,
    id::{ChannelId, LogId},
    link::{Up, write},
    message::{ClientMessageId, Draft, Text},
    rate::Rate,
    rates::Rates,
    ring::Ring,
};

use crate::{
    error::{Context, Error, Result},
    people::{BEGIN_MS, Draws},
    storage::Storage,
};

/// Rates that nobody reaches: what it costs to look is part of what is measured.
pub const RAISED: Rates = Rates::all(Rate::per_s(1_000_000, 1_000_000));

/// Servers on the ring; one of them is measured.
const SERVERS: u32 = 16;
/// The one that is.
pub const NUMBER: u32 = 0;
/// Inputs of a preparation that share one commit.
const INPUTS_PER_COMMIT: u32 = 1_000;
/// Subscriptions in one frame of a preparation.
const SUBSCRIPTIONS_PER_FRAME: usize = 200;
/// What everybody says.
const TEXT: &str = "Could somebody look at the build? It has been red since this morning.";

/// What has left.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// Frames down links.
    pub frames: f64,
    /// Bytes in them.
    pub bytes: f64,
}

/// The measured server.
#[derive(Debug)]
pub struct Host {
    pub storage: Rc<Storage>,
    pub ring: Rc<Ring>,
    pub sent: Sent,
    core: Option<ChannelServer<Rc<Storage>>>,
    gateways: Vec<String>,
    draws: Draws,
    inputs: u32,
    messages: u64,
}

impl Host {
    /// A server without anything, with so many gateways linked to it.
    pub fn new(gateways: u32) -> Result<Self> {
        let mut host = Self {
            storage: Rc::new(Storage::new()?),
            ring: Rc::new(Ring::new(1, SERVERS)),
            sent: Sent::default(),
            core: None,
            gateways: Vec::new(),
            draws: Draws::default(),
            inputs: 0,
            messages: 0,
        };
        host.wake()?;
        for number in 0..gateways {
            let gateway = format!("weur/{number}");
            let link = LinkId(number);
            host.prepare(Input::LinkOpened {
                link,
                gateway: &gateway,
            })?;
            host.gateways.push(gateway);
        }
        Ok(host)
    }

    /// Gives the core up, with all that it has in memory.
    pub fn give_up(&mut self) -> Option<ChannelServer<Rc<Storage>>> {
        self.core.take()
    }

    /// Builds the core from the storage and tells it of its links, as after a hibernation.
    pub fn wake(&mut self) -> Result<()> {
        let core = ChannelServer::new(Rc::clone(&self.storage), Rc::clone(&self.ring), NUMBER);
        self.core = Some(core.doing("build the core")?.with_rates(RAISED));
        for (number, gateway) in (0..).zip(self.gateways.clone()) {
            let link = LinkId(number);
            self.turn(Input::LinkRestored {
                link,
                gateway: &gateway,
            })?;
        }
        Ok(())
    }

    /// Gives the core an input whose writes are one commit.
    fn turn(&mut self, input: Input<'_>) -> Result<()> {
        let storage = Rc::clone(&self.storage);
        let mut outputs = storage.turn(|| self.handle(input))??;
        while let Some(output) = outputs.pop() {
            if let Some(after) = self.carry_out(output)? {
                outputs.extend(storage.turn(|| self.handle(after))??);
            }
        }
        Ok(())
    }

    /// The same for an input of the preparation, which is not measured: many share one commit.
    fn prepare(&mut self, input: Input<'_>) -> Result<()> {
        let storage = Rc::clone(&self.storage);
        let mut outputs = storage.part(|| self.handle(input))??;
        while let Some(output) = outputs.pop() {
            if let Some(after) = self.carry_out(output)? {
                outputs.extend(storage.part(|| self.handle(after))??);
            }
        }
        self.inputs += 1;
        if self.inputs.is_multiple_of(INPUTS_PER_COMMIT) {
            storage.end()?;
        }
        Ok(())
    }

    fn handle(&mut self, input: Input<'_>) -> Result<Vec<Output>> {
        let at = Moment {
            unstored_ms: 0,
            now_ms: BEGIN_MS,
            random: u128::from(self.draws.next()),
        };
        let core = self.core.as_mut();
        let core = core.ok_or_else(|| Error::Failed("the core was given up".to_owned()))?;
        Ok(core.handle(input, at))
    }

    /// Other servers take in at once what there is for them.
    fn carry_out(&mut self, output: Output) -> Result<Option<Input<'static>>> {
        match output {
            Output::LinkFrame { frame, .. } => {
                self.sent.frames += 1.0;
                self.sent.bytes += frame.len() as f64;
                Ok(None)
            }
            Output::Deliver { server, .. } => Ok(Some(Input::Delivered {
                server,
                taken: true,
            })),
            Output::Answer {
                outcome: Err(refusal),
                ..
            } => Err(Error::Failed(refusal.to_string())),
            Output::Abort { reason } => Err(Error::Failed(reason)),
            _ => Ok(None),
        }
    }

    /// Ends the preparation.
    pub fn prepared(&mut self) -> Result<()> {
        self.storage.end()?;
        self.storage.begin_count()?;
        self.sent = Sent::default();
        Ok(())
    }

    /// Makes a person's own log, if it lies on this server.
    pub fn found(&mut self, person: &Caller) -> Result<()> {
        let target = LogId::from(&person.user);
        if self.ring.owner(target.as_str()) != NUMBER {
            return Ok(());
        }
        let delivery = Delivery {
            origin: LogId::from(&person.workspace),
            n: u64::from(self.inputs) + 1,
            target,
            effect: Effect::FoundUser {
                workspace: person.workspace.clone(),
                session: person.session.clone(),
                role: person.role,
            },
        };
        let request = Request::Deliver(vec![delivery]);
        self.prepare(Input::Request { id: 0, request })
    }

    /// Carries out a call of a channel.
    pub fn call(&mut self, caller: &Caller, channel: &ChannelId, op: ChannelCall) -> Result<()> {
        let request = Request::Channel {
            caller: caller.clone(),
            id: channel.clone(),
            op,
        };
        let id = u64::from(self.inputs);
        self.prepare(Input::Request { id, request })
    }

    /// Has people's connections follow a log each, through one gateway.
    pub fn subscribe(&mut self, gateway: u32, wishes: &[(&Caller, &str)]) -> Result<()> {
        for wishes in wishes.chunks(SUBSCRIPTIONS_PER_FRAME) {
            let mut frame = Vec::new();
            for (request, (person, log)) in (0..).zip(wishes) {
                let record = Up::Subscribe {
                    request,
                    log,
                    workspace: person.workspace.as_str(),
                    user: person.user.as_str(),
                    session: person.session.as_str(),
                    since: None,
                };
                write(&mut frame, &record);
            }
            let link = LinkId(gateway);
            self.prepare(Input::LinkFrame {
                link,
                frame: &frame,
            })?;
        }
        Ok(())
    }

    /// Has somebody send a message, through a gateway: one frame, one turn, one commit.
    pub fn message(&mut self, gateway: u32, person: &Caller, channel: &ChannelId) -> Result<()> {
        self.messages += 1;
        let draft = Draft {
            client_message_id: ClientMessageId::parse(&format!("{:016x}", self.messages))
                .doing("make an id")?,
            text: Text::parse(TEXT.to_owned()).doing("make a text")?,
            thread: None,
            also_to_channel: false,
        };
        let op = serde_json::to_vec(&ChannelOp::Send(draft)).doing("write a command")?;
        let mut frame = Vec::new();
        let record = Up::Command {
            request: 1,
            log: channel.as_str(),
            workspace: person.workspace.as_str(),
            user: person.user.as_str(),
            role: protocol::api::Role::Member,
            op: &op,
        };
        write(&mut frame, &record);
        let link = LinkId(gateway);
        self.turn(Input::LinkFrame {
            link,
            frame: &frame,
        })
    }
}
