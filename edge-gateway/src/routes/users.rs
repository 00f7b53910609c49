//! Users: the people of the workspace, and the caller among them.

use gateway_core::{form, query::Users};
use protocol::{
    api::{Caller, UpdateMe, UpdateUser, User, UserAnswer, UsersPage},
    call::{Answer, Request, WorkspaceOp},
    error::Refusal,
    id::{UserId, WorkspaceId},
};
use worker::Response;

use crate::{answer, channel_servers::unexpected, fault::Fault, inbound::Inbound};

/// `PATCH /me`
pub async fn update_me(inbound: &Inbound, caller: Caller) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let body: UpdateMe = inbound.body().await?;
    let request = Request::Workspace {
        id: caller.workspace,
        op: WorkspaceOp::UpdatePerson {
            user: caller.user,
            update: form::update_me(&body)?,
        },
    };
    match inbound.servers.ask(&request).await? {
        Answer::Person { user, .. } => Ok(answer::json(200, &UserAnswer { user })?),
        other => Err(unexpected(&other)),
    }
}

/// `PATCH /users/{id}`
pub async fn update(inbound: &Inbound, caller: Caller, user: UserId) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let UpdateUser { role } = inbound.body().await?;
    let request = Request::Workspace {
        id: caller.workspace,
        op: WorkspaceOp::GiveRole {
            by: caller.user,
            user,
            role,
        },
    };
    match inbound.servers.ask(&request).await? {
        Answer::Person { user, .. } => Ok(answer::json(200, &UserAnswer { user })?),
        other => Err(unexpected(&other)),
    }
}

/// `GET /users`
pub async fn list(inbound: &Inbound, caller: Caller) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let op = match inbound.query().users()? {
        Users::Ids(ids) => WorkspaceOp::People { ids },
        Users::Page { paging, prefix } => WorkspaceOp::PeoplePage {
            after: paging.after,
            limit: paging.limit,
            prefix,
        },
    };
    let (users, has_more) = people(inbound, caller.workspace, op).await?;
    let next_cursor = users
        .last()
        .filter(|_| has_more)
        .map(|user| user.id.to_string());
    Ok(answer::json(200, &UsersPage { users, next_cursor })?)
}

/// Refuses people who are not of the workspace.
pub async fn check_known(
    inbound: &Inbound,
    workspace: &WorkspaceId,
    ids: &[UserId],
) -> Result<(), Fault> {
    if ids.is_empty() {
        return Ok(());
    }
    let op = WorkspaceOp::People { ids: ids.to_vec() };
    let (known, _) = people(inbound, workspace.clone(), op).await?;
    if ids.iter().all(|id| known.iter().any(|user| user.id == *id)) {
        Ok(())
    } else {
        Err(Refusal::not_found().into())
    }
}

async fn people(
    inbound: &Inbound,
    id: WorkspaceId,
    op: WorkspaceOp,
) -> Result<(Vec<User>, bool), Fault> {
    match inbound.servers.ask(&Request::Workspace { id, op }).await? {
        Answer::People { users, has_more } => Ok((users, has_more)),
        other => Err(unexpected(&other)),
    }
}
