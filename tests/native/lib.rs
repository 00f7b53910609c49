//! Tests that look at the project as a whole.
//!
//! | folder | what it holds |
//! |---|---|
//! | `native/` | what cargo runs: who may depend on whom |
//! | `simulation/` | the cores in one deterministic process, under faults: every promise; and a world of a million people |
//! | `miniflare/` | the built Worker under Miniflare: every promise of the contract, evictions, kills, load |
//! | `browser/` | the built client in Chromium |
