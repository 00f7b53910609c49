//! The channel servers, as the Worker asks them: `POST https://do/request` with the JSON of a [`Request`], answered by 200
//! with the JSON of an [`Outcome`].

use std::{cell::RefCell, rc::Rc};

use gateway_core::{
    ask::{can_repeat, log_of},
    channel_list::{self, Channels},
};
use js_sys::Reflect;
use protocol::{
    api::{BootChannel, Caller},
    call::{Answer, Outcome, Request},
    figures::ServerFigures,
    id::ChannelId,
    ring::{Ring, server_name},
};
use wasm_bindgen::JsValue;
use worker::{Env, Error, Headers, Method, RequestInit, Stub, console_error, console_warn};

use crate::{
    fault::{Fault, internal},
    time_limit::{unavailable, within},
};

/// The binding of the channel servers' namespace.
const BINDING: &str = "CHANNEL_SERVER";
const RING_VERSION: u64 = 1;

thread_local! {
    /// Built once in an isolate.
    static RING: RefCell<Option<Rc<Ring>>> = const { RefCell::new(None) };
}

/// The channel servers on the ring.
pub struct ChannelServers {
    env: Env,
    ring: Rc<Ring>,
}

impl ChannelServers {
    /// The `count` servers of this deployment.
    pub fn new(env: Env, count: u32) -> Self {
        let ring = RING.with_borrow_mut(|cached| match cached {
            Some(ring) if ring.servers() == count => Rc::clone(ring),
            _ => Rc::clone(cached.insert(Rc::new(Ring::new(RING_VERSION, count)))),
        });
        Self { env, ring }
    }

    /// The version of the ring.
    pub fn ring_version(&self) -> u64 {
        self.ring.version()
    }

    /// Asks the owner of the log that `request` is about.
    pub async fn ask(&self, request: &Request) -> Result<Answer, Fault> {
        Ok(self.outcome_of(request).await??)
    }

    /// Asks the owner of the log that `request` is about, and gives its refusal as it is.
    pub async fn outcome_of(&self, request: &Request) -> Result<Outcome, Fault> {
        let server = log_of(request).map_or(0, |log| self.ring.owner(log));
        self.outcome(server, request).await
    }

    /// How `channels` look to the caller, in the order of their ids; each server is asked once, all at the same time.
    pub async fn views(
        &self,
        caller: &Caller,
        channels: Channels,
    ) -> Result<Vec<BootChannel>, Fault> {
        let asked = channel_list::by_server(channels, &self.ring)
            .into_iter()
            .map(|(server, channels)| async move {
                let request = Request::Views {
                    caller: caller.clone(),
                    channels,
                };
                match self.outcome(server, &request).await?? {
                    Answer::Views { channels } => Ok(channels),
                    other => Err(unexpected(&other)),
                }
            });
        let answers = futures_util::future::try_join_all(asked).await?;
        Ok(channel_list::in_order(answers))
    }

    /// Asks one server. A call that is lost on its way goes once more, through a fresh stub, where that does no harm.
    pub async fn outcome(&self, server: u32, request: &Request) -> Result<Outcome, Fault> {
        let name = server_name(server);
        within(&name, async {
            let body = serde_json::to_string(request).map_err(Error::from)?;
            match self.attempt(&name, &body).await {
                Ok(outcome) => Ok(outcome),
                Err(error) if has_flag(&error, "overloaded") => {
                    console_warn!("{name} is overloaded: {error}");
                    Err(unavailable())
                }
                Err(error) if can_repeat(request) => {
                    console_warn!("{name} is asked again: {error}");
                    self.attempt(&name, &body).await.map_err(lost)
                }
                Err(error) => Err(lost(error)),
            }
        })
        .await
    }

    async fn attempt(&self, name: &str, body: &str) -> worker::Result<Outcome> {
        let headers = Headers::new();
        headers.set("content-type", "application/json")?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_headers(headers)
            .with_body(Some(JsValue::from_str(body)));
        let request = worker::Request::new_with_init("https://do/request", &init)?;
        let mut response = self.stub(name)?.fetch_with_request(request).await?;
        let status = response.status_code();
        let text = response.text().await?;
        if status != 200 {
            return Err(Error::RustError(format!(
                "{name} answered {status}: {text}"
            )));
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// What a server holds and has done.
    pub async fn figures(&self, server: u32) -> worker::Result<ServerFigures> {
        let stub = self.stub(&server_name(server))?;
        let mut response = stub.fetch_with_str("https://do/figures").await?;
        Ok(serde_json::from_str(&response.text().await?)?)
    }

    /// The server that owns a channel, to open a socket at.
    pub fn owner_of(&self, channel: &ChannelId) -> worker::Result<Stub> {
        self.stub(&server_name(self.ring.owner(channel.as_str())))
    }

    fn stub(&self, name: &str) -> worker::Result<Stub> {
        self.env.durable_object(BINDING)?.get_by_name(name)
    }
}

/// An answer to something else than was asked. The log gets its kind: what it holds is nobody's business there.
pub fn unexpected(answer: &Answer) -> Fault {
    let answer = format!("{answer:?}");
    let kind = answer
        .split(|letter: char| !letter.is_alphanumeric())
        .next();
    console_error!("a channel server answered something else: {kind:?}");
    internal()
}

/// What the platform calls retryable will pass; anything else is a fault.
pub fn lost(error: Error) -> Fault {
    if has_flag(&error, "retryable") || has_flag(&error, "overloaded") {
        console_warn!("an object was lost: {error}");
        return unavailable();
    }
    Fault::Platform(error)
}

/// Whether the platform marked an error: `overloaded`, `retryable`.
fn has_flag(error: &Error, flag: &str) -> bool {
    let Error::UnknownJsError { original, .. } = error else {
        return false;
    };
    Reflect::get(original, &JsValue::from_str(flag)).is_ok_and(|value| value.is_truthy())
}
