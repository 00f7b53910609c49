//! The client that is shipped: its core, in a page of the simulation.

mod page;
mod seen;

use std::{collections::BTreeMap, rc::Rc};

use client_core::{
    call::Call,
    effect::Timer,
    input::{Input, Intent, Moment, ScrollPlace},
    message_keys::MessageAct,
    state::State,
    view::{Item, Page, PaneView, view},
};
use gateway_core::region::Region;
use protocol::id::ChannelId;

use crate::{
    promise::{Name, Point, SocketKey},
    random::Random,
    wire::WireId,
    world::{Event, World},
};

/// The numbers of these clients begin here.
pub const FIRST: usize = 1_000;

/// One such client.
#[derive(Debug)]
pub struct Shipped {
    /// Its number.
    pub index: usize,
    /// Whose it is.
    pub user: Rc<str>,
    /// The session's token, as its cookie has it.
    pub token: String,
    /// Where it is.
    pub region: Region,
    /// The socket.
    pub wire: Option<WireId>,
    /// The socket as the model knows it.
    pub key: SocketKey,
    /// From where the last `hello` resumed.
    pub resumed: BTreeMap<Rc<str>, Point>,
    state: State,
    /// The browser's storage, which outlives the page.
    rows: BTreeMap<String, String>,
    /// The core's number of the last dial, which begins anew with each page.
    dial: u32,
    /// Our own, which does not.
    dials: u32,
    timers: Vec<(Timer, u64)>,
    last_timer: u64,
    calls: BTreeMap<u64, Asked>,
    last_call: u64,
    commands: BTreeMap<u64, Name>,
}

/// What an HTTP request was for.
#[derive(Clone, Debug)]
enum Asked {
    Call(Call),
    Socket(u32),
}

impl Shipped {
    fn new(index: usize, user: Rc<str>, token: String, region: Region) -> Self {
        Self {
            index,
            user,
            token,
            region,
            wire: None,
            key: SocketKey(0),
            resumed: BTreeMap::new(),
            state: State::new(|_| 0),
            rows: BTreeMap::new(),
            dial: 0,
            dials: 0,
            timers: Vec::new(),
            last_timer: 0,
            calls: BTreeMap::new(),
            last_call: 0,
            commands: BTreeMap::new(),
        }
    }

    /// The page is closed: what is not in the storage is lost.
    fn close_page(&mut self) {
        self.state = State::new(|_| 0);
        self.timers.clear();
        self.calls.clear();
        self.commands.clear();
    }

    fn started(&self) -> Input {
        Input::Started {
            path: "/".to_owned(),
            query: String::new(),
            stored: self.rows.clone().into_iter().collect(),
            visible: true,
        }
    }
}

impl World {
    /// A user opens the shipped client.
    pub(crate) fn open_page(&mut self, user: Rc<str>, token: String) {
        let region = self.random.pick(&self.plan.regions).copied();
        let index = FIRST + self.pages.len();
        let page = Shipped::new(index, user, token, region.unwrap_or(Region::Weur));
        let started = page.started();
        self.pages.push(page);
        self.page_input(index, started);
    }

    pub(crate) fn page(&mut self, index: usize) -> Option<&mut Shipped> {
        self.pages.get_mut(index.checked_sub(FIRST)?)
    }

    /// The person at a page does something, and puts down when they do the next thing.
    pub(crate) fn acts_on_page(&mut self, index: usize) {
        if !self.is_busy {
            return;
        }
        let next_us = self.next_act_us();
        self.agenda.put(next_us, Event::Acts(index));
        let choice = self.random.below(100);
        if (94..97).contains(&choice) {
            return self.reload_page(index);
        }
        if (30..55).contains(&choice) {
            return self.does_more_on_page(index);
        }
        let input = match choice {
            0..30 => Input::Person(Intent::Send(self.next_text())),
            55..75 => match self.random_channel() {
                Some(channel) => Input::Person(Intent::Open(channel)),
                None => return,
            },
            75..83 => Input::Person(Intent::Scrolled(scroll_place(&mut self.random))),
            83..88 => Input::Person(Intent::Type("a draft".to_owned())),
            88..91 => Input::Online(self.random.chance(500)),
            91..94 => Input::Visible(self.random.chance(500)),
            97 => Input::Person(Intent::JumpToLatest),
            _ => match self.random_channel() {
                Some(channel) => Input::Person(Intent::Join(channel)),
                None => return,
            },
        };
        self.page_input(index, input);
    }

    /// The person at a page does something with a message that it shows.
    fn does_more_on_page(&mut self, index: usize) {
        let page = index.checked_sub(FIRST).and_then(|at| self.pages.get(at));
        let Some((seq, is_own)) = page.and_then(|page| shown(page, &mut self.random)) else {
            return;
        };
        let text = self.next_text();
        let intents = match self.random.below(6) {
            0 | 1 => vec![Intent::Message(MessageAct::MarkUnread, seq)],
            2 => vec![Intent::React(seq, "👍".to_owned())],
            3 if is_own => vec![
                Intent::Message(MessageAct::Edit, seq),
                Intent::SaveEdit(text),
            ],
            4 if is_own => vec![
                Intent::Message(MessageAct::Delete, seq),
                Intent::DeleteMessage,
            ],
            _ => vec![
                Intent::Message(MessageAct::Reply, seq),
                Intent::InThread(Box::new(Intent::Send(text))),
            ],
        };
        for intent in intents {
            self.page_input(index, Input::Person(intent));
        }
    }

    fn random_channel(&mut self) -> Option<ChannelId> {
        let (id, _) = self.random.pick(&self.town.channels)?;
        ChannelId::parse(id).ok()
    }

    fn reload_page(&mut self, index: usize) {
        self.hang_up(index);
        let Some(page) = self.page(index) else {
            return;
        };
        page.close_page();
        let started = page.started();
        self.page_input(index, started);
    }

    /// Everybody is back at their page, and on the network.
    pub(crate) fn back_at_pages(&mut self) {
        for index in FIRST..FIRST + self.pages.len() {
            self.page_input(index, Input::Online(true));
            self.page_input(index, Input::Visible(true));
        }
    }

    fn moment(&mut self) -> Moment {
        Moment {
            now_ms: self.world_ms(),
            random: self.random.wide_bits().to_le_bytes(),
        }
    }
}

/// A message that a page shows, and whether it is its user's own.
fn shown(page: &Shipped, random: &mut Random) -> Option<(u64, bool)> {
    let Page::Chat(chat) = view(&page.state).page else {
        return None;
    };
    let PaneView::Channel(open) = chat.pane else {
        return None;
    };
    let messages: Vec<(u64, bool)> = open
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Message(message) if !message.deleted => {
                let is_own = message.user.as_ref()?.as_str() == &*page.user;
                Some((message.seq?, is_own))
            }
            _ => None,
        })
        .collect();
    random.pick(&messages).copied()
}

fn scroll_place(random: &mut Random) -> ScrollPlace {
    ScrollPlace {
        at_bottom: random.chance(500),
        near_bottom: random.chance(500),
        near_top: random.chance(500),
    }
}
