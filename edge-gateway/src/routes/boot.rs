//! Boot: what a client needs to begin.

use std::collections::BTreeMap;

use futures_util::future::try_join;
use gateway_core::channel_list::Channels;
use protocol::{
    api::{Boot, Caller, RingVersion, Role, SocketAddress, User, Workspace},
    call::{Answer, Request, UserOp, WorkspaceOp},
    command::ResumePoint,
    id::LogId,
};
use worker::Response;

use crate::{answer, channel_servers::unexpected, fault::Fault, inbound::Inbound};

/// `GET /boot`
pub async fn boot(inbound: &Inbound, caller: &Caller) -> Result<Response, Fault> {
    let region = inbound.region()?;
    let (own, (workspace, user, workspace_point)) =
        try_join(memberships(inbound, caller), person(inbound, caller)).await?;
    let logs = BTreeMap::from([
        (LogId::from(&caller.user), own.point),
        (LogId::from(&caller.workspace), workspace_point),
    ]);
    let channels = inbound.servers.views(caller, own.channels).await?;
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
        logs,
    };
    Ok(answer::json(200, &boot)?)
}

/// What a caller is in.
pub struct Memberships {
    /// Their channels.
    pub channels: Channels,
    /// Their role in the workspace.
    pub role: Role,
    /// Where their own log is.
    pub point: ResumePoint,
}

/// What the caller is in, if the caller's session is alive.
pub async fn memberships(inbound: &Inbound, caller: &Caller) -> Result<Memberships, Fault> {
    let request = Request::User {
        caller: caller.clone(),
        op: UserOp::Memberships,
    };
    match inbound.servers.ask(&request).await? {
        Answer::Memberships {
            channels,
            role,
            point,
        } => Ok(Memberships {
            channels,
            role,
            point,
        }),
        other => Err(unexpected(&other)),
    }
}

async fn person(
    inbound: &Inbound,
    caller: &Caller,
) -> Result<(Workspace, User, ResumePoint), Fault> {
    let request = Request::Workspace {
        id: caller.workspace.clone(),
        op: WorkspaceOp::Person {
            user: caller.user.clone(),
        },
    };
    match inbound.servers.ask(&request).await? {
        Answer::Person {
            workspace,
            user,
            point,
        } => Ok((workspace, user, point)),
        other => Err(unexpected(&other)),
    }
}
