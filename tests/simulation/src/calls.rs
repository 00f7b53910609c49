//! Calls between objects: lost, answered late, or broken with the object that they went to.

use gateway_core::gateway::Server;
use protocol::call::Request;

use crate::{
    action::{Ask, Asker, CallId, Object, Reply},
    channel_host::Ending,
    delivery::{EffectKinds, Mishap},
    edge::{Job, Next, Surroundings},
    failure::Failure,
    fault::Kind,
    http::{HttpAnswer, HttpRequest},
    wire::{Post, Side, WireId},
    world::{Event, World},
};

/// How long a call may take, in microseconds.
const CALL_US: u64 = 5_000_000;
/// How often a wake-up comes twice where that may be, in thousandths.
const DOUBLE_WAKE_PER_MILLE: u64 = 300;
/// How often a delivery of effects takes long where that may be, in thousandths.
const LATE_PER_MILLE: u64 = 250;
/// How often one is lost where that may be, and as often its answer, in thousandths.
const DELIVERY_LOST_PER_MILLE: u64 = 250;
/// How often an end of a delivery is evicted, and how often one dies, where that may be, in thousandths.
const END_EVICTED_PER_MILLE: u64 = 80;
/// See [`END_EVICTED_PER_MILLE`].
const END_KILLED_PER_MILLE: u64 = 60;
/// The client of the set-up.
pub const SETUP: usize = usize::MAX;

/// A call that is not answered.
#[derive(Clone, Copy, Debug)]
pub struct OpenCall {
    asker: Asker,
    latency_us: u64,
    /// The effects that it delivers.
    effects: EffectKinds,
}

impl World {
    /// Asks an object.
    pub(crate) fn ask(&mut self, asker: Asker, to: Object, ask: Ask) {
        if matches!(ask, Ask::WakeWith { .. }) && self.has(Kind::DoubleWake, DOUBLE_WAKE_PER_MILLE)
        {
            self.tally.add(Kind::DoubleWake);
            self.ask_once(Asker::Nobody, to, ask.clone());
        }
        self.ask_once(asker, to, ask);
    }

    fn ask_once(&mut self, asker: Asker, to: Object, ask: Ask) {
        let from = match asker {
            Asker::Job(job) => self
                .jobs
                .get(&job)
                .and_then(|(job, _)| self.region_of_client(job.client.0)),
            Asker::Outbox { server, .. } | Asker::Waker { server, .. } => {
                self.region_of(Object::Server(server))
            }
            Asker::Dial { gateway, .. } | Asker::Door { gateway, .. } => {
                self.region_of(Object::Gateway(gateway))
            }
            Asker::Nobody => None,
        };
        let latency_us = self.distance(from, self.region_of(to));
        self.last_call += 1;
        let call = CallId(self.last_call);
        let effects = match &ask {
            Ask::Request(Request::Deliver(deliveries)) => EffectKinds::of(deliveries),
            _ => EffectKinds::default(),
        };
        let open = OpenCall {
            asker,
            latency_us,
            effects,
        };
        self.calls.insert(call, open);
        self.disturb(&open, to);
        self.agenda
            .put(self.now_us + CALL_US, Event::CallTooLong(call));
        // To be made again is asked for within the isolate, where nothing is lost.
        if matches!(ask, Ask::Wake) || !self.loses_of(asker) {
            let late_us = self.delivered_late_us(&open);
            let at_us = self.now_us + self.random.around(latency_us) + late_us;
            self.agenda.put(at_us, Event::Asked(call, to, ask));
        } else {
            self.mishaps.add(effects, Mishap::RequestLost);
        }
    }

    /// How much longer than usual a delivery of effects is on its way.
    fn delivered_late_us(&mut self, open: &OpenCall) -> u64 {
        let is_delivery = matches!(open.asker, Asker::Outbox { .. });
        if !is_delivery || !self.has(Kind::Reorder, LATE_PER_MILLE) {
            return 0;
        }
        self.tally.add(Kind::Reorder);
        self.mishaps.add(open.effects, Mishap::Late);
        self.random.magnitude(10_000, 3 * CALL_US)
    }

    /// Has an end of a delivery lose its memory or die while the delivery is under way, now and then.
    fn disturb(&mut self, open: &OpenCall, to: Object) {
        let (Asker::Outbox { server, .. }, Object::Server(target)) = (open.asker, to) else {
            return;
        };
        for end in [server, target] {
            for (kind, per_mille) in [
                (Kind::EvictServer, END_EVICTED_PER_MILLE),
                (Kind::KillServer, END_KILLED_PER_MILLE),
            ] {
                if self.has(kind, per_mille) {
                    let at_us = self.now_us + self.random.below(4 * open.latency_us + 20_000);
                    self.agenda.put(at_us, Event::Ends(end, kind));
                }
            }
        }
    }

