//! Boot: what a client needs to begin.

use futures_util::future::try_join;
use gateway_core::channel_list::Channels;
use protocol::{
    api::{Boot, Caller, RingVersion, Role, SocketAddress, User, Workspace},
    call::{Answer, Request, UserOp, WorkspaceOp},
};
use worker::Response;

use crate::{answer, channel_servers::unexpected, fault::Fault, inbound::Inbound};

/// `GET /boot`
pub async fn boot(inbound: &Inbound, caller: &Caller) -> Result<Response, Fault> {
    let region = inbound.region()?;
    let ((own, _), (workspace, user)) =
        try_join(memberships(inbound, caller), person(inbound, caller)).await?;
    let channels = inbound.servers.views(caller, own).await?;
    let query = inbound
        .chosen_region()?
        .map_or_else(String::new, |region| format!("?region={region}"));
    let boot = Boot {
        user,
        workspace,
        channels,
        socket: SocketAddress {
            url: inbound.origin.socket(&format!("/api/v1/socket{query}")),
            region: region.to_string(),
        },
        ring: RingVersion {
            version: inbound.servers.ring_version(),
        },
    };
    Ok(answer::json(200, &boot)?)
}

/// The caller's channels and their role, if the caller's session is alive.
pub async fn memberships(inbound: &Inbound, caller: &Caller) -> Result<(Channels, Role), Fault> {
    let request = Request::User {
        caller: caller.clone(),
        op: UserOp::Memberships,
    };
    match inbound.servers.ask(&request).await? {
        Answer::Memberships { channels, role } => Ok((channels, role)),
        other => Err(unexpected(&other)),
    }
}

async fn person(inbound: &Inbound, caller: &Caller) -> Result<(Workspace, User), Fault> {
    let request = Request::Workspace {
        id: caller.workspace.clone(),
        op: WorkspaceOp::Person {
            user: caller.user.clone(),
        },
    };
    match inbound.servers.ask(&request).await? {
        Answer::Person { workspace, user } => Ok((workspace, user)),
        other => Err(unexpected(&other)),
    }
}
