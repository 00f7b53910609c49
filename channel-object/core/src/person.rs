//! A person of a workspace, and where people are kept.

use protocol::{
    api::{Role, User},
    id::UserId,
};

use crate::{
    fault::Fault,
    member::{role_column, role_of},
    sql::{Row, Sql, SqlError},
};

/// A person of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// What others call them.
    pub display_name: String,
    /// What they do.
    pub title: Option<String>,
    /// What they may do.
    pub role: Role,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        Self {
            id: person.id,
            display_name: person.display_name,
            title: person.title,
            role: person.role,
        }
    }
}

fn read(row: &Row) -> Result<Person, Fault> {
    Ok(Person {
        id: UserId::parse(row.text(0)?).map_err(|error| SqlError(error.to_string()))?,
        display_name: row.text(1)?.to_owned(),
        title: row.opt_text(2)?.map(str::to_owned),
        role: role_of(row.int(3)?),
    })
}

/// The person `user` of workspace number `num`.
pub fn find(sql: &impl Sql, num: u32, user: &UserId) -> Result<Option<Person>, Fault> {
    let rows = sql.exec(
        "SELECT user, display_name, title, role FROM people WHERE num = ? AND user = ?",
        &[num.into(), user.as_str().into()],
    )?;
    rows.first().map(read).transpose()
}

/// Stores a new person or new facts about one.
pub fn save(sql: &impl Sql, num: u32, person: &Person) -> Result<(), Fault> {
    sql.exec(
        "INSERT INTO people (num, user, display_name, folded, title, role) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (num, user) DO UPDATE SET display_name = excluded.display_name, folded = excluded.folded,
         title = excluded.title, role = excluded.role",
        &[
            num.into(),
            person.id.as_str().into(),
            person.display_name.as_str().into(),
            person.display_name.to_lowercase().as_str().into(),
            person.title.as_deref().into(),
            role_column(person.role).into(),
        ],
    )?;
    Ok(())
}

/// How many own workspace number `num`.
pub fn owners(sql: &impl Sql, num: u32) -> Result<u32, Fault> {
    let rows = sql.exec(
        "SELECT count(*) FROM people WHERE num = ? AND role = ?",
        &[num.into(), role_column(Role::Owner).into()],
    )?;
    Ok(rows.first().map_or(Ok(0), |row| row.int(0))?)
}

/// People in the order of their ids, with a prefix in that of their names, and whether there are more.
pub fn page(
    sql: &impl Sql,
    num: u32,
    after: Option<&UserId>,
    limit: u32,
    prefix: Option<&str>,
) -> Result<(Vec<Person>, bool), Fault> {
    let prefix = prefix.unwrap_or_default().to_lowercase();
    let after = after.map_or("", UserId::as_str);
    let rows = if prefix.is_empty() {
        sql.exec(
            "SELECT user, display_name, title, role FROM people WHERE num = ? AND user > ? ORDER BY user LIMIT ?",
            &[num.into(), after.into(), (limit + 1).into()],
        )?
    } else {
        // What begins with the prefix stands in the index from the prefix on, up to before whatever follows all of it.
        let end = format!("{prefix}\u{10ffff}");
        let before = sql.exec(
            "SELECT folded FROM people WHERE num = ? AND user = ?",
            &[num.into(), after.into()],
        )?;
        let before = before.first().map(|row| row.text(0)).transpose()?;
        // One lower bound, not two: the page begins where the last one ended, without a step over what stood on it.
        let (from, after) = match before {
            Some(folded) if folded >= prefix.as_str() => (folded, after),
            _ => (prefix.as_str(), ""),
        };
        sql.exec(
            "SELECT user, display_name, title, role FROM people WHERE num = ? AND (folded, user) > (?, ?) AND folded < ?
             ORDER BY folded, user LIMIT ?",
            &[
                num.into(),
                from.into(),
                after.into(),
                end.as_str().into(),
                (limit + 1).into(),
            ],
        )?
    };
    let has_more = rows.len() > limit as usize;
    let people = rows
        .iter()
        .take(limit as usize)
        .map(read)
        .collect::<Result<_, _>>()?;
    Ok((people, has_more))
}
