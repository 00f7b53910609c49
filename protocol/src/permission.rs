//! Who may do what in a channel or direct: one table, for the server that decides and the client that offers.
//!
//! [`RULES`] has a row for each [`Action`], [`may`] reads it. What somebody may not know of is not found for them, whatever they want
//! of it.

use crate::{
    api::{ChannelKind, Role},
    error::Code,
};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read its messages, see who is in it, open its socket.
    Read,
    /// Come in by themselves.
    Join,
    /// Go out.
    Leave,
    /// Let somebody in.
    AddMember,
    /// Put somebody out.
    RemoveMember,
    /// Give it another name or topic.
    Update,
    /// Archive it, or bring it back.
    Archive,
    /// Send a message, "I am writing".
    Send,
    /// Change a message of their own.
    EditOwn,
    /// Change a message of somebody else.
    EditOthers,
    /// Delete a message of their own.
    DeleteOwn,
    /// Delete a message of somebody else.
    DeleteOthers,
    /// React, or take a reaction back.
    React,
    /// Move their read marker.
    MarkRead,
}

/// What somebody is to a channel or direct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// Their role in the workspace.
    pub role: Role,
    /// The kind of channel.
    pub kind: ChannelKind,
    /// Whether it is archived.
    pub is_archived: bool,
    /// Their role in it, [`Role::Member`] or [`Role::Owner`]; `None` where they are not in it.
    pub membership: Option<Role>,
}

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody.
    Nobody,
    /// Whoever may know of it.
    Anybody,
    /// Its members.
    Members,
    /// Its members, but for guests of the workspace.
    FullMembers,
    /// Its owners, and owners and admins of the workspace who may know of it.
    Stewards,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What.
    pub action: Action,
    /// By whom.
    pub who: Who,
    /// Whether also in directs.
    pub in_directs: bool,
    /// Whether also while it is archived.
    pub in_archived: bool,
}

const fn rule(action: Action, who: Who, in_directs: bool, in_archived: bool) -> Rule {
    Rule {
        action,
        who,
        in_directs,
        in_archived,
    }
}

/// The table.
pub const RULES: [Rule; 14] = [
    rule(Action::Read, Who::Anybody, true, true),
    rule(Action::Join, Who::Anybody, true, false),
    rule(Action::Leave, Who::Members, false, true),
    rule(Action::AddMember, Who::FullMembers, false, false),
    rule(Action::RemoveMember, Who::Stewards, false, true),
    rule(Action::Update, Who::Stewards, false, false),
    rule(Action::Archive, Who::Stewards, false, true),
    rule(Action::Send, Who::Members, true, false),
    rule(Action::EditOwn, Who::Members, true, false),
    rule(Action::EditOthers, Who::Nobody, false, false),
    rule(Action::DeleteOwn, Who::Members, true, false),
    rule(Action::DeleteOthers, Who::Stewards, true, false),
    rule(Action::React, Who::Members, true, false),
    rule(Action::MarkRead, Who::Members, true, true),
];

impl Standing {
    /// Whether they may know of it: its members do, of public channels everybody but guests.
    #[must_use]
    pub fn knows(self) -> bool {
        self.membership.is_some() || (self.kind == ChannelKind::Public && self.role > Role::Guest)
    }
}

/// Whether somebody may do something, or the code of the refusal.
///
/// It is the first of these that is true: they may not know of the channel, directs do not have it, they are no member, it is
/// not theirs to do, it is archived.
pub fn may(action: Action, standing: Standing) -> Result<(), Code> {
    if !standing.knows() {
        return Err(Code::NotFound);
    }
    let Some(rule) = RULES.iter().find(|rule| rule.action == action) else {
        return Err(Code::Forbidden);
    };
    if standing.kind == ChannelKind::Direct && !rule.in_directs {
        return Err(Code::Forbidden);
    }
    let is_admin = standing.role >= Role::Admin;
    match (rule.who, standing.membership) {
        (Who::Anybody, _) | (Who::Members, Some(_)) | (Who::Stewards, Some(Role::Owner)) => {}
        (Who::FullMembers, Some(_)) if standing.role > Role::Guest => {}
        (Who::Stewards, _) if is_admin => {}
        (Who::Nobody | Who::Stewards | Who::FullMembers, Some(_)) => {
            return Err(Code::Forbidden);
        }
        (_, None) => return Err(Code::NotAMember),
    }
    if standing.is_archived && !rule.in_archived {
        return Err(Code::Archived);
    }
    Ok(())
}

