//! A workspace: sidebar, open channel, composer, and what lies above them.

use litemap::LiteMap;
use protocol::{
    api::Role,
    id::UserId,
    limits::TEXT_MAX_BYTES,
    permission::{Action, may},
};

use super::{
    dialog::{DialogView, dialog},
    message::standing,
    options::{self, OptionRow},
    sidebar::{ChannelIcon, SidebarView, icon, sidebar},
    timeline::{Item, thread, timeline},
};
use crate::{
    channel::Channel,
    connection::Phase,
    day::OffsetAt,
    draft::Draft,
    presence::Seen,
    spot::{Pane, Spot},
    state::{Place, Session, State},
    strings,
};

/// A minute, in milliseconds.
const MINUTE_MS: u64 = 60_000;

/// A workspace.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatView {
    /// The sidebar.
    pub sidebar: SidebarView,
    /// Whether the sidebar is shown where there is room for one pane only.
    pub sidebar_shown: bool,
    /// The open channel.
    pub pane: PaneView,
    /// The open thread.
    pub thread: Option<Box<ThreadPane>>,
    /// About the missing connection.
    pub banner: Option<Banner>,
    /// What went wrong.
    pub alert: Option<String>,
    /// What is said in passing.
    pub status: String,
    /// The open dialog.
    pub dialog: Option<DialogView>,
    /// Who is there, of those who are watched: dots beside people show it.
    pub presence: LiteMap<UserId, Seen>,
    /// The minute, in milliseconds since the epoch: by it one sees how long ago something was.
    pub now_ms: u64,
}

/// About the missing connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    /// What is going on.
    pub text: &'static str,
    /// Whether one can ask to connect at once.
    pub can_connect: bool,
}

/// The main pane.
#[derive(Clone, Debug, PartialEq)]
pub enum PaneView {
    /// Nothing is open yet.
    Blank {
        /// Whether something is on its way.
        loading: bool,
        /// What went wrong.
        problem: Option<&'static str>,
    },
    /// A channel.
    Channel(Box<ChannelPane>),
}

/// A channel in the main pane.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelPane {
    /// Which: another one is another pane.
    pub key: String,
    /// Above the messages.
    pub header: Header,
    /// The messages.
    pub items: Vec<Item>,
    /// Label of the messages.
    pub label: String,
    /// Whether messages are on their way.
    pub busy: bool,
    /// The button that leads down, where one is not there; its words.
    pub jump: Option<String>,
    /// Below the messages.
    pub footer: Footer,
}

/// A thread beside the channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreadPane {
    /// Which: another one is another pane.
    pub key: String,
    /// Where it is: `#general`, or the people.
    pub place: String,
    /// Root and replies.
    pub items: Vec<Item>,
    /// Label of the messages.
    pub label: String,
    /// Whether messages are on their way.
    pub busy: bool,
    /// The button that leads down, where one is not there; its words.
    pub jump: Option<String>,
    /// Where one writes, where one can.
    pub composer: Option<ComposerView>,
    /// Label of the tick box that lets a reply stand in the channel, too, and whether it is ticked.
    pub also: (String, bool),
}

/// Above the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the channel is called.
    pub name: String,
    /// What stands in front of the name.
    pub icon: ChannelIcon,
    /// What it is about.
    pub topic: Option<String>,
    /// How many are in it.
    pub members: Option<String>,
    /// Whether there are details of it to be seen.
    pub has_details: bool,
    /// Whether one can add people to it.
    pub can_add: bool,
    /// Whether one can leave it.
    pub can_leave: bool,
}

/// Below the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Footer {
    /// One can write.
    Composer(ComposerView),
    /// One can join.
    Join {
        /// The channel's id.
        channel: protocol::id::ChannelId,
    },
    /// One can only read.
    ReadOnly {
        /// Why.
        words: &'static str,
        /// Whether one can bring it back from where it was archived.
        can_bring_back: bool,
    },
}

/// Where one writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposerView {
    /// Placeholder and label.
    pub label: String,
    /// Its text; the shell takes it over whenever `revision` has changed.
    pub text: String,
    /// See `text`.
    pub revision: u32,
    /// Where the caret then belongs, in units of UTF-16; at the end where nothing is said.
    pub caret: Option<u32>,
    /// What the word before the caret may mean.
    pub options: Vec<OptionRow>,
    /// Who is writing.
    pub typing: String,
    /// Why it can't be sent as it is.
    pub hint: Option<String>,
    /// Whether there is something to send.
    pub can_send: bool,
}

/// What is to be seen of a session.
pub fn chat(session: &Session, state: &State) -> ChatView {
    let (now_ms, offset_at) = (state.now_ms, state.offset_at);
    let mut dialog = session.dialog.as_ref().map(|open| dialog(session, open));
    if let Some(profile) = dialog.as_mut().and_then(|dialog| dialog.profile.as_mut()) {
        profile.theme = state.theme;
    }
    ChatView {
        sidebar: sidebar(session),
        sidebar_shown: session.sidebar_shown,
        pane: pane(session, now_ms, offset_at),
        thread: thread_pane(session, now_ms, offset_at),
        banner: banner(session, now_ms),
        alert: session.alert.clone(),
        status: session.status.to_owned(),
        dialog,
        presence: presence(session),
        now_ms: now_ms - now_ms % MINUTE_MS,
    }
}

