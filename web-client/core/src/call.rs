//! The HTTP calls that the client makes, and what can come of them.

use protocol::{
    api::{
        AcceptInvite, AddMember, ChannelKind, CreateChannel, CreateDirect, CreateInvite,
        CreateWorkspace, Role, SignOut, UpdateMe,
    },
    error::{Code, Problem},
    history::Anchor,
    id::{ChannelId, UserId},
    message::Seq,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{details::Manage, emoji, json, route::Region, spot::Spot, strings};

/// Who would have to wait longer than this, in milliseconds, decides anew.
const TOO_SOON_MAX_MS: u64 = 10_000;
/// Messages asked for at once.
const PAGE_LIMIT: u32 = protocol::limits::HISTORY_LIMIT_DEFAULT;

/// A call; its answer comes back with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Makes a workspace.
    CreateWorkspace {
        /// Its name.
        name: String,
        /// The founder's name.
        display_name: String,
    },
    /// Joins by an invite.
    AcceptInvite {
        /// The invite's code.
        code: String,
        /// The newcomer's name.
        display_name: String,
    },
    /// Signs in by a link.
    AcceptSignIn {
        /// The link's code.
        code: String,
    },
    /// Ends the session.
    SignOut {
        /// Whether all of the user's sessions end.
        everywhere: bool,
    },
    /// Changes the user's own name and title.
    UpdateMe {
        /// The name.
        display_name: String,
        /// The title; blank is none.
        title: String,
    },
    /// Makes a link that signs another device in.
    CreateSignInLink,
    /// Asks whether there is a session.
    Session,
    /// Asks for everything needed to begin.
    Boot,
    /// These people.
    People(Vec<UserId>),
    /// A page of people whose names begin so.
    Users {
        /// How their names begin.
        prefix: String,
        /// What it begins after.
        cursor: Option<String>,
    },
    /// A page of channels that can be seen.
    Channels {
        /// What it begins after.
        cursor: Option<String>,
    },
    /// Makes a channel.
    CreateChannel {
        /// Its name.
        name: String,
        /// Public or private.
        kind: ChannelKind,
        /// What it is about.
        topic: Option<String>,
    },
    /// Joins a public channel.
    Join(ChannelId),
    /// Leaves a channel.
    Leave(ChannelId),
    /// Adds somebody to a channel.
    AddMember {
        /// To which.
        channel: ChannelId,
        /// Whom.
        user: UserId,
    },
    /// Opens the direct among these people.
    CreateDirect(Vec<UserId>),
    /// Makes an invite link for people who will be this.
    CreateInvite(Role),
    /// Manages a channel or people.
    Manage(Manage),
    /// Fetches the table of emoji.
    Emoji,
    /// A page of messages.
    History {
        /// Whose.
        spot: Spot,
        /// Where it hangs.
        anchor: Anchor,
    },
    /// One message, whatever stands around it.
    Message {
        /// Where it is.
        channel: ChannelId,
        /// Which.
        seq: Seq,
    },
}

/// A call as the browser makes it, with the session's cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What the answer is handed back with.
    pub call: Call,
    /// The HTTP method.
    pub method: &'static str,
    /// Path and query, same origin.
    pub url: String,
    /// The JSON body, where there is one.
    pub body: Option<String>,
}

