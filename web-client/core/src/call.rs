//! The HTTP calls that the client makes, and what can come of them.

use protocol::{
    api::{
        AcceptInvite, AddMember, ChannelKind, CreateChannel, CreateDirect, CreateInvite,
        CreateWorkspace, SignOut,
    },
    error::{Code, Problem},
    history::Anchor,
    id::{ChannelId, UserId},
    limits::PAGE_LIMIT_MAX,
    message::Seq,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{emoji, route::Region, spot::Spot, strings};

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
    SignOut,
    /// Asks for everything needed to begin.
    Boot,
    /// A page of people.
    Users {
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
    /// Makes an invite link.
    CreateInvite,
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
    pub fn request(self, region: Option<&Region>) -> Request {
        let page = format!("limit={PAGE_LIMIT_MAX}");
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
            Self::SignOut => ("POST", "/sign-out".to_owned(), json(&SignOut::default())),
            Self::Boot => (
                "GET",
                region.map_or_else(
                    || "/boot".to_owned(),
                    |region| format!("/boot?region={}", region.as_str()),
                ),
                None,
            ),
            Self::Users { cursor } => ("GET", paged("/users", &page, cursor.as_deref()), None),
            Self::Channels { cursor } => {
                ("GET", paged("/channels", &page, cursor.as_deref()), None)
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
            Self::CreateInvite => (
                "POST",
                "/invites".to_owned(),
                json(&CreateInvite::default()),
            ),
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
            Self::Boot
                | Self::Users { .. }
                | Self::Channels { .. }
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

fn json<T: Serialize>(body: &T) -> Option<String> {
    serde_json::to_string(body).ok()
}

fn paged(path: &str, page: &str, cursor: Option<&str>) -> String {
    match cursor {
        Some(cursor) => format!("{path}?{page}&cursor={}", percent_encoded(cursor)),
        None => format!("{path}?{page}"),
    }
}

/// `text` as the value of a query parameter.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
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
        serde_json::from_str(self.success()?).map_err(|_| Failure::Broken)
    }

    /// The body of an answer that says yes.
    pub fn success(&self) -> Result<&str, Failure> {
        match self {
            Self::Lost => Err(Failure::Unreachable),
            Self::Came { status, body } if (200..300).contains(status) => Ok(body),
            Self::Came { status, body } => Err(serde_json::from_str::<Problem>(body).map_or_else(
                |_| Failure::of_status(*status),
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
            cursor: Some("a&b=c".to_owned()),
        };
        assert_eq!(
            call.request(None).url,
            "/api/v1/users?limit=200&cursor=a%26b%3Dc"
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
