//! Turns: the core is built where there is none, takes one input, and what comes of it is carried out or held back.

use std::rc::Rc;

use gateway_core::gateway::{ConnectionId, Gateway, Input, Open, Output};
use protocol::{
    close::GO_AWAY,
    link::{Up, write},
};

use super::{Accepted, GatewayHost, GatewayTurn};
use crate::{
    action::Action,
    mistake::Mistake,
    random::Random,
    wire::{Parcel, Side},
};

/// Browsers that are sent away together come back over this time, in milliseconds.
const COME_BACK_WITHIN_MS: u64 = 1_000;
impl GatewayHost {
    /// Builds the core where there is none: from what was written down, if that is whole. Else it is not known what the browsers
    /// of an earlier life have, and they are sent away.
    pub(super) fn wake(&mut self, random: &mut Random) -> Vec<Action> {
        if self.core.is_some() {
            return Vec::new();
        }
        let (name, region) = (self.name.as_str(), self.region.as_str());
        let ring = Rc::clone(&self.ring);
        if let Some((last_connection, logs)) = self.night.load() {
            let open = self
                .sockets
                .values()
                .filter_map(|open| open.attachment.clone());
            let mut core = Gateway::restore(name, region, ring, open, logs);
            core.restore_people(self.night.people());
            self.core = Some(core);
            self.restore(last_connection);
            return Vec::new();
        }
        self.core = Some(Gateway::new(name, region, ring));
        if self.makes(Mistake::BrowsersKept) {
            for accepted in self.sockets.values_mut() {
                accepted.attachment = None;
            }
            return Vec::new();
        }
        let send_away = |accepted: &mut Accepted| {
            accepted.attachment = None;
            let retry_after_ms = random.below(COME_BACK_WITHIN_MS);
            let reason = format!("{{\"retry_after_ms\":{retry_after_ms}}}");
            Action::close(accepted.wire, Side::Acceptor, GO_AWAY, &reason)
        };
        self.sockets.values_mut().map(send_away).collect()
    }

    pub(super) fn restore(&mut self, last_connection: u32) {
        self.last_connection = last_connection;
        for (socket, accepted) in &self.sockets {
            if let Some(open) = &accepted.attachment {
                self.by_connection.insert(open.connection, *socket);
                self.last_connection = self.last_connection.max(open.connection.0);
            }
        }
    }

    /// Ends a turn: what leaves the object waits for what was written.
    pub(super) fn end(&mut self, mut actions: Vec<Action>) -> GatewayTurn {
        let has_written = self.night.take_written();
        let confirm = has_written.then(|| self.gate.written()).flatten();
        self.gate.pass(&mut actions);
        GatewayTurn { actions, confirm }
    }

    /// The storage confirms what was written. Gives what waited for that.
    pub fn confirmed(&mut self, number: u64) -> Vec<Action> {
        let Some(actions) = self.gate.confirmed(number) else {
            return Vec::new();
        };
        self.night.confirm();
        actions
    }

    pub(super) fn input(&mut self, input: Input<'_>, now_ms: u64, actions: &mut Vec<Action>) {
        let mut failed = self.turn(input, now_ms, actions);
        while let Some(input) = failed.pop() {
            failed.extend(self.turn(input, now_ms, actions));
        }
    }

    pub(super) fn turn(
        &mut self,
        input: Input<'_>,
        now_ms: u64,
        actions: &mut Vec<Action>,
    ) -> Vec<Input<'static>> {
        let outputs = match &mut self.core {
            Some(core) => core.handle(input, now_ms),
            None => Vec::new(),
        };
        let mut failed = Vec::new();
        for output in outputs {
            match output {
                Output::Frames { connections, text } => {
                    let parcel = Parcel::Text(text.into());
                    for connection in connections {
                        self.send(connection, &parcel, actions);
                    }
                }
                Output::Close {
                    connection,
                    code,
                    reason,
                } => self.close(connection, code, &reason, actions),
                Output::Dial { server, generation } => self.dial(server, generation, actions),
                Output::LinkSend {
                    server,
                    generation,
                    bytes,
                } => {
                    if !self.send_up(server, generation, &bytes, actions) {
                        self.forget_link(server, generation);
                        failed.push(Input::LinkClosed { server, generation });
                    }
                }
                Output::CloseLink { server, generation } => {
                    if let Some(wire) = self
                        .forget_link(server, generation)
                        .and_then(|link| link.wire)
                    {
                        let from = Side::Dialler;
                        actions.push(Action::close(wire, from, 1000, ""));
                        actions.push(Action::Abandon { wire, from });
                    }
                }
                Output::Flows { connection } => {
                    if let Some(open) = self.attachment(connection) {
                        open.flows = true;
                    }
                }
                Output::Role { connection, role } => {
                    if let Some(open) = self.attachment(connection) {
                        open.caller.role = role;
                    }
                }
                Output::Judge { connection } => failed.push(Input::Heard {
                    connection,
                    at_ms: self.pinged_ms(connection),
                }),
                Output::Keep { changed, gone } => {
                    self.night.write(changed, &gone, self.last_connection);
                }
                Output::KeepPeople { changed, gone } => self.night.write_people(changed, &gone),
                Output::Answer { records } => self.unwanted.extend(records),
                Output::Spoil => {
                    if !self.makes(Mistake::NightNeverEnds) {
                        self.night.spoil();
                    }
                }
                Output::Unwanted { log } => {
                    let record = match &log {
                        Some(log) => Up::Unsubscribe { log },
                        None => Up::UnsubscribeAll,
                    };
                    write(&mut self.unwanted, &record);
                }
                Output::WakeAt { at_ms } => actions.push(Action::WakeAt {
                    gateway: self.index,
                    at_ms,
                }),
            }
        }
        failed
    }

    pub(super) fn send(
        &self,
        connection: ConnectionId,
        parcel: &Parcel,
        actions: &mut Vec<Action>,
    ) {
        let socket = self.by_connection.get(&connection);
        if let Some(accepted) = socket.and_then(|socket| self.sockets.get(socket)) {
            actions.push(Action::Send {
                wire: accepted.wire,
                from: Side::Acceptor,
                parcel: parcel.clone(),
            });
        }
    }

    pub(super) fn close(
        &mut self,
        connection: ConnectionId,
        code: u16,
        reason: &str,
        actions: &mut Vec<Action>,
    ) {
        // The platform has the socket until its close is answered.
        let socket = self.by_connection.remove(&connection);
        if let Some(accepted) = socket.and_then(|socket| self.sockets.get(&socket)) {
            let close = Action::close(accepted.wire, Side::Acceptor, code, reason);
            actions.push(close);
        }
    }

    pub(super) fn attachment(&mut self, connection: ConnectionId) -> Option<&mut Open> {
        let socket = self.by_connection.get(&connection)?;
        self.sockets.get_mut(socket)?.attachment.as_mut()
    }

    pub(super) fn pinged_ms(&self, connection: ConnectionId) -> Option<u64> {
        let socket = self.by_connection.get(&connection)?;
        self.sockets.get(socket)?.pinged_ms
    }
}
