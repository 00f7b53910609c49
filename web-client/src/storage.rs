//! The browser's storage. Where it is closed or full, what would have survived a reload does not.

use client_core::storage::PREFIX;
use web_sys::Storage;

use crate::dom::window;

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// All our rows: key and value.
pub fn rows() -> Vec<(String, String)> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let count = storage.length().unwrap_or(0);
    (0..count)
        .filter_map(|index| {
            let key = storage.key(index).ok().flatten()?;
            let value = storage.get_item(&key).ok().flatten()?;
            key.starts_with(PREFIX).then_some((key, value))
        })
        .collect()
}

/// Puts a row in.
pub fn store(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Takes a row out.
pub fn forget(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}
