//! The regional gateway's rules, without I/O.
