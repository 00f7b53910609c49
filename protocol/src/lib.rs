//! The wire: ids, frames, commands, events, errors, limits and the ring.
