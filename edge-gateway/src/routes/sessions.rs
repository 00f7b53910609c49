//! Sessions: how they begin and end.

use gateway_core::{cookie, session};
use protocol::{
    api::{Caller, SessionAnswer, SignOut, SignedIn},
    call::{Answer, Request, UserOp},
    id::SessionId,
};
use worker::Response;

use crate::{answer, channel_servers::unexpected, fault::Fault, inbound::Inbound};

/// 201 with the token and the cookie of `session`, which belongs to the person that `request` is answered with.
pub async fn begin(
    inbound: &Inbound,
    request: &Request,
    session: SessionId,
) -> Result<Response, Fault> {
    let (workspace, user) = match inbound.servers.ask(request).await? {
        Answer::Person {
            workspace, user, ..
        } => (workspace, user),
        other => return Err(unexpected(&other)),
    };
    let caller = Caller {
        workspace: workspace.id.clone(),
        user: user.id.clone(),
        role: user.role,
        session,
    };
    let token = session::mint(&caller, &inbound.settings.key, inbound.now_ms);
    let cookie = cookie::set(&token, &inbound.origin);
    let signed_in = SignedIn {
        workspace,
        user,
        token,
    };
    let response = answer::json(201, &signed_in)?;
    response.headers().set("set-cookie", &cookie)?;
    Ok(response)
}

/// `GET /session`. A session that has ended is found out by whatever is asked next.
pub fn state(request: worker::Request, env: worker::Env) -> Result<Response, Fault> {
    let inbound = Inbound::new(request, env)?;
    let signed_in = inbound.caller(false).is_ok();
    Ok(answer::json(200, &SessionAnswer { signed_in })?)
}

/// `POST /sign-out`
pub async fn sign_out(inbound: &Inbound, caller: &Caller) -> Result<Response, Fault> {
    let body: SignOut = inbound.body_or_default().await?;
    let everywhere = body.everywhere.unwrap_or(false);
    inbound
        .ask_own(caller, UserOp::SignOut { everywhere })
        .await?;
    let response = answer::no_content()?;
    response
        .headers()
        .set("set-cookie", &cookie::clear(&inbound.origin))?;
    Ok(response)
}
