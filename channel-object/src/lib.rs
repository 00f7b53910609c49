//! The channel server as a Durable Object.
