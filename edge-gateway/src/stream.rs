//! Bodies as they stream in.

use std::pin::pin;

use futures_util::StreamExt;
use gateway_core::body::Body;
use protocol::limits::BODY_MAX_BYTES;
use worker::{ByteStream, Result, web_sys};

/// Of a body that is too large or not wanted, this much is taken in and dropped, so that its sender reads the answer. In bytes.
const DRAINED_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Reads a body.
pub async fn read(request: &web_sys::Request) -> Result<Body> {
    let mut bytes = Vec::new();
    let length = each_chunk(request, |chunk, length| {
        if length <= BODY_MAX_BYTES {
            bytes.extend_from_slice(chunk);
        }
    })
    .await?;
    if length > BODY_MAX_BYTES {
        return Ok(Body::TooLarge);
    }
    Ok(Body::Whole(bytes))
}

/// Drops a body that nobody has read.
pub async fn drain(request: &web_sys::Request) {
    if !request.body_used() {
        // Whoever breaks off needs no answer.
        let _ = each_chunk(request, |_, _| {}).await;
    }
}

/// Gives each chunk with the length of the body up to its end, and at last the whole length, in bytes.
async fn each_chunk(
    request: &web_sys::Request,
    mut take: impl FnMut(&[u8], usize),
) -> Result<usize> {
    let Some(stream) = request.body() else {
        return Ok(0);
    };
    let mut stream = pin!(ByteStream::from(stream));
    let mut length = 0_usize;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        length = length.saturating_add(chunk.len());
        take(&chunk, length);
        if length > DRAINED_MAX_BYTES {
            break;
        }
    }
    Ok(length)
}
