//! Messages that are not known to be stored, in the order written.

use crate::{promise::Name, random::Random};

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it says.
    pub text: String,
    /// The root of a reply, and whether it stands in the channel, too.
    pub reply: Option<(u64, bool)>,
}

/// One message.
#[derive(Clone, Debug)]
struct Letter {
    name: Name,
    draft: Draft,
    /// Whether it was sent on this connection and has no reply.
    is_under_way: bool,
}

/// All of a client.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Vec<Letter>);

impl Outbox {
    /// A new message.
    pub fn push(&mut self, name: Name, draft: Draft) {
        self.0.push(Letter {
            name,
            draft,
            is_under_way: false,
        });
    }

    /// Nothing is under way any more.
    pub fn disconnected(&mut self) {
        for letter in &mut self.0 {
            letter.is_under_way = false;
        }
    }

    /// What is to be sent, and is under way from now on.
    pub fn take_waiting(&mut self) -> Vec<(Name, Draft)> {
        self.0
            .iter_mut()
            .filter(|letter| !letter.is_under_way)
            .map(|letter| {
                letter.is_under_way = true;
                (letter.name.clone(), letter.draft.clone())
            })
            .collect()
    }

    /// A message is to be sent again.
    pub fn refused_for_now(&mut self, name: &Name) {
        for letter in self.0.iter_mut().filter(|letter| letter.name == *name) {
            letter.is_under_way = false;
        }
    }

    /// A message needs no place any more.
    pub fn take_out(&mut self, name: &Name) {
        self.0.retain(|letter| letter.name != *name);
    }

    /// One of the messages.
    pub fn any(&self, random: &mut Random) -> Option<(Name, Draft)> {
        let letter = random.pick(&self.0)?;
        Some((letter.name.clone(), letter.draft.clone()))
    }

    /// The oldest of the messages.
    #[must_use]
    pub fn first(&self) -> Option<&Name> {
        self.0.first().map(|letter| &letter.name)
    }
}
