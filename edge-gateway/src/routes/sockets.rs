//! Sockets: handing a WebSocket on to the object that holds it, `GET https://do/socket` with the header `heliograph-open`.
//!
//! The object gets a new request, none of the browser's own headers but the subprotocols: no cookie, and no offer to deflate.

use gateway_core::{
    denial::Denial,
    open::{OPEN_HEADER, OpenGateway},
};
use protocol::{
    api::Caller,
    call::OpenSocket,
    error::{Code, Refusal},
    id::ChannelId,
};
use serde::Serialize;
use worker::{Error, Headers, Method, Request, RequestInit, Response, Stub, console_error};

use crate::{
    channel_servers::lost,
    doors,
    fault::{Fault, internal},
    inbound::Inbound,
    time_limit::within,
};

const SUBPROTOCOLS_HEADER: &str = "sec-websocket-protocol";
const SWITCHING_PROTOCOLS: u16 = 101;

/// `GET /socket`
pub async fn gateway(inbound: &Inbound, caller: Caller) -> Result<Response, Fault> {
    check_upgrade(inbound)?;
    inbound.check_upgrades()?;
    let region = inbound.region()?;
    // The gateway looks whether the session is alive, as it mostly knows.
    let name = region.gateway_of(&caller.user, inbound.settings.gateway_slots);
    doors::knock(&name, inbound.now_ms)?;
    let stub = inbound.gateway(&name, region)?;
    let open = OpenGateway {
        caller,
        gateway: name,
    };
    let answer = hand_on(inbound, &open.gateway, &stub, &open).await;
    if let Err(Fault::Denied(denial)) = &answer
        // Who goes past a limit of their own tells nothing of the gateway.
        && denial.problem.code == Code::Overloaded
        && let Some(wait_ms) = denial.problem.retry_after_ms
    {
        doors::was_full(&open.gateway, wait_ms, inbound.now_ms);
    }
    answer
}

/// `GET /channels/{id}/socket`
pub async fn channel(inbound: &Inbound, caller: Caller, id: ChannelId) -> Result<Response, Fault> {
    check_upgrade(inbound)?;
    inbound.check_upgrades()?;
    let since = inbound.query().resume()?;
    let caller = inbound.authenticate_socket(caller, &id).await?;
    let stub = inbound.servers.owner_of(&id)?;
    let open = OpenSocket {
        caller,
        channel: id,
        since,
    };
    hand_on(inbound, open.channel.as_str(), &stub, &open).await
}

fn check_upgrade(inbound: &Inbound) -> Result<(), Fault> {
    if inbound.is_upgrade()? {
        Ok(())
    } else {
        Err(Denial::upgrade_required().into())
    }
}

/// The object's answer as it is; where it refuses, its refusal.
async fn hand_on<T: Serialize>(
    inbound: &Inbound,
    name: &str,
    stub: &Stub,
    open: &T,
) -> Result<Response, Fault> {
    let headers = Headers::new();
    headers.set("upgrade", "websocket")?;
    // Ids, epochs and names of gateways are ASCII, as headers have to be.
    headers.set(
        OPEN_HEADER,
        &serde_json::to_string(open).map_err(Error::from)?,
    )?;
    if let Some(subprotocols) = inbound.header(SUBPROTOCOLS_HEADER)? {
        headers.set(SUBPROTOCOLS_HEADER, &subprotocols)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    let request = Request::new_with_init("https://do/socket", &init)?;
    within(name, async {
        let mut response = stub.fetch_with_request(request).await.map_err(lost)?;
        let status = response.status_code();
        if status == SWITCHING_PROTOCOLS {
            return Ok(response);
        }
        let text = response.text().await?;
        if let Ok(refusal) = serde_json::from_str::<Refusal>(&text) {
            return Err(refusal.into());
        }
        console_error!("{name} answered {status} to a socket: {text}");
        Err(internal())
    })
    .await
}
