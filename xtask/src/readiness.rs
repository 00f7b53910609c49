//! Asks a server whether it is ready.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const TIME_LIMIT: Duration = Duration::from_secs(5);
/// Long enough for any status line.
const STATUS_LINE_BYTES: u64 = 64;

/// Whether `/readyz` answers with 200 on this port of 127.0.0.1.
pub fn is_ready(port: u16) -> bool {
    status_line(port).is_ok_and(|line| says_ok(&line))
}

fn status_line(port: u16) -> io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, TIME_LIMIT)?;
    stream.set_read_timeout(Some(TIME_LIMIT))?;
    stream.set_write_timeout(Some(TIME_LIMIT))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut start = Vec::new();
    stream.take(STATUS_LINE_BYTES).read_to_end(&mut start)?;
    Ok(String::from_utf8_lossy(&start).into_owned())
}

fn says_ok(line: &str) -> bool {
    let mut words = line.split(' ');
    words
        .next()
        .is_some_and(|version| version.starts_with("HTTP/1."))
        && words.next() == Some("200")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_200_is_ready() {
        assert!(says_ok("HTTP/1.1 200 OK\r\ncontent-type: text/plain"));
        assert!(!says_ok("HTTP/1.1 503 Service Unavailable\r\n"));
        assert!(!says_ok("HTTP/1.1 2000 OK\r\n"));
        assert!(!says_ok("220 mail.example 200\r\n"));
        assert!(!says_ok(""));
    }

    #[test]
    fn nobody_there_is_not_ready() {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        assert!(!is_ready(port));
    }
}
