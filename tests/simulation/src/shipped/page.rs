//! The page around the client's core: carries effects out, and brings it what comes.

use std::{collections::BTreeMap, rc::Rc};

use client_core::{
    call::Answer,
    effect::{Effect, Timer},
    input::Input,
    update::update,
};
use serde::Deserialize;

use super::{Asked, FIRST};
use crate::{
    failure::Failure,
    http::{HttpAnswer, HttpRequest},
    line::Line,
    promise::{Ack, Name, Point, parse},
    tamper,
    wire::{Parcel, Post, Side, WireId},
    world::{Event, World},
};

/// The close code of a connection that broke.
const BROKEN: u16 = 1006;

/// What a client says, as far as the model wants to know.
#[derive(Deserialize)]
struct Said {
    id: Option<u64>,
    op: String,
    channel: Option<String>,
    seq: Option<u64>,
    client_message_id: Option<String>,
    text: Option<String>,
    resume: Option<BTreeMap<String, Resume>>,
}

#[derive(Deserialize)]
struct Resume {
    epoch: String,
    seq: u64,
}

impl World {
    /// Gives an input to a page, and carries out what comes of it.
    pub(crate) fn page_input(&mut self, index: usize, input: Input) {
        let moment = self.moment();
        let Some(page) = self.page(index) else {
            return;
        };
        for effect in update(&mut page.state, input, &moment) {
            self.page_effect(index, effect);
        }
    }

    fn page_effect(&mut self, index: usize, effect: Effect) {
        match effect {
            Effect::Http(request) => {
                let asked = Asked::Call(request.call);
                self.page_asks(index, request.method, request.url, request.body, asked);
            }
            Effect::Dial { dial, url } => {
                self.hang_up(index);
                if let Some(page) = self.page(index) {
                    page.dial = dial;
                    let asked = Asked::Socket(page.dials);
                    self.page_asks(index, "GET", url, None, asked);
                }
            }
            Effect::HangUp => self.hang_up(index),
            Effect::Frame(text) => self.page_says(index, text),
            Effect::Store { key, value } => {
                if let Some(page) = self.page(index) {
                    page.rows.insert(key, value);
                }
            }
            Effect::Forget { key } => {
                if let Some(page) = self.page(index) {
                    page.rows.remove(&key);
                }
            }
            Effect::Wake { timer, after_ms } => self.page_timer(index, timer, after_ms),
            Effect::Cancel(timer) => {
                if let Some(page) = self.page(index) {
                    page.timers.retain(|(other, _)| *other != timer);
                }
            }
            Effect::Navigate { .. }
            | Effect::FocusComposer
            | Effect::ScrollToLatest
            | Effect::ScrollToMessage(_)
            | Effect::FocusMessage(_)
            | Effect::InThread(_)
            | Effect::CopyPath(_)
            | Effect::Theme(_)
            | Effect::Copy(_) => {}
        }
    }

    fn page_timer(&mut self, index: usize, timer: Timer, after_ms: u64) {
        let Some(page) = self.page(index) else {
            return;
        };
        page.last_timer += 1;
        let number = page.last_timer;
        page.timers.retain(|(other, _)| *other != timer);
        page.timers.push((timer, number));
        let rings_us = self.now_us + after_ms * 1_000;
        self.agenda.put(rings_us, Event::PageTimer(index, number));
    }

    /// A timer of a page runs out.
    pub(crate) fn page_rang(&mut self, index: usize, number: u64) {
        let Some(page) = self.page(index) else {
            return;
        };
        let place = page.timers.iter().position(|(_, other)| *other == number);
        if let Some(place) = place {
            let (timer, _) = page.timers.remove(place);
            self.page_input(index, Input::Rang(timer));
        }
    }

    // HTTP.

    fn page_asks(
        &mut self,
        index: usize,
        method: &'static str,
        url: String,
        body: Option<String>,
        asked: Asked,
    ) {
        let Some(page) = self.page(index) else {
            return;
        };
        page.last_call += 1;
        let number = page.last_call;
        let dialler = match &asked {
            Asked::Socket(dial) => Some(Post::Browser {
                browser: index,
                dial: *dial,
            }),
            Asked::Call(_) => None,
        };
        page.calls.insert(number, asked);
        let request = HttpRequest {
            method,
            url,
            body,
            token: Some(page.token.clone()),
            region: page.region,
            dialler,
        };
        self.request(index, number, 0, request);
    }

    /// An HTTP request of a page is answered.
    pub(crate) fn page_answered(
        &mut self,
        index: usize,
        number: u64,
        answer: HttpAnswer,
    ) -> Result<(), Failure> {
        let asked = self.page(index).and_then(|page| page.calls.remove(&number));
        let input = match (asked, answer) {
            (Some(Asked::Socket(dials)), HttpAnswer::Socket(wire)) => {
                return self.page_connected(index, dials, wire);
            }
            (_, HttpAnswer::Socket(wire)) => {
                self.abandon(wire, Side::Dialler);
                return Ok(());
            }
            (None, _) => return Ok(()),
            (Some(Asked::Socket(dials)), _) => match self.dial_of(index, dials) {
                Some(dial) => Input::Closed {
                    dial,
                    code: BROKEN,
                    reason: String::new(),
                },
                None => return Ok(()),
            },
            (Some(Asked::Call(call)), HttpAnswer::Came { status, body }) => Input::Answered {
                call,
                answer: Answer::Came { status, body },
            },
            (Some(Asked::Call(call)), HttpAnswer::Lost) => Input::Answered {
                call,
                answer: Answer::Lost,
            },
        };
        self.page_input(index, input);
        Ok(())
    }

