//! The time limit of calls between objects: a call into an object that panics may never end.

use std::{future::Future, pin::pin, time::Duration};

use futures_util::future::{Either, select};
use protocol::error::Refusal;
use worker::{Delay, console_error};

use crate::fault::Fault;

const LIMIT: Duration = Duration::from_secs(5);
/// How long a caller is to wait after one at the least and at the most, in milliseconds: who was refused together does not come back
/// together.
const RETRY_AFTER_MS: [f64; 2] = [1_000.0, 2_000.0];

/// What `call` gives, unless it takes too long.
pub async fn within<T>(
    name: &str,
    call: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match select(pin!(call), Delay::from(LIMIT)).await {
        Either::Left((result, _)) => result,
        Either::Right(((), _)) => {
            console_error!("{name} did not answer within {} s", LIMIT.as_secs());
            Err(unavailable())
        }
    }
}

/// An object that cannot answer now, and may do so soon.
pub fn unavailable() -> Fault {
    let [least, most] = RETRY_AFTER_MS;
    let wait_ms = least + js_sys::Math::random() * (most - least);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some seconds in milliseconds"
    )]
    Refusal::overloaded(wait_ms as u64).into()
}
