//! The records between a gateway and a channel server.
