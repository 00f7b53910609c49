//! What a subscriber missed, all or nothing.

use protocol::{
    command::ResumePoint,
    limits::{RECOVERY_MIN_AGE_MS, RECOVERY_MIN_EVENTS},
    message::Seq,
};

use crate::{fault::Fault, io::Moment, log::Log, sql::Sql};

/// Events that are read from the table at once.
const READ_ROWS: u32 = 1_000;

/// Whether everything after `point` can be given.
///
/// It can while the epoch is the same and either no more than [`RECOVERY_MIN_EVENTS`] were missed, or the first of them is
/// younger than [`RECOVERY_MIN_AGE_MS`].
pub fn can_recover(
    sql: &impl Sql,
    log: &Log,
    epoch: &str,
    seq: Seq,
    at: Moment,
) -> Result<bool, Fault> {
    if epoch != log.epoch || seq > log.head {
        return Ok(false);
    }
    if log.head - seq <= RECOVERY_MIN_EVENTS {
        return Ok(true);
    }
    let rows = sql.exec(
        "SELECT at FROM events WHERE key = ?",
        &[log.key(seq + 1).into()],
    )?;
    let first: u64 = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(first + RECOVERY_MIN_AGE_MS >= at.now_ms)
}

/// Gives every event after `seq` to `take`, in order: its seq, what it is about where it is of interest to gateways, its line.
pub fn each_after(
    sql: &impl Sql,
    log: &Log,
    seq: Seq,
    mut take: impl FnMut(Seq, &str),
) -> Result<(), Fault> {
    let mut last = log.key(seq);
    loop {
        let rows = sql.exec(
            "SELECT key, line FROM events WHERE key > ? AND key <= ? ORDER BY key LIMIT ?",
            &[last.into(), log.key(log.head).into(), READ_ROWS.into()],
        )?;
        for row in &rows {
            last = row.int(0)?;
            take(Log::seq(last), row.text(1)?);
        }
        if rows.len() < READ_ROWS as usize {
            return Ok(());
        }
    }
}

/// The lines after `point` where all of them can be given, each but the last ended by `\n`, in pieces of about `piece_bytes`.
pub fn missed(
    sql: &impl Sql,
    log: &Log,
    point: Option<&ResumePoint>,
    piece_bytes: usize,
    at: Moment,
) -> Result<Option<Vec<String>>, Fault> {
    let Some(point) = point else {
        return Ok(None);
    };
    if !can_recover(sql, log, &point.epoch, point.seq, at)? {
        return Ok(None);
    }
    let mut pieces: Vec<String> = Vec::new();
    each_after(sql, log, point.seq, |_, line| match pieces.last_mut() {
        Some(piece) if piece.len() < piece_bytes => {
            piece.push('\n');
            piece.push_str(line);
        }
        _ => pieces.push(line.to_owned()),
    })?;
    Ok(Some(pieces))
}
