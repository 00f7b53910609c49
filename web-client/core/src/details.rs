//! The details of a channel: who is in it as far as that has come, what is being asked once more, and the calls that manage it.

use protocol::{
    api::{Member, MembersPage, Role, UpdateChannel, UpdateUser},
    id::{ChannelId, UserId},
};

use crate::json;

/// What is known and done in the dialog of details.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The members that have come, in no order.
    pub members: Vec<Member>,
    /// Who left while the dialog is open: a page that comes later may be older than that.
    gone: Vec<UserId>,
    /// What is asked once more.
    pub asking: Option<Asking>,
    /// A role in the workspace that is being given.
    pub giving: Option<(UserId, Role)>,
}

/// What is asked once more before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Whether to archive the channel.
    Archive,
    /// Whether to remove somebody.
    Remove(UserId),
}

impl Details {
    /// A page of members has come.
    pub fn take(&mut self, page: MembersPage) {
        for member in page.members {
            if !self.gone.contains(&member.user) {
                self.members.retain(|known| known.user != member.user);
                self.members.push(member);
            }
        }
    }

    /// Somebody is in the channel from now on, or not any more.
    pub fn changed(&mut self, user: &UserId, role: Option<Role>) {
        self.members.retain(|known| known.user != *user);
        self.gone.retain(|gone| gone != user);
        match role {
            Some(role) => self.members.push(Member {
                user: user.clone(),
                role,
            }),
            None => self.gone.push(user.clone()),
        }
        if self.asking == Some(Asking::Remove(user.clone())) && role.is_none() {
            self.asking = None;
        }
    }
}

/// A call that manages a channel or the people of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Manage {
    /// A page of a channel's members.
    Members {
        /// Of which.
        channel: ChannelId,
        /// What it begins after.
        cursor: Option<String>,
    },
    /// Gives a channel another name or topic, archives it or brings it back; what is `None` stays.
    Update {
        /// Which.
        channel: ChannelId,
        /// The name.
        name: Option<String>,
        /// The topic; blank is none.
        topic: Option<String>,
        /// Whether it is archived.
        archived: Option<bool>,
    },
    /// Removes somebody from a channel.
    Remove {
        /// From which.
        channel: ChannelId,
        /// Whom.
        user: UserId,
    },
    /// Gives somebody another role in the workspace.
    GiveRole {
        /// Whom.
        user: UserId,
        /// Which.
        role: Role,
    },
}

impl Manage {
    /// Archives a channel, or brings it back.
    #[must_use]
    pub fn archive(channel: ChannelId, archived: bool) -> Self {
        Self::Update {
            channel,
            name: None,
            topic: None,
            archived: Some(archived),
        }
    }

    /// Method, path and body of its request. A page's cursor is a parameter that the caller adds.
    #[must_use]
    pub fn request(&self) -> (&'static str, String, Option<String>) {
        let members_of =
            |channel: &ChannelId| ["/channels/", channel.as_str(), "/members"].concat();
        match self {
            Self::Members { channel, .. } => ("GET", members_of(channel) + "?limit=50", None),
            Self::Update {
                channel,
                name,
                topic,
                archived,
            } => (
                "PATCH",
                ["/channels/", channel.as_str()].concat(),
                Some(json::write(&UpdateChannel {
                    name: name.clone(),
                    topic: topic.clone(),
                    archived: *archived,
                })),
            ),
            Self::Remove { channel, user } => (
                "DELETE",
                [&members_of(channel), "/", user.as_str()].concat(),
                None,
            ),
            Self::GiveRole { user, role } => (
                "PATCH",
                ["/users/", user.as_str()].concat(),
                Some(json::write(&UpdateUser { role: *role })),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn page(ids: &[&str]) -> MembersPage {
        let members = ids.iter().map(|id| Member {
            user: user(id),
            role: Role::Member,
        });
        MembersPage {
            members: members.collect(),
            next_cursor: None,
        }
    }

    fn ids(details: &Details) -> Vec<&str> {
        details.members.iter().map(|m| m.user.as_str()).collect()
    }

    #[test]
    fn who_left_is_not_brought_back_by_an_older_page() {
        let mut details = Details::default();
        details.changed(&user("U2"), None);
        details.take(page(&["U1", "U2"]));
        assert_eq!(ids(&details), ["U1"]);
    }

    #[test]
    fn who_came_back_is_taken_from_the_page() {
        let mut details = Details::default();
        details.changed(&user("U2"), None);
        details.changed(&user("U2"), Some(Role::Member));
        details.take(page(&["U1", "U2"]));
        assert_eq!(ids(&details), ["U1", "U2"]);
    }

    #[test]
    fn who_goes_by_themselves_is_not_asked_about_any_more() {
        let mut details = Details {
            asking: Some(Asking::Remove(user("U2"))),
            ..Details::default()
        };
        details.changed(&user("U3"), None);
        assert!(details.asking.is_some());
        details.changed(&user("U2"), None);
        assert_eq!(details.asking, None);
    }

    #[test]
    fn what_stays_is_not_sent() {
        let (method, path, body) = Manage::archive(ChannelId::parse("C1").unwrap(), true).request();
        assert_eq!((method, path.as_str()), ("PATCH", "/channels/C1"));
        assert_eq!(body.as_deref(), Some(r#"{"archived":true}"#));
    }

    #[test]
    fn somebody_is_removed_by_the_path() {
        let call = Manage::Remove {
            channel: ChannelId::parse("C1").unwrap(),
            user: user("U2"),
        };
        assert_eq!(
            call.request(),
            ("DELETE", "/channels/C1/members/U2".to_owned(), None)
        );
    }
}
