//! What a fact in one log means for another.

use protocol::{
    call::{Delivery, Effect},
    id::LogId,
};

use crate::{fault::Fault, io::Moment, server::ChannelServer, sql::Sql};

impl<S: Sql> ChannelServer<S> {
    /// Carries out an effect of the loaded log `origin`: at once where its target lives here, by the outbox where not.
    pub(crate) fn cause(
        &mut self,
        origin: &LogId,
        target: LogId,
        effect: Effect,
        at: Moment,
    ) -> Result<(), Fault> {
        if self.ring.owner(target.as_str()) == self.number {
            return self.apply(&target, effect, at);
        }
        match self.logs.find_mut(origin) {
            Some(log) => self.outbox.push(&self.sql, &self.ring, log, target, effect),
            None => Ok(()),
        }
    }

    /// Takes effects in, each once and in the order of its origin.
    pub(crate) fn take_deliveries(
        &mut self,
        deliveries: Vec<Delivery>,
        at: Moment,
    ) -> Result<(), Fault> {
        for delivery in deliveries {
            let founds = matches!(
                delivery.effect,
                Effect::FoundUser { .. }
                    | Effect::Joined {
                        workspace: Some(_),
                        ..
                    }
            );
            let num = match self.log(&delivery.target)? {
                Some(log) => log.num,
                None if founds => {
                    self.apply(&delivery.target, delivery.effect, at)?;
                    let num = self.existing(&delivery.target)?.num;
                    self.taken(num, &delivery.origin, delivery.n)?;
                    continue;
                }
                // What it is about was never made: there is nothing that it could change.
                None => continue,
            };
            let rows = self.sql.exec(
                "SELECT n FROM inbox WHERE num = ? AND origin = ?",
                &[num.into(), delivery.origin.as_str().into()],
            )?;
            let last: u64 = rows.first().map_or(Ok(0), |row| row.int(0))?;
            if delivery.n > last {
                self.apply(&delivery.target, delivery.effect, at)?;
                self.taken(num, &delivery.origin, delivery.n)?;
            }
        }
        Ok(())
    }

    fn taken(&mut self, num: u32, origin: &LogId, n: u64) -> Result<(), Fault> {
        self.sql.exec(
            "INSERT INTO inbox (num, origin, n) VALUES (?, ?, ?)
             ON CONFLICT (num, origin) DO UPDATE SET n = excluded.n",
            &[num.into(), origin.as_str().into(), n.into()],
        )?;
        Ok(())
    }

    fn apply(&mut self, target: &LogId, effect: Effect, at: Moment) -> Result<(), Fault> {
        match effect {
            Effect::FoundUser {
                workspace,
                session,
                role,
            } => self.found_user(target, &workspace, &session, role, at),
            Effect::Joined {
                channel,
                by,
                seq,
                workspace,
            } => {
                if let Some(workspace) = workspace {
                    self.expect_user(target, &workspace, at)?;
                }
                self.user_joined_channel(target, &channel, &by, seq, at)
            }
            Effect::Left { channel, by } => self.user_left_channel(target, &channel, &by, at),
            Effect::Read { .. } => self.user_read_channel(target, effect, at),
            Effect::RoleGiven { role, by } => self.user_has_role(target, role, &by, at),
            Effect::Mentioned { channel, by, seq } => {
                self.user_mentioned(target, channel, &by, seq, at)
            }
            Effect::PublicChannel {
                channel,
                by,
                name,
                archived,
            } => self.list_channel(target, &channel, &by, &name, archived, at),
            Effect::EndSessions { user, session } => {
                self.end_socket_sessions(target, &user, session.as_ref());
                Ok(())
            }
            Effect::BecameGuest { user } => self.cut_guest(target, &user),
        }
    }
}
