//! The people of the workspace, by id.

use litemap::LiteMap;
use protocol::{
    api::{Channel, Role, User},
    id::UserId,
    limits::USER_IDS_MAX,
};

use crate::{
    order::{folded, sorted_by},
    strings,
};

/// Everybody who is known, and who is to become known. A workspace has many people: only those are asked for who are shown.
#[derive(Clone, Debug, Default)]
pub struct People {
    known: LiteMap<UserId, User>,
    /// Who is shown, or has to be asked about anew.
    wanted: LiteMap<UserId, ()>,
    /// About whom it was asked.
    asked: Vec<UserId>,
    /// About whom it was asked in vain.
    nobody: LiteMap<UserId, ()>,
}

impl People {
    /// Somebody is known from now on, or has changed.
    pub fn insert(&mut self, user: User) {
        self.wanted.remove(&user.id);
        self.nobody.remove(&user.id);
        self.known.insert(user.id.clone(), user);
    }

    /// Somebody is shown.
    pub fn want(&mut self, id: &UserId) {
        let told =
            self.known.contains_key(id) || self.nobody.contains_key(id) || self.asked.contains(id);
        if !told {
            self.wanted.insert(id.clone(), ());
        }
    }

    /// What is known may be out of date.
    pub fn doubt(&mut self) {
        for id in self.known.keys().chain(self.nobody.keys()) {
            self.wanted.insert(id.clone(), ());
        }
        self.nobody.clear();
    }

    /// Whom to ask about now, if anybody: as many at once as may be asked about, and nobody before the answer.
    pub fn ask(&mut self) -> Option<Vec<UserId>> {
        if self.wanted.is_empty() || !self.asked.is_empty() {
            return None;
        }
        self.asked = self.wanted.keys().take(USER_IDS_MAX).cloned().collect();
        for id in &self.asked {
            self.wanted.remove(id);
        }
        Some(self.asked.clone())
    }

    /// The answer about those who were asked about has been taken in; of whom nothing was said is nobody.
    pub fn answered(&mut self) {
        for id in std::mem::take(&mut self.asked) {
            if !self.known.contains_key(&id) {
                self.nobody.insert(id, ());
            }
        }
    }

    /// Whether somebody's name may still come.
    #[must_use]
    pub fn is_awaited(&self, id: &UserId) -> bool {
        !self.known.contains_key(id) && !self.nobody.contains_key(id)
    }

    /// Somebody who is known.
    #[must_use]
    pub fn find(&self, id: &UserId) -> Option<&User> {
        self.known.get(id)
    }

    /// Somebody has come, or has a new name.
    pub fn rename(&mut self, id: &UserId, display_name: &str, title: Option<&str>) {
        self.wanted.remove(id);
        let user = self.known.entry(id.clone()).or_insert_with(|| User {
            id: id.clone(),
            display_name: String::new(),
            title: None,
            role: Role::Member,
        });
        display_name.clone_into(&mut user.display_name);
        if let Some(title) = title {
            user.title = Some(title.to_owned());
        }
    }

    /// Somebody has another role in the workspace.
    pub fn set_role(&mut self, id: &UserId, role: Role) {
        if let Some(user) = self.known.get_mut(id) {
            user.role = role;
        }
    }

    /// What somebody is called.
    #[must_use]
    pub fn name(&self, id: &UserId) -> &str {
        match self.known.get(id) {
            Some(user) => &user.display_name,
            None if self.nobody.contains_key(id) => strings::SOMEBODY,
            None => strings::NAME_AWAITED,
        }
    }

    /// Everybody, by name.
    #[must_use]
    pub fn by_name(&self) -> Vec<&User> {
        sorted_by(self.known.values().collect(), |user| {
            folded(&user.display_name)
        })
    }

    /// What a channel is called by `me`: its name, or whom the direct is with.
    #[must_use]
    pub fn channel_name(&self, channel: &Channel, me: &UserId) -> String {
        if let Some(name) = &channel.name {
            return name.clone();
        }
        let others: Vec<&str> = channel
            .members
            .iter()
            .flatten()
            .filter(|id| *id != me)
            .map(|id| self.name(id))
            .collect();
        if others.is_empty() {
            strings::JUST_YOU.to_owned()
        } else {
            sorted_by(others, |name| folded(name)).join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::tests::info;

    fn id(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    #[test]
    fn a_direct_is_called_by_the_others() {
        let mut people = People::default();
        people.rename(&id("U1"), "Me", None);
        people.rename(&id("U2"), "Zoe", None);
        people.rename(&id("U3"), "ana", None);
        let mut direct = info("D1", None, 0);
        direct.members = Some(vec![id("U1"), id("U2"), id("U3")]);
        assert_eq!(people.channel_name(&direct, &id("U1")), "ana, Zoe");
        direct.members = Some(vec![id("U1")]);
        assert_eq!(people.channel_name(&direct, &id("U1")), strings::JUST_YOU);
    }

    fn user(name: &str) -> User {
        User {
            id: id(name),
            display_name: name.to_owned(),
            title: None,
            role: Role::Member,
        }
    }

    #[test]
    fn who_is_shown_and_not_known_is_asked_about_once_and_in_batches() {
        let mut people = People::default();
        people.insert(user("U1"));
        for n in 0..250 {
            people.want(&id(&format!("U{n}")));
        }
        let first = people.ask().unwrap();
        assert_eq!(first.len(), USER_IDS_MAX);
        assert_eq!(people.ask(), None, "not before the answer");
        for id in &first {
            people.want(id);
            people.insert(user(id.as_str()));
        }
        people.answered();
        assert_eq!(people.ask().unwrap().len(), 249 - USER_IDS_MAX);
    }

    #[test]
    fn of_whom_nothing_was_said_is_somebody_and_not_asked_about_again() {
        let mut people = People::default();
        people.want(&id("U2"));
        assert_eq!(people.name(&id("U2")), strings::NAME_AWAITED);
        assert!(people.ask().is_some());
        people.answered();
        assert_eq!(people.name(&id("U2")), strings::SOMEBODY);
        people.want(&id("U2"));
        assert_eq!(people.ask(), None);
        people.doubt();
        assert_eq!(people.ask(), Some(vec![id("U2")]));
    }

    #[test]
    fn a_name_in_doubt_is_shown_until_another_one_comes() {
        let mut people = People::default();
        people.insert(user("U2"));
        people.doubt();
        assert_eq!(people.ask(), Some(vec![id("U2")]));
        assert_eq!(people.name(&id("U2")), "U2");
    }

    #[test]
    fn a_new_name_does_not_take_a_title_away() {
        let mut people = People::default();
        people.rename(&id("U1"), "Ana", Some("Pilot"));
        people.rename(&id("U1"), "Ann", None);
        let ana = people.by_name()[0];
        assert_eq!(
            (ana.display_name.as_str(), ana.title.as_deref()),
            ("Ann", Some("Pilot"))
        );
    }
}
