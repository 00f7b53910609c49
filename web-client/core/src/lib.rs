//! The web client's state, updates and views, without a browser.
//!
//! [`update::update`] takes an [`input::Input`] and the moment it comes at, changes the [`state::State`] and says what is to be
//! done as [`effect::Effect`]s. [`view::view`] says what is to be seen, and [`diff::diff`] what of a list has changed. There is
//! no I/O, no clock and no randomness in here.
//!
//! | module | what it holds |
//! |---|---|
//! | [`input`], [`effect`], [`call`] | what goes in, what comes out, the HTTP calls |
//! | [`state`] | everything that is known |
//! | [`route`], [`storage`] | the page's address, rows of the browser's storage |
//! | [`command`], [`json`] | what is said on the socket, reading and writing JSON |
//! | [`connection`], [`logs`] | the socket's life, how far each log has been taken in |
//! | [`channel`], [`reading`], [`people`] | a channel, how far it is read, the people |
//! | [`messages`], [`timeline`], [`seqs`], [`thread`], [`spot`] | messages at hand, which of them are shown, the open thread, where it all is |
//! | [`draft`], [`completion`], [`fuzzy`] | what stands in the composer, and what may be meant by it |
//! | [`outbox`], [`acts`] | messages that are not known to be stored, what is done to messages and not known to be done |
//! | [`typing`], [`presence`] | who is writing, who is there |
//! | [`keys`], [`message_keys`] | what keys do |
//! | [`dialog`], [`emoji`] | the open dialog, emoji by name |
//! | [`update`] | what every input changes |
//! | [`view`], [`day`], [`order`] | what is to be seen |
//! | [`diff`] | what of a list has changed |
//! | [`strings`] | everything that a person reads |

pub mod acts;
pub mod call;
pub mod channel;
pub mod command;
pub mod completion;
pub mod connection;
pub mod day;
pub mod details;
pub mod dialog;
pub mod diff;
pub mod draft;
pub mod effect;
pub mod emoji;
pub mod fuzzy;
pub mod input;
pub mod json;
pub mod keys;
pub mod logs;
pub mod message_keys;
pub mod messages;
pub mod order;
pub mod outbox;
pub mod people;
pub mod presence;
pub mod reading;
pub mod route;
pub mod seqs;
pub mod spot;
pub mod state;
pub mod storage;
pub mod strings;
pub mod thread;
pub mod timeline;
pub mod typing;
pub mod update;
pub mod view;
