//! Faults, carried out.

use crate::{
    action::{Action, Ask, Asker, Object},
    channel_host::{ChannelHost, Ending},
    failure::Failure,
    fault::Kind,
    gateway_host::{GatewayHost, Loss},
    http::HttpAnswer,
    wire::{Parcel, Post, Side, WireId},
    world::{Event, World},
};

/// When the platform finds that a link is half-open, in microseconds: neither tier keeps links alive by itself. Browsers' sockets go
/// through networks that find nothing.
const PLATFORM_KEEP_ALIVE_US: (u64, u64) = (30_000_000, 60_000_000);
/// How far a clock jumps, in milliseconds.
const JUMP_MS: u64 = 2_000;
/// How far one jumps ahead now and then, in milliseconds.
const LEAP_MS: u64 = 600_000;
/// When an alarm whose handler was killed rings again, in milliseconds.
const ALARM_AGAIN_MS: u64 = 2_000;
/// How often a connection of an object that died stays half-open where that may be, in thousandths.
const HALF_OPEN_PER_MILLE: u64 = 200;

impl World {
    /// Has something go wrong, and puts down when the next thing does.
    pub(crate) fn fault(&mut self) -> Result<(), Failure> {
        if !self.is_rough {
            return Ok(());
        }
        let next_us = self.now_us + self.random.around(self.plan.fault_every_us);
        self.agenda.put(next_us, Event::Fault);
        let kinds: Vec<Kind> = self
            .plan
            .kinds
            .iter()
            .filter(|kind| !kind.is_on_the_way())
            .collect();
        let Some(kind) = self.random.pick(&kinds).copied() else {
            return Ok(());
        };
        self.note_fault(kind);
        // Counted where it shows.
        if kind != Kind::StorageError {
            self.tally.add(kind);
        }
        self.carry_out_fault(kind)
    }

    fn carry_out_fault(&mut self, kind: Kind) -> Result<(), Failure> {
        let server = u32::try_from(self.random.index(self.servers.len())).unwrap_or(0);
        let gateway = self.random.index(self.gateways.len());
        match kind {
            Kind::Drop => self.break_any(false),
            Kind::HalfOpen => self.break_any(true),
            Kind::Stall => self.stall(),
            Kind::SlowReader => self.slow_reader(),
            Kind::LostCall | Kind::DoubleWake | Kind::Reorder => {}
            Kind::EvictServer => return self.evict(Object::Server(server)),
            Kind::EvictGateway => return self.evict(Object::Gateway(gateway)),
            Kind::Panic => return self.panic(),
            Kind::KillServer => return self.end_server(server, Ending::Kill),
            Kind::KillGateway => self.end_gateway(gateway),
            Kind::Deploy => return self.deploy(),
            Kind::ClockJump => self.clock_jump(),
            Kind::StorageError => {
                let statements = u32::try_from(self.random.below(30)).unwrap_or(0);
                if let Some(host) = self.servers.get(server as usize) {
                    host.storage().fail_after(statements);
                }
            }
            Kind::SlowDisk => {
                self.slow_disk_until_us = self.now_us + self.random.between(500_000, 5_000_000);
            }
        }
        Ok(())
    }

    // Connections.

    fn break_any(&mut self, is_half_open: bool) {
        let Some(wire) = self.wires.any(&mut self.random) else {
            return;
        };
        let deaf = is_half_open.then(|| match self.random.below(2) {
            0 => Side::Dialler,
            _ => Side::Acceptor,
        });
        for side in [Side::Dialler, Side::Acceptor] {
            self.cut(wire, side, deaf == Some(side));
        }
    }

    /// Nothing reaches an end from some moment on. It learns of that then, or not.
    fn cut(&mut self, id: WireId, side: Side, is_deaf: bool) {
        let is_link = matches!(self.post(id, Side::Dialler), Some(Post::GatewayLink { .. }));
        let Some(wire) = self.wires.find(id) else {
            return;
        };
        let cut_us = self.now_us + self.random.below(2 * wire.latency_us + 1);
        let end = wire.end_mut(side);
        if end.is_gone || end.cut_us.is_some() {
            return;
        }
        end.cut_us = Some(cut_us);
        let (first, last) = PLATFORM_KEEP_ALIVE_US;
        let learns_us = match (is_deaf, is_link) {
            (false, _) => cut_us + self.random.below(100_000),
            (true, true) => cut_us + self.random.between(first, last),
            (true, false) => return,
        };
        self.agenda
            .put(learns_us, Event::Arrives(id, side, Parcel::Broken));
    }

    /// An end dies with its object; the other one learns of it, or not.
    fn widow(&mut self, id: WireId, dead: Side) {
        if let Some(wire) = self.wires.find(id) {
            wire.end_mut(dead).is_gone = true;
        }
        let is_deaf = self.has(Kind::HalfOpen, HALF_OPEN_PER_MILLE);
        self.cut(id, dead.other(), is_deaf);
    }

    fn stall(&mut self) {
        let until_us = self.now_us + self.random.magnitude(10_000, 20_000_000);
        let wire = self.wires.any(&mut self.random);
        if let Some(wire) = wire.and_then(|id| self.wires.find(id)) {
            for side in [Side::Dialler, Side::Acceptor] {
                wire.end_mut(side).stalled_until_us = until_us;
            }
        }
    }

    fn slow_reader(&mut self) {
        let until_us = self.now_us + self.random.between(1_000_000, 70_000_000);
        for _ in 0..8 {
            let Some(id) = self.wires.any(&mut self.random) else {
                return;
            };
            if matches!(self.post(id, Side::Dialler), Some(Post::Browser { .. }))
                && let Some(wire) = self.wires.find(id)
            {
                wire.end_mut(Side::Dialler).stalled_until_us = until_us;
                return;
            }
        }
    }

