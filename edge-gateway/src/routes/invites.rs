//! Invites: making and accepting them.

use gateway_core::{
    form,
    secret::{Code, InviteCode},
};
use protocol::{
    api::{AcceptInvite, Caller, CreateInvite, Invite},
    call::{Answer, Request, WorkspaceOp},
    id::{SessionId, UserId},
};
use worker::Response;

use super::sessions;
use crate::{answer, channel_servers::unexpected, fault::Fault, inbound::Inbound, random};

/// `POST /invites`
pub async fn create(inbound: &Inbound, caller: Caller) -> Result<Response, Fault> {
    let caller = inbound.authenticate(caller).await?;
    let body: CreateInvite = inbound.body_or_default().await?;
    let bounds = form::invite(body, inbound.now_ms)?;
    let code = Code::mint(caller.workspace, random::bytes()?);
    let request = Request::Workspace {
        id: code.id.clone(),
        op: WorkspaceOp::CreateInvite {
            user: caller.user,
            secret: code.hash(),
            max_uses: bounds.max_uses,
            expires_ms: bounds.expires_ms,
            role: bounds.role,
        },
    };
    match inbound.servers.ask(&request).await? {
        Answer::Done => {}
        other => return Err(unexpected(&other)),
    }
    let code = code.text();
    let invite = Invite {
        url: inbound.origin.page(&format!("/invite/{code}")),
        code,
    };
    Ok(answer::json(201, &invite)?)
}

/// `POST /invites/{code}/accept`
pub async fn accept(inbound: &Inbound, code: InviteCode) -> Result<Response, Fault> {
    let body: AcceptInvite = inbound.body().await?;
    let display_name = form::newcomer(&body)?;
    let session = SessionId::mint(inbound.now_ms, random::id_bits()?);
    let secret = code.hash();
    let request = Request::Workspace {
        id: code.id,
        op: WorkspaceOp::AcceptInvite {
            secret,
            user: UserId::mint(inbound.now_ms, random::id_bits()?),
            display_name,
            session: session.clone(),
        },
    };
    sessions::begin(inbound, &request, session).await
}
