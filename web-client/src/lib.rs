//! The web client in the browser: a shell around [`client_core`] that turns what the browser says into inputs, carries out
//! effects, and shows of each view what has changed.
//!
//! | module | what it does |
//! |---|---|
//! | `app` | the loop: input, update, effects, view |
//! | `browser` | page events that are nobody's in particular: network, visibility, back and forward |
//! | `http`, `socket`, `storage`, `clock` | fetch, WebSocket, localStorage; time, random bytes, dates |
//! | `dom`, `list`, `icon` | making elements, applying keyed diffs, drawings |
//! | `page` | what is to be seen |

mod app;
mod browser;
mod clock;
mod dom;
mod http;
mod icon;
mod list;
mod page;
mod socket;
mod storage;

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by `/boot.js` once the module is there.
#[wasm_bindgen(start)]
pub fn start() {
    app::App::start();
}