fn presence(session: &Session) -> LiteMap<UserId, Seen> {
    let mut seen = session.presence.seen().clone();
    // Nobody is there as far as one knows who is not connected.
    if !session.connection.is_ready() {
        seen.clear();
    }
    seen
}

fn banner(session: &Session, now_ms: u64) -> Option<Banner> {
    if !session.connection.is_missing(now_ms) {
        return None;
    }
    match session.connection.phase() {
        Phase::Off => None,
        phase => Some(Banner {
            text: strings::OFFLINE,
            can_connect: matches!(phase, Phase::Waiting(_)),
        }),
    }
}

fn pane(session: &Session, now_ms: u64, offset_at: OffsetAt) -> PaneView {
    let Some(channel) = session.open() else {
        let problem = match session.place {
            Place::NoSuchChannel => Some(strings::NO_SUCH_CHANNEL),
            Place::NoChannel if session.me.role == Role::Guest => {
                Some(strings::GUEST_IN_NO_CHANNEL)
            }
            Place::NoChannel => Some(strings::IN_NO_CHANNEL),
            Place::Nowhere | Place::In(_) | Place::Seeking(_) => None,
        };
        return PaneView::Blank {
            loading: problem.is_none(),
            problem,
        };
    };
    let called = session.call(channel);
    let away = !session.at_bottom || channel.timeline.has_below();
    PaneView::Channel(Box::new(ChannelPane {
        key: channel.info.id.to_string(),
        header: header(session, channel),
        items: timeline(session, channel, now_ms, offset_at),
        label: strings::timeline_of(&called),
        busy: !channel.timeline.is_loaded(),
        jump: away.then(|| match channel.unread {
            0 => strings::JUMP_TO_LATEST.to_owned(),
            count => format!(
                "{} · {}",
                strings::JUMP_TO_LATEST,
                strings::new_below(count)
            ),
        }),
        footer: footer(session, channel, &called, now_ms),
    }))
}

fn thread_pane(session: &Session, now_ms: u64, offset_at: OffsetAt) -> Option<Box<ThreadPane>> {
    let channel = session.open()?;
    let open = session.thread.as_ref()?;
    let called = session.call(channel);
    let away = !open.at_bottom || open.timeline.has_below();
    let spot = session.spot(Pane::Thread)?;
    Some(Box::new(ThreadPane {
        key: format!("{}/{}", spot.channel, open.root),
        items: thread(session, channel, open, now_ms, offset_at),
        label: strings::thread_in(&called),
        busy: !open.timeline.is_loaded(),
        jump: away.then(|| strings::JUMP_TO_LATEST.to_owned()),
        composer: channel
            .can_be_written_to()
            .then(|| composer(session, Pane::Thread, &spot, strings::REPLY.to_owned())),
        also: (strings::also_to(&called), open.also_to_channel),
        place: called,
    }))
}

fn header(session: &Session, channel: &Channel) -> Header {
    let info = &channel.info;
    let may = |action| may(action, standing(session, channel)).is_ok();
    Header {
        name: session.people.channel_name(info, &session.me.id),
        icon: icon(session, channel),
        topic: info.topic.clone(),
        members: (!info.id.is_direct()).then(|| strings::size(info.member_count, info.archived)),
        has_details: !info.id.is_direct(),
        can_add: may(Action::AddMember),
        can_leave: may(Action::Leave),
    }
}

fn footer(session: &Session, channel: &Channel, called: &str, now_ms: u64) -> Footer {
    if channel.info.archived {
        return Footer::ReadOnly {
            words: strings::ARCHIVED,
            can_bring_back: may(Action::Archive, standing(session, channel)).is_ok(),
        };
    }
    if !channel.info.member {
        return Footer::Join {
            channel: channel.info.id.clone(),
        };
    }
    let spot = Spot::from(channel.info.id.clone());
    let view = ComposerView {
        typing: typing(session, channel, now_ms),
        ..composer(session, Pane::Channel, &spot, strings::message_to(called))
    };
    Footer::Composer(view)
}

fn composer(session: &Session, pane: Pane, spot: &Spot, label: String) -> ComposerView {
    let draft = session.drafts.get(spot);
    let text = draft.map_or("", Draft::text).to_owned();
    let bytes = draft.map_or(0, |draft| draft.wire().len());
    let surplus = bytes.saturating_sub(TEXT_MAX_BYTES);
    let is_composing = session.composing == pane && session.dialog.is_none();
    let completion = session.completion.as_ref().filter(|_| is_composing);
    let revision = match (pane, &session.thread) {
        (Pane::Thread, Some(thread)) => thread.revision,
        _ => session.composer_revision,
    };
    ComposerView {
        label,
        revision,
        caret: session.composer_caret.filter(|_| is_composing),
        options: completion.map_or_else(Vec::new, |word| options::completion(session, word)),
        typing: String::new(),
        hint: (surplus > 0).then(|| strings::too_long(surplus)),
        can_send: surplus == 0 && !text.trim().is_empty(),
        text,
    }
}

fn typing(session: &Session, channel: &Channel, now_ms: u64) -> String {
    let id = &channel.info.id;
    let names: Vec<&str> = session
        .typing
        .who(id, now_ms)
        .filter(|user| !session.people.is_awaited(user))
        .map(|user| session.people.name(user))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    strings::typing(&names)
}
