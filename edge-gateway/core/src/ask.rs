//! Asking a channel server: whom, and whether twice.

use protocol::{
    api::ChannelKind,
    call::{ChannelCall, Request, UserOp, WorkspaceOp},
};

/// The id of the log that a request is about. Requests about many logs go to servers, not to owners.
#[must_use]
pub fn log_of(request: &Request) -> Option<&str> {
    match request {
        Request::Workspace { id, .. } => Some(id.as_str()),
        Request::User { caller, .. } => Some(caller.user.as_str()),
        Request::TakeSignInLink { user, .. } => Some(user.as_str()),
        Request::Channel { id, .. } => Some(id.as_str()),
        Request::Views { .. } | Request::Deliver(_) => None,
    }
}

/// Whether a request may be sent again when its answer was lost: it reads, or doing it twice is doing it once.
#[must_use]
pub fn can_repeat(request: &Request) -> bool {
    match request {
        Request::Workspace { op, .. } => matches!(
            op,
            WorkspaceOp::Person { .. }
                | WorkspaceOp::People { .. }
                | WorkspaceOp::PeoplePage { .. }
                | WorkspaceOp::GiveRole { .. }
                | WorkspaceOp::Directory { .. }
        ),
        Request::User { op, .. } => {
            matches!(op, UserOp::Authenticate { .. } | UserOp::Memberships)
        }
        Request::Channel { op, .. } => match op {
            ChannelCall::Create { kind, .. } => *kind == ChannelKind::Direct,
            ChannelCall::Update(_) => false,
            ChannelCall::Join
            | ChannelCall::Leave
            | ChannelCall::Add { .. }
            | ChannelCall::Remove { .. }
            | ChannelCall::Send(_)
            | ChannelCall::History(_)
            | ChannelCall::Members { .. } => true,
        },
        Request::Views { .. } | Request::Deliver(_) => true,
        Request::TakeSignInLink { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        api::Caller,
        id::{ChannelId, SessionId, UserId, WorkspaceId},
    };

    use super::*;

    fn caller() -> Caller {
        Caller {
            workspace: WorkspaceId::parse("T1").unwrap(),
            user: UserId::parse("U1").unwrap(),
            session: SessionId::parse("S1").unwrap(),
            role: protocol::api::Role::Member,
        }
    }

    #[test]
    fn a_request_goes_to_the_owner_of_its_log() {
        let of_channel = Request::Channel {
            caller: caller(),
            id: ChannelId::parse("C1").unwrap(),
            op: ChannelCall::Join,
        };
        assert_eq!(log_of(&of_channel), Some("C1"));
        let of_user = Request::User {
            caller: caller(),
            op: UserOp::Memberships,
        };
        assert_eq!(log_of(&of_user), Some("U1"));
    }

    #[test]
    fn what_would_happen_twice_is_not_repeated() {
        let take = Request::TakeSignInLink {
            user: caller().user,
            secret: String::new(),
            session: caller().session,
        };
        assert!(!can_repeat(&take));
        let sign_out = Request::User {
            caller: caller(),
            op: UserOp::SignOut { everywhere: false },
        };
        assert!(!can_repeat(&sign_out));
    }
}
