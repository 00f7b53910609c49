//! Everything the client knows.

use litemap::LiteMap;
use protocol::{
    api::{User, Workspace},
    emoji::Emoji,
    history,
    id::{ChannelId, LogId, UserId},
    message::Seq,
};

use crate::{
    acts::Acts,
    channel::Channel,
    completion::Completion,
    connection::Connection,
    day::OffsetAt,
    dialog::{Dialog, Directory},
    draft::Draft,
    emoji::EmojiTable,
    logs::Logs,
    outbox::Outbox,
    people::People,
    presence::Presence,
    route::{Region, Route},
    spot::{Pane, Spot},
    storage::Theme,
    thread::Thread,
    timeline::Timeline,
    typing::Typing,
};

/// The whole client.
#[derive(Clone, Debug)]
pub struct State {
    /// Where the page's address leads.
    pub(crate) route: Route,
    /// The region that was asked for by hand.
    pub(crate) region: Option<Region>,
    /// What is going on.
    pub(crate) stage: Stage,
    /// How the session came about that begins.
    pub(crate) arrival: Arrival,
    /// Rows of the storage, until it is known whose they are.
    pub(crate) stored: Vec<(String, String)>,
    /// Whether the page is in view.
    pub(crate) visible: bool,
    /// Light or dark.
    pub(crate) theme: Theme,
    /// When the last input came.
    pub(crate) now_ms: u64,
    /// The local clock.
    pub(crate) offset_at: OffsetAt,
}

/// What is going on.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// It is being found out who this is.
    Starting {
        /// Why that did not work.
        failure: Option<&'static str>,
    },
    /// Somebody is at the door: signing up, joining or signing in, as the route says.
    Entry(Entry),
    /// Somebody is in.
    Inside(Box<Session>),
}

/// The form at the door.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    /// Whether a call is on its way.
    pub busy: bool,
    /// What went wrong last.
    pub failure: Option<&'static str>,
    /// Why one is at the door.
    pub notice: Option<&'static str>,
}

/// How a session came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It was there before, or came by a sign-in link.
    Returning,
    /// The workspace was just made.
    Founder,
    /// An invite was just accepted.
    Guest,
}

/// Whether boot was asked for again and has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refresh {
    /// It was not.
    Idle,
    /// To learn of what is new.
    Asked,
    /// Also to learn which channels are not the user's any more.
    AskedToPrune,
}

/// What the main pane shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing yet.
    Nowhere,
    /// A channel or direct that is known.
    In(ChannelId),
    /// One that is looked for.
    Seeking(ChannelId),
    /// One that is not there, or not to be seen.
    NoSuchChannel,
    /// Nothing: the user is in no channel.
    NoChannel,
}

/// Somebody's time in a workspace.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Session {
    pub me: User,
    pub workspace: Workspace,
    pub people: People,
    pub channels: LiteMap<ChannelId, Channel>,
    pub directory: Directory,
    pub logs: Logs,
    pub connection: Connection,
    pub socket_url: String,
    pub outbox: Outbox,
    pub drafts: LiteMap<Spot, Draft>,
    /// Where a draft is not written down yet.
    pub unwritten: LiteMap<Spot, ()>,
    pub place: Place,
    /// Whether the newest message of the open channel is in view.
    pub at_bottom: bool,
    /// After this message the open channel's "new messages" line stands.
    pub new_after: Option<Seq>,
    /// Whether the open channel was marked unread and stays so while it is open.
    pub stays_unread: bool,
    /// What is done to messages and is not known to be done.
    pub acts: Acts,
    /// The thread beside the open channel.
    pub thread: Option<Thread>,
    /// The message that is changed.
    pub editing: Option<Editing>,
    /// The message that a link led to.
    pub target: Option<(Pane, Seq)>,
    /// Where the address leads, until its channel is shown.
    pub wanted: Option<Route>,
    /// The emoji used last, the last one first.
    pub recent_emoji: Vec<Emoji>,
    pub sidebar_shown: bool,
    /// Rises whenever the composer's text is not what was typed last.
    pub composer_revision: u32,
    /// Where the caret then belongs, in units of UTF-16; at the end where nothing is said.
    pub composer_caret: Option<u32>,
    /// Where somebody wrote last.
    pub composing: Pane,
    /// The word before the caret, where it can be completed.
    pub completion: Option<Completion>,
    pub typing: Typing,
    pub presence: Presence,
    pub dialog: Option<Dialog>,
    pub alert: Option<String>,
    pub status: &'static str,
    pub refresh: Refresh,
    /// Whether it has to be asked once more to prune: the answer on its way may be older than the reason, or did not come.
    pub owes_prune: bool,
    /// Channels that were opened, the last one first.
    pub recent: Vec<ChannelId>,
    /// Emoji by name.
    pub emoji: EmojiTable,
}

