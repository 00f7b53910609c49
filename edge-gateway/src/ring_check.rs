//! Nobody serves on another ring than the one that the data lies on.

use std::cell::Cell;

use channel_object::ring_keeper::RING_KEEPER_NAME;
use worker::{Env, console_error};

use crate::{
    fault::{Fault, internal},
    time_limit::within,
};

/// The binding of the ring keeper's namespace.
const BINDING: &str = "RING_KEEPER";

thread_local! {
    /// What the ring keeper said last, for the life of the isolate: it never says anything else.
    static KEPT: Cell<Option<u32>> = const { Cell::new(None) };
}

/// How many channel servers the data lies on; `configured` where there is none yet.
pub async fn kept(env: &Env, configured: u32) -> Result<u32, Fault> {
    if let Some(kept) = KEPT.get() {
        return Ok(kept);
    }
    let kept = within(RING_KEEPER_NAME, async {
        let keeper = env.durable_object(BINDING)?.get_by_name(RING_KEEPER_NAME)?;
        let url = format!("https://do/ring/{configured}");
        let mut answer = keeper.fetch_with_str(&url).await?;
        let kept = answer.text().await?;
        kept.parse().map_err(|_| internal())
    })
    .await?;
    KEPT.set(Some(kept));
    Ok(kept)
}

/// Refuses to serve on another ring.
pub async fn check(env: &Env, configured: u32) -> Result<(), Fault> {
    let kept = kept(env, configured).await?;
    if kept == configured {
        return Ok(());
    }
    console_error!(
        "CHANNEL_SERVERS is {configured}, but the data lies on {kept} servers: logs would be looked for in the wrong place"
    );
    Err(internal())
}
