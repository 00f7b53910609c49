//! The world: every object, every client, what is on its way between them, and the clock.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use gateway_core::region::Region;
use protocol::ring::Ring;

use crate::{
    action::{Ask, CallId, Object, Reply},
    agenda::Agenda,
    browser::{Browser, Timer},
    calls::OpenCall,
    channel_host::{ChannelHost, Now, Turn},
    delivery::Mishaps,
    edge::Job,
    failure::Failure,
    fault::{Kind, Tally},
    gateway_host::{GatewayHost, GatewayTurn},
    http::{HttpAnswer, HttpRequest},
    plan::Plan,
    promise::Model,
    random::Random,
    shipped::{FIRST, Shipped},
    trace::Trace,
    wire::{Parcel, Post, Side, WireId, Wires},
};

/// When every run begins, in milliseconds since the epoch.
const EPOCH_MS: u64 = 1_800_000_000_000;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// A frame reaches an end of a connection.
    Arrives(WireId, Side, Parcel),
    /// A call reaches its object.
    Asked(CallId, Object, Ask),
    /// Its answer reaches who asked.
    Answered(CallId, Reply),
    /// Who asked waits no longer.
    CallTooLong(CallId),
    /// The storage of a channel server confirms what was written.
    Confirmed(u32, u64),
    /// The storage of a gateway confirms what was written.
    GatewayConfirmed(usize, u64),
    /// The alarm of a channel server rings.
    Alarm(u32, u64),
    /// Somebody's patience with the effects of a request ends: server, life, request.
    Hasten(u32, u32, u64),
    /// A gateway's timer runs out.
    GatewayTimer(usize, u64),
    /// A request reaches the Worker: client, number, dial.
    Requested(usize, u64, u32, HttpRequest),
    /// Its answer reaches the client: client, number, dial.
    Responded(usize, u64, u32, HttpAnswer),
    /// A timer of a page runs out.
    PageTimer(usize, u64),
    /// A client's timer runs out: client, dial.
    BrowserTimer(usize, u32, Timer),
    /// A person does something.
    Acts(usize),
    /// Something goes wrong.
    Fault,
    /// An end of a delivery of effects loses its memory or dies.
    Ends(u32, Kind),
}

/// What people know of each other.
#[derive(Debug, Default)]
pub struct Town {
    /// The workspace.
    pub workspace: Rc<str>,
    /// The people.
    pub people: Vec<Rc<str>>,
    /// The channels, and whether everybody may find each.
    pub channels: Vec<(Rc<str>, bool)>,
    /// Messages written so far.
    pub texts: u64,
}

/// The world of one run.
#[derive(Debug)]
pub struct World {
    /// Microseconds since the run began.
    pub now_us: u64,
    /// What the run is like.
    pub plan: Plan,
    /// Chance.
    pub random: Random,
    /// How much has happened.
    pub steps: u64,
    /// What went wrong so far.
    pub tally: Tally,
    /// What befell effects on their way.
    pub mishaps: Mishaps,
    /// What happened.
    pub trace: Trace,
    /// Whether people are at work.
    pub is_busy: bool,
    /// Whether things go wrong.
    pub is_rough: bool,
    /// The promises.
    pub model: Model,
    /// The clients.
    pub browsers: Vec<Browser>,
    /// The clients that are shipped.
    pub pages: Vec<Shipped>,
    /// What people know of each other.
    pub town: Town,
    pub(crate) agenda: Agenda<Event>,
    pub(crate) ring: Rc<Ring>,
    pub(crate) wires: Wires,
    pub(crate) servers: Vec<ChannelHost>,
    pub(crate) gateways: Vec<GatewayHost>,
    pub(crate) gateway_names: Vec<String>,
    pub(crate) calls: BTreeMap<CallId, OpenCall>,
    pub(crate) last_call: u64,
    pub(crate) jobs: BTreeMap<u64, (Job, u32)>,
    pub(crate) last_job: u64,
    pub(crate) sockets: u64,
    /// Objects that were awake before.
    pub(crate) made: BTreeSet<Object>,
    /// By isolate, in milliseconds.
    pub(crate) clocks: Vec<i64>,
    pub(crate) slow_disk_until_us: u64,
    /// What the set-up is answered.
    pub(crate) setup_answer: Option<HttpAnswer>,
}

