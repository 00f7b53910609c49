//! Answers: what the API says, as HTTP responses.

use gateway_core::denial::{Denial, PROBLEM_TYPE};
use serde::Serialize;
use worker::{Response, ResponseBuilder, Result};

use crate::routes::metrics;

const JSON_TYPE: &str = "application/json";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";

/// A JSON document.
pub fn json<T: Serialize>(status: u16, body: &T) -> Result<Response> {
    document(status, JSON_TYPE, body)
}

/// 204: done, and nothing to say.
pub fn no_content() -> Result<Response> {
    Ok(builder(204)?.empty())
}

/// A line of text.
pub fn text(status: u16, line: &str) -> Result<Response> {
    let response = builder(status)?.with_header("content-type", TEXT_TYPE)?;
    Ok(response.fixed(format!("{line}\n").into_bytes()))
}

/// A text of some media type.
pub fn document_of(media_type: &str, text: String) -> Result<Response> {
    let response = builder(200)?.with_header("content-type", media_type)?;
    Ok(response.fixed(text.into_bytes()))
}

/// A problem document.
pub fn denied(denial: &Denial) -> Result<Response> {
    metrics::refused(denial.problem.code);
    let response = document(denial.problem.status, PROBLEM_TYPE, &denial.problem)?;
    for (name, value) in &denial.headers {
        response.headers().set(name, value)?;
    }
    Ok(response)
}

fn document<T: Serialize>(status: u16, media_type: &str, body: &T) -> Result<Response> {
    let body = serde_json::to_vec(body)?;
    let response = builder(status)?.with_header("content-type", media_type)?;
    Ok(response.fixed(body))
}

fn builder(status: u16) -> Result<ResponseBuilder> {
    ResponseBuilder::new()
        .with_status(status)
        .with_header("cache-control", "no-store")?
        .with_header("x-content-type-options", "nosniff")
}
