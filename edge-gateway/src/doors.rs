//! Doors: gateways that were found full a moment ago are not asked for every socket that wants in.

use std::{cell::RefCell, collections::HashMap};

use gateway_core::door::{Crowd, Door};
use protocol::error::Refusal;

/// How long a gateway that was full is remembered, in milliseconds.
const REMEMBERED_MS: u64 = 5_000;
/// So many are remembered at the most.
const REMEMBERED_MAX: usize = 64;

thread_local! {
    /// Of this isolate: each with the time up to which it is remembered.
    static DOORS: RefCell<HashMap<String, (Door, u64)>> = RefCell::default();
}

/// Asks at the door of a gateway, where it was full a moment ago.
pub fn knock(gateway: &str, now_ms: u64) -> Result<(), Refusal> {
    DOORS.with_borrow_mut(|doors| match doors.get_mut(gateway) {
        Some((door, until_ms)) if now_ms < *until_ms => {
            door.knock(Crowd::Rush, now_ms).map_err(Refusal::overloaded)
        }
        Some(_) => {
            doors.remove(gateway);
            Ok(())
        }
        None => Ok(()),
    })
}

/// A gateway has refused a socket for so long.
pub fn was_full(gateway: &str, retry_after_ms: u64, now_ms: u64) {
    DOORS.with_borrow_mut(|doors| {
        if doors.len() < REMEMBERED_MAX || doors.contains_key(gateway) {
            let until_ms = now_ms + REMEMBERED_MS;
            let full = || (Door::full(retry_after_ms, now_ms), until_ms);
            doors.entry(gateway.to_owned()).or_insert_with(full).1 = until_ms;
        }
    });
}
