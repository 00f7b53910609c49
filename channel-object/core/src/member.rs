//! Who is in a channel, and what they may do.

use protocol::{
    api::{Caller, Member, Role},
    error::{Code, Refusal},
    id::{ChannelId, LogId, UserId},
    permission::{self, Action},
};

use crate::{
    fault::Fault,
    log::ChannelState,
    server::ChannelServer,
    sql::{Sql, SqlError},
};

/// The number of a role in its column.
pub fn role_column(role: Role) -> u32 {
    match role {
        Role::Member => 0,
        Role::Owner => 1,
        Role::Admin => 2,
        Role::Guest => 3,
    }
}

/// The role of a number that [`role_column`] gave.
pub fn role_of(column: u32) -> Role {
    match column {
        1 => Role::Owner,
        2 => Role::Admin,
        3 => Role::Guest,
        _ => Role::Member,
    }
}

/// What a caller is to a channel that they may know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The channel.
    pub channel: ChannelState,
    /// The caller's role in it; `None` where they are no member.
    pub membership: Option<Role>,
    /// The caller's role in the workspace.
    role: Role,
}

impl Standing {
    /// Refuses what the caller may not do here.
    pub fn may(&self, action: Action) -> Result<(), Refusal> {
        let standing = permission::Standing {
            role: self.role,
            kind: self.channel.kind,
            is_archived: self.channel.archived,
            membership: self.membership,
        };
        permission::may(action, standing).map_err(|code| match code {
            Code::NotFound => Refusal::not_found(),
            Code::NotAMember => Refusal::not_a_member(),
            Code::Archived => Refusal::new(code, "the channel is archived"),
            _ => Refusal::new(code, "this is not for the caller to do here"),
        })
    }
}

impl<S: Sql> ChannelServer<S> {
    /// What the caller is to a channel; not found where they may not know of it.
    pub(crate) fn standing(&mut self, caller: &Caller, id: &LogId) -> Result<Standing, Fault> {
        let log = self.existing(id)?;
        let same_workspace = log.workspace == caller.workspace;
        let Some(channel) = log.channel().filter(|_| same_workspace).cloned() else {
            return Err(Refusal::not_found().into());
        };
        let standing = Standing {
            channel,
            membership: self.role(id, &caller.user)?,
            role: caller.role,
        };
        standing.may(Action::Read)?;
        Ok(standing)
    }

    /// The role of a user in a channel whose log exists.
    pub(crate) fn role(&mut self, id: &LogId, user: &UserId) -> Result<Option<Role>, Fault> {
        let num = self.existing(id)?.num;
        let key = (num, user.clone());
        if let Some(role) = self.roles.find_mut(&key) {
            return Ok(*role);
        }
        let rows = self.sql.exec(
            "SELECT role FROM members WHERE num = ? AND user = ?",
            &[num.into(), user.as_str().into()],
        )?;
        let role = rows
            .first()
            .map(|row| row.int(0).map(role_of))
            .transpose()?;
        self.roles.insert(key, role);
        Ok(role)
    }

    /// Takes a user into the table; says nothing to anyone.
    pub(crate) fn insert_member(
        &mut self,
        id: &LogId,
        user: &UserId,
        role: Role,
    ) -> Result<(), Fault> {
        let num = self.existing(id)?.num;
        self.sql.exec(
            "INSERT INTO members (num, user, role) VALUES (?, ?, ?)",
            &[num.into(), user.as_str().into(), role_column(role).into()],
        )?;
        self.roles.insert((num, user.clone()), Some(role));
        self.sql.exec(
            "UPDATE member_counts SET members = members + 1 WHERE num = ?",
            &[num.into()],
        )?;
        let log = self.existing(id)?;
        log.member_count = log.member_count.map(|count| count + 1);
        Ok(())
    }

    /// Takes a user out of the table; says nothing to anyone.
    pub(crate) fn delete_member(&mut self, id: &LogId, user: &UserId) -> Result<(), Fault> {
        let num = self.existing(id)?.num;
        self.sql.exec(
            "DELETE FROM members WHERE num = ? AND user = ?",
            &[num.into(), user.as_str().into()],
        )?;
        self.roles.insert((num, user.clone()), None);
        self.sql.exec(
            "UPDATE member_counts SET members = members - 1 WHERE num = ?",
            &[num.into()],
        )?;
        let log = self.existing(id)?;
        log.member_count = log.member_count.map(|count| count.saturating_sub(1));
        Ok(())
    }

    /// How many are in a channel; counted once, as there can be many.
    pub(crate) fn member_count(&mut self, id: &LogId) -> Result<u32, Fault> {
        let log = self.existing(id)?;
        if let Some(count) = log.member_count {
            return Ok(count);
        }
        let num = log.num;
        let known = self.sql.exec(
            "SELECT members FROM member_counts WHERE num = ?",
            &[num.into()],
        )?;
        let count = match known.first() {
            Some(row) => row.int(0)?,
            None => self.count_members(num)?,
        };
        self.existing(id)?.member_count = Some(count);
        Ok(count)
    }

    fn count_members(&self, num: u32) -> Result<u32, Fault> {
        let rows = self
            .sql
            .exec("SELECT count(*) FROM members WHERE num = ?", &[num.into()])?;
        let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
        self.sql.exec(
            "INSERT INTO member_counts (num, members) VALUES (?, ?)",
            &[num.into(), count.into()],
        )?;
        Ok(count)
    }

    /// Members in the order of their ids, and whether there are more.
    pub(crate) fn members_page(
        &mut self,
        id: &LogId,
        after: Option<&UserId>,
        limit: u32,
    ) -> Result<(Vec<Member>, bool), Fault> {
        let num = self.existing(id)?.num;
        let rows = self.sql.exec(
            "SELECT user, role FROM members WHERE num = ? AND user > ? ORDER BY user LIMIT ?",
            &[
                num.into(),
                after.map_or("", UserId::as_str).into(),
                (limit + 1).into(),
            ],
        )?;
        let mut members = Vec::with_capacity(rows.len());
        for row in rows.iter().take(limit as usize) {
            members.push(Member {
                user: UserId::parse(row.text(0)?).map_err(|error| SqlError(error.to_string()))?,
                role: role_of(row.int(1)?),
            });
        }
        Ok((members, rows.len() > limit as usize))
    }

    /// Who is in a direct; not asked of channels, which can be large.
    pub(crate) fn people_of_direct(&mut self, id: &ChannelId) -> Result<Vec<UserId>, Fault> {
        let num = self.existing(&id.into())?.num;
        let rows = self.sql.exec(
            "SELECT user FROM members WHERE num = ? ORDER BY user",
            &[num.into()],
        )?;
        rows.iter()
            .map(|row| {
                UserId::parse(row.text(0)?).map_err(|error| SqlError(error.to_string()).into())
            })
            .collect()
    }
}
