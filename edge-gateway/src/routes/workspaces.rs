//! Workspaces: founding one.

use gateway_core::form;
use protocol::{
    api::CreateWorkspace,
    call::{Request, WorkspaceOp},
    error::{Code, Refusal},
    id::{SessionId, UserId, WorkspaceId},
};
use worker::Response;

use super::sessions;
use crate::{fault::Fault, inbound::Inbound, random};

/// `POST /workspaces`
pub async fn create(inbound: &Inbound) -> Result<Response, Fault> {
    if !inbound.settings.is_signup_open {
        return Err(Refusal::new(Code::Forbidden, "signing up is closed here").into());
    }
    let body: CreateWorkspace = inbound.body().await?;
    let founding = form::founding(&body)?;
    let workspace = WorkspaceId::mint(inbound.now_ms, random::id_bits()?);
    let user = UserId::mint(inbound.now_ms, random::id_bits()?);
    let session = SessionId::mint(inbound.now_ms, random::id_bits()?);
    let request = Request::Workspace {
        id: workspace,
        op: WorkspaceOp::Found {
            name: founding.name,
            user,
            display_name: founding.display_name,
            session: session.clone(),
        },
    };
    sessions::begin(inbound, &request, session).await
}
