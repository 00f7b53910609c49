//! The tables. Many logs share one database; `num` is the log's number in it.

use crate::sql::{Sql, SqlError};

/// The statements that make what is missing; harmless where all is there.
const TABLES: &[&str] = &[
    // What has a log. `state` is JSON, by kind. `effects` counts what went to the outbox.
    "CREATE TABLE IF NOT EXISTS logs (
        num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, workspace TEXT NOT NULL, epoch TEXT NOT NULL,
        effects INTEGER NOT NULL, state TEXT NOT NULL)",
    // One row an event; key = num << 32 | seq. `place`: 0 no message, 1 in the channel, 2 in a thread only; 3 and 4 the same of
    // deleted ones.
    // `thread`: the key of the root where it is a reply.
    "CREATE TABLE IF NOT EXISTS events (
        key INTEGER PRIMARY KEY, at INTEGER NOT NULL, user TEXT NOT NULL, place INTEGER NOT NULL,
        thread INTEGER, line TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS events_thread ON events (thread) WHERE thread IS NOT NULL",
    // What messages say now that were edited or deleted since, and which events did it.
    "CREATE TABLE IF NOT EXISTS amendments (
        key INTEGER PRIMARY KEY, text TEXT, mentions TEXT NOT NULL, everyone INTEGER NOT NULL, edited_at INTEGER,
        edited_seq INTEGER, deleted_seq INTEGER)",
    // The events that edited a message.
    "CREATE TABLE IF NOT EXISTS edits (
        target INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (target, key)) WITHOUT ROWID",
    // `seq`: the event that made it so. A reaction that was taken back keeps its row.
    "CREATE TABLE IF NOT EXISTS reactions (
        key INTEGER NOT NULL, emoji TEXT NOT NULL, user TEXT NOT NULL, seq INTEGER NOT NULL, is_on INTEGER NOT NULL,
        PRIMARY KEY (key, emoji, user)) WITHOUT ROWID",
    // Threads by the keys of their roots, without deleted replies. `users`: who replied last, as JSON.
    "CREATE TABLE IF NOT EXISTS threads (
        root INTEGER PRIMARY KEY, replies INTEGER NOT NULL, last_at INTEGER NOT NULL, users TEXT NOT NULL)",
    // Whom messages of a channel name.
    "CREATE TABLE IF NOT EXISTS mentions (
        num INTEGER NOT NULL, user TEXT NOT NULL, seq INTEGER NOT NULL, author TEXT NOT NULL,
        PRIMARY KEY (num, user, seq)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS mentions_seq ON mentions (num, seq)",
    // Which messages are stored already; `body` is a hash of what was sent.
    "CREATE TABLE IF NOT EXISTS sends (
        num INTEGER NOT NULL, user TEXT NOT NULL, client_message_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (num, user, client_message_id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS members (
        num INTEGER NOT NULL, user TEXT NOT NULL, role INTEGER NOT NULL, PRIMARY KEY (num, user)) WITHOUT ROWID",
    // How many are in a channel, once counted.
    "CREATE TABLE IF NOT EXISTS member_counts (num INTEGER PRIMARY KEY, members INTEGER NOT NULL)",
    // Of a workspace. `folded` is the display name in lower case.
    "CREATE TABLE IF NOT EXISTS people (
        num INTEGER NOT NULL, user TEXT NOT NULL, display_name TEXT NOT NULL, folded TEXT NOT NULL, title TEXT,
        role INTEGER NOT NULL, PRIMARY KEY (num, user)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS people_folded ON people (num, folded, user)",
    "CREATE TABLE IF NOT EXISTS invites (
        num INTEGER NOT NULL, secret TEXT NOT NULL, uses_left INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
        role INTEGER NOT NULL, PRIMARY KEY (num, secret)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS directory (
        num INTEGER NOT NULL, channel TEXT NOT NULL, name TEXT NOT NULL, archived INTEGER NOT NULL,
        PRIMARY KEY (num, channel)) WITHOUT ROWID",
    // Of a user.
    "CREATE TABLE IF NOT EXISTS memberships (
        num INTEGER NOT NULL, channel TEXT NOT NULL, last_read_seq INTEGER NOT NULL, PRIMARY KEY (num, channel)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS sessions (
        num INTEGER NOT NULL, session TEXT NOT NULL, PRIMARY KEY (num, session)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS session_sockets (
        num INTEGER NOT NULL, session TEXT NOT NULL, channel TEXT NOT NULL,
        PRIMARY KEY (num, session, channel)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS sign_in_links (
        num INTEGER NOT NULL, secret TEXT NOT NULL, expires_ms INTEGER NOT NULL, PRIMARY KEY (num, secret)) WITHOUT ROWID",
    // What one log means for another: on its way out, and how far it was taken in.
    "CREATE TABLE IF NOT EXISTS outbox (
        num INTEGER NOT NULL, n INTEGER NOT NULL, target TEXT NOT NULL, effect TEXT NOT NULL,
        PRIMARY KEY (num, n)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS inbox (
        num INTEGER NOT NULL, origin TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (num, origin)) WITHOUT ROWID",
    // Who is to get a log's events.
    "CREATE TABLE IF NOT EXISTS gateways (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE TABLE IF NOT EXISTS subscriptions (
        num INTEGER NOT NULL, gateway INTEGER NOT NULL, PRIMARY KEY (num, gateway)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS subscriptions_gateway ON subscriptions (gateway)",
    // Gateways without a link that are to be told something.
    "CREATE TABLE IF NOT EXISTS wakes (gateway INTEGER PRIMARY KEY)",
    // Who is there, by gateway; until when, where that is in doubt.
    "CREATE TABLE IF NOT EXISTS presence (
        num INTEGER NOT NULL, gateway INTEGER NOT NULL, away INTEGER NOT NULL, until_ms INTEGER,
        PRIMARY KEY (num, gateway)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS presence_gateway ON presence (gateway)",
    "CREATE INDEX IF NOT EXISTS presence_until ON presence (until_ms) WHERE until_ms IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS last_seen (num INTEGER PRIMARY KEY, at INTEGER NOT NULL)",
    // Gateways that have people here, or that are to be told of others. `heard_ms` is NULL while there is a link.
    "CREATE TABLE IF NOT EXISTS peers (
        gateway INTEGER PRIMARY KEY, heard_ms INTEGER, digest INTEGER NOT NULL, has_lapsed INTEGER NOT NULL,
        is_owed INTEGER NOT NULL)",
    // Which gateways are told what becomes of whom.
    "CREATE TABLE IF NOT EXISTS watchers (
        num INTEGER NOT NULL, gateway INTEGER NOT NULL, PRIMARY KEY (num, gateway)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS watchers_gateway ON watchers (gateway)",
];

/// Makes what is missing.
pub fn create(sql: &impl Sql) -> Result<(), SqlError> {
    for statement in TABLES {
        sql.exec(statement, &[])?;
    }
    Ok(())
}