    /// A server whose delivery is under way, or to which one is, loses its memory or dies.
    pub(crate) fn ends(&mut self, server: u32, kind: Kind) -> Result<(), Failure> {
        if !self.is_rough {
            return Ok(());
        }
        self.note_fault(kind);
        self.tally.add(kind);
        match kind {
            Kind::KillServer => self.end_server(server, Ending::Kill),
            _ => self.evict(Object::Server(server)),
        }
    }

    /// Whether a kind of fault that goes with an event happens now.
    pub(crate) fn has(&mut self, kind: Kind, per_mille: u64) -> bool {
        self.is_rough && self.plan.kinds.has(kind) && self.random.chance(per_mille)
    }

    fn loses(&mut self) -> bool {
        self.loses_at(self.plan.lose_per_mille)
    }

    /// Whether a call of an asker, or its answer, is lost: more often where it delivers effects.
    fn loses_of(&mut self, asker: Asker) -> bool {
        match asker {
            Asker::Outbox { .. } => self.loses_at(DELIVERY_LOST_PER_MILLE),
            _ => self.loses(),
        }
    }

    fn loses_at(&mut self, per_mille: u64) -> bool {
        let is_lost = self.has(Kind::LostCall, per_mille);
        if is_lost {
            self.tally.add(Kind::LostCall);
        }
        is_lost
    }

    /// A call reaches its object.
    pub(crate) fn asked(&mut self, call: CallId, to: Object, ask: Ask) -> Result<(), Failure> {
        let dialler = match ask {
            Ask::OpenLink { dialler, .. }
            | Ask::OpenSocket { dialler, .. }
            | Ask::OpenGateway { dialler, .. } => Some(dialler),
            Ask::Request(_) | Ask::Wake | Ask::WakeWith { .. } => None,
        };
        let from = dialler.and_then(|post| self.region_at(post));
        let latency_us = self.distance(from, self.region_of(to));
        match to {
            Object::Server(server) => self.with_server(server, |host, now, wires| {
                let connect = |dialler, acceptor| wires.connect(dialler, acceptor, latency_us);
                host.called(call, ask, connect, now)
            }),
            Object::Gateway(gateway) => {
                self.maybe_evict(to)?;
                self.made.insert(to);
                let ms = self.now_ms(to);
                let wires = &mut self.wires;
                let connect = |dialler, acceptor| wires.connect(dialler, acceptor, latency_us);
                let Some(host) = self.gateways.get_mut(gateway) else {
                    return Ok(());
                };
                let turn = host.called(call, ask, connect, ms, &mut self.random);
                self.end_turn(gateway, turn);
                Ok(())
            }
        }
    }

    /// An object answers.
    pub(crate) fn respond(&mut self, call: CallId, reply: Reply) {
        let open = self.calls.get(&call).copied();
        match open {
            Some(open) if !self.loses_of(open.asker) => {
                if matches!(reply, Reply::Failed) {
                    self.mishaps.add(open.effects, Mishap::TargetEnds);
                }
                let at_us = self.now_us + self.random.around(open.latency_us);
                self.agenda.put(at_us, Event::Answered(call, reply));
            }
            other => {
                if let Some(open) = other {
                    self.mishaps.add(open.effects, Mishap::AnswerLost);
                }
                self.unwanted(&reply);
            }
        }
    }

    /// A call breaks.
    pub(crate) fn fail(&mut self, call: CallId) {
        self.respond(call, Reply::Failed);
    }

    fn unwanted(&mut self, reply: &Reply) {
        if let Reply::Upgraded(wire) = reply {
            self.abandon(*wire, Side::Dialler);
        }
    }

    pub(crate) fn answered(&mut self, call: CallId, reply: Reply) -> Result<(), Failure> {
        if let Some(open) = self.calls.remove(&call) {
            self.note_origin(&open);
            return self.tell(open.asker, reply);
        }
        self.unwanted(&reply);
        Ok(())
    }

    pub(crate) fn call_too_long(&mut self, call: CallId) -> Result<(), Failure> {
        match self.calls.remove(&call) {
            Some(open) => {
                self.note_origin(&open);
                self.tell(open.asker, Reply::TimedOut)
            }
            None => Ok(()),
        }
    }

    /// Takes note of a delivery whose origin has ended meanwhile.
    fn note_origin(&mut self, open: &OpenCall) {
        if let Asker::Outbox { server, life, .. } = open.asker {
            let host = self.servers.get(server as usize);
            if host.is_some_and(|host| host.life() != life) {
                self.mishaps.add(open.effects, Mishap::OriginEnds);
            }
        }
    }