impl Call {
    /// The request that makes this call.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "an arm for each call")]
    pub fn request(self, region: Option<&Region>) -> Request {
        let (method, path, body) = match &self {
            Self::CreateWorkspace { name, display_name } => (
                "POST",
                "/workspaces".to_owned(),
                json(&CreateWorkspace {
                    name: name.clone(),
                    display_name: display_name.clone(),
                }),
            ),
            Self::AcceptInvite { code, display_name } => (
                "POST",
                format!("/invites/{code}/accept"),
                json(&AcceptInvite {
                    display_name: display_name.clone(),
                }),
            ),
            Self::AcceptSignIn { code } => (
                "POST",
                format!("/sign-in-links/{code}/accept"),
                Some("{}".to_owned()),
            ),
            Self::SignOut { everywhere } => (
                "POST",
                "/sign-out".to_owned(),
                json(&SignOut {
                    everywhere: Some(*everywhere),
                }),
            ),
            Self::UpdateMe {
                display_name,
                title,
            } => (
                "PATCH",
                "/me".to_owned(),
                json(&UpdateMe {
                    display_name: Some(display_name.clone()),
                    title: Some(title.clone()),
                }),
            ),
            Self::CreateSignInLink => ("POST", "/sign-in-links".to_owned(), Some("{}".to_owned())),
            Self::Session => ("GET", "/session".to_owned(), None),
            Self::Boot => (
                "GET",
                region.map_or_else(
                    || "/boot".to_owned(),
                    |region| format!("/boot?region={}", region.as_str()),
                ),
                None,
            ),
            Self::People(ids) => {
                let ids: Vec<&str> = ids.iter().map(UserId::as_str).collect();
                ("GET", "/users?ids=".to_owned() + &ids.join(","), None)
            }
            Self::Users { prefix, cursor } => {
                let mut path = "/users?limit=50".to_owned();
                parameter(&mut path, "&prefix=", Some(prefix));
                parameter(&mut path, "&cursor=", cursor.as_deref());
                ("GET", path, None)
            }
            Self::Channels { cursor } => {
                let mut path = "/channels?limit=200".to_owned();
                parameter(&mut path, "&cursor=", cursor.as_deref());
                ("GET", path, None)
            }
            Self::CreateChannel { name, kind, topic } => (
                "POST",
                "/channels".to_owned(),
                json(&CreateChannel {
                    name: name.clone(),
                    kind: *kind,
                    topic: topic.clone(),
                }),
            ),
            Self::Join(channel) => (
                "POST",
                format!("/channels/{channel}/join"),
                Some("{}".to_owned()),
            ),
            Self::Leave(channel) => (
                "POST",
                format!("/channels/{channel}/leave"),
                Some("{}".to_owned()),
            ),
            Self::AddMember { channel, user } => (
                "POST",
                format!("/channels/{channel}/members"),
                json(&AddMember { user: user.clone() }),
            ),
            Self::CreateDirect(users) => (
                "POST",
                "/directs".to_owned(),
                json(&CreateDirect {
                    users: users.clone(),
                }),
            ),
            Self::CreateInvite(role) => (
                "POST",
                "/invites".to_owned(),
                json(&CreateInvite {
                    role: Some(*role),
                    ..CreateInvite::default()
                }),
            ),
            Self::Manage(manage) => {
                let (method, mut path, body) = manage.request();
                if let Manage::Members { cursor, .. } = manage {
                    parameter(&mut path, "&cursor=", cursor.as_deref());
                }
                (method, path, body)
            }
            Self::Emoji => ("GET", emoji::URL.to_owned(), None),
            Self::History { spot, anchor } => ("GET", history_path(spot, anchor), None),
            Self::Message { channel, seq } => (
                "GET",
                format!("/channels/{channel}/messages?limit=1&around={seq}&thread={seq}"),
                None,
            ),
        };
        let base = match self {
            Self::Emoji => "",
            _ => "/api/v1",
        };
        Request {
            call: self,
            method,
            url: base.to_owned() + &path,
            body,
        }
    }

    /// Whether making it again by itself, after a while, harms nobody.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        matches!(
            self,
            Self::Session
                | Self::Boot
                | Self::People(_)
                | Self::Users { .. }
                | Self::Channels { .. }
                | Self::Manage(Manage::Members { .. })
                | Self::Emoji
                | Self::History { .. }
                | Self::Message { .. }
        )
    }
}

fn history_path(spot: &Spot, anchor: &Anchor) -> String {
    let mut path = format!("/channels/{}/messages?limit={PAGE_LIMIT}", spot.channel);
    let (name, seq) = match anchor {
        Anchor::Newest => ("", None),
        Anchor::Before(seq) => ("&before=", Some(seq)),
        Anchor::After(seq) => ("&after=", Some(seq)),
        Anchor::Around(seq) => ("&around=", Some(seq)),
    };
    for (name, seq) in [(name, seq), ("&thread=", spot.thread.as_ref())] {
        if let Some(seq) = seq {
            path += name;
            path += &seq.to_string();
        }
    }
    path
}

#[allow(clippy::unnecessary_wraps, reason = "a request's body is an Option")]
fn json<T: Serialize>(body: &T) -> Option<String> {
    Some(json::write(body))
}

/// Adds a query parameter, unless it says nothing.
fn parameter(path: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return;
    };
    path.push_str(name);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            path.push(char::from(byte));
        } else {
            path.push('%');
            for digit in [byte >> 4, byte & 0xf] {
                let digit = char::from_digit(digit.into(), 16).unwrap_or('0');
                path.push(digit.to_ascii_uppercase());
            }
        }
    }
}

/// What the network gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP answer.
    Came {
        /// Its status.
        status: u16,
        /// Its body as text.
        body: String,
    },
    /// None: the network failed, or the time ran out.
    Lost,
}

/// Why a call did not do what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No answer came.
    Unreachable,
    /// The server said no.
    Refused {
        /// Why.
        code: Code,
        /// How long to wait before trying again.
        retry_after_ms: Option<u64>,
    },
    /// The answer was not what the call answers.
    Broken,
}

