//! What the machine itself charges for a message: figures of two machines, or of two hours, compare only by it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::error::{Context, Result};

const CONNECTIONS: u32 = 100;
const ROUNDS: usize = 101;
/// As much as a frame with one message of this benchmark.
const BYTES: usize = 374;

/// The time of one bare write of a small frame to a loopback connection, in microseconds: the median of many rounds.
pub fn write_us() -> Result<f64> {
    let mut pairs = pairs().doing("open loopback connections")?;
    let frame = [b'x'; BYTES];
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        rounds.push(round(&mut pairs, &frame).doing("write to a loopback connection")?);
    }
    rounds.sort_unstable();
    let median = rounds.get(ROUNDS / 2).copied().unwrap_or_default();
    Ok((median / CONNECTIONS).as_secs_f64() * 1e6)
}

fn pairs() -> std::io::Result<Vec<(TcpStream, TcpStream)>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let pair = |_| {
        let near = TcpStream::connect(address)?;
        near.set_nodelay(true)?;
        Ok((near, listener.accept()?.0))
    };
    (0..CONNECTIONS).map(pair).collect()
}

fn round(pairs: &mut [(TcpStream, TcpStream)], frame: &[u8; BYTES]) -> std::io::Result<Duration> {
    let start = Instant::now();
    for (near, _) in pairs.iter_mut() {
        near.write_all(frame)?;
    }
    let took = start.elapsed();
    for (_, far) in pairs {
        far.read_exact(&mut [0; BYTES])?;
    }
    Ok(took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_takes_some_time_and_not_much() {
        let us = write_us().unwrap();
        assert!(us > 0.0 && us < 10_000.0, "{us}");
    }
}
