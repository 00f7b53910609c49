//! Turns: the core is built where there is none, takes one input, and what comes of it is carried out or held back.

use std::rc::Rc;

use channel_core::{ChannelServer, Input, LinkId, Output, SocketId};
use protocol::call::{Effect, Request};

use super::{ChannelHost, Confirmed, Now, Turn, Wanted, socket::Role};
use crate::{
    action::{Action, Ask, Asker, Object, Reply},
    failure::Failure,
    mistake::Mistake,
    wire::Parcel,
};

impl ChannelHost {
    /// Builds the core where there is none, and tells it of the sockets that outlived the one before.
    ///
    /// The platform promises no order of them. It gives those too that were closed and whose close was not answered, but what they
    /// were was wiped from them.
    pub(super) fn wake(&mut self, now: &mut Now<'_>) -> Result<Turn, Failure> {
        let mut turn = Turn::default();
        self.storage.begin()?;
        if self.core.is_some() {
            return Ok(turn);
        }
        let storage = Rc::clone(&self.storage);
        let core = ChannelServer::new(storage, Rc::clone(&self.ring), self.number)
            .map_err(|error| Failure::Simulator(error.to_string()))?;
        self.core = Some(core);
        let mut numbers: Vec<u32> = self.sockets.keys().copied().collect();
        self.last_socket = numbers.last().copied().unwrap_or(0);
        now.random.shuffle(&mut numbers);
        for number in numbers {
            let Some(accepted) = self.sockets.get(&number).cloned() else {
                continue;
            };
            if accepted.is_closing && !self.makes(Mistake::ClosedLinksRestored) {
                self.unknown.insert(number);
                continue;
            }
            match accepted.role {
                Role::Link(gateway) => {
                    let (link, gateway) = (LinkId(number), gateway.as_str());
                    self.input(Input::LinkRestored { link, gateway }, now, &mut turn)?;
                }
                Role::Channel(open) => {
                    let socket = SocketId(number);
                    self.input(Input::SocketRestored { socket, open }, now, &mut turn)?;
                }
            }
        }
        Ok(turn)
    }

    pub(super) fn input(
        &mut self,
        input: Input<'_>,
        now: &mut Now<'_>,
        turn: &mut Turn,
    ) -> Result<(), Failure> {
        let outputs = self.decide(input, now)?;
        self.carry_out(outputs, turn);
        Ok(())
    }

    pub(super) fn decide(
        &mut self,
        input: Input<'_>,
        now: &mut Now<'_>,
    ) -> Result<Vec<Output>, Failure> {
        let moment = now.moment();
        let Some(core) = &mut self.core else {
            return Err(Failure::Simulator("a server without a core".to_owned()));
        };
        self.storage.in_turn(true);
        let outputs = core.handle(input, moment);
        self.storage.in_turn(false);
        Ok(outputs)
    }

    pub(super) fn carry_out(&mut self, outputs: Vec<Output>, turn: &mut Turn) {
        for output in outputs {
            match output {
                Output::Answer { id, outcome } => {
                    if let Some(call) = self.waiting.remove(&id) {
                        let reply = Reply::Outcome(outcome);
                        turn.actions.push(Action::Respond { call, reply });
                    }
                }
                Output::LinkFrame { link, frame } => {
                    self.send(link.0, &Parcel::Binary(frame.into()), turn);
                }
                Output::SocketFrame { sockets, frame } => {
                    let parcel = Parcel::Text(frame.into());
                    for socket in sockets {
                        self.send(socket.0, &parcel, turn);
                    }
                }
                Output::CloseLink { link } => self.close(link.0, 1000, "replaced", turn),
                Output::CloseSocket {
                    socket,
                    code,
                    reason,
                } => self.close(socket.0, code, &reason, turn),
                // When sockets pinged is not followed here: nothing is known of anybody.
                Output::Judge { .. } | Output::RefuseSocket { .. } => {}
                Output::Deliver {
                    server,
                    mut deliveries,
                } => {
                    if self.makes(Mistake::MentionsUntold) {
                        deliveries.retain(|delivery| {
                            !matches!(delivery.effect, Effect::Mentioned { .. })
                        });
                    }
                    turn.actions.push(Action::Ask {
                        asker: Asker::Outbox {
                            server: self.number,
                            life: self.life,
                            to: server,
                        },
                        to: Object::Server(server),
                        ask: Ask::Request(Request::Deliver(deliveries)),
                    });
                }
                Output::WakeGateway { id, gateway, frame } => {
                    if let Some(gateway) = self.gateways.get(&gateway) {
                        let (server, life) = (self.number, self.life);
                        turn.actions.push(Action::Ask {
                            asker: Asker::Waker { server, life, id },
                            to: Object::Gateway(*gateway),
                            ask: Ask::WakeWith { server, frame },
                        });
                    }
                }
                Output::SetAlarm { at_ms } => {
                    if !self.makes(Mistake::AlarmForgotten) {
                        self.alarm.wanted = Wanted::At(at_ms);
                    }
                }
                Output::ClearAlarm => self.alarm.wanted = Wanted::Off,
                Output::Abort { .. } => turn.is_aborted = true,
            }
        }
    }

    /// Ends a turn: what leaves the object waits for what was written, in this turn and before.
    pub(super) fn end(&mut self, mut turn: Turn) -> Result<Turn, Failure> {
        if turn.is_aborted {
            return Ok(turn);
        }
        let has_written = self.storage.has_written() || self.alarm.wanted != Wanted::AsItIs;
        if has_written {
            turn.confirm = self.gate.written();
        }
        if !self.gate.is_closed() {
            self.is_storing = false;
            self.storage.confirm()?;
        } else if !self.makes(Mistake::AckBeforeWrite) {
            self.gate.pass(&mut turn.actions);
        }
        Ok(turn)
    }

    /// The storage confirms what was written.
    pub fn confirmed(&mut self, number: u64) -> Result<Confirmed, Failure> {
        let Some(actions) = self.gate.confirmed(number) else {
            return Ok(Confirmed::default());
        };
        self.is_storing = false;
        let is_new = self.alarm.wanted != Wanted::AsItIs;
        self.alarms += u64::from(is_new);
        let alarm = self.alarm.confirm().map(|at_ms| (self.alarms, at_ms));
        Ok(Confirmed {
            lines: self.storage.confirm()?,
            actions,
            alarm,
        })
    }
}
