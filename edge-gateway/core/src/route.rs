//! Routes: what a method and a path ask for, with the ids in the path parsed.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use protocol::id::{ChannelId, UserId};

use crate::secret::{InviteCode, SignInCode};

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/healthz`: whether the Worker runs.
    Health,
    /// `POST /dev/panic`, in development only: makes every object forget.
    Panic,
    /// `GET /dev/census`, in development only: what the isolate has had to do.
    Census,
    /// `/readyz`: whether it can do its work.
    Ready,
    /// `/metrics`: what it has done and holds.
    Metrics,
    /// `/api/v1/…`, where a session begins.
    Entry(Entry),
    /// `/api/v1/…`, within a session.
    Api(Call),
    /// `/api/v1/session`: whether who asks has a session.
    Session,
    /// Everything else: the web client's files.
    Asset,
}

/// A call of the contract that begins a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `POST /workspaces`
    CreateWorkspace,
    /// `POST /invites/{code}/accept`
    AcceptInvite(InviteCode),
    /// `POST /sign-in-links/{code}/accept`
    AcceptSignInLink(SignInCode),
}

/// A call of the contract that needs a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `POST /invites`
    CreateInvite,
    /// `POST /sign-in-links`
    CreateSignInLink,
    /// `POST /sign-out`
    SignOut,
    /// `GET /boot`
    Boot,
    /// `PATCH /me`
    UpdateMe,
    /// `GET /users`
    Users,
    /// `PATCH /users/{id}`
    UpdateUser(UserId),
    /// `POST /channels`
    CreateChannel,
    /// `GET /channels`
    Channels,
    /// `PATCH /channels/{id}`
    UpdateChannel(ChannelId),
    /// `POST /channels/{id}/join`
    Join(ChannelId),
    /// `POST /channels/{id}/leave`
    Leave(ChannelId),
    /// `GET /channels/{id}/members`
    Members(ChannelId),
    /// `POST /channels/{id}/members`
    AddMember(ChannelId),
    /// `DELETE /channels/{id}/members/{user}`
    RemoveMember(ChannelId, UserId),
    /// `POST /directs`
    CreateDirect,
    /// `POST /channels/{id}/messages`
    Send(ChannelId),
    /// `GET /channels/{id}/messages`
    History(ChannelId),
    /// `GET /channels/{id}/socket`
    ChannelSocket(ChannelId),
    /// `GET /socket`
    Socket,
}

/// A request that goes nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRoute {
    /// There is nothing at this path, or its ids or code cannot be any.
    Path,
    /// The path does not take this method.
    Method {
        /// The ones it takes, for the `Allow` header.
        allow: String,
    },
}

/// A method that some path takes; `HEAD` is taken as `GET`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET` and `HEAD`
    Get,
    /// `POST`
    Post,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method of this name, if any path takes it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "GET" | "HEAD" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PATCH" => Some(Self::Patch),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    fn names(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl Route {
    /// Where a request goes. `path` is the path of its URL, percent-encoded.
    pub fn parse(method: &str, path: &str) -> Result<Self, NoRoute> {
        let method = Method::parse(method);
        if let Some(path) = path.strip_prefix("/api/v1/") {
            return Self::parse_api(method, path);
        }
        match path {
            "/dev/census" => pick(method, vec![(Method::Get, Self::Census)]),
            "/dev/panic" => pick(method, vec![(Method::Post, Self::Panic)]),
            "/healthz" => pick(method, vec![(Method::Get, Self::Health)]),
            "/readyz" => pick(method, vec![(Method::Get, Self::Ready)]),
            "/metrics" => pick(method, vec![(Method::Get, Self::Metrics)]),
            "/api" => Err(NoRoute::Path),
            _ if path.starts_with("/api/") => Err(NoRoute::Path),
            _ => Ok(Self::Asset),
        }
    }

    fn parse_api(method: Option<Method>, path: &str) -> Result<Self, NoRoute> {
        use Method::{Delete, Get, Patch, Post};

        let segments = path
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8().ok())
            .collect::<Option<Vec<Cow<'_, str>>>>()
            .ok_or(NoRoute::Path)?;
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        let offered = match segments.as_slice() {
            ["workspaces"] => vec![(Post, Self::Entry(Entry::CreateWorkspace))],
            ["invites"] => vec![(Post, Self::Api(Call::CreateInvite))],
            ["invites", code, "accept"] => {
                let code = InviteCode::parse(code).ok_or(NoRoute::Path)?;
                vec![(Post, Self::Entry(Entry::AcceptInvite(code)))]
            }
            ["sign-in-links"] => vec![(Post, Self::Api(Call::CreateSignInLink))],
            ["sign-in-links", code, "accept"] => {
                let code = SignInCode::parse(code).ok_or(NoRoute::Path)?;
                vec![(Post, Self::Entry(Entry::AcceptSignInLink(code)))]
            }
            ["session"] => vec![(Get, Self::Session)],
            ["sign-out"] => vec![(Post, Self::Api(Call::SignOut))],
            ["boot"] => vec![(Get, Self::Api(Call::Boot))],
            ["me"] => vec![(Patch, Self::Api(Call::UpdateMe))],
            ["users"] => vec![(Get, Self::Api(Call::Users))],
            ["users", id] => {
                let id = UserId::parse(id).map_err(|_| NoRoute::Path)?;
                vec![(Patch, Self::Api(Call::UpdateUser(id)))]
            }
            ["directs"] => vec![(Post, Self::Api(Call::CreateDirect))],
            ["socket"] => vec![(Get, Self::Api(Call::Socket))],
            ["channels"] => vec![
                (Get, Self::Api(Call::Channels)),
                (Post, Self::Api(Call::CreateChannel)),
            ],
            ["channels", id, rest @ ..] => {
                let id = ChannelId::parse(id).map_err(|_| NoRoute::Path)?;
                match rest {
                    [] => vec![(Patch, Self::Api(Call::UpdateChannel(id)))],
                    ["join"] => vec![(Post, Self::Api(Call::Join(id)))],
                    ["leave"] => vec![(Post, Self::Api(Call::Leave(id)))],
                    ["members"] => vec![
                        (Get, Self::Api(Call::Members(id.clone()))),
                        (Post, Self::Api(Call::AddMember(id))),
                    ],
                    ["members", user] => {
                        let user = UserId::parse(user).map_err(|_| NoRoute::Path)?;
                        vec![(Delete, Self::Api(Call::RemoveMember(id, user)))]
                    }
                    ["messages"] => vec![
                        (Get, Self::Api(Call::History(id.clone()))),
                        (Post, Self::Api(Call::Send(id))),
                    ],
                    ["socket"] => vec![(Get, Self::Api(Call::ChannelSocket(id)))],
                    _ => return Err(NoRoute::Path),
                }
            }
            _ => return Err(NoRoute::Path),
        };
        pick(method, offered)
    }
}

