//! The ring keeper: remembers which ring the data lies on.
//!
//! Logs stay where the ring put them. A deployment that came up with another number of channel servers would look for them
//! elsewhere and find nothing; so the first number that was used is kept here, and nobody serves on another.

use worker::{
    DurableObject, Env, Request, Response, Result, SqlStorage, SqlStorageValue, State,
    durable_object,
};

/// The name of the one ring keeper.
pub const RING_KEEPER_NAME: &str = "ring";

/// Remembers the ring.
#[durable_object(fetch)]
pub struct RingKeeper {
    sql: SqlStorage,
}

impl DurableObject for RingKeeper {
    fn new(state: State, _env: Env) -> Self {
        Self {
            sql: state.storage().sql(),
        }
    }

    /// Answers `/ring/{servers}` with the number of servers that the data lies on, which is `servers` if none was told before.
    async fn fetch(&self, request: Request) -> Result<Response> {
        let path = request.path();
        let Some(servers) = path
            .strip_prefix("/ring/")
            .and_then(|servers| servers.parse::<i32>().ok())
            .filter(|servers| *servers > 0)
        else {
            return Response::error("not found", 404);
        };
        self.sql.exec(
            "CREATE TABLE IF NOT EXISTS ring (id INTEGER PRIMARY KEY CHECK (id = 1), servers INTEGER NOT NULL)",
            None,
        )?;
        self.sql.exec(
            "INSERT OR IGNORE INTO ring (id, servers) VALUES (1, ?)",
            vec![servers.into()],
        )?;
        let cursor = self.sql.exec("SELECT servers FROM ring", None)?;
        let kept = cursor
            .raw()
            .next()
            .transpose()?
            .and_then(|row| match row.first() {
                Some(SqlStorageValue::Integer(servers)) => Some(*servers),
                _ => None,
            })
            .unwrap_or_else(|| servers.into());
        Response::ok(kept.to_string())
    }
}