    // Objects.

    /// Evicts an object right before an input, now and then.
    pub(crate) fn maybe_evict(&mut self, object: Object) -> Result<(), Failure> {
        let kind = match object {
            Object::Server(_) => Kind::EvictServer,
            Object::Gateway(_) => Kind::EvictGateway,
        };
        // A gateway sends all its browsers away: often enough is rarely.
        let per_mille = match object {
            Object::Server(_) => self.plan.evict_per_mille,
            Object::Gateway(_) => self.plan.evict_per_mille / 20,
        };
        if self.has(kind, per_mille) {
            self.tally.add(kind);
            return self.evict(object);
        }
        Ok(())
    }

    pub(crate) fn evict(&mut self, object: Object) -> Result<(), Failure> {
        match object {
            Object::Server(server) if self.gathers(server) => Ok(()),
            Object::Server(server) => self.forget_server(server),
            Object::Gateway(gateway) => {
                self.evict_gateway(gateway);
                Ok(())
            }
        }
    }

    /// Evicts a gateway. One that something keeps in memory is not hibernated: whatever takes its memory away has it made again.
    fn evict_gateway(&mut self, gateway: usize) {
        let is_hibernated = self
            .gateways
            .get(gateway)
            .is_some_and(GatewayHost::can_hibernate);
        self.lose_gateway(gateway, Loss::Eviction);
        let object = Object::Gateway(gateway);
        if !is_hibernated && self.made.contains(&object) {
            self.ask(Asker::Nobody, object, Ask::Wake);
        }
    }

    /// Whether frames wait in a channel server's memory for its storage, which keeps it there.
    fn gathers(&self, server: u32) -> bool {
        let host = self.servers.get(server as usize);
        host.is_some_and(ChannelHost::has_gathered)
    }

    fn forget_server(&mut self, server: u32) -> Result<(), Failure> {
        let Some(host) = self.servers.get_mut(server as usize) else {
            return Ok(());
        };
        for call in host.forget()? {
            self.fail(call);
        }
        Ok(())
    }

    fn lose_gateway(&mut self, gateway: usize, loss: Loss) {
        let Some(host) = self.gateways.get_mut(gateway) else {
            return;
        };
        let (wires, calls) = host.lose(loss);
        for call in calls {
            self.fail(call);
        }
        for wire in wires {
            match self.post(wire, Side::Dialler) {
                Some(Post::GatewayLink { .. }) => self.widow(wire, Side::Dialler),
                _ => self.widow(wire, Side::Acceptor),
            }
        }
    }

    fn end_gateway(&mut self, gateway: usize) {
        self.lose_gateway(gateway, Loss::Death);
    }

    /// A channel server dies with its connections.
    pub(crate) fn end_server(&mut self, server: u32, ending: Ending) -> Result<(), Failure> {
        let Some(host) = self.servers.get_mut(server as usize) else {
            return Ok(());
        };
        let death = host.die(ending)?;
        for line in death.lines {
            self.model.recorded(&line)?;
        }
        for wire in death.wires {
            self.widow(wire, Side::Acceptor);
        }
        for call in death.calls {
            self.fail(call);
        }
        if let Some((number, at_ms)) = death.alarm {
            let again_ms = self.now_ms(Object::Server(server)) + ALARM_AGAIN_MS;
            self.set_alarm(server, number, at_ms.max(again_ms));
        }
        Ok(())
    }

    /// The module of an isolate is started anew. Its objects are sent a request each, and their calls fail.
    fn panic(&mut self) -> Result<(), Failure> {
        let isolate = self.random.index(self.clocks.len());
        let objects: Vec<Object> = self
            .made
            .iter()
            .copied()
            .filter(|object| self.isolate(*object) == isolate)
            .collect();
        // Frames that gathered die with the module, while later ones of the same link are taken in by the next.
        self.model.order_may_break();
        for object in &objects {
            match *object {
                Object::Server(server) => self.forget_server(server)?,
                Object::Gateway(gateway) => self.lose_gateway(gateway, Loss::Panic),
            }
        }
        // A Worker's requests die with the module that they run in.
        let runs_here = |id: &u64| usize::try_from(*id).unwrap_or(0) % self.clocks.len() == isolate;
        let jobs: Vec<u64> = self.jobs.keys().copied().filter(runs_here).collect();
        for id in jobs {
            if let Some((job, dial)) = self.jobs.remove(&id) {
                let status = 500;
                let body = r#"{"code":"internal"}"#.to_owned();
                self.answer(job.client, dial, HttpAnswer::Came { status, body });
            }
        }
        for object in objects {
            self.carry_out(vec![Action::Ask {
                asker: Asker::Nobody,
                to: object,
                ask: Ask::Wake,
            }]);
        }
        Ok(())
    }

    fn deploy(&mut self) -> Result<(), Failure> {
        for server in 0..self.plan.servers {
            let ending = match self.random.below(2) {
                0 => Ending::Kill,
                _ => Ending::Deploy,
            };
            self.end_server(server, ending)?;
        }
        for gateway in 0..self.gateways.len() {
            self.end_gateway(gateway);
        }
        Ok(())
    }

    fn clock_jump(&mut self) {
        let isolate = self.random.index(self.clocks.len());
        let ahead = match self.random.below(10) {
            0 => self.random.below(LEAP_MS),
            _ => self.random.below(2 * JUMP_MS),
        };
        let jump = i64::try_from(ahead).unwrap_or(0) - i64::try_from(JUMP_MS).unwrap_or(0);
        if let Some(clock) = self.clocks.get_mut(isolate) {
            *clock += jump;
        }
    }
}