    fn tell(&mut self, asker: Asker, reply: Reply) -> Result<(), Failure> {
        match asker {
            Asker::Nobody => {}
            Asker::Job(job) => self.go_on(job, Some(reply)),
            Asker::Outbox { server, life, to } => {
                let taken = matches!(reply, Reply::Outcome(Ok(_)));
                self.with_server(server, |host, now, _| host.delivered(life, to, taken, now))?;
            }
            Asker::Waker { server, life, id } => {
                let answer = match reply {
                    Reply::Woken(answer) => Some(answer),
                    _ => None,
                };
                let answer = answer.as_deref();
                self.with_server(server, |host, now, _| host.woken(life, id, answer, now))?;
            }
            Asker::Door {
                gateway,
                life,
                call,
            } => return self.authenticated(gateway, (life, call), reply),
            Asker::Dial {
                gateway,
                life,
                server,
                generation,
            } => {
                let wire = match reply {
                    Reply::Upgraded(wire) => Some(wire),
                    _ => None,
                };
                return self.dialled(gateway, (life, Server(server), generation), wire);
            }
        }
        Ok(())
    }

    fn authenticated(
        &mut self,
        gateway: usize,
        door: (u32, CallId),
        reply: Reply,
    ) -> Result<(), Failure> {
        let object = Object::Gateway(gateway);
        self.maybe_evict(object)?;
        let ms = self.now_ms(object);
        let latency_us = self.distance(None, self.region_of(object));
        let wires = &mut self.wires;
        let connect = |dialler, acceptor| wires.connect(dialler, acceptor, latency_us);
        if let Some(host) = self.gateways.get_mut(gateway) {
            let turn = host.authenticated(door, reply, connect, ms);
            self.end_turn(gateway, turn);
        }
        Ok(())
    }

    fn dialled(
        &mut self,
        gateway: usize,
        dial: (u32, Server, u64),
        wire: Option<WireId>,
    ) -> Result<(), Failure> {
        let object = Object::Gateway(gateway);
        self.maybe_evict(object)?;
        let ms = self.now_ms(object);
        let Some(host) = self.gateways.get_mut(gateway) else {
            return Ok(());
        };
        let (turn, is_wanted) = host.dialled(dial, wire, ms);
        self.end_turn(gateway, turn);
        match wire {
            Some(wire) if is_wanted => self.open_end(wire),
            Some(wire) => {
                self.abandon(wire, Side::Dialler);
                Ok(())
            }
            None => Ok(()),
        }
    }

    // HTTP.

    /// A client makes an HTTP call.
    pub(crate) fn request(&mut self, client: usize, number: u64, dial: u32, request: HttpRequest) {
        if !self.loses() {
            let at_us = self.now_us + self.random.around(self.plan.near_us);
            let arrives = Event::Requested(client, number, dial, request);
            self.agenda.put(at_us, arrives);
        }
        let lost = Event::Responded(client, number, dial, HttpAnswer::Lost);
        self.agenda.put(self.now_us + 3 * CALL_US, lost);
    }

    pub(crate) fn requested(
        &mut self,
        client: usize,
        number: u64,
        dial: u32,
        request: HttpRequest,
    ) {
        match Job::new((client, number), request) {
            Ok(job) => {
                self.last_job += 1;
                self.jobs.insert(self.last_job, (job, dial));
                self.go_on(self.last_job, None);
            }
            Err(answer) => self.answer((client, number), dial, answer),
        }
    }

    fn go_on(&mut self, id: u64, reply: Option<Reply>) {
        let now_ms = self.world_ms();
        let Some((job, dial)) = self.jobs.get_mut(&id) else {
            if let Some(reply) = reply {
                self.unwanted(&reply);
            }
            return;
        };
        let (client, dial) = (job.client, *dial);
        let mut around = Surroundings {
            ring: &self.ring,
            gateways: &self.gateway_names,
            slots: self.plan.slots,
            now_ms,
            random: &mut self.random,
        };
        match job.advance(reply, &mut around) {
            Next::Ask(object, ask) => self.ask(Asker::Job(id), object, ask),
            Next::Answer(answer) => {
                self.jobs.remove(&id);
                self.answer(client, dial, answer);
            }
        }
    }

    /// The Worker answers a client.
    pub(crate) fn answer(&mut self, (client, number): (usize, u64), dial: u32, answer: HttpAnswer) {
        if self.loses() {
            if let HttpAnswer::Socket(wire) = answer {
                self.abandon(wire, Side::Dialler);
            }
            return;
        }
        let at_us = self.now_us + self.random.around(self.plan.near_us);
        let arrives = Event::Responded(client, number, dial, answer);
        self.agenda.put(at_us, arrives);
    }

    /// The post at an end of a connection.
    pub(crate) fn post(&mut self, wire: WireId, side: Side) -> Option<Post> {
        self.wires.find(wire).map(|wire| wire.end(side).post)
    }
}
