//! Made-up ids, the same in every run.

use protocol::{
    api::Caller,
    hash::mix64,
    id::{ChannelId, SessionId, UserId, WorkspaceId},
    ring::Ring,
};

/// When everything begins, in milliseconds since the epoch.
pub const BEGIN_MS: u64 = 1_800_000_000_000;

/// Numbers that look drawn.
#[derive(Debug, Default)]
pub struct Draws(u64);

impl Draws {
    /// The next one.
    pub fn next(&mut self) -> u64 {
        self.0 += 1;
        mix64(self.0)
    }

    /// The next one below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or(0)
    }

    fn wide(&mut self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }

    /// A new workspace.
    pub fn workspace(&mut self) -> WorkspaceId {
        WorkspaceId::mint(BEGIN_MS, self.wide())
    }

    /// A new person of a workspace, with a session.
    pub fn person(&mut self, workspace: &WorkspaceId) -> Caller {
        Caller {
            workspace: workspace.clone(),
            user: UserId::mint(BEGIN_MS, self.wide()),
            session: SessionId::mint(BEGIN_MS, self.wide()),
            role: protocol::api::Role::Member,
        }
    }

    /// A new channel that lies on a server.
    pub fn channel(&mut self, ring: &Ring, server: u32) -> ChannelId {
        loop {
            let id = ChannelId::mint(BEGIN_MS, self.wide());
            if ring.owner(id.as_str()) == server {
                return id;
            }
        }
    }
}