impl Call {
    /// Whether the session cookie is good for this call only together with a same-origin `Origin`: it changes something, or
    /// opens a socket, which browsers let any page do.
    #[must_use]
    pub fn needs_origin(&self) -> bool {
        !matches!(
            self,
            Self::Boot | Self::Users | Self::Channels | Self::Members(_) | Self::History(_)
        )
    }
}

fn pick<T>(method: Option<Method>, offered: Vec<(Method, T)>) -> Result<T, NoRoute> {
    let names: Vec<&str> = offered.iter().map(|(method, _)| method.names()).collect();
    let allow = names.join(", ");
    offered
        .into_iter()
        .find(|(offered, _)| Some(*offered) == method)
        .map(|(_, found)| found)
        .ok_or(NoRoute::Method { allow })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(method: &str, path: &str) -> Result<Route, NoRoute> {
        Route::parse(method, &format!("/api/v1{path}"))
    }

    fn needs_origin(method: &str, path: &str) -> bool {
        match api(method, path) {
            Ok(Route::Api(call)) => call.needs_origin(),
            other => panic!("{other:?}"),
        }
    }

    fn channel(id: &str) -> ChannelId {
        ChannelId::parse(id).unwrap()
    }

    #[test]
    fn every_call_of_the_contract_has_a_route() {
        let code = "a".repeat(32);
        for call in [
            "POST /workspaces",
            "POST /invites",
            &format!("POST /invites/T1-{code}/accept"),
            "POST /sign-in-links",
            &format!("POST /sign-in-links/U1-{code}/accept"),
            "POST /sign-out",
            "GET /boot",
            "PATCH /me",
            "GET /users",
            "POST /channels",
            "GET /channels",
            "PATCH /channels/C1",
            "POST /channels/C1/join",
            "POST /channels/C1/leave",
            "POST /channels/C1/members",
            "DELETE /channels/C1/members/U1",
            "POST /directs",
            "POST /channels/D1/messages",
            "GET /channels/D1/messages",
            "GET /channels/C1/socket",
            "GET /socket",
        ] {
            let (method, path) = call.split_once(' ').unwrap();
            assert!(api(method, path).is_ok(), "{call}");
            assert!(
                matches!(api("PUT", path), Err(NoRoute::Method { .. })),
                "{call}"
            );
        }
    }

    #[test]
    fn ids_in_a_path_are_decoded_and_parsed() {
        let user = UserId::parse("U_1").unwrap();
        assert_eq!(
            api("DELETE", "/channels/%43-1/members/U%5f1"),
            Ok(Route::Api(Call::RemoveMember(channel("C-1"), user)))
        );
        for bad in [
            "/channels/U1/join",
            "/channels//join",
            "/channels/C%2F1/join",
            "/channels/C%ff/join",
            "/channels/C%00/join",
            "/channels/C1/members/C1",
            "/invites/nothing/accept",
            "/sign-in-links/T1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/accept",
        ] {
            assert_eq!(api("POST", bad), Err(NoRoute::Path), "{bad}");
        }
    }

    #[test]
    fn another_method_is_told_which_ones_there_are() {
        let allow = |method, path| match api(method, path) {
            Err(NoRoute::Method { allow }) => allow,
            other => panic!("{other:?}"),
        };
        assert_eq!(allow("DELETE", "/channels"), "GET, HEAD, POST");
        assert_eq!(allow("GET", "/me"), "PATCH");
        assert_eq!(allow("OPTIONS", "/channels/C1/messages"), "GET, HEAD, POST");
    }

    #[test]
    fn head_goes_where_get_goes() {
        assert_eq!(api("HEAD", "/boot"), Ok(Route::Api(Call::Boot)));
        assert_eq!(Route::parse("HEAD", "/healthz"), Ok(Route::Health));
    }

    #[test]
    fn what_is_no_call_is_the_web_clients() {
        assert_eq!(Route::parse("GET", "/"), Ok(Route::Asset));
        assert_eq!(Route::parse("GET", "/invite/T1-a"), Ok(Route::Asset));
        for none in ["/api", "/api/", "/api/v1/", "/api/v2/boot", "/api/v1/boot/"] {
            assert_eq!(Route::parse("GET", none), Err(NoRoute::Path), "{none}");
        }
    }

    #[test]
    fn whatever_changes_something_or_opens_a_socket_needs_an_origin() {
        for (method, path) in [
            ("POST", "/channels"),
            ("PATCH", "/me"),
            ("DELETE", "/channels/C1/members/U1"),
            ("GET", "/socket"),
            ("GET", "/channels/C1/socket"),
        ] {
            assert!(needs_origin(method, path), "{path}");
        }
        for path in ["/boot", "/users", "/channels", "/channels/C1/messages"] {
            assert!(!needs_origin("GET", path), "{path}");
        }
    }
}
