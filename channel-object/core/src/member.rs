//! Who is in a channel, and what they may do.

use protocol::{
    api::{Caller, ChannelKind, Role},
    error::{Code, Refusal},
    id::{ChannelId, LogId, UserId},
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
    }
}

/// The role of a number that [`role_column`] gave.
pub fn role_of(column: u32) -> Role {
    match column {
        0 => Role::Member,
        _ => Role::Owner,
    }
}

/// What a caller is to a channel that they may know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The channel.
    pub channel: ChannelState,
    /// The caller's role in it; `None` where they are no member.
    pub role: Option<Role>,
}

impl Standing {
    /// Refuses whoever is no member.
    pub fn member(&self) -> Result<Role, Refusal> {
        self.role.ok_or_else(Refusal::not_a_member)
    }

    /// Refuses whoever does not own the channel.
    pub fn owner(&self) -> Result<(), Refusal> {
        match self.member()? {
            Role::Owner => Ok(()),
            Role::Member => Err(Refusal::new(
                Code::Forbidden,
                "only owners of the channel may do this",
            )),
        }
    }

    /// Refuses everybody while the channel is archived.
    pub fn open(&self) -> Result<(), Refusal> {
        if self.channel.archived {
            return Err(Refusal::new(Code::Archived, "the channel is archived"));
        }
        Ok(())
    }

    /// Refuses what directs do not have.
    pub fn no_direct(&self) -> Result<(), Refusal> {
        if self.channel.kind == ChannelKind::Direct {
            return Err(Refusal::new(
                Code::Forbidden,
                "the people of a direct are always the same",
            ));
        }
        Ok(())
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
        let role = self.role(id, &caller.user)?;
        if role.is_none() && channel.kind != ChannelKind::Public {
            return Err(Refusal::not_found().into());
        }
        Ok(Standing { channel, role })
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
