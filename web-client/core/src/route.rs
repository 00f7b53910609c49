//! Routes: what the page's address says, and back.

use protocol::{id::ChannelId, message::Seq};

/// Where in the client a person is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/`: whatever is best shown first.
    Home,
    /// `/c/{id}`: a channel or direct.
    Channel(ChannelId),
    /// `/c/{id}/{seq}`: a message, among those around it.
    Message(ChannelId, Seq),
    /// `/c/{id}/t/{seq}`: a thread, by its root; `/c/{id}/t/{seq}/{seq}`: a reply in it.
    Thread(ChannelId, Seq, Option<Seq>),
    /// `/invite/{code}`: joins a workspace.
    Invite(String),
    /// `/sign-in/{code}`: signs this device in.
    SignIn(String),
}

impl Route {
    /// The route of a path; what is no route leads home.
    #[must_use]
    pub fn parse(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match *parts {
            ["c", id, ref rest @ ..] => ChannelId::parse(id)
                .ok()
                .and_then(|id| Self::within(id, rest)),
            ["invite", code] if is_code(code) => Some(Self::Invite(code.to_owned())),
            ["sign-in", code] if is_code(code) => Some(Self::SignIn(code.to_owned())),
            _ => None,
        }
        .unwrap_or(Self::Home)
    }

    fn within(id: ChannelId, rest: &[&str]) -> Option<Self> {
        let seq = |text: &str| text.parse().ok().filter(|seq: &Seq| *seq > 0);
        Some(match *rest {
            [] => Self::Channel(id),
            [at] => Self::Message(id, seq(at)?),
            ["t", root] => Self::Thread(id, seq(root)?, None),
            ["t", root, reply] => Self::Thread(id, seq(root)?, Some(seq(reply)?)),
            _ => return None,
        })
    }

    /// The channel that it leads to.
    #[must_use]
    pub fn channel(&self) -> Option<&ChannelId> {
        match self {
            Self::Channel(id) | Self::Message(id, _) | Self::Thread(id, ..) => Some(id),
            Self::Home | Self::Invite(_) | Self::SignIn(_) => None,
        }
    }

    /// The path of this route, with the region that was asked for.
    #[must_use]
    pub fn url(&self, region: Option<&Region>) -> String {
        let path = match self {
            Self::Home => "/".to_owned(),
            Self::Channel(id) => format!("/c/{id}"),
            Self::Message(id, seq) => format!("/c/{id}/{seq}"),
            Self::Thread(id, root, None) => format!("/c/{id}/t/{root}"),
            Self::Thread(id, root, Some(reply)) => format!("/c/{id}/t/{root}/{reply}"),
            Self::Invite(code) => format!("/invite/{code}"),
            Self::SignIn(code) => format!("/sign-in/{code}"),
        };
        match region {
            Some(region) => format!("{path}?region={}", region.as_str()),
            None => path,
        }
    }
}

/// A code goes into the path of a call, so nothing that has a meaning there is let in.
fn is_code(code: &str) -> bool {
    code.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'))
}

/// A region asked for by hand, `?region=weur`; only development servers listen to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// The region that a query string, with or without its `?`, asks for.
    #[must_use]
    pub fn from_query(query: &str) -> Option<Self> {
        query
            .trim_start_matches('?')
            .split('&')
            .find_map(|pair| pair.strip_prefix("region="))
            .filter(|name| {
                !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
            .map(|name| Self(name.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_comes_back_from_its_url() {
        for path in [
            "/",
            "/c/C01",
            "/c/D01",
            "/c/C01/7",
            "/c/C01/t/7",
            "/c/C01/t/7/9",
            "/invite/ab-1",
            "/sign-in/xyz",
        ] {
            assert_eq!(Route::parse(path).url(None), path);
        }
    }

    #[test]
    fn what_is_no_route_leads_home() {
        for path in [
            "",
            "/c",
            "/c/U01",
            "/c/C01/more",
            "/c/C01/0",
            "/c/C01/t",
            "/c/C01/t/x",
            "/c/C01/t/1/2/3",
            "/invite/a%2fb",
            "/else",
        ] {
            assert_eq!(Route::parse(path), Route::Home, "{path}");
        }
    }

    #[test]
    fn the_region_stays_in_the_url() {
        let region = Region::from_query("?a=b&region=weur");
        let route = Route::parse("/c/C01");
        assert_eq!(route.url(region.as_ref()), "/c/C01?region=weur");
    }

    #[test]
    fn a_region_with_foreign_characters_is_none() {
        assert_eq!(Region::from_query("?region=a%26b"), None);
        assert_eq!(Region::from_query("?region="), None);
        assert_eq!(Region::from_query(""), None);
    }
}
