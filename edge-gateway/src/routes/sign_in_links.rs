//! Sign-in links: letting another device of the caller in.

use gateway_core::secret::{Code, SignInCode};
use protocol::{
    api::{Caller, SignInLink},
    call::{Answer, Request, UserOp, WorkspaceOp},
    id::SessionId,
    limits::SIGN_IN_LINK_MS,
};
use worker::Response;

use super::sessions;
use crate::{answer, channel_servers::unexpected, fault::Fault, inbound::Inbound, random};

/// `POST /sign-in-links`
pub async fn create(inbound: &Inbound, caller: &Caller) -> Result<Response, Fault> {
    let code = Code::mint(caller.user.clone(), random::bytes()?);
    let expires_ms = inbound.now_ms.saturating_add(SIGN_IN_LINK_MS);
    let op = UserOp::CreateSignInLink {
        secret: code.hash(),
        expires_ms,
    };
    inbound.ask_own(caller, op).await?;
    let code = code.text();
    let link = SignInLink {
        url: inbound.origin.page(&format!("/sign-in/{code}")),
        code,
        expires_ms,
    };
    Ok(answer::json(201, &link)?)
}

/// `POST /sign-in-links/{code}/accept`
pub async fn accept(inbound: &Inbound, code: SignInCode) -> Result<Response, Fault> {
    let session = SessionId::mint(inbound.now_ms, random::id_bits()?);
    let take = Request::TakeSignInLink {
        user: code.id.clone(),
        secret: code.hash(),
        session: session.clone(),
    };
    let workspace = match inbound.servers.ask(&take).await? {
        Answer::SignedIn { workspace } => workspace,
        other => return Err(unexpected(&other)),
    };
    let person = Request::Workspace {
        id: workspace,
        op: WorkspaceOp::Person { user: code.id },
    };
    sessions::begin(inbound, &person, session).await
}
