//! What a person sees in the shipped client when everything has come to rest.

use client_core::view::{Item, Page, PaneView, Piece, SendMark, SidebarView, Style, view};

use super::{FIRST, Shipped};
use crate::{
    failure::Failure,
    fold::Messages,
    wire::{Parcel, Side},
    world::World,
};

/// The part of a storage key that names the outbox.
const OUTBOX: &str = "/outbox/";

impl World {
    /// Has each page lose its connection, so that the next `hello` tells how far it has everything.
    pub(crate) fn disconnect_pages(&mut self) -> Result<(), Failure> {
        for index in FIRST..FIRST + self.pages.len() {
            let Some(page) = self.page(index) else {
                continue;
            };
            let dial = page.dials;
            if let Some(wire) = page.wire {
                self.abandon(wire, Side::Dialler);
                self.page_heard(index, dial, &Parcel::Broken)?;
            }
        }
        Ok(())
    }

    /// Each page has everything that is its user's, and has sent what it had.
    pub(crate) fn check_pages(&self) -> Result<(), Failure> {
        for page in &self.pages {
            page.has_sent_all()?;
            self.has_all((page.index, &page.user, page.key))?;
        }
        Ok(())
    }

    /// Each page had taken everything in when it resumed last, and shows it. Everything that is stored has been read by now.
    pub(crate) fn check_what_pages_know(&self) -> Result<(), Failure> {
        for page in &self.pages {
            self.resumed_from_heads(page)?;
            self.shows_the_log(page)?;
        }
        Ok(())
    }

    fn resumed_from_heads(&self, page: &Shipped) -> Result<(), Failure> {
        for log in self.model.logs() {
            let at = page.resumed.get(log).map(|point| point.seq);
            let expected = self
                .should_have(&page.user, log)
                .then(|| self.model.head(log));
            // A gateway that is behind may have begun a log that boot has told to be none of the user's: the page does not show it.
            let is_shown = page.unread().iter().any(|(channel, _)| channel == &**log);
            if at != expected && (expected.is_some() || is_shown) {
                let how = format!(
                    "page {} of {} was at {log} {at:?}, which is at {expected:?}",
                    page.index, page.user
                );
                return Err(Failure::Rule("the shipped client takes everything in", how));
            }
        }
        Ok(())
    }

    /// The messages shown stand in the log in this order, one after the other, and end where it ends, unless the pane says that there
    /// are more below.
    fn shows_the_log(&self, page: &Shipped) -> Result<(), Failure> {
        let Page::Chat(chat) = view(&page.state).page else {
            return page.wrong("shows no workspace");
        };
        let PaneView::Channel(open) = chat.pane else {
            return Ok(());
        };
        if open.busy {
            return page.wrong("is still loading");
        }
        let shown: Vec<&str> = open.items.iter().filter_map(text_number).collect();
        let stored: Vec<&str> = self
            .model
            .truth(&open.key)
            .into_iter()
            .flat_map(Messages::messages)
            .filter(|(_, message)| message.stands)
            .filter_map(|(_, message)| number(message.text()?))
            .collect();
        // Nobody tells of what changes where the user is not.
        if !self.should_have(&page.user, &open.key) {
            return Ok(());
        }
        let ends_there = open.jump.is_none();
        let is_right = match shown.first() {
            Some(first) => stored
                .iter()
                .position(|text| text == first)
                .is_some_and(|from| {
                    let rest = stored.get(from..).unwrap_or_default();
                    rest.starts_with(&shown) && (!ends_there || rest.len() == shown.len())
                }),
            None => !ends_there || stored.is_empty(),
        };
        if is_right {
            return Ok(());
        }
        page.wrong(&format!("shows {shown:?} of {stored:?} in {}", open.key))
    }
}

impl Shipped {
    /// What the sidebar says of each channel: whether anything is unread, whether that is urgent, and how much.
    pub(crate) fn unread(&self) -> Vec<(String, (bool, bool, u32))> {
        let Page::Chat(chat) = view(&self.state).page else {
            return Vec::new();
        };
        let SidebarView {
            channels, directs, ..
        } = chat.sidebar;
        let rows = channels.into_iter().chain(directs);
        rows.map(|row| (row.key, (row.bold, row.urgent, row.badge.unwrap_or(0))))
            .collect()
    }

    fn wrong(&self, how: &str) -> Result<(), Failure> {
        let how = format!("page {} of {} {how}", self.index, self.user);
        Err(Failure::Rule("the shipped client shows what there is", how))
    }

    /// What is left in the outbox was refused.
    fn has_sent_all(&self) -> Result<(), Failure> {
        let waits = self
            .rows
            .iter()
            .find(|(key, row)| key.contains(OUTBOX) && !row.contains("\"failed\":{"));
        match waits {
            Some((key, _)) => {
                let how = format!("{key} of page {} waits", self.index);
                Err(Failure::Rule("everything comes to rest", how))
            }
            None => Ok(()),
        }
    }
}

/// The number in the text of a stored message.
fn text_number(item: &Item) -> Option<&str> {
    let Item::Message(message) = item else {
        return None;
    };
    if message.send != SendMark::Sent {
        return None;
    }
    let Piece::Styled(Style::Paragraph, line) = message.text.first()? else {
        return None;
    };
    match line.first()? {
        Piece::Text(text) => number(text),
        _ => None,
    }
}

fn number(text: &str) -> Option<&str> {
    text.split(' ').nth(1)
}
