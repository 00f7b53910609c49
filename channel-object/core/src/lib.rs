//! The channel server's rules, without I/O.
