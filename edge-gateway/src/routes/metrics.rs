//! `/metrics`: what this isolate has done, and what the channel servers hold and have done.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    pin::pin,
    time::Duration,
};

use channel_object::census;
use futures_util::{
    StreamExt,
    future::{Either, select},
    stream,
};
use gateway_core::metrics::{self, IsolateFigures, METRICS_TYPE, Refusals};
use js_sys::Reflect;
use protocol::{error::Code, figures::ServerFigures};
use wasm_bindgen::JsValue;
use worker::{Delay, Env, Request, Response, console_warn};

use crate::{answer, channel_servers::ChannelServers, environment, fault::Fault, ring_check};

/// Channel servers that are asked at the same time.
const ASKED_AT_ONCE: usize = 16;
/// How long all of them have, together.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where the entry script counts starts of the module, which forgets itself at each.
const RESTARTS: &str = "heliographRestarts";

thread_local! {
    static REQUESTS: Cell<u64> = const { Cell::new(0) };
    static REFUSALS: RefCell<Refusals> = const { RefCell::new(Refusals::none()) };
}

/// A request came.
pub fn requested() {
    REQUESTS.set(REQUESTS.get() + 1);
}

/// A request was refused.
pub fn refused(code: Code) {
    REFUSALS.with_borrow_mut(|refusals| refusals.count(code));
}

/// `GET /metrics`
pub async fn metrics(request: &Request, env: Env) -> Result<Response, Fault> {
    let settings = environment::settings(&env)?;
    let authorization = request.headers().get("authorization")?;
    metrics::check(
        settings.metrics_token.as_ref(),
        settings.is_development,
        authorization.as_deref(),
        &settings.key,
    )?;
    ring_check::check(&env, settings.channel_servers).await?;
    let servers = ask_all(env, settings.channel_servers).await;
    let document = metrics::exposition(&isolate(), &servers);
    Ok(answer::document_of(METRICS_TYPE, document)?)
}

/// What each channel server says, if it does in time.
async fn ask_all(env: Env, count: u32) -> Vec<(u32, Option<ServerFigures>)> {
    let servers = ChannelServers::new(env, count);
    let answers = RefCell::new(BTreeMap::new());
    let asking = stream::iter(0..count).for_each_concurrent(ASKED_AT_ONCE, |server| {
        let (servers, answers) = (&servers, &answers);
        async move {
            match servers.figures(server).await {
                Ok(figures) => {
                    answers.borrow_mut().insert(server, figures);
                }
                Err(error) => console_warn!("no figures of channel server {server}: {error}"),
            }
        }
    });
    if let Either::Right(_) = select(pin!(asking), Delay::from(PATIENCE)).await {
        console_warn!("not all channel servers gave their figures in time");
    }
    let mut answers = answers.take();
    (0..count)
        .map(|server| (server, answers.remove(&server)))
        .collect()
}

fn isolate() -> IsolateFigures {
    let census = census::take();
    IsolateFigures {
        requests: REQUESTS.get(),
        refusals: REFUSALS.with_borrow(|refusals| *refusals),
        restarts: restarts(),
        channel_servers: census.channel_servers.into(),
        gateways: census.gateways.into(),
        link_frames: census.link_frames.into(),
        reads: census.reads.into(),
        wakes: census.wakes.into(),
        browser_frames: census.browser_frames.into(),
        memory_bytes: u64::try_from(census.memory_bytes).unwrap_or(u64::MAX),
    }
}

fn restarts() -> u64 {
    let count = Reflect::get(&js_sys::global(), &JsValue::from_str(RESTARTS));
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count"
    )]
    count
        .ok()
        .and_then(|count| count.as_f64())
        .map_or(0, |count| count as u64)
}
