//! HTTP calls, each on a connection of its own, and the handshake that makes a connection a WebSocket.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Collected, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, UPGRADE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::error::{Context, Error, Result};

/// Any 16 bytes would do: nothing between here and the server could answer from a cache.
const WEBSOCKET_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A refusal for now.
#[derive(Deserialize)]
struct Problem {
    retry_after_ms: u64,
}

/// Where calls go.
#[derive(Clone, Copy, Debug)]
pub struct Http {
    address: SocketAddr,
}

impl Http {
    /// Calls to a server.
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// The status of a `GET`.
    pub async fn status(self, path: &str) -> Result<StatusCode> {
        let request = self.request(Method::GET, path, None, Bytes::new())?;
        Ok(self.exchange(request).await?.status())
    }

    /// A `GET` of JSON; `None` where there is no such path.
    pub async fn get(self, path: &str, token: Option<&str>) -> Result<Option<Value>> {
        let request = self.request(Method::GET, path, token, Bytes::new())?;
        let answer = self.exchange(request).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        read(answer, path).await.map(Some)
    }

    /// A `POST` of JSON; an error unless it succeeds.
    pub async fn post(self, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        let request = self.request(Method::POST, path, token, body.to_string().into())?;
        read(self.exchange(request).await?, path).await
    }

    /// Makes a new connection a WebSocket.
    pub async fn upgrade(
        self,
        path: &str,
        token: Option<&str>,
        subprotocol: Option<&str>,
    ) -> Result<TcpStream> {
        let mut request = self.request(Method::GET, path, token, Bytes::new())?;
        let headers = request.headers_mut();
        let mut set = |name: &'static str, value: &str| {
            let value = value.parse().doing(format_args!("send {name}"))?;
            headers.insert(name, value);
            Ok(())
        };
        set(CONNECTION.as_str(), "Upgrade")?;
        set(UPGRADE.as_str(), "websocket")?;
        set("sec-websocket-version", "13")?;
        set("sec-websocket-key", WEBSOCKET_KEY)?;
        if let Some(subprotocol) = subprotocol {
            set("sec-websocket-protocol", subprotocol)?;
        }
        let answer = self.exchange(request).await?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(refusal(answer, path).await);
        }
        let upgraded = hyper::upgrade::on(answer).await.doing("upgrade")?;
        let parts = upgraded
            .downcast::<TokioIo<TcpStream>>()
            .map_err(|_| Error::Failed("a connection that is no TCP stream".to_owned()))?;
        // Neither system says anything before it is spoken to.
        if parts.read_buf.is_empty() {
            Ok(parts.io.into_inner())
        } else {
            Err(Error::Failed(format!("{path} spoke first")))
        }
    }

    fn request(
        self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        request
            .body(Full::new(body))
            .doing(format_args!("ask for {path}"))
    }

    async fn exchange(self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>> {
        let stream = TcpStream::connect(self.address).await.doing("connect")?;
        stream.set_nodelay(true).doing("set TCP_NODELAY")?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .doing("speak HTTP")?;
        tokio::task::spawn_local(connection.with_upgrades());
        let path = request.uri().to_string();
        sender
            .send_request(request)
            .await
            .doing(format_args!("call {path}"))
    }
}

async fn read(answer: Response<Incoming>, path: &str) -> Result<Value> {
    if !answer.status().is_success() {
        return Err(refusal(answer, path).await);
    }
    let body = answer.into_body().collect().await;
    let bytes = body.doing(format_args!("read {path}"))?.to_bytes();
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).doing(format_args!("read {path}"))
}

async fn refusal(answer: Response<Incoming>, path: &str) -> Error {
    let status = answer.status();
    let body = answer.into_body().collect().await;
    let bytes = body.map(Collected::to_bytes).unwrap_or_default();
    if let Ok(Problem { retry_after_ms }) = serde_json::from_slice(&bytes) {
        let retry_after = Duration::from_millis(retry_after_ms);
        return Error::Busy { retry_after };
    }
    let text = String::from_utf8_lossy(&bytes);
    Error::Failed(format!("{path} answered {status}: {text}"))
}
