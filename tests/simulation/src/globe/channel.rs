//! The channel's server: the core that is shipped, on a thread that costs.

use std::rc::Rc;

use channel_core::{ChannelServer, Input, LinkId, Moment, Output};
use gateway_core::gateway::Server;
use protocol::{
    api::{Caller, ChannelKind},
    call::{ChannelCall, Request},
    id::{ChannelId, UserId},
    ring::Ring,
};

use super::{
    CHANNEL_SERVER, Event, Turn, atlas, clock_ms, cost::Costs, gateway::ToGateway, town::Town,
};
use crate::{
    failure::Failure,
    random::Random,
    storage::{Shared, Storage},
};

/// What reaches the channel's server.
#[derive(Debug)]
pub(super) enum ToChannel {
    /// A gateway dials: which, and the generation of its dial.
    Dialled(usize, u64),
    /// A frame of a gateway.
    Frame(usize, Vec<u8>),
    /// What was written is durable.
    Stored,
}

/// The channel's server.
#[derive(Debug)]
pub struct ChannelThread {
    core: ChannelServer<Shared>,
    storage: Shared,
    /// By gateway: its name, the generation of its link, the way to it in microseconds, and when the last frame so far arrives there.
    links: Vec<Link>,
    /// Whether frames gather until what was written is durable.
    is_storing: bool,
    gathered: Vec<(LinkId, Vec<u8>)>,
}

#[derive(Debug)]
struct Link {
    gateway: String,
    generation: u64,
    way_us: u32,
    last_ns: u64,
}

impl ChannelThread {
    /// A server with links to none of these gateways yet.
    pub(super) fn new(town: &Town, ring: Rc<Ring>, gateways: &[String]) -> Result<Self, Failure> {
        let storage: Shared = Rc::new(Storage::new()?);
        let core = ChannelServer::new(Rc::clone(&storage), ring, CHANNEL_SERVER)
            .map_err(|error| Failure::Simulator(error.to_string()))?;
        let links = gateways.iter().enumerate().map(|(index, name)| Link {
            gateway: name.clone(),
            generation: 0,
            way_us: atlas::way_us(town.home, town.region_of(index)),
            last_ns: 0,
        });
        Ok(Self {
            core,
            storage,
            links: links.collect(),
            is_storing: false,
            gathered: Vec::new(),
        })
    }

    /// Makes the channel, with everybody in it.
    pub(super) fn found(
        &mut self,
        caller: Caller,
        id: ChannelId,
        members: Vec<UserId>,
        random: &mut Random,
    ) -> Result<(), Failure> {
        let op = ChannelCall::Create {
            name: Some("everybody".to_owned()),
            kind: ChannelKind::Public,
            topic: None,
            members,
        };
        let request = Request::Channel { caller, id, op };
        self.storage.begin()?;
        let mut outputs = self.handle(Input::Request { id: 1, request }, 0, random);
        // What follows from it elsewhere is known there already.
        while let Some(server) = outputs.iter().find_map(|output| match output {
            Output::Deliver { server, .. } => Some(*server),
            _ => None,
        }) {
            let taken = true;
            outputs = self.handle(Input::Delivered { server, taken }, 0, random);
        }
        self.storage.confirm()?;
        Ok(())
    }

    /// Takes its turn.
    pub(super) fn turn(
        &mut self,
        what: ToChannel,
        now_ns: u64,
        costs: &Costs,
        random: &mut Random,
    ) -> Result<Turn, Failure> {
        match what {
            ToChannel::Dialled(gateway, generation) => {
                self.dialled(gateway, generation, now_ns, random)
            }
            ToChannel::Frame(gateway, frame) => {
                self.gathered.push((link_of(gateway), frame));
                if self.is_storing {
                    let took_ns = costs.frame(1);
                    let events = Vec::new();
                    return Ok(Turn { took_ns, events });
                }
                self.take_in(costs.frame(1), now_ns, costs, random)
            }
            ToChannel::Stored => {
                self.is_storing = false;
                if self.gathered.is_empty() {
                    return Ok(Turn::default());
                }
                self.take_in(0, now_ns, costs, random)
            }
        }
    }

    fn dialled(
        &mut self,
        gateway: usize,
        generation: u64,
        now_ns: u64,
        random: &mut Random,
    ) -> Result<Turn, Failure> {
        let Some(link) = self.links.get_mut(gateway) else {
            return Ok(Turn::default());
        };
        link.generation = generation;
        let name = link.gateway.clone();
        let input = Input::LinkOpened {
            link: link_of(gateway),
            gateway: &name,
        };
        self.storage.begin()?;
        self.handle(input, now_ns, random);
        self.storage.confirm()?;
        let server = Server(CHANNEL_SERVER);
        let opened = ToGateway::LinkOpened { server, generation };
        Ok(Turn {
            took_ns: 0,
            events: vec![(now_ns, Event::ToGateway(gateway, opened))],
        })
    }

    /// Takes what has gathered in, with one commit.
    fn take_in(
        &mut self,
        read_ns: u64,
        now_ns: u64,
        costs: &Costs,
        random: &mut Random,
    ) -> Result<Turn, Failure> {
        let frames = std::mem::take(&mut self.gathered);
        self.storage.begin()?;
        let outputs = self.handle(Input::LinkFrames { frames: &frames }, now_ns, random);
        self.storage.confirm()?;
        self.is_storing = true;
        let mut turn = Turn {
            took_ns: read_ns + costs.commit_ns,
            events: Vec::new(),
        };
        let durable_ns = now_ns + turn.took_ns + costs.durable_ns;
        let stored = Event::ToChannel(ToChannel::Stored);
        turn.events.push((durable_ns, stored));
        let mut leaves_ns = durable_ns;
        for output in outputs {
            match output {
                Output::LinkFrame { link, frame } => {
                    turn.took_ns += costs.frame(1);
                    leaves_ns += costs.frame(1);
                    let sent = self.send(link, frame, leaves_ns, costs, random);
                    turn.events.extend(sent);
                }
                Output::SetAlarm { .. } | Output::ClearAlarm => {}
                other => {
                    let how = format!("the channel server wants {other:?}");
                    return Err(Failure::Simulator(how));
                }
            }
        }
        Ok(turn)
    }

    fn send(
        &mut self,
        link: LinkId,
        bytes: Vec<u8>,
        leaves_ns: u64,
        costs: &Costs,
        random: &mut Random,
    ) -> Option<(u64, Event)> {
        let gateway = link.0 as usize;
        let link = self.links.get_mut(gateway)?;
        let arrives_ns = leaves_ns + costs.travel(link.way_us, random);
        link.last_ns = link.last_ns.max(arrives_ns);
        let frame = ToGateway::LinkFrame {
            server: Server(CHANNEL_SERVER),
            generation: link.generation,
            bytes,
        };
        Some((link.last_ns, Event::ToGateway(gateway, frame)))
    }

    fn handle(&mut self, input: Input<'_>, now_ns: u64, random: &mut Random) -> Vec<Output> {
        let moment = Moment {
            unstored_ms: 0,
            now_ms: clock_ms(now_ns),
            random: random.wide_bits(),
        };
        self.core.handle(input, moment)
    }
}

fn link_of(gateway: usize) -> LinkId {
    LinkId(u32::try_from(gateway).unwrap_or(u32::MAX))
}
