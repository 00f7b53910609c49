//! `/readyz`: whether the Worker can do its work.

use protocol::{
    api::{Caller, Role},
    call::Request,
    id::{SessionId, UserId, WorkspaceId},
};
use worker::{Env, Response, console_error};

use crate::{answer, channel_servers::ChannelServers, environment, fault::Fault, ring_check};

/// The server that is asked, one for all.
const PROBED: u32 = 0;

/// 200 where the Worker is fit to serve and a channel server answers; else 503 with the reason.
pub async fn ready(env: &Env) -> Result<Response, Fault> {
    let settings = match environment::settings(env) {
        Ok(settings) => settings,
        Err(bad) => {
            console_error!("not fit to serve: {bad}");
            return Ok(answer::text(503, &format!("not ready: {bad}"))?);
        }
    };
    let kept = ring_check::kept(env, settings.channel_servers).await?;
    if kept != settings.channel_servers {
        let reason =
            format!("not ready: CHANNEL_SERVERS has to stay {kept}, the data lies on as many");
        console_error!("{reason}");
        return Ok(answer::text(503, &reason)?);
    }
    let servers = ChannelServers::new(env.clone(), settings.channel_servers);
    // Nobody asks for no channel: whatever the server says to that, it said something.
    match servers.outcome(PROBED, &probe()?).await {
        Ok(_) => Ok(answer::text(200, "ready")?),
        Err(fault) => {
            console_error!("no channel server answers: {fault:?}");
            Ok(answer::text(503, "not ready: no channel server answers")?)
        }
    }
}

fn probe() -> Result<Request, Fault> {
    let caller = || {
        Some(Caller {
            workspace: WorkspaceId::parse("T0").ok()?,
            user: UserId::parse("U0").ok()?,
            session: SessionId::parse("S0").ok()?,
            role: Role::Guest,
        })
    };
    let caller = caller().ok_or_else(crate::fault::internal)?;
    Ok(Request::Views {
        caller,
        channels: Vec::new(),
    })
}
