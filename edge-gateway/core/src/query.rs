//! Query strings of HTTP requests.

use std::{borrow::Cow, str::FromStr};

use protocol::{
    command::ResumePoint,
    error::Refusal,
    history::{self, RawQuery},
    id::{ChannelId, UserId},
    limits::{
        DISPLAY_NAME_MAX_CHARS, ID_MAX_CHARS, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, SAFE_INTEGER_MAX,
        USER_IDS_MAX,
    },
};

/// The fields of a query string, decoded. Ones that a call does not know are ignored.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// A page of something in the order of its ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging<Id> {
    /// The last one of the page before.
    pub after: Option<Id>,
    /// How many at most.
    pub limit: u32,
}

/// Which users `GET /users` is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Users {
    /// These, each once.
    Ids(Vec<UserId>),
    /// A page of all whose name begins so.
    Page {
        /// Which.
        paging: Paging<UserId>,
        /// What their display names begin with.
        prefix: Option<String>,
    },
}

impl<'a> Fields<'a> {
    /// The fields of the query of `url`.
    #[must_use]
    pub fn of_url(url: &'a str) -> Self {
        let url = url.split('#').next().unwrap_or_default();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        Self(form_urlencoded::parse(query.as_bytes()).collect())
    }

    /// The value of `name`, which may stand there once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.as_ref());
        if values.next().is_some() {
            return Err(Refusal::invalid(format!("{name} can be given once")));
        }
        Ok(value)
    }

    fn number<N: FromStr>(&self, name: &str) -> Result<Option<N>, Refusal> {
        let Some(text) = self.one(name)? else {
            return Ok(None);
        };
        // `parse` alone would take a sign.
        let number = text.bytes().all(|byte| byte.is_ascii_digit());
        number
            .then(|| text.parse().ok())
            .flatten()
            .map(Some)
            .ok_or_else(|| Refusal::invalid(format!("{name} has to be a whole number")))
    }

    fn paging<Id>(&self, parse: fn(&str) -> Option<Id>) -> Result<Paging<Id>, Refusal> {
        let after = match self.one("cursor")? {
            None => None,
            Some(cursor) => Some(parse(cursor).ok_or_else(|| {
                Refusal::invalid("cursor has to be a next_cursor that was given out")
            })?),
        };
        let limit = self.number("limit")?.unwrap_or(PAGE_LIMIT_DEFAULT);
        if !(1..=PAGE_LIMIT_MAX).contains(&limit) {
            return Err(Refusal::invalid(format!("limit is 1 to {PAGE_LIMIT_MAX}")));
        }
        Ok(Paging { after, limit })
    }

    /// The query of `GET /channels`.
    pub fn channels(&self) -> Result<Paging<ChannelId>, Refusal> {
        self.paging(|cursor| ChannelId::parse(cursor).ok())
    }

    /// The query of `GET /channels/{id}/members`.
    pub fn members(&self) -> Result<Paging<UserId>, Refusal> {
        self.paging(|cursor| UserId::parse(cursor).ok())
    }

    /// The query of `GET /users`.
    pub fn users(&self) -> Result<Users, Refusal> {
        let Some(ids) = self.one("ids")? else {
            let prefix = self.one("prefix")?.filter(|prefix| !prefix.is_empty());
            if prefix.is_some_and(|prefix| prefix.chars().count() > DISPLAY_NAME_MAX_CHARS) {
                return Err(Refusal::invalid(format!(
                    "prefix has at most {DISPLAY_NAME_MAX_CHARS} characters"
                )));
            }
            return Ok(Users::Page {
                paging: self.paging(|cursor| UserId::parse(cursor).ok())?,
                prefix: prefix.map(str::to_owned),
            });
        };
        for other in ["cursor", "limit", "prefix"] {
            if self.one(other)?.is_some() {
                return Err(Refusal::invalid(format!("{other} does not go with ids")));
            }
        }
        let mut users = Vec::new();
        for id in ids.split(',').filter(|id| !id.is_empty()) {
            let user =
                UserId::parse(id).map_err(|error| Refusal::invalid(format!("ids: {error}")))?;
            if !users.contains(&user) {
                users.push(user);
            }
            if users.len() > USER_IDS_MAX {
                return Err(Refusal::invalid(format!("ids has at most {USER_IDS_MAX}")));
            }
        }
        Ok(Users::Ids(users))
    }

    /// The query of `GET /channels/{id}/messages`.
    pub fn history(&self) -> Result<history::Query, Refusal> {
        RawQuery {
            before: self.number("before")?,
            after: self.number("after")?,
            around: self.number("around")?,
            thread: self.number("thread")?,
            limit: self.number("limit")?,
        }
        .check()
    }

    /// From where a single-channel socket is to go on.
    pub fn resume(&self) -> Result<Option<ResumePoint>, Refusal> {
        let (epoch, seq) = match (self.one("epoch")?, self.number("since")?) {
            (None, None) => return Ok(None),
            (Some(epoch), Some(seq)) => (epoch, seq),
            _ => return Err(Refusal::invalid("epoch and since go together")),
        };
        let is_epoch = (1..=ID_MAX_CHARS).contains(&epoch.len())
            && epoch.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_epoch {
            return Err(Refusal::invalid("epoch is 1 to 64 letters and digits"));
        }
        if seq > SAFE_INTEGER_MAX {
            return Err(Refusal::invalid("since is no seq"));
        }
        Ok(Some(ResumePoint {
            epoch: epoch.to_owned(),
            seq,
        }))
    }
}

