//! Channels: making, listing and changing them.

use futures_util::future::try_join;
use gateway_core::{channel_list, form, query::Paging};
use protocol::{
    api::{Caller, Channel, ChannelAnswer, ChannelsPage, CreateChannel, UpdateChannel},
    call::{Answer, ChannelCall, Request, WorkspaceOp},
    id::ChannelId,
};
use worker::Response;

use super::boot::memberships;
use crate::{answer, channel_servers::unexpected, fault::Fault, inbound::Inbound, random};

/// `POST /channels`
pub async fn create(inbound: &Inbound, caller: Caller) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let body: CreateChannel = inbound.body().await?;
    let op = form::create_channel(&body)?;
    let id = ChannelId::mint(inbound.now_ms, random::id_bits()?);
    let (channel, _) = ask(inbound, caller, id, op).await?;
    Ok(answer::json(201, &ChannelAnswer { channel })?)
}

/// `GET /channels`
pub async fn list(inbound: &Inbound, caller: &Caller) -> Result<Response, Fault> {
    let paging = inbound.query().channels()?;
    let (own, public) = try_join(
        memberships(inbound, caller),
        directory(inbound, caller, &paging),
    )
    .await?;
    let page = channel_list::page(&paging, own.role, public, own.channels);
    let caller = Caller {
        role: own.role,
        ..caller.clone()
    };
    let views = inbound.servers.views(&caller, page.channels).await?;
    let page = ChannelsPage {
        channels: views.into_iter().map(|view| view.channel).collect(),
        next_cursor: page.next_cursor.map(String::from),
    };
    Ok(answer::json(200, &page)?)
}

/// `PATCH /channels/{id}`
pub async fn update(inbound: &Inbound, caller: Caller, id: ChannelId) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let body: UpdateChannel = inbound.body().await?;
    let op = ChannelCall::Update(form::update_channel(&body)?);
    let (channel, _) = ask(inbound, caller, id, op).await?;
    Ok(answer::json(200, &ChannelAnswer { channel })?)
}

/// Asks a channel for something that it answers with itself, and whether that made it.
pub async fn ask(
    inbound: &Inbound,
    caller: Caller,
    id: ChannelId,
    op: ChannelCall,
) -> Result<(Channel, bool), Fault> {
    let request = Request::Channel { caller, id, op };
    match inbound.servers.ask(&request).await? {
        Answer::Channel { channel, created } => Ok((channel, created)),
        other => Err(unexpected(&other)),
    }
}

async fn directory(
    inbound: &Inbound,
    caller: &Caller,
    paging: &Paging<ChannelId>,
) -> Result<(Vec<ChannelId>, bool), Fault> {
    let request = Request::Workspace {
        id: caller.workspace.clone(),
        op: WorkspaceOp::Directory {
            after: paging.after.clone(),
            limit: paging.limit,
        },
    };
    match inbound.servers.ask(&request).await? {
        Answer::Directory { channels, has_more } => Ok((channels, has_more)),
        other => Err(unexpected(&other)),
    }
}
