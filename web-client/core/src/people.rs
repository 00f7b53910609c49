//! The people of the workspace, by id.

use litemap::LiteMap;
use protocol::{
    api::{Channel, Role, User},
    id::UserId,
};

use crate::{
    order::{folded, sorted_by},
    strings,
};

/// Everybody who is known.
#[derive(Clone, Debug, Default)]
pub struct People(LiteMap<UserId, User>);

impl People {
    /// Somebody is known from now on, or has changed.
    pub fn insert(&mut self, user: User) {
        self.0.insert(user.id.clone(), user);
    }

    /// Somebody has come, or has a new name.
    pub fn rename(&mut self, id: &UserId, display_name: &str, title: Option<&str>) {
        let user = self.0.entry(id.clone()).or_insert_with(|| User {
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
        if let Some(user) = self.0.get_mut(id) {
            user.role = role;
        }
    }

    /// What somebody is called.
    #[must_use]
    pub fn name(&self, id: &UserId) -> &str {
        self.0
            .get(id)
            .map_or(strings::SOMEBODY, |user| user.display_name.as_str())
    }

    /// Everybody, by name.
    #[must_use]
    pub fn by_name(&self) -> Vec<&User> {
        sorted_by(self.0.values().collect(), |user| folded(&user.display_name))
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
