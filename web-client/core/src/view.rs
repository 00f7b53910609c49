//! What is to be seen: plain values, made anew after every input, of which the shell shows what has changed.

mod chat;
mod details;
mod dialog;
mod message;
pub(crate) mod options;
mod sidebar;
mod text;
mod timeline;

pub use chat::{Banner, ChannelPane, ChatView, ComposerView, Footer, Header, PaneView, ThreadPane};
pub use details::{ArchiveOffer, AskView, DetailsView, MemberRow};
pub use dialog::{BrowseRow, Choice, DialogView, EmojiSection, PersonRow, ProfileView};
pub use message::{MessageView, ReactionView, RepliesView, ReplyTo, SendMark};
pub use options::{OptionRow, Target};
pub use sidebar::{ChannelIcon, SidebarRow, SidebarView};
pub use text::{Piece, Style};
pub use timeline::{DayLabel, Item};

pub(crate) use dialog::dialog;
pub(crate) use message::standing;
pub(crate) use sidebar::sidebar;

use crate::{
    route::Route,
    state::{Stage, State},
    strings,
};

/// The whole page.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The document's title.
    pub title: String,
    /// What fills the page.
    pub page: Page,
}

/// What fills the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    /// It is being found out who this is.
    Starting {
        /// Why that did not work.
        failure: Option<&'static str>,
    },
    /// A form at the door.
    Door(DoorView),
    /// A workspace.
    Chat(Box<ChatView>),
}

/// A form at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorView {
    /// Which.
    pub form: DoorForm,
    /// Whether it is on its way.
    pub busy: bool,
    /// What went wrong.
    pub failure: Option<&'static str>,
    /// Why one is here.
    pub notice: Option<&'static str>,
}

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorForm {
    /// Makes a workspace.
    SignUp,
    /// Accepts an invite.
    Join,
    /// Uses a sign-in link.
    SignIn,
}

/// What is to be seen of `state`.
#[must_use]
pub fn view(state: &State) -> View {
    match &state.stage {
        Stage::Starting { failure } => View {
            title: strings::PRODUCT.to_owned(),
            page: Page::Starting { failure: *failure },
        },
        Stage::Entry(entry) => {
            let (form, heading) = match state.route {
                Route::Invite(_) => (DoorForm::Join, strings::JOIN_TITLE),
                Route::SignIn(_) => (DoorForm::SignIn, strings::SIGN_IN_TITLE),
                _ => (DoorForm::SignUp, strings::SIGN_UP_TITLE),
            };
            View {
                title: strings::title(0, heading, strings::PRODUCT),
                page: Page::Door(DoorView {
                    form,
                    busy: entry.busy,
                    failure: entry.failure,
                    notice: entry.notice,
                }),
            }
        }
        Stage::Inside(session) => {
            let chat = chat::chat(session, state);
            let attention = session
                .channels
                .values()
                .filter(|channel| channel.info.member)
                .map(|channel| {
                    if channel.info.id.is_direct() {
                        channel.unread
                    } else {
                        channel.mentions
                    }
                })
                .sum();
            let place = session
                .open()
                .map_or_else(|| strings::PRODUCT.to_owned(), |open| session.call(open));
            View {
                title: strings::title(attention, &place, &session.workspace.name),
                page: Page::Chat(Box::new(chat)),
            }
        }
    }
}
