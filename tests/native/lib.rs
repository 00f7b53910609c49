//! Tests that look at the project as a whole.
//!
//! | folder | what it holds |
//! |---|---|
//! | `native/` | what cargo runs: who may depend on whom |
//! | `miniflare/` | the built Worker under Miniflare: every promise of the contract, evictions, kills, load |
//! | `browser/` | the built client in Chromium |