    // The socket.

    /// The core's number of a dial, if it is the last one.
    fn dial_of(&mut self, index: usize, dials: u32) -> Option<u32> {
        let page = self.page(index)?;
        (page.dials == dials).then_some(page.dial)
    }

    fn page_connected(&mut self, index: usize, dials: u32, wire: WireId) -> Result<(), Failure> {
        let key = self.next_key();
        let (Some(dial), Some(page)) = (self.dial_of(index, dials), self.page(index)) else {
            self.abandon(wire, Side::Dialler);
            return Ok(());
        };
        page.wire = Some(wire);
        page.key = key;
        page.commands.clear();
        self.page_input(index, Input::Opened(dial));
        self.open_end(wire)
    }

    /// Closes a page's socket, of which nothing more is heard.
    pub(super) fn hang_up(&mut self, index: usize) {
        let Some(page) = self.page(index) else {
            return;
        };
        let (wire, key) = (page.wire.take(), page.key);
        page.dials += 1;
        self.model.closed(key);
        if let Some(wire) = wire {
            let (code, reason) = (1000, "".into());
            self.send(wire, Side::Dialler, Parcel::Close { code, reason });
        }
    }

    fn page_says(&mut self, index: usize, text: String) {
        let Some(page) = self.pages.get_mut(index - FIRST) else {
            return;
        };
        let Some(wire) = page.wire else {
            return;
        };
        for line in text.split('\n') {
            let Ok(said) = serde_json::from_str::<Said>(line) else {
                // A heartbeat.
                continue;
            };
            if said.op == "hello" {
                page.resumed = resume_points(said.resume);
                let points = page.resumed.clone();
                self.model.opened(page.key, &page.user, None, points);
                self.model.asked_boot(page.key);
            } else if let ("mark_unread", Some(channel), Some(seq)) =
                (said.op.as_str(), &said.channel, said.seq)
            {
                self.model.marks.asks_back(&page.user, channel, seq);
            } else if let ("send", Some(id), Some(channel), Some(name), Some(text)) = (
                said.op.as_str(),
                said.id,
                said.channel,
                said.client_message_id,
                said.text,
            ) {
                let name = Name {
                    channel: channel.into(),
                    user: page.user.clone(),
                    client_message_id: name.into(),
                };
                self.model.sends(&name, &text);
                self.model.commands(page.key, id);
                page.commands.insert(id, name);
            }
        }
        self.send(wire, Side::Dialler, Parcel::Text(text.into()));
    }

    /// Something arrives on a page's socket.
    pub(crate) fn page_heard(
        &mut self,
        index: usize,
        dials: u32,
        parcel: &Parcel,
    ) -> Result<(), Failure> {
        let (Some(dial), Some(page)) = (self.dial_of(index, dials), self.page(index)) else {
            return Ok(());
        };
        let input = match parcel {
            Parcel::Text(frame) => {
                self.page_lines(index, frame)?;
                let frame = tamper::page(frame, self.plan.mistake);
                Input::Frame(dial, frame.into_owned())
            }
            Parcel::Binary(_) => return Ok(()),
            Parcel::Close { .. } | Parcel::Broken => {
                let key = page.key;
                page.wire = None;
                self.model.closed(key);
                let (code, reason) = match parcel {
                    Parcel::Close { code, reason } => (*code, reason.to_string()),
                    _ => (BROKEN, String::new()),
                };
                Input::Closed { dial, code, reason }
            }
        };
        self.page_input(index, input);
        Ok(())
    }

    fn page_lines(&mut self, index: usize, frame: &str) -> Result<(), Failure> {
        if frame == "pong" {
            return Ok(());
        }
        for text in frame.split('\n').filter(|line| !line.is_empty()) {
            let line = parse(text)?;
            let Some(page) = self.page(index) else {
                return Ok(());
            };
            let key = page.key;
            let answered = line
                .re
                .and_then(|re| Some((re, page.commands.remove(&re)?)));
            self.model.heard(key, text, &line)?;
            if let (Some((re, name)), Some(ack)) = (answered, ack(line)) {
                self.model.acknowledged(&name, &ack, Some((key, re)))?;
            }
        }
        Ok(())
    }
}

fn resume_points(resume: Option<BTreeMap<String, Resume>>) -> BTreeMap<Rc<str>, Point> {
    resume
        .unwrap_or_default()
        .into_iter()
        .map(|(log, Resume { epoch, seq })| (log.into(), Point { epoch, seq }))
        .collect()
}

fn ack(line: Line) -> Option<Ack> {
    let ok = line.ok?;
    Some(Ack {
        epoch: ok.epoch?,
        seq: ok.seq?,
        at: ok.at?,
        duplicate: ok.duplicate?,
    })
}
