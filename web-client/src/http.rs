//! HTTP calls, same origin, with the session's cookie.

use client_core::{
    call::{Answer, Request},
    input::Input,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortSignal, Headers, RequestCredentials, RequestInit, Response};

use crate::dom::{Dispatch, window};

/// How long an answer may take, in milliseconds.
const TIMEOUT_MS: u32 = 20_000;

/// Makes a call; its answer is dispatched.
pub fn call(request: Request, dispatch: Dispatch) {
    spawn_local(async move {
        let answer = fetch(&request).await.unwrap_or(Answer::Lost);
        dispatch.input(Input::Answered {
            call: request.call,
            answer,
        });
    });
}

async fn fetch(request: &Request) -> Result<Answer, JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    let init = RequestInit::new();
    init.set_method(request.method);
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
    if let Some(body) = &request.body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&JsValue::from_str(body));
    }
    init.set_headers(&headers);
    let fetched = window().fetch_with_str_and_init(&request.url, &init);
    let response: Response = JsFuture::from(fetched).await?.unchecked_into();
    let body = JsFuture::from(response.text()?).await?;
    Ok(Answer::Came {
        status: response.status(),
        body: body.as_string().unwrap_or_default(),
    })
}
