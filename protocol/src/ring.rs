//! The consistent-hash ring: which channel server owns a log.
//!
//! Every server stands on the ring at [`VIRTUAL_NODES`] points, `point("{server}#{i}")`. A log belongs to the server of the
//! first point at or after its own, `point(id)`, and the ring is closed. Adding a server moves logs to it alone.

use crate::hash::point;

/// Points of one server on the ring.
pub const VIRTUAL_NODES: u32 = 256;

/// A versioned ring of the servers `cs-0` … `cs-{n-1}`.
#[derive(Clone, Debug)]
pub struct Ring {
    version: u64,
    servers: u32,
    /// Sorted by point; of two servers on one point the lower number stands first and owns it.
    points: Vec<(u64, u32)>,
}

impl Ring {
    /// The ring of `servers` servers, at least one. `version` rises with every change of the ring.
    #[must_use]
    pub fn new(version: u64, servers: u32) -> Self {
        let servers = servers.max(1);
        let mut points: Vec<_> = (0..servers)
            .flat_map(|server| {
                (0..VIRTUAL_NODES).map(move |node| {
                    let key = format!("{}#{node}", server_name(server));
                    (point(key.as_bytes()), server)
                })
            })
            .collect();
        points.sort_unstable();
        Self {
            version,
            servers,
            points,
        }
    }

    /// The version that callers quote.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many servers stand on the ring.
    #[must_use]
    pub fn servers(&self) -> u32 {
        self.servers
    }

    /// The number of the server that owns `key`.
    #[must_use]
    pub fn owner(&self, key: &str) -> u32 {
        let at = point(key.as_bytes());
        let index = self.points.partition_point(|&(point, _)| point < at);
        self.points
            .get(index)
            .or_else(|| self.points.first())
            .map_or(0, |&(_, server)| server)
    }
}

/// The name of server number `server`, which is also the name of its Durable Object.
#[must_use]
pub fn server_name(server: u32) -> String {
    format!("cs-{server}")
}

/// The number in a name that [`server_name`] made.
#[must_use]
pub fn server_number(name: &str) -> Option<u32> {
    name.strip_prefix("cs-")?.parse().ok()
}
