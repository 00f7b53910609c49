//! The details of a channel: what it is about, who is in it, and what of that can be managed.

use protocol::{
    api::{ChannelKind, Member, Role},
    id::UserId,
    permission::{Action, WorkspaceAction, may, may_in_workspace},
};

use super::{
    message::standing,
    timeline::{hue, initials},
};
use crate::{
    channel::Channel,
    details::Asking,
    dialog::Dialog,
    diff::Keyed,
    order::{folded, sorted_by},
    state::Session,
    strings,
};

/// All roles, from the most to the least.
const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Member, Role::Guest];

/// What a channel is about and who is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailsView {
    /// Its name.
    pub name: String,
    /// Its topic, blank where it has none.
    pub topic: String,
    /// Who can find it, or that it is archived.
    pub lead: &'static str,
    /// Whether name and topic can be changed.
    pub can_edit: bool,
    /// Whether it can be archived or brought back.
    pub archive: ArchiveOffer,
    /// Whether one can leave it.
    pub can_leave: bool,
    /// Its members that have come, by name.
    pub members: Vec<MemberRow>,
    /// What is asked once more.
    pub ask: Option<AskView>,
}

/// What is offered of archiving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveOffer {
    /// Nothing.
    None,
    /// The channel can be archived.
    Archive,
    /// It is archived and can be brought back.
    BringBack,
}

/// What is asked once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskView {
    /// The question.
    pub question: String,
    /// Words of the button that does it.
    pub action: &'static str,
}

/// A member in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// Their id.
    pub key: String,
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// What they do, and what they are.
    pub about: String,
    /// One or two letters for them.
    pub initials: String,
    /// Their colour.
    pub hue: u8,
    /// Whether it is somebody else, to whom one can write.
    pub can_message: bool,
    /// Whether they can be removed.
    pub can_remove: bool,
    /// Their role in the workspace.
    pub role: Role,
    /// The roles that they can have, where they can be given one.
    pub roles: Vec<Role>,
}

impl Keyed for MemberRow {
    fn key(&self) -> &str {
        &self.key
    }
}

/// What is to be seen of the details of `channel`.
pub fn details(session: &Session, open: &Dialog, channel: &Channel) -> DetailsView {
    let info = &channel.info;
    let may = |action| may(action, standing(session, channel)).is_ok();
    let called = session.call(channel);
    let can_remove = may(Action::RemoveMember);
    let rows = open.details.members.iter();
    let rows = rows.map(|member| row(session, open, member, can_remove));
    let ask = open.details.asking.as_ref().map(|asking| match asking {
        Asking::Archive => AskView {
            question: strings::archive_channel(&called),
            action: strings::ARCHIVE,
        },
        Asking::Remove(user) => AskView {
            question: strings::remove_from(session.people.name(user), &called),
            action: strings::REMOVE,
        },
    });
    DetailsView {
        name: info.name.clone().unwrap_or_default(),
        topic: info.topic.clone().unwrap_or_default(),
        lead: match info.kind {
            _ if info.archived => strings::ARCHIVED,
            ChannelKind::Private => strings::PRIVATE_LEAD,
            _ => strings::PUBLIC_LEAD,
        },
        can_edit: may(Action::Update),
        archive: match (may(Action::Archive), info.archived) {
            (false, _) => ArchiveOffer::None,
            (true, false) => ArchiveOffer::Archive,
            (true, true) => ArchiveOffer::BringBack,
        },
        can_leave: may(Action::Leave),
        members: sorted_by(rows.collect(), |row| folded(&row.name)),
        ask,
    }
}

fn row(session: &Session, open: &Dialog, member: &Member, can_remove: bool) -> MemberRow {
    let id = &member.user;
    let is_me = *id == session.me.id;
    let known = session.people.find(id);
    let name = session.people.name(id);
    let from = known.map_or(Role::Member, |user| user.role);
    let being_given = open.details.giving.as_ref().filter(|(user, _)| user == id);
    let role = being_given.map_or(from, |(_, role)| *role);
    let mut roles: Vec<Role> = Vec::new();
    if known.is_some() {
        roles.extend(ROLES.into_iter().filter(|to| {
            may_in_workspace(WorkspaceAction::GiveRole { from, to: *to }, session.me.role)
        }));
    }
    let title = known.and_then(|user| user.title.as_deref());
    let owner = (member.role == Role::Owner).then_some(strings::CHANNEL_OWNER);
    // Where it can be chosen, the choice says it.
    let in_workspace = (roles.is_empty() && role != Role::Member).then(|| strings::role(role));
    let about: Vec<&str> = title.into_iter().chain(owner).chain(in_workspace).collect();
    MemberRow {
        key: id.to_string(),
        id: id.clone(),
        name: if is_me {
            strings::with_you(name)
        } else {
            name.to_owned()
        },
        about: about.join(" · "),
        initials: initials(name),
        hue: hue(id),
        can_message: !is_me,
        can_remove: can_remove && !is_me,
        role,
        roles,
    }
}