impl World {
    /// A world in which nothing has happened.
    pub fn new(plan: Plan, keeps_trace: bool) -> Result<Self, Failure> {
        let ring = Rc::new(Ring::new(1, plan.servers));
        let gateway_names: Vec<String> = plan
            .regions
            .iter()
            .flat_map(|region| (0..plan.slots).map(move |slot| format!("{region}/{slot}")))
            .collect();
        let by_name: BTreeMap<String, usize> = gateway_names.iter().cloned().zip(0..).collect();
        let by_name = Rc::new(by_name);
        let servers = (0..plan.servers)
            .map(|number| ChannelHost::new(number, ring.clone(), by_name.clone(), &plan))
            .collect::<Result<_, _>>()?;
        let gateways = gateway_names
            .iter()
            .enumerate()
            .map(|(index, name)| GatewayHost::new(index, name.clone(), ring.clone(), &plan))
            .collect();
        Ok(Self {
            now_us: 0,
            random: Random::new(plan.seed),
            steps: 0,
            tally: Tally::default(),
            mishaps: Mishaps::default(),
            trace: Trace::new(keeps_trace),
            is_busy: false,
            is_rough: false,
            model: Model::default(),
            browsers: Vec::new(),
            pages: Vec::new(),
            town: Town::default(),
            agenda: Agenda::default(),
            ring,
            wires: Wires::default(),
            servers,
            gateways,
            gateway_names,
            calls: BTreeMap::new(),
            last_call: 0,
            jobs: BTreeMap::new(),
            last_job: 0,
            sockets: 0,
            made: BTreeSet::new(),
            clocks: vec![0; usize::try_from(plan.isolates).unwrap_or(1)],
            slow_disk_until_us: 0,
            setup_answer: None,
            plan,
        })
    }

    /// Has the next thing happen. `false` where nothing is left.
    pub fn step(&mut self) -> Result<bool, Failure> {
        let Some((at_us, event)) = self.agenda.take() else {
            return Ok(false);
        };
        self.now_us = self.now_us.max(at_us);
        self.steps += 1;
        self.note(&event);
        match event {
            Event::Arrives(wire, side, parcel) => self.arrives(wire, side, parcel)?,
            Event::Asked(call, object, ask) => self.asked(call, object, ask)?,
            Event::Answered(call, reply) => self.answered(call, reply)?,
            Event::CallTooLong(call) => self.call_too_long(call)?,
            Event::Confirmed(server, number) => self.confirmed(server, number)?,
            Event::GatewayConfirmed(gateway, number) => {
                if let Some(host) = self.gateways.get_mut(gateway) {
                    let actions = host.confirmed(number);
                    self.carry_out(actions);
                }
            }
            Event::Alarm(server, number) => {
                self.with_server(server, |host, now, _| host.alarm(number, now))?;
            }
            Event::Hasten(server, life, id) => {
                self.with_server(server, |host, now, _| host.hasten(life, id, now))?;
            }
            Event::GatewayTimer(gateway, number) => self.gateway_timer(gateway, number)?,
            Event::Requested(client, call, dial, request) => {
                self.requested(client, call, dial, request);
            }
            Event::Responded(client, call, dial, answer) => {
                self.responded(client, call, dial, answer)?;
            }
            Event::BrowserTimer(browser, dial, timer) => self.browser_timer(browser, dial, timer),
            Event::PageTimer(page, number) => self.page_rang(page, number),
            Event::Acts(page) if page >= FIRST => self.acts_on_page(page),
            Event::Acts(browser) => self.acts(browser),
            Event::Fault => self.fault()?,
            Event::Ends(server, kind) => self.ends(server, kind)?,
        }
        Ok(true)
    }

    // Clocks and places.

    /// The isolate that an object lives in.
    pub(crate) fn isolate(&self, object: Object) -> usize {
        let number = match object {
            Object::Server(number) => number as usize,
            Object::Gateway(index) => self.servers.len() + index,
        };
        number % self.clocks.len().max(1)
    }

    /// The time by an object's clock, in milliseconds since the epoch.
    pub(crate) fn now_ms(&self, object: Object) -> u64 {
        let offset = self.clocks.get(self.isolate(object)).copied().unwrap_or(0);
        (EPOCH_MS + self.now_us / 1_000).saturating_add_signed(offset)
    }

    /// The time of the world, in milliseconds since the epoch.
    pub(crate) fn world_ms(&self) -> u64 {
        EPOCH_MS + self.now_us / 1_000
    }

    /// When an object's clock says `at_ms`; now where that is over.
    pub(crate) fn when(&self, object: Object, at_ms: u64) -> u64 {
        self.now_us + at_ms.saturating_sub(self.now_ms(object)) * 1_000
    }

