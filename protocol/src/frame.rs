//! A WebSocket text frame: one or more JSON objects, one a line, or the bare heartbeat.

/// What a client sends as its heartbeat.
pub const PING: &str = "ping";
/// What answers it.
pub const PONG: &str = "pong";
/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "heliograph.v1";

/// The lines of a frame, without the empty ones.
pub fn lines(frame: &str) -> impl Iterator<Item = &str> {
    frame
        .split('\n')
        .map(str::trim_ascii)
        .filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_are_ignored() {
        let found: Vec<_> = lines("\n{\"a\":1}\r\n\n {\"b\":2}\n").collect();
        assert_eq!(found, ["{\"a\":1}", "{\"b\":2}"]);
    }
}
