//! What the Worker asks of a channel server, and channel servers of each other.
