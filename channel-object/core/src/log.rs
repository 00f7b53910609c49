//! A log: its place in the storage, its head, appending to it.

use std::rc::Rc;

use protocol::{
    api::{ChannelKind, Role},
    command::ResumePoint,
    event::{Body, Event},
    id::{LogId, UserId, WorkspaceId},
    message::Seq,
    rate::Shared,
};
use serde::{Deserialize, Serialize};

use crate::{
    fault::Fault,
    io::Moment,
    ledger::{EventRow, Ledger},
    link::GatewayId,
    sql::{Sql, SqlError},
};

/// What a log belongs to, as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A workspace.
    Workspace {
        /// Its name.
        name: String,
    },
    /// A user.
    User {
        /// What they are in their workspace.
        role: Role,
    },
    /// A channel or direct.
    Channel(ChannelState),
}

/// A channel as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelState {
    /// Its kind.
    pub kind: ChannelKind,
    /// Its name; directs have none.
    pub name: Option<String>,
    /// What it is about.
    pub topic: Option<String>,
    /// Whether it is archived.
    pub archived: bool,
}

/// A log that is loaded.
#[derive(Clone, Debug)]
pub struct Log {
    /// Its number in this database.
    pub num: u32,
    /// Its id.
    pub id: LogId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// What its seqs count in; another one would mean that the log began anew.
    pub epoch: String,
    /// The seq of its newest event, 0 where there is none.
    pub head: Seq,
    /// How many effects it has had on other logs.
    pub effects: u64,
    /// What it belongs to.
    pub state: State,
    /// The gateways that get its events, in order.
    pub gateways: Vec<GatewayId>,
    /// How many members it has, once counted.
    pub member_count: Option<u32>,
    /// What it may still take now.
    pub allowance: Shared,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is no message.
    Nowhere,
    /// In the channel.
    Channel,
    /// In the thread of this root.
    Thread(Seq),
    /// In the thread of this root and in the channel.
    Both(Seq),
}

impl Place {
    /// The number in the column `place`.
    fn column(self) -> u32 {
        match self {
            Self::Nowhere => 0,
            Self::Channel | Self::Both(_) => 1,
            Self::Thread(_) => 2,
        }
    }

    fn root(self) -> Option<Seq> {
        match self {
            Self::Nowhere | Self::Channel => None,
            Self::Thread(root) | Self::Both(root) => Some(root),
        }
    }
}

impl Log {
    /// The key of an event in the table: sorts by log, then by seq.
    pub fn key(&self, seq: Seq) -> u64 {
        (u64::from(self.num) << 32) | seq
    }

    /// The seq in a key.
    pub fn seq(key: u64) -> Seq {
        key & 0xffff_ffff
    }

    /// Loads a log with its subscriptions.
    pub fn load(sql: &impl Sql, id: &LogId) -> Result<Option<Self>, Fault> {
        let rows = sql.exec(
            "SELECT num, workspace, epoch, effects, state FROM logs WHERE id = ?",
            &[id.as_str().into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let num: u32 = row.int(0)?;
        let mut log = Self {
            num,
            id: id.clone(),
            workspace: WorkspaceId::parse(row.text(1)?)
                .map_err(|error| SqlError(error.to_string()))?,
            epoch: row.text(2)?.to_owned(),
            head: 0,
            effects: row.int(3)?,
            state: serde_json::from_str(row.text(4)?)?,
            gateways: Vec::new(),
            member_count: None,
            allowance: Shared::default(),
        };
        let newest = sql.exec(
            "SELECT key FROM events WHERE key > ? AND key < ? ORDER BY key DESC LIMIT 1",
            &[log.key(0).into(), log.key(u32::MAX.into()).into()],
        )?;
        if let Some(row) = newest.first() {
            log.head = Self::seq(row.int(0)?);
        }
        for row in sql.exec(
            "SELECT gateway FROM subscriptions WHERE num = ? ORDER BY gateway",
            &[num.into()],
        )? {
            log.gateways.push(GatewayId(row.int(0)?));
        }
        Ok(Some(log))
    }

    /// Makes a log that does not exist yet.
    pub fn create(
        sql: &impl Sql,
        id: &LogId,
        workspace: &WorkspaceId,
        state: &State,
        at: Moment,
    ) -> Result<Self, Fault> {
        let epoch = format!("{:x}", at.random & 0xffff_ffff_ffff);
        sql.exec(
            "INSERT INTO logs (id, workspace, epoch, effects, state) VALUES (?, ?, ?, 0, ?)",
            &[
                id.as_str().into(),
                workspace.as_str().into(),
                epoch.as_str().into(),
                serde_json::to_string(state)?.as_str().into(),
            ],
        )?;
        Self::load(sql, id)?
            .ok_or_else(|| SqlError(format!("{id} is not there after its INSERT")).into())
    }

    /// Stores the state after a change.
    pub fn save_state(&self, sql: &impl Sql) -> Result<(), Fault> {
        sql.exec(
            "UPDATE logs SET state = ? WHERE num = ?",
            &[
                serde_json::to_string(&self.state)?.as_str().into(),
                self.num.into(),
            ],
        )?;
        Ok(())
    }

    /// Stores the next event and gives its seq and its line.
    pub fn append<S: Sql>(
        &mut self,
        ledger: &Ledger<S>,
        user: &UserId,
        body: Body,
        place: Place,
        at: Moment,
    ) -> (Seq, Rc<str>) {
        let seq = self.head + 1;
        let event = Event {
            channel: self.id.clone(),
            seq: Some(seq),
            at: Some(at.now_ms),
            user: user.clone(),
            body,
        };
        let line: Rc<str> = event.to_line().into();
        ledger.event(EventRow {
            key: self.key(seq),
            at: at.now_ms,
            user: user.clone(),
            place: place.column(),
            thread: place.root().map(|root| self.key(root)),
            line: Rc::clone(&line),
        });
        self.head = seq;
        (seq, line)
    }

    /// Where it is now.
    pub fn point(&self) -> ResumePoint {
        ResumePoint {
            epoch: self.epoch.clone(),
            seq: self.head,
        }
    }

    /// The channel that the log belongs to.
    pub fn channel(&self) -> Option<&ChannelState> {
        match &self.state {
            State::Channel(channel) => Some(channel),
            _ => None,
        }
    }
}
