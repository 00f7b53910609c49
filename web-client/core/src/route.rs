//! Routes: what the page's address says, and back.

use protocol::id::ChannelId;

/// Where in the client a person is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/`: whatever is best shown first.
    Home,
    /// `/c/{id}`: a channel or direct.
    Channel(ChannelId),
    /// `/invite/{code}`: joins a workspace.
    Invite(String),
    /// `/sign-in/{code}`: signs this device in.
    SignIn(String),
}

impl Route {
    /// The route of a path; what is no route leads home.
    #[must_use]
    pub fn parse(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next(), parts.next()) {
            (Some("c"), Some(id), None) => ChannelId::parse(id).map_or(Self::Home, Self::Channel),
            (Some("invite"), Some(code), None) if is_code(code) => Self::Invite(code.to_owned()),
            (Some("sign-in"), Some(code), None) if is_code(code) => Self::SignIn(code.to_owned()),
            _ => Self::Home,
        }
    }

    /// The path of this route, with the region that was asked for.
    #[must_use]
    pub fn url(&self, region: Option<&Region>) -> String {
        let path = match self {
            Self::Home => "/".to_owned(),
            Self::Channel(id) => format!("/c/{id}"),
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
        for path in ["/", "/c/C01", "/c/D01", "/invite/ab-1", "/sign-in/xyz"] {
            assert_eq!(Route::parse(path).url(None), path);
        }
    }

    #[test]
    fn what_is_no_route_leads_home() {
        for path in ["", "/c", "/c/U01", "/c/C01/more", "/invite/a%2fb", "/else"] {
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
