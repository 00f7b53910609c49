//! Directs: finding or making the one among some people.

use gateway_core::direct::Direct;
use protocol::api::{Caller, ChannelAnswer, CreateDirect};
use worker::Response;

use super::{channels, users};
use crate::{answer, fault::Fault, inbound::Inbound};

/// `POST /directs`
pub async fn create(inbound: &Inbound, caller: Caller) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let body: CreateDirect = inbound.body().await?;
    let direct = Direct::of(&caller, &body.users)?;
    users::check_known(inbound, &caller.workspace, &direct.others).await?;
    let id = direct.id.clone();
    let (channel, created) = channels::ask(inbound, caller, id, direct.create()).await?;
    let status = if created { 201 } else { 200 };
    Ok(answer::json(status, &ChannelAnswer { channel })?)
}
