//! Reactions: one per message, user and emoji.

use std::collections::BTreeMap;

use protocol::{
    api::Caller,
    emoji::Emoji,
    error::{Code, Refusal},
    event::Body,
    history::Reaction,
    id::{ChannelId, LogId, UserId},
    limits::{REACTION_EMOJI_MAX, REACTION_USERS_MAX},
    line::ChangeOk,
    link::Hint,
    message::Seq,
    permission::Action,
};

use crate::{
    fault::Fault,
    io::Moment,
    log::Place,
    message::check_storage,
    server::{ChannelServer, Fact},
    sql::{Sql, SqlError},
};

impl<S: Sql> ChannelServer<S> {
    /// Adds the caller's reaction (`is_on`), or takes it back. What is so already stays so, and is told when it came.
    pub(crate) fn react(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        (target, emoji): (Seq, Emoji),
        is_on: bool,
        at: Moment,
    ) -> Result<ChangeOk, Fault> {
        check_storage(at)?;
        let log = LogId::from(id);
        self.standing(caller, &log)?.may(Action::React)?;
        let key = self.message_key(&log, target)?;
        let mine = [
            key.into(),
            emoji.as_str().into(),
            caller.user.as_str().into(),
        ];
        let rows = self.sql.exec(
            "SELECT seq, is_on FROM reactions WHERE key = ? AND emoji = ? AND user = ?",
            &mine,
        )?;
        let before = match rows.first() {
            Some(row) => Some((row.int(0)?, row.int::<u32>(1)? > 0)),
            None => None,
        };
        match before {
            Some((seq, was_on)) if was_on == is_on => {
                return Ok(ChangeOk {
                    seq,
                    duplicate: true,
                });
            }
            // It is as it was when the message came.
            None if !is_on => {
                return Ok(ChangeOk {
                    seq: target,
                    duplicate: true,
                });
            }
            _ => {}
        }
        if is_on {
            self.check_room(key, &emoji)?;
        }
        self.admit_message(&log, at.now_ms)?;
        let body = if is_on {
            Body::ReactionAdded {
                target,
                emoji: emoji.clone(),
            }
        } else {
            Body::ReactionRemoved {
                target,
                emoji: emoji.clone(),
            }
        };
        let fact = Fact {
            user: &caller.user,
            body,
            place: Place::Nowhere,
            hint: Hint::None,
        };
        let seq = self.record(&log, fact, at)?;
        let [key, emoji, user] = mine;
        self.sql.exec(
            "INSERT INTO reactions (key, emoji, user, seq, is_on) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (key, emoji, user) DO UPDATE SET seq = excluded.seq, is_on = excluded.is_on",
            &[key, emoji, user, seq.into(), u32::from(is_on).into()],
        )?;
        Ok(ChangeOk {
            seq,
            duplicate: false,
        })
    }

    /// The key of a message that is not deleted.
    fn message_key(&mut self, log: &LogId, seq: Seq) -> Result<u64, Fault> {
        let log = self.existing(log)?;
        if seq > log.head {
            return Err(Refusal::not_found().into());
        }
        let key = log.key(seq);
        let rows = self.sql.exec(
            "SELECT 1 FROM events WHERE key = ? AND place IN (1, 2)",
            &[key.into()],
        )?;
        if rows.is_empty() {
            return Err(Refusal::not_found().into());
        }
        Ok(key)
    }

    /// Refuses one emoji too many.
    fn check_room(&self, key: u64, emoji: &Emoji) -> Result<(), Fault> {
        let rows = self.sql.exec(
            "SELECT DISTINCT emoji FROM reactions WHERE key = ? AND is_on = 1",
            &[key.into()],
        )?;
        let mut is_there = false;
        for row in &rows {
            is_there |= row.text(0)? == emoji.as_str();
        }
        if !is_there && rows.len() >= REACTION_EMOJI_MAX as usize {
            let full = format!("a message has at most {REACTION_EMOJI_MAX} different emoji");
            return Err(Refusal::new(Code::TooLarge, full).into());
        }
        Ok(())
    }
}

/// The reactions to messages with these keys, as `caller` sees them.
pub fn of_messages(
    sql: &impl Sql,
    keys: &[u64],
    caller: &UserId,
) -> Result<BTreeMap<u64, Vec<Reaction>>, Fault> {
    let mut of = BTreeMap::<u64, Vec<Reaction>>::new();
    let rows = sql.exec(
        "SELECT key, emoji, user, count, is_mine FROM (
            SELECT key, emoji, user, seq, count(*) OVER same AS count, max(user = ?2) OVER same AS is_mine,
                min(seq) OVER same AS first, row_number() OVER (PARTITION BY key, emoji ORDER BY seq) AS place
            FROM reactions WHERE key IN (SELECT value FROM json_each(?1)) AND is_on = 1
            WINDOW same AS (PARTITION BY key, emoji))
         WHERE place <= ?3 ORDER BY key, first, seq",
        &[
            serde_json::to_string(keys)?.as_str().into(),
            caller.as_str().into(),
            REACTION_USERS_MAX.into(),
        ],
    )?;
    for row in &rows {
        let reactions = of.entry(row.int(0)?).or_default();
        let broken = |reason: String| Fault::from(SqlError(reason));
        let emoji = Emoji::parse(row.text(1)?).map_err(|refusal| broken(refusal.message))?;
        let user = UserId::parse(row.text(2)?).map_err(|error| broken(error.to_string()))?;
        match reactions.last_mut() {
            Some(reaction) if reaction.emoji == emoji => reaction.users.push(user),
            _ => reactions.push(Reaction {
                emoji,
                count: row.int(3)?,
                users: vec![user],
                mine: row.int::<u32>(4)? > 0,
            }),
        }
    }
    Ok(of)
}