    pub(crate) fn region_of(&self, object: Object) -> Option<Region> {
        let regions = &self.plan.regions;
        let index = match object {
            Object::Server(number) => number as usize % regions.len().max(1),
            Object::Gateway(index) => index / self.plan.slots.max(1) as usize,
        };
        regions.get(index).copied()
    }

    pub(crate) fn region_of_client(&self, client: usize) -> Option<Region> {
        match client.checked_sub(FIRST) {
            Some(page) => self.pages.get(page).map(|page| page.region),
            None => self.browsers.get(client).map(|browser| browser.region),
        }
    }

    pub(crate) fn region_at(&self, post: Post) -> Option<Region> {
        match post {
            Post::Browser { browser, .. } => self.region_of_client(browser),
            Post::GatewaySocket { gateway, .. } | Post::GatewayLink { gateway, .. } => {
                self.region_of(Object::Gateway(gateway))
            }
            Post::ServerSocket { server, .. } => self.region_of(Object::Server(server)),
        }
    }

    /// How long a message is on its way, typically.
    pub(crate) fn distance(&self, from: Option<Region>, to: Option<Region>) -> u64 {
        if from == to {
            self.plan.near_us
        } else {
            self.plan.far_us
        }
    }

    // Turns of objects.

    /// Has a channel server do something, and carries out what comes of it.
    pub(crate) fn with_server(
        &mut self,
        server: u32,
        work: impl FnOnce(&mut ChannelHost, Now<'_>, &mut Wires) -> Result<Turn, Failure>,
    ) -> Result<(), Failure> {
        let object = Object::Server(server);
        self.maybe_evict(object)?;
        let ms = self.now_ms(object);
        self.made.insert(object);
        let Some(host) = self.servers.get_mut(server as usize) else {
            return Ok(());
        };
        let random = &mut self.random;
        let turn = work(host, Now { ms, random }, &mut self.wires)?;
        if turn.is_aborted {
            self.tally.add(Kind::StorageError);
            return self.end_server(server, crate::channel_host::Ending::Abort);
        }
        if let Some(number) = turn.confirm {
            let at_us = self.confirmed_us();
            self.agenda.put(at_us, Event::Confirmed(server, number));
        }
        self.carry_out(turn.actions);
        Ok(())
    }

    /// Ends a turn of a gateway.
    pub(crate) fn end_turn(&mut self, gateway: usize, turn: GatewayTurn) {
        if let Some(number) = turn.confirm {
            let at_us = self.confirmed_us();
            self.agenda
                .put(at_us, Event::GatewayConfirmed(gateway, number));
        }
        self.carry_out(turn.actions);
    }

    /// When what is written now is confirmed.
    fn confirmed_us(&mut self) -> u64 {
        let mut latency_us = self.random.around(self.plan.write_us);
        if self.now_us < self.slow_disk_until_us {
            latency_us *= 20;
        }
        self.now_us + latency_us
    }

    fn confirmed(&mut self, server: u32, number: u64) -> Result<(), Failure> {
        let Some(host) = self.servers.get_mut(server as usize) else {
            return Ok(());
        };
        let confirmed = host.confirmed(number)?;
        for line in confirmed.lines {
            self.model.recorded(&line)?;
        }
        if let Some((number, at_ms)) = confirmed.alarm {
            self.set_alarm(server, number, at_ms);
        }
        self.carry_out(confirmed.actions);
        let has_gathered = self
            .servers
            .get(server as usize)
            .is_some_and(ChannelHost::has_gathered);
        if has_gathered {
            self.with_server(server, |host, now, _| host.stored(now))?;
        }
        Ok(())
    }

    pub(crate) fn set_alarm(&mut self, server: u32, number: u64, at_ms: u64) {
        let rings_us = self.when(Object::Server(server), at_ms);
        self.agenda.put(rings_us, Event::Alarm(server, number));
    }

    fn gateway_timer(&mut self, gateway: usize, number: u64) -> Result<(), Failure> {
        let object = Object::Gateway(gateway);
        self.maybe_evict(object)?;
        let ms = self.now_ms(object);
        if let Some(host) = self.gateways.get_mut(gateway) {
            let turn = host.timer(number, ms);
            self.end_turn(gateway, turn);
        }
        Ok(())
    }

    /// A number for a client's new socket.
    pub(crate) fn next_key(&mut self) -> crate::promise::SocketKey {
        self.sockets += 1;
        crate::promise::SocketKey(self.sockets)
    }
}
