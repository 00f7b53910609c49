//! Messages: sending one, reading back a page.

use protocol::{
    api::{Caller, Sent},
    call::{Answer, ChannelCall, Request},
    id::{ChannelId, LogId},
    message::RawDraft,
};
use worker::Response;

use crate::{answer, channel_servers::unexpected, fault::Fault, inbound::Inbound};

/// `POST /channels/{id}/messages`
pub async fn send(inbound: &Inbound, caller: Caller, id: ChannelId) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let body: RawDraft = inbound.body().await?;
    let op = ChannelCall::Send(body.check()?);
    let channel = LogId::from(&id);
    let request = Request::Channel { caller, id, op };
    let stored = match inbound.servers.ask(&request).await? {
        Answer::Sent(stored) => stored,
        other => return Err(unexpected(&other)),
    };
    let status = if stored.duplicate { 200 } else { 201 };
    let sent = Sent {
        channel,
        epoch: stored.epoch,
        seq: stored.seq,
        at: stored.at,
    };
    Ok(answer::json(status, &sent)?)
}

/// `GET /channels/{id}/messages`
pub async fn history(inbound: &Inbound, caller: Caller, id: ChannelId) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let op = ChannelCall::History(inbound.query().history()?);
    let request = Request::Channel { caller, id, op };
    match inbound.servers.ask(&request).await? {
        Answer::Page(page) => Ok(answer::json(200, &page)?),
        other => Err(unexpected(&other)),
    }
}
