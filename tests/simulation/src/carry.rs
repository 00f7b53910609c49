//! Carrying out what objects and clients want done, and bringing them what arrives.

use std::rc::Rc;

use gateway_core::{gateway::Server, region::Region};

use crate::{
    action::{Action, Object},
    browser::{Browser, News, Timer, Wanted, Wish},
    calls::SETUP,
    failure::Failure,
    fault::Kind,
    http::HttpAnswer,
    shipped::FIRST,
    wire::{Parcel, Post, Side, Wire, WireId},
    world::{Event, World},
};

/// How long the asker of a request waits for its effects elsewhere, in microseconds.
const EFFECTS_PATIENCE_US: u64 = 2_000_000;
/// How often a frame takes long where that may be, in thousandths.
const LATE_PER_MILLE: u64 = 20;
/// How much longer, in microseconds.
const LATE_US: (u64, u64) = (1_000, 2_000_000);
/// The longest timer of a gateway, in milliseconds.
const TIMER_MAX_MS: u64 = 60 * 60 * 1_000;

impl World {
    /// Carries out what an object wants done.
    pub(crate) fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Send { wire, from, parcel } => self.send(wire, from, parcel),
                Action::Abandon { wire, from } => self.abandon(wire, from),
                Action::Ask { asker, to, ask } => self.ask(asker, to, ask),
                Action::Respond { call, reply } => self.respond(call, reply),
                Action::Hasten { server, life, id } => {
                    let at_us = self.now_us + EFFECTS_PATIENCE_US;
                    self.agenda.put(at_us, Event::Hasten(server, life, id));
                }
                Action::WakeAt { gateway, at_ms } => self.wake_at(gateway, at_ms),
            }
        }
    }

    fn wake_at(&mut self, gateway: usize, at_ms: Option<u64>) {
        let now_ms = self.now_ms(Object::Gateway(gateway));
        let Some(host) = self.gateways.get_mut(gateway) else {
            return;
        };
        let number = host.next_timer(at_ms.is_some());
        if let Some(at_ms) = at_ms {
            let wait_ms = at_ms.saturating_sub(now_ms).min(TIMER_MAX_MS);
            let rings_us = self.now_us + wait_ms * 1_000;
            self.agenda
                .put(rings_us, Event::GatewayTimer(gateway, number));
        }
    }

    // Connections.

    /// Sends a frame from an end of a connection.
    pub(crate) fn send(&mut self, id: WireId, from: Side, parcel: Parcel) {
        let is_gone = |wire: &mut Wire| wire.end(from).is_gone;
        if self.wires.find(id).is_none_or(is_gone) {
            return;
        }
        let late_us = self.late_us();
        let Some(wire) = self.wires.find(id) else {
            return;
        };
        let latency_us = self.random.around(wire.latency_us) + late_us;
        let arrival = wire.arrival(from.other(), self.now_us, latency_us);
        if matches!(parcel, Parcel::Close { .. }) {
            wire.end_mut(from).has_closed = true;
        }
        if let Some(at_us) = arrival {
            let arrives = Event::Arrives(id, from.other(), parcel);
            self.agenda.put(at_us, arrives);
        }
    }

    /// How much longer than usual a frame is on its way.
    fn late_us(&mut self) -> u64 {
        if !self.has(Kind::Reorder, LATE_PER_MILLE) {
            return 0;
        }
        self.tally.add(Kind::Reorder);
        let (least, most) = LATE_US;
        self.random.magnitude(least, most)
    }

    /// An end leaves a connection; the other end learns of it.
    pub(crate) fn abandon(&mut self, id: WireId, from: Side) {
        let Some(wire) = self.wires.find(id) else {
            return;
        };
        if std::mem::replace(&mut wire.end_mut(from).is_gone, true) {
            return;
        }
        let latency_us = self.random.around(wire.latency_us);
        if let Some(at_us) = wire.arrival(from.other(), self.now_us, latency_us) {
            let arrives = Event::Arrives(id, from.other(), Parcel::Broken);
            self.agenda.put(at_us, arrives);
        }
    }

    /// The dialler is told that the connection is open, and gets what came before.
    pub(crate) fn open_end(&mut self, id: WireId) -> Result<(), Failure> {
        let Some(wire) = self.wires.find(id) else {
            return Ok(());
        };
        let end = wire.end_mut(Side::Dialler);
        end.is_open = true;
        for parcel in std::mem::take(&mut end.early) {
            self.arrives(id, Side::Dialler, parcel)?;
        }
        Ok(())
    }

    /// Something reaches an end of a connection.
    pub(crate) fn arrives(
        &mut self,
        id: WireId,
        side: Side,
        parcel: Parcel,
    ) -> Result<(), Failure> {
        let now_us = self.now_us;
        let Some(wire) = self.wires.find(id) else {
            return Ok(());
        };
        let end = wire.end_mut(side);
        let is_cut = end.cut_us.is_some_and(|cut_us| cut_us <= now_us);
        if end.is_gone || (is_cut && parcel != Parcel::Broken) {
            return Ok(());
        }
        if !end.is_open {
            end.early.push(parcel);
            return Ok(());
        }
        let post = end.post;
        match &parcel {
            Parcel::Close { .. } => {
                // Whoever is closed closes too.
                self.send(
                    id,
                    side,
                    Parcel::Close {
                        code: 1000,
                        reason: "".into(),
                    },
                );
                self.leave(id, side);
            }
            Parcel::Broken => self.leave(id, side),
            Parcel::Text(text) => {
                let is_browser = matches!(post, Post::Browser { .. });
                if !is_browser && **text == *"ping" {
                    // The platform answers, and wakes nobody.
                    self.pinged(post);
                    self.send(id, side, Parcel::Text("pong".into()));
                    return Ok(());
                }
            }
            Parcel::Binary(_) => {}
        }
        self.bring(id, post, &parcel)
    }

    fn pinged(&mut self, post: Post) {
        if let Post::GatewaySocket { gateway, socket } = post {
            let ms = self.now_ms(Object::Gateway(gateway));
            if let Some(host) = self.gateways.get_mut(gateway) {
                host.pinged(socket, ms);
            }
        }
    }

    fn leave(&mut self, id: WireId, side: Side) {
        if let Some(wire) = self.wires.find(id) {
            wire.end_mut(side).is_gone = true;
        }
    }

    fn bring(&mut self, id: WireId, post: Post, parcel: &Parcel) -> Result<(), Failure> {
        match post {
            Post::Browser { browser, dial } if browser >= FIRST => {
                self.page_heard(browser, dial, parcel)
            }
            Post::Browser { browser, dial } => {
                let Some(client) = self.browsers.get_mut(browser) else {
                    return Ok(());
                };
                if client.dial == dial {
                    let wishes = client.arrived(parcel, &mut self.model)?;
                    self.fulfil(browser, wishes);
                }
                Ok(())
            }
            Post::ServerSocket { server, number } => {
                let host = self.servers.get(server as usize);
                if !host.is_some_and(|host| host.has(number, id)) {
                    // It was a socket of an object that has died since; another has its number.
                    return Ok(());
                }
                self.with_server(server, |host, now, _| host.arrived(number, parcel, now))
            }
            Post::GatewaySocket { gateway, socket } => {
                let object = Object::Gateway(gateway);
                self.maybe_evict(object)?;
                let ms = self.now_ms(object);
                if let Some(host) = self.gateways.get_mut(gateway) {
                    let turn = host.from_browser(socket, parcel, ms, &mut self.random);
                    self.end_turn(gateway, turn);
                }
                Ok(())
            }
            Post::GatewayLink {
                gateway,
                life,
                server,
                generation,
            } => {
                self.maybe_evict(Object::Gateway(gateway))?;
                let ms = self.now_ms(Object::Gateway(gateway));
                if let Some(host) = self.gateways.get_mut(gateway) {
                    let link = (life, Server(server), generation);
                    let turn = host.from_server(id, link, parcel, ms, &mut self.random);
                    self.end_turn(gateway, turn);
                }
                Ok(())
            }
        }
    }

    // Clients.

    /// Does what a client wants.
    pub(crate) fn fulfil(&mut self, browser: usize, wishes: Vec<Wish>) {
        for wish in wishes {
            let Some(client) = self.browsers.get(browser) else {
                return;
            };
            let (wire, dial) = (client.wire, client.dial);
            match wish {
                Wish::Frame(text) => {
                    if let Some(wire) = wire {
                        self.send(wire, Side::Dialler, Parcel::Text(text.into()));
                    }
                }
                Wish::HangUp(Some(wire), code) => {
                    let reason = "".into();
                    self.send(wire, Side::Dialler, Parcel::Close { code, reason });
                }
                Wish::HangUp(None, _) => {}
                Wish::Http(number, request) => self.request(browser, number, dial, request),
                Wish::Timer(after_us, timer) => {
                    let rings = Event::BrowserTimer(browser, dial, timer);
                    self.agenda.put(self.now_us + after_us, rings);
                }
            }
        }
    }

    /// A user has one more client.
    fn another_browser(&mut self, user: Rc<str>, token: String) {
        let region = self.random.pick(&self.plan.regions).copied();
        let index = self.browsers.len();
        let mut browser = Browser::new(index, user, token, region.unwrap_or(Region::Weur));
        let wishes = browser.connect();
        self.browsers.push(browser);
        self.fulfil(index, wishes);
        self.agenda.put(self.now_us + 1, Event::Acts(index));
    }

    pub(crate) fn browser_timer(&mut self, browser: usize, dial: u32, timer: Timer) {
        let Some(client) = self.browsers.get_mut(browser) else {
            return;
        };
        if client.dial == dial {
            let wishes = client.rang(timer, &mut self.model);
            self.fulfil(browser, wishes);
        }
    }

    pub(crate) fn responded(
        &mut self,
        client: usize,
        number: u64,
        dial: u32,
        answer: HttpAnswer,
    ) -> Result<(), Failure> {
        if client == SETUP {
            self.setup_answer = Some(answer);
            return Ok(());
        }
        if client >= FIRST {
            return self.page_answered(client, number, answer);
        }
        let key = self.next_key();
        let socket = match answer {
            HttpAnswer::Socket(wire) => Some(wire),
            HttpAnswer::Came { .. } | HttpAnswer::Lost => None,
        };
        let Some(browser) = self.browsers.get_mut(client) else {
            return Ok(());
        };
        let (wishes, news) = browser.answered(number, dial, answer, key, &mut self.model)?;
        self.fulfil(client, wishes);
        match news {
            News::Unwanted(wire) => self.abandon(wire, Side::Dialler),
            News::Channel { id, is_public } => {
                let id = id.as_str().into();
                if !self.town.channels.iter().any(|(known, _)| *known == id) {
                    self.town.channels.push((id, is_public));
                }
            }
            News::Link(code) => {
                let url = format!("/api/v1/sign-in-links/{code}/accept");
                let body = Some("{}".to_owned());
                if let Some(browser) = self.browsers.get_mut(client) {
                    let wishes = browser.call("POST", url, body, Wanted::Session);
                    self.fulfil(client, wishes);
                }
            }
            News::Session(token) => {
                let user = self
                    .browsers
                    .get(client)
                    .map(|browser| browser.user.clone());
                self.another_browser(user.unwrap_or_default(), token);
            }
            News::Invite(code) => {
                let url = format!("/api/v1/invites/{code}/accept");
                let body = Some("{\"display_name\":\"newcomer\"}".to_owned());
                if let Some(browser) = self.browsers.get_mut(client) {
                    let wishes = browser.call("POST", url, body, Wanted::Newcomer);
                    self.fulfil(client, wishes);
                }
            }
            News::Person { user, token } => {
                let user: Rc<str> = user.into();
                self.town.people.push(user.clone());
                self.another_browser(user, token);
            }
            News::None => {
                if let Some(wire) = socket {
                    return self.open_end(wire);
                }
            }
        }
        Ok(())
    }
}
