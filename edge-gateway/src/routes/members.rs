//! Members of a channel: who comes and goes.

use protocol::{
    api::{AddMember, Caller, ChannelAnswer, MembersPage},
    call::{Answer, ChannelCall, Request},
    id::{ChannelId, UserId},
};
use worker::Response;

use super::{channels, users};
use crate::{answer, channel_servers::unexpected, fault::Fault, inbound::Inbound};

/// `POST /channels/{id}/join`
pub async fn join(inbound: &Inbound, caller: Caller, id: ChannelId) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    change(inbound, caller, id, ChannelCall::Join).await
}

/// `POST /channels/{id}/leave`
pub async fn leave(inbound: &Inbound, caller: Caller, id: ChannelId) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    change(inbound, caller, id, ChannelCall::Leave).await
}

/// `GET /channels/{id}/members`
pub async fn list(inbound: &Inbound, caller: Caller, id: ChannelId) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let paging = inbound.query().members()?;
    let op = ChannelCall::Members {
        after: paging.after,
        limit: paging.limit,
    };
    match inbound
        .servers
        .ask(&Request::Channel { caller, id, op })
        .await?
    {
        Answer::Members { members, has_more } => {
            let last = members.last().filter(|_| has_more);
            let page = MembersPage {
                next_cursor: last.map(|member| member.user.to_string()),
                members,
            };
            Ok(answer::json(200, &page)?)
        }
        other => Err(unexpected(&other)),
    }
}

/// `POST /channels/{id}/members`
pub async fn add(inbound: &Inbound, caller: Caller, id: ChannelId) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let AddMember { user } = inbound.body().await?;
    users::check_known(inbound, &caller.workspace, std::slice::from_ref(&user)).await?;
    change(inbound, caller, id, ChannelCall::Add { user }).await
}

/// `DELETE /channels/{id}/members/{user}`
pub async fn remove(
    inbound: &Inbound,
    caller: Caller,
    id: ChannelId,
    user: UserId,
) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let op = ChannelCall::Remove { user };
    let request = Request::Channel { caller, id, op };
    match inbound.servers.ask(&request).await? {
        Answer::Done => Ok(answer::no_content()?),
        other => Err(unexpected(&other)),
    }
}

async fn change(
    inbound: &Inbound,
    caller: Caller,
    id: ChannelId,
    op: ChannelCall,
) -> Result<Response, Fault> {
    let (channel, _) = channels::ask(inbound, caller, id, op).await?;
    Ok(answer::json(200, &ChannelAnswer { channel })?)
}
