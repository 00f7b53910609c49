//! A gateway between scripted channel servers and browsers, under a clock that the test moves.
//!
//! `world` is the harness, `fake` the channel servers, `fake_presence` their presence, `view` a browser that checks what it is given.

mod fake;
mod fake_presence;
mod view;
mod world;

mod absent;
mod browsers;
mod commands;
mod flushes;
mod following;
mod limits;
mod links;
mod load;
mod people;
mod promises;
mod resuming;
mod roles;
mod sessions;
mod sleep;
mod slow;
mod watching;