impl Answer {
    /// The answer's body as what the call answers.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        json::read(self.success()?).ok_or(Failure::Broken)
    }

    /// How long to wait before making `call` again by itself, in milliseconds: it came too soon, and nothing of it was done. Those
    /// that only read are made again whatever they were refused for, by whoever made them.
    #[must_use]
    pub fn too_soon_ms(&self, call: &Call) -> Option<u64> {
        let failure = self.success().err()?;
        let wait_ms = failure.retry_after_ms()?;
        let is_too_soon = failure.code() == Some(Code::RateLimited) && wait_ms <= TOO_SOON_MAX_MS;
        (is_too_soon && !call.only_reads()).then_some(wait_ms)
    }

    /// The body of an answer that says yes.
    pub fn success(&self) -> Result<&str, Failure> {
        match self {
            Self::Lost => Err(Failure::Unreachable),
            Self::Came { status, body } if (200..300).contains(status) => Ok(body),
            Self::Came { status, body } => Err(json::read::<Problem>(body).map_or_else(
                || Failure::of_status(*status),
                |problem| Failure::Refused {
                    code: problem.code,
                    retry_after_ms: problem.retry_after_ms,
                },
            )),
        }
    }
}

impl Failure {
    /// What is known of a refusal without a problem document, as proxies give them.
    fn of_status(status: u16) -> Self {
        let code = match status {
            401 => Code::NotAuthenticated,
            403 => Code::Forbidden,
            404 => Code::NotFound,
            409 => Code::Conflict,
            410 => Code::Archived,
            413 => Code::TooLarge,
            429 => Code::RateLimited,
            502..=504 => Code::Overloaded,
            500 | 501 | 505.. => Code::Internal,
            _ => return Self::Broken,
        };
        Self::Refused {
            code,
            retry_after_ms: None,
        }
    }

    /// The server's code, where it gave one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::Unreachable | Self::Broken => None,
        }
    }

    /// Whether the same may well work a little later.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::Refused {
                    code: Code::RateLimited | Code::Overloaded | Code::Internal,
                    ..
                }
        )
    }

    /// What the server asked to wait.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Refused { retry_after_ms, .. } => *retry_after_ms,
            Self::Unreachable | Self::Broken => None,
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn message(&self) -> &'static str {
        match self {
            Self::Unreachable => strings::UNREACHABLE,
            Self::Refused { code, .. } => strings::refusal(*code),
            Self::Broken => strings::BROKEN_ANSWER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(status: u16, body: &str) -> Answer {
        Answer::Came {
            status,
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_history_page_is_asked_for_by_its_end() {
        let url = |thread, anchor| {
            let channel = ChannelId::parse("C1").unwrap();
            let spot = Spot { channel, thread };
            Call::History { spot, anchor }.request(None).url
        };
        assert_eq!(
            url(None, Anchor::Before(9)),
            "/api/v1/channels/C1/messages?limit=50&before=9"
        );
        assert_eq!(
            url(Some(3), Anchor::Around(9)),
            "/api/v1/channels/C1/messages?limit=50&around=9&thread=3"
        );
        assert_eq!(
            url(Some(3), Anchor::Newest),
            "/api/v1/channels/C1/messages?limit=50&thread=3"
        );
    }

    #[test]
    fn a_cursor_is_encoded() {
        let call = Call::Users {
            prefix: "é ".to_owned(),
            cursor: Some("a&b=c".to_owned()),
        };
        assert_eq!(
            call.request(None).url,
            "/api/v1/users?limit=50&prefix=%C3%A9%20&cursor=a%26b%3Dc"
        );
    }

    #[test]
    fn people_are_asked_for_by_their_ids() {
        let ids = ["U1", "U2"].map(|id| UserId::parse(id).unwrap());
        assert_eq!(
            Call::People(ids.to_vec()).request(None).url,
            "/api/v1/users?ids=U1,U2"
        );
    }

    #[test]
    fn the_region_goes_with_boot() {
        let region = Region::from_query("region=enam");
        assert_eq!(
            Call::Boot.request(region.as_ref()).url,
            "/api/v1/boot?region=enam"
        );
    }

    #[test]
    fn a_problem_document_tells_code_and_wait() {
        let problem = r#"{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"x","code":"rate_limited","retry_after_ms":1500}"#;
        assert_eq!(
            came(429, problem).success(),
            Err(Failure::Refused {
                code: Code::RateLimited,
                retry_after_ms: Some(1500)
            })
        );
    }

    #[test]
    fn a_refusal_without_a_document_goes_by_its_status() {
        let failure = came(502, "<html>").success().unwrap_err();
        assert_eq!(failure.code(), Some(Code::Overloaded));
        assert!(failure.passes());
    }

    #[test]
    fn a_body_of_another_shape_is_broken() {
        assert_eq!(came(200, "[]").read::<Problem>(), Err(Failure::Broken));
    }
}
