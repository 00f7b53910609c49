//! A gateway: the core that is shipped, with all its browsers, on a thread that costs.

use std::rc::Rc;

use gateway_core::gateway::{ConnectionId, Gateway, Input, Output, Server};
use protocol::{api::Caller, ring::Ring};

use super::{
    CHANNEL_SERVER, EPOCH_MS, Event, MS, Turn, atlas,
    audience::{Audience, Heard},
    channel::ToChannel,
    clock_ms,
    cost::Costs,
    home,
    town::Town,
};
use crate::{failure::Failure, random::Random};

/// What every browser says first.
const HELLO: &str = r#"{"id":1,"op":"hello"}"#;

/// What reaches a gateway.
#[derive(Debug)]
pub(super) enum ToGateway {
    /// A browser connects and says `hello`.
    Arrives(ConnectionId, Caller),
    /// A frame of a browser.
    Frame(ConnectionId, String),
    /// A dial has succeeded.
    LinkOpened { server: Server, generation: u64 },
    /// A frame of a server.
    LinkFrame {
        server: Server,
        generation: u64,
        bytes: Vec<u8>,
    },
    /// The timer of this number runs out.
    Timer(u64),
}

/// One gateway.
#[derive(Debug)]
pub struct GatewayThread {
    index: usize,
    core: Gateway,
    channel: Rc<str>,
    /// One way to the channel's server, in microseconds.
    way_us: u32,
    /// When the last frame so far arrives there.
    last_ns: u64,
    timer: u64,
}

impl GatewayThread {
    /// A gateway without browsers.
    pub(super) fn new(
        index: usize,
        name: &str,
        channel: Rc<str>,
        town: &Town,
        ring: Rc<Ring>,
    ) -> Self {
        let region = town.region_of(index);
        Self {
            index,
            core: Gateway::new(name, region.as_str(), ring),
            channel,
            way_us: atlas::way_us(region, town.home),
            last_ns: 0,
            timer: 0,
        }
    }

    /// Takes its turn.
    pub(super) fn turn(
        &mut self,
        what: &ToGateway,
        now_ns: u64,
        costs: &Costs,
        audience: &mut Audience,
        random: &mut Random,
    ) -> Result<Turn, Failure> {
        let time = clock_ms(now_ns);
        let mut turn = Turn::default();
        let outputs = match what {
            ToGateway::Arrives(connection, caller) => {
                let (connection, caller) = (*connection, caller.clone());
                let opened = Input::ConnectionOpened { connection, caller };
                let mut outputs = self.core.handle(opened, time);
                let text = HELLO;
                outputs.extend(self.core.handle(Input::Frame { connection, text }, time));
                outputs
            }
            ToGateway::Frame(connection, text) => {
                turn.took_ns = costs.frame(1);
                let connection = *connection;
                self.core.handle(Input::Frame { connection, text }, time)
            }
            ToGateway::LinkOpened { server, generation } => {
                let (server, generation) = (*server, *generation);
                self.core
                    .handle(Input::LinkOpened { server, generation }, time)
            }
            ToGateway::LinkFrame {
                server,
                generation,
                bytes,
            } => {
                turn.took_ns = costs.frame(1);
                let input = Input::LinkFrame {
                    server: *server,
                    generation: *generation,
                    bytes,
                };
                self.core.handle(input, time)
            }
            ToGateway::Timer(number) if *number == self.timer => {
                self.core.handle(Input::Timer, time)
            }
            ToGateway::Timer(_) => Vec::new(),
        };
        for output in outputs {
            self.carry_out(output, now_ns, &mut turn, costs, audience, random)?;
        }
        Ok(turn)
    }

    fn carry_out(
        &mut self,
        output: Output,
        now_ns: u64,
        turn: &mut Turn,
        costs: &Costs,
        audience: &mut Audience,
        random: &mut Random,
    ) -> Result<(), Failure> {
        match output {
            Output::Frames { connections, text } => {
                let heard = Heard::read(&text, &self.channel)?;
                for connection in connections {
                    turn.took_ns += costs.frame(heard.lines);
                    let leaves_ns = now_ns + turn.took_ns;
                    audience.hears(self.index, connection, &heard, leaves_ns, costs, random)?;
                }
            }
            Output::LinkSend { server, bytes, .. } if server.0 == CHANNEL_SERVER => {
                turn.took_ns += costs.frame(1);
                let arrives_ns = now_ns + turn.took_ns + costs.travel(self.way_us, random);
                self.last_ns = self.last_ns.max(arrives_ns);
                let frame = ToChannel::Frame(self.index, bytes);
                turn.events.push((self.last_ns, Event::ToChannel(frame)));
            }
            Output::LinkSend {
                server,
                generation,
                bytes,
            } => {
                let bytes = home::answer(&bytes, &self.channel)?;
                let answer = ToGateway::LinkFrame {
                    server,
                    generation,
                    bytes,
                };
                turn.events
                    .push((now_ns, Event::ToGateway(self.index, answer)));
            }
            Output::Dial { server, generation } => {
                let event = if server.0 == CHANNEL_SERVER {
                    Event::ToChannel(ToChannel::Dialled(self.index, generation))
                } else {
                    Event::ToGateway(self.index, ToGateway::LinkOpened { server, generation })
                };
                turn.events.push((now_ns, event));
            }
            Output::WakeAt { at_ms } => {
                self.timer += 1;
                if let Some(at_ms) = at_ms {
                    let rings_ns = now_ns.max(at_ms.saturating_sub(EPOCH_MS) * MS);
                    let rings = ToGateway::Timer(self.timer);
                    turn.events
                        .push((rings_ns, Event::ToGateway(self.index, rings)));
                }
            }
            // Every browser pings, and the platform answers.
            Output::Judge { connection } => {
                let time = clock_ms(now_ns);
                let at_ms = Some(time);
                let heard = Input::Heard { connection, at_ms };
                for output in self.core.handle(heard, time) {
                    self.carry_out(output, now_ns, turn, costs, audience, random)?;
                }
            }
            Output::Spoil => {}
            other => {
                let how = format!("a gateway wants {other:?}");
                return Err(Failure::Simulator(how));
            }
        }
        Ok(())
    }
}