/// What somebody wants to do in the workspace itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkspaceAction {
    /// Make a channel.
    CreateChannel,
    /// See public channels that they are not in.
    Browse,
    /// Invite members and guests.
    Invite,
    /// Give somebody of this role another one.
    GiveRole {
        /// What they are.
        from: Role,
        /// What they are to be.
        to: Role,
    },
}

/// Whether somebody of this role may do something in the workspace.
///
/// Guests may not; roles are given by owners, and up to member also by admins.
#[must_use]
pub fn may_in_workspace(action: WorkspaceAction, role: Role) -> bool {
    match action {
        WorkspaceAction::CreateChannel | WorkspaceAction::Browse | WorkspaceAction::Invite => {
            role > Role::Guest
        }
        WorkspaceAction::GiveRole { from, to } => match role {
            Role::Owner => true,
            Role::Admin => from <= Role::Member && to <= Role::Member,
            Role::Member | Role::Guest => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(role: Role, kind: ChannelKind, membership: Option<Role>) -> Standing {
        Standing {
            role,
            kind,
            is_archived: false,
            membership,
        }
    }

    #[test]
    fn every_action_has_one_row() {
        for rule in RULES {
            let rows = RULES.iter().filter(|other| other.action == rule.action);
            assert_eq!(rows.count(), 1, "{:?}", rule.action);
        }
    }

    #[test]
    fn what_one_may_not_know_of_is_not_found_whatever_one_is() {
        for kind in [ChannelKind::Private, ChannelKind::Direct] {
            let owner = standing(Role::Owner, kind, None);
            assert_eq!(may(Action::DeleteOthers, owner), Err(Code::NotFound));
        }
        let guest = standing(Role::Guest, ChannelKind::Public, None);
        assert_eq!(may(Action::Read, guest), Err(Code::NotFound));
    }

    #[test]
    fn only_stewards_delete_what_others_wrote_and_nobody_changes_it() {
        let may_delete = |role, membership| {
            may(
                Action::DeleteOthers,
                standing(role, ChannelKind::Public, membership),
            )
        };
        assert_eq!(may_delete(Role::Admin, None), Ok(()));
        assert_eq!(may_delete(Role::Guest, Some(Role::Owner)), Ok(()));
        assert_eq!(
            may_delete(Role::Member, Some(Role::Member)),
            Err(Code::Forbidden)
        );
        assert_eq!(may_delete(Role::Member, None), Err(Code::NotAMember));
        let owner = standing(Role::Owner, ChannelKind::Public, Some(Role::Owner));
        assert_eq!(may(Action::EditOthers, owner), Err(Code::Forbidden));
    }

    #[test]
    fn nothing_is_written_to_an_archived_channel() {
        let archived = Standing {
            is_archived: true,
            ..standing(Role::Owner, ChannelKind::Public, Some(Role::Owner))
        };
        for action in [
            Action::Send,
            Action::EditOwn,
            Action::DeleteOwn,
            Action::React,
        ] {
            assert_eq!(may(action, archived), Err(Code::Archived), "{action:?}");
        }
        for action in [
            Action::Read,
            Action::MarkRead,
            Action::Archive,
            Action::Leave,
        ] {
            assert_eq!(may(action, archived), Ok(()), "{action:?}");
        }
    }

    #[test]
    fn admins_give_no_role_above_member() {
        let gives = |role, from, to| may_in_workspace(WorkspaceAction::GiveRole { from, to }, role);
        assert!(gives(Role::Owner, Role::Admin, Role::Owner));
        assert!(gives(Role::Admin, Role::Guest, Role::Member));
        assert!(!gives(Role::Admin, Role::Member, Role::Admin));
        assert!(!gives(Role::Admin, Role::Owner, Role::Member));
        assert!(!gives(Role::Member, Role::Guest, Role::Member));
    }
}