/// The message that is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Editing {
    /// Where it is changed.
    pub pane: Pane,
    /// Which.
    pub seq: Seq,
    /// What was typed.
    pub text: String,
    /// Whether one came from the composer.
    pub from_composer: bool,
}

impl State {
    /// A client of which nothing is known but its local clock.
    #[must_use]
    pub fn new(offset_at: OffsetAt) -> Self {
        Self {
            route: Route::Home,
            region: None,
            stage: Stage::Starting { failure: None },
            arrival: Arrival::Returning,
            stored: Vec::new(),
            visible: true,
            theme: Theme::System,
            now_ms: 0,
            offset_at,
        }
    }
}

impl Session {
    /// The open channel.
    pub fn open(&self) -> Option<&Channel> {
        match &self.place {
            Place::In(id) => self.channels.get(id),
            _ => None,
        }
    }

    /// The open channel.
    pub fn open_mut(&mut self) -> Option<&mut Channel> {
        match &self.place {
            Place::In(id) => self.channels.get_mut(id),
            _ => None,
        }
    }

    /// What this pane shows.
    pub fn spot(&self, pane: Pane) -> Option<Spot> {
        let channel = self.open()?.info.id.clone();
        let thread = match pane {
            Pane::Channel => None,
            Pane::Thread => Some(self.thread.as_ref()?.root),
        };
        Some(Spot { channel, thread })
    }

    /// The timeline of a channel, or of the open thread.
    pub fn timeline_mut(&mut self, spot: &Spot) -> Option<&mut Timeline> {
        let Some(root) = spot.thread else {
            let channel = self.channels.get_mut(&spot.channel)?;
            return Some(&mut channel.timeline);
        };
        let is_open = self.is_open(&spot.channel);
        let thread = self.thread.as_mut()?;
        (is_open && thread.root == root).then_some(&mut thread.timeline)
    }

    /// Keeps of a channel's messages only those that its timeline or the open thread has.
    pub fn tidy(&mut self, id: &ChannelId) {
        let thread = self.thread.as_ref().filter(|_| self.is_open(id));
        if let Some(channel) = self.channels.get_mut(id) {
            let timeline = &channel.timeline;
            channel.messages.keep(|seq| {
                timeline.has(seq)
                    || thread.is_some_and(|open| open.root == seq || open.timeline.has(seq))
            });
        }
    }

    /// The text of the composer in a pane is not what was typed last.
    pub fn composer_changed(&mut self, pane: Pane) {
        match (pane, &mut self.thread) {
            (Pane::Thread, Some(thread)) => thread.revision += 1,
            _ => self.composer_revision += 1,
        }
    }

    /// Whether this channel is open.
    pub fn is_open(&self, id: &ChannelId) -> bool {
        matches!(&self.place, Place::In(open) if open == id)
    }

    /// A channel is known from now on, and its log followed, where the user is in it.
    pub fn know(&mut self, channel: Channel) {
        for id in channel.info.members.iter().flatten() {
            self.people.want(id);
        }
        if channel.info.member {
            let info = &channel.info;
            self.logs
                .begin(LogId::from(&info.id), &info.epoch, info.seq);
        }
        match self.channels.get_mut(&channel.info.id) {
            Some(known) => known.info = channel.info,
            None => {
                self.channels.insert(channel.info.id.clone(), channel);
            }
        }
    }

    /// A message is shown: whoever wrote it and whom it names become known.
    pub fn meet(&mut self, message: &history::Message) {
        self.people.want(&message.user);
        for id in &message.mentions {
            self.people.want(id);
        }
    }

    /// The direct of the user and somebody else, if there is one.
    pub fn direct_with(&self, user: &UserId) -> Option<&Channel> {
        self.channels
            .values()
            .find(|channel| self.other(channel) == Some(user))
    }

    /// Whom a direct is with, where that is one person.
    pub fn other<'a>(&self, channel: &'a Channel) -> Option<&'a UserId> {
        let members = channel.info.members.as_deref()?;
        let mut others = members.iter().filter(|id| **id != self.me.id);
        others.next().filter(|_| members.len() == 2)
    }

    /// What a channel is called in a sentence: `#general`, or the people.
    pub fn call(&self, channel: &Channel) -> String {
        let name = self.people.channel_name(&channel.info, &self.me.id);
        if channel.info.id.is_direct() {
            name
        } else {
            format!("#{name}")
        }
    }
}
