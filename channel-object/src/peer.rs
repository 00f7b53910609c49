//! Requests to other objects. Each has a time limit: an object that panics never answers.

use std::time::Duration;

use futures_util::{FutureExt, pin_mut, select_biased};
use wasm_bindgen::JsValue;
use worker::{Delay, Env, Method, Request, RequestInit, Response, Result};

/// How long another object may take, in milliseconds.
pub const PEER_TIMEOUT_MS: u64 = 5_000;

/// The binding of the channel servers.
pub const CHANNEL_SERVER: &str = "CHANNEL_SERVER";
/// The binding of the gateways.
pub const GATEWAY: &str = "GATEWAY";

/// Posts `body`, text or bytes, to `path` of the object `name` of a binding.
pub async fn post(
    env: &Env,
    binding: &str,
    name: &str,
    path: &str,
    body: JsValue,
) -> Result<Response> {
    let stub = env.durable_object(binding)?.get_by_name(name)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(body));
    let request = Request::new_with_init(&format!("https://do{path}"), &init)?;
    let answer = stub.fetch_with_request(request).fuse();
    let timeout = Delay::from(Duration::from_millis(PEER_TIMEOUT_MS)).fuse();
    pin_mut!(answer, timeout);
    select_biased! {
        answer = answer => answer,
        () = timeout => Err(worker::Error::RustError(format!("{name} did not answer in time"))),
    }
}
