//! The whole system in one deterministic process: the cores that are shipped, a simulated platform, faults, and the promises.
//!
//! A run depends on its seed alone. There is one queue of events, ordered by the simulated clock, and one source of chance; a run
//! is single-threaded and asks neither clock nor operating system for anything.
//!
//! | module | what it holds |
//! |---|---|
//! | [`campaign`], [`run`](mod@run), [`plan`] | many seeds, one run; what it is like |
//! | [`world`], [`agenda`], [`random`] | everything that there is, what is to happen, chance |
//! | `setup`, `people`, `deeds`, `rest`, `quiet` | how a run begins, what people do, how it ends and what holds then |
//! | [`channel_host`], [`gateway_host`], [`edge`] | the shells of both tiers and the Worker, as the platform runs them |
//! | [`storage`], `night`, `gate` | what they write, confirmed later or lost; what waits for that |
//! | [`wire`], [`action`], `calls`, `carry` | connections, what objects want done, calls, carrying it all out |
//! | [`browser`], [`line`](mod@line), [`http`] | clients written from the contract alone |
//! | [`shipped`] | the client that is shipped, in a simulated page |
//! | [`promise`] | the five promises, checked by what clients see |
//! | [`fold`] | a channel's messages, folded from its events |
//! | [`delivery`] | what befalls effects on their way, by kind |
//! | [`fault`], `chaos` | what goes wrong, and its carrying out |
//! | [`mistake`], [`tamper`] | mistakes on purpose, to see that they are found |
//! | [`trace`], `note` | what happened, as a hash and as lines |
//! | [`globe`] | another model: no faults, but distances and costs, and a channel of a million people |
//! | [`failure`], [`shrink`](mod@shrink) | why a run ended early, and the smallest that ends alike |

pub mod action;
pub mod agenda;
pub mod browser;
mod calls;
pub mod campaign;
mod carry;
pub mod channel_host;
mod chaos;
mod deeds;
pub mod delivery;
pub mod edge;
pub mod failure;
pub mod fault;
pub mod fold;
mod gate;
pub mod gateway_host;
pub mod globe;
pub mod http;
pub mod line;
pub mod mistake;
mod night;
mod note;
mod people;
pub mod plan;
pub mod promise;
mod quiet;
pub mod random;
mod rest;
pub mod run;
mod setup;
pub mod shipped;
pub mod shrink;
pub mod storage;
pub mod tamper;
pub mod trace;
pub mod wire;
pub mod world;