#[cfg(test)]
mod tests {
    use protocol::{error::Code, history::Anchor};

    use super::*;

    fn of(query: &str) -> Fields<'_> {
        Fields(form_urlencoded::parse(query.as_bytes()).collect())
    }

    #[test]
    fn the_query_ends_before_the_fragment() {
        let fields = Fields::of_url("https://h/p?a=1%2B1&b=x+y#?c=3");
        assert_eq!(fields.one("a").unwrap(), Some("1+1"));
        assert_eq!(fields.one("b").unwrap(), Some("x y"));
        assert_eq!(fields.one("c").unwrap(), None);
        assert_eq!(Fields::of_url("https://h/p").one("a").unwrap(), None);
    }

    #[test]
    fn a_field_can_be_given_once() {
        assert!(of("limit=1&limit=2").channels().is_err());
        assert!(of("other=1&other=2").channels().is_ok());
    }

    #[test]
    fn numbers_have_digits_alone() {
        for bad in [
            "",
            "+1",
            "%2B1",
            "-1",
            "1.0",
            "1e3",
            " 1",
            "x",
            "99999999999999999999",
        ] {
            let query = format!("after={bad}");
            assert_eq!(
                of(&query).history().unwrap_err().code,
                Code::InvalidRequest,
                "{bad:?}"
            );
        }
        assert_eq!(of("after=0").history().unwrap().anchor, Anchor::After(0));
    }

    #[test]
    fn pages_have_1_to_200_entries() {
        assert_eq!(of("").channels().unwrap().limit, PAGE_LIMIT_DEFAULT);
        assert_eq!(of("limit=200").channels().unwrap().limit, 200);
        for bad in ["limit=0", "limit=201", "limit=4294967297"] {
            assert!(of(bad).channels().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_garbled_cursor_is_refused() {
        for bad in ["", "U1", "C%201", "x"] {
            assert!(of(&format!("cursor={bad}")).channels().is_err(), "{bad}");
        }
        let after = of("cursor=D1").channels().unwrap().after;
        assert_eq!(after, Some(ChannelId::parse("D1").unwrap()));
        assert!(of("cursor=C1").users().is_err());
    }

    #[test]
    fn users_are_asked_for_by_id_or_by_page() {
        let Users::Ids(ids) = of("ids=U1,U2,U1").users().unwrap() else {
            panic!("no ids");
        };
        assert_eq!(ids.len(), 2);
        assert_eq!(of("ids=").users().unwrap(), Users::Ids(Vec::new()));
        for bad in ["ids=U1,C1", "ids=U1&limit=3", "ids=U1&cursor=U1"] {
            assert!(of(bad).users().is_err(), "{bad}");
        }
        let Users::Page { prefix, .. } = of("prefix=An&limit=3").users().unwrap() else {
            panic!("no page");
        };
        assert_eq!(prefix.as_deref(), Some("An"));
    }

    #[test]
    fn at_most_200_ids_are_asked_for_at_once() {
        let ids: Vec<String> = (0..=USER_IDS_MAX).map(|n| format!("U{n}")).collect();
        assert!(of(&format!("ids={}", ids.join(","))).users().is_err());
        assert!(of(&format!("ids={}", ids[1..].join(","))).users().is_ok());
    }

    #[test]
    fn a_socket_resumes_from_an_epoch_and_a_seq_together() {
        assert_eq!(of("").resume().unwrap(), None);
        let since = of("epoch=a1&since=0").resume().unwrap().unwrap();
        assert_eq!((since.epoch.as_str(), since.seq), ("a1", 0));
        for bad in [
            "epoch=a1",
            "since=0",
            "epoch=&since=1",
            "epoch=a%0A&since=1",
            "epoch=a1&since=x",
            "epoch=a1&since=9007199254740992",
        ] {
            assert!(of(bad).resume().is_err(), "{bad}");
        }
    }
}
