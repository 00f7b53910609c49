//! The Worker at the edge and the regional gateway.
use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, _env: Env, _context: Context) -> Result<Response> {
    match request.path().as_str() {
        "/healthz" | "/readyz" => Response::ok("ok\n"),
        _ => Response::error("not found", 404),
    }
}
