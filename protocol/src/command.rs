//! What a client may say on a socket, parsed once at the door.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    emoji::Emoji,
    error::{Code, Refusal},
    history::{Query, RawQuery},
    id::{ChannelId, LogId, UserId},
    limits::SAFE_INTEGER_MAX,
    message::{Draft, RawDraft, Seq, Text, check_seq},
    presence::{Activity, ActivityFields, WatchFields},
};

/// From where a client has all events of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumePoint {
    /// The epoch that `seq` counts in.
    pub epoch: String,
    /// The last event that the client has; 0 before the first.
    pub seq: Seq,
}

/// One command with what its reply is addressed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The first command of a gateway connection.
    Hello {
        /// The command's id.
        id: u64,
        /// Where the client has been before, by log.
        resume: BTreeMap<LogId, ResumePoint>,
        /// Whether the client answers flow marks.
        flow: bool,
    },
    /// Anything that goes to one channel and is replied to.
    Channel {
        /// The command's id.
        id: u64,
        /// Where it goes.
        channel: ChannelId,
        /// What is wanted there.
        op: ChannelOp,
    },
    /// "I am writing", never replied to.
    Typing {
        /// Where.
        channel: ChannelId,
    },
    /// What came before flow mark `n` has been taken in.
    Flow {
        /// The mark.
        n: u64,
    },
    /// What the user does on this connection, never replied to.
    Activity {
        /// What.
        status: Activity,
    },
    /// The connection follows the presence of these users too.
    Watch {
        /// The command's id.
        id: u64,
        /// The users, each once.
        users: Vec<UserId>,
    },
    /// The connection does not follow the presence of these users any more.
    Unwatch {
        /// The command's id.
        id: u64,
        /// The users, each once.
        users: Vec<UserId>,
    },
}

/// What a channel is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelOp {
    /// Store a message.
    Send(Draft),
    /// Read a page.
    History(Query),
    /// Everything up to `seq` has been read.
    Read {
        /// The last message read.
        seq: Seq,
    },
    /// Give the caller's own message another text.
    Edit {
        /// The message.
        seq: Seq,
        /// What it says from now on.
        text: Text,
    },
    /// Take from a message what it says.
    Delete {
        /// The message.
        seq: Seq,
    },
    /// React to a message.
    React {
        /// The message.
        seq: Seq,
        /// With what.
        emoji: Emoji,
    },
    /// Take a reaction back.
    Unreact {
        /// The message.
        seq: Seq,
        /// Which.
        emoji: Emoji,
    },
    /// Everything from `seq` on is unread.
    MarkUnread {
        /// The first message that is.
        seq: Seq,
    },
}

/// A line that is no command: to whom the error goes, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// The id of the command, 0 where none could be read.
    pub re: u64,
    /// Why it is none.
    pub refusal: Refusal,
}

/// What can be read of a line even where its fields are wrong.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<&'a serde_json::value::RawValue>,
    #[serde(borrow)]
    op: Option<&'a serde_json::value::RawValue>,
}

#[derive(Deserialize)]
struct HelloFields {
    #[serde(default)]
    resume: Option<BTreeMap<LogId, ResumePoint>>,
    #[serde(default)]
    flow: Option<bool>,
}

#[derive(Deserialize)]
struct SendFields {
    channel: ChannelId,
    #[serde(flatten)]
    draft: RawDraft,
}

#[derive(Deserialize)]
struct HistoryFields {
    channel: ChannelId,
    #[serde(default)]
    before: Option<Seq>,
    #[serde(default)]
    after: Option<Seq>,
    #[serde(default)]
    around: Option<Seq>,
    #[serde(default)]
    thread: Option<Seq>,
    #[serde(default)]
    limit: Option<u32>,
}

/// Of whatever is about one event of a channel.
#[derive(Deserialize)]
struct SeqFields {
    channel: ChannelId,
    seq: Seq,
}

#[derive(Deserialize)]
struct EditFields {
    text: String,
}

#[derive(Deserialize)]
struct ReactFields {
    emoji: String,
}

#[derive(Deserialize)]
struct TypingFields {
    channel: ChannelId,
}

#[derive(Deserialize)]
struct FlowFields {
    n: u64,
}

impl Command {
    /// What its reply is addressed to, where there is one.
    #[must_use]
    pub fn id(&self) -> Option<u64> {
        match self {
            Self::Hello { id, .. }
            | Self::Channel { id, .. }
            | Self::Watch { id, .. }
            | Self::Unwatch { id, .. } => Some(*id),
            Self::Typing { .. } | Self::Flow { .. } | Self::Activity { .. } => None,
        }
    }

    /// Parses one line of a frame.
    pub fn parse(line: &str) -> Result<Self, BadLine> {
        let envelope: Envelope<'_> = serde_json::from_str(line)
            .map_err(|error| bad(0, format!("not a JSON object: {error}")))?;
        let id = envelope.id.and_then(|raw| command_id(raw.get()));
        let re = id.unwrap_or(0);
        let Some(op) = envelope.op else {
            return Err(bad(re, "op is missing"));
        };
        let Ok(op) = serde_json::from_str::<String>(op.get()) else {
            return Err(bad(re, "op is a string"));
        };
        let wants_reply = !matches!(op.as_str(), "typing" | "flow" | "activity");
        if wants_reply && id.is_none() {
            return Err(bad(0, "id is a positive integer"));
        }
        Self::fields(re, &op, line).map_err(|refusal| BadLine {
            re,
            refusal: refusal.on_socket(),
        })
    }

    fn fields(id: u64, op: &str, line: &str) -> Result<Self, Refusal> {
        Ok(match op {
            "hello" => {
                let fields: HelloFields = read(line)?;
                Self::Hello {
                    id,
                    resume: fields.resume.unwrap_or_default(),
                    flow: fields.flow.unwrap_or(false),
                }
            }
            "send" => {
                let fields: SendFields = read(line)?;
                Self::Channel {
                    id,
                    channel: fields.channel,
                    op: ChannelOp::Send(fields.draft.check()?),
                }
            }
            "history" => {
                let fields: HistoryFields = read(line)?;
                let query = RawQuery {
                    before: fields.before,
                    after: fields.after,
                    around: fields.around,
                    thread: fields.thread,
                    limit: fields.limit,
                };
                Self::Channel {
                    id,
                    channel: fields.channel,
                    op: ChannelOp::History(query.check()?),
                }
            }
            "read" | "mark_unread" | "edit" | "delete" | "react" | "unreact" => {
                let SeqFields { channel, seq } = read(line)?;
                check_seq("seq", seq)?;
                let op = at_seq(op, seq, line)?;
                Self::Channel { id, channel, op }
            }
            "typing" => Self::Typing {
                channel: read::<TypingFields>(line)?.channel,
            },
            "flow" => Self::Flow {
                n: read::<FlowFields>(line)?.n,
            },
            "activity" => Self::Activity {
                status: read::<ActivityFields>(line)?.status,
            },
            "watch" => Self::Watch {
                id,
                users: read::<WatchFields>(line)?.check()?,
            },
            "unwatch" => Self::Unwatch {
                id,
                users: read::<WatchFields>(line)?.check()?,
            },
            _ => {
                return Err(Refusal::new(
                    Code::UnknownOp,
                    "there is no such op in heliograph.v1",
                ));
            }
        })
    }
}

/// An op that is about one event.
fn at_seq(op: &str, seq: Seq, line: &str) -> Result<ChannelOp, Refusal> {
    let emoji = || Emoji::parse(&read::<ReactFields>(line)?.emoji);
    Ok(match op {
        "read" => ChannelOp::Read { seq },
        "mark_unread" => ChannelOp::MarkUnread { seq },
        "edit" => ChannelOp::Edit {
            seq,
            text: Text::parse(read::<EditFields>(line)?.text)?,
        },
        "delete" => ChannelOp::Delete { seq },
        "react" => ChannelOp::React {
            seq,
            emoji: emoji()?,
        },
        _ => ChannelOp::Unreact {
            seq,
            emoji: emoji()?,
        },
    })
}

fn command_id(raw: &str) -> Option<u64> {
    let id = serde_json::from_str::<u64>(raw).ok()?;
    (1..=SAFE_INTEGER_MAX).contains(&id).then_some(id)
}

fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, Refusal> {
    serde_json::from_str(line).map_err(|error| Refusal::invalid(error.to_string()))
}

fn bad(re: u64, message: impl Into<String>) -> BadLine {
    BadLine {
        re,
        refusal: Refusal::invalid(message).on_socket(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> (u64, Code) {
        let bad = Command::parse(line).unwrap_err();
        (bad.re, bad.refusal.code)
    }

    #[test]
    fn a_send_is_read_whole() {
        let line = r#"{"id":7,"op":"send","channel":"C1","client_message_id":"a","text":"hi <@U2>","new":1}"#;
        let Ok(Command::Channel {
            id: 7,
            channel,
            op: ChannelOp::Send(draft),
        }) = Command::parse(line)
        else {
            panic!("not a send");
        };
        assert_eq!(channel.as_str(), "C1");
        assert_eq!(draft.text.as_str(), "hi <@U2>");
        assert_eq!(draft.text.mentions().users.len(), 1);
    }

    #[test]
    fn a_line_that_is_no_object_is_answered_to_0() {
        for line in ["nonsense", "[1]", "3", "null", "\"send\"", "{\"id\":1"] {
            assert_eq!(refused(line), (0, Code::InvalidFrame), "{line}");
        }
    }

    #[test]
    fn an_id_that_is_no_positive_integer_is_answered_to_0() {
        for id in ["0", "-1", "1.5", "\"1\"", "null", "9007199254740992"] {
            let line = format!(r#"{{"id":{id},"op":"history","channel":"C1"}}"#);
            assert_eq!(refused(&line), (0, Code::InvalidFrame), "{line}");
        }
    }

    #[test]
    fn wrong_fields_are_answered_to_their_id() {
        for rest in [
            r#""op":"send""#,
            r#""op":"send","channel":"C1","client_message_id":"a","text":"""#,
            r#""op":"send","channel":"X1","client_message_id":"a","text":"b""#,
            r#""op":"send","channel":"C1","client_message_id":"","text":"b""#,
            r#""op":"send","channel":"C1","client_message_id":"a","text":7"#,
            r#""op":"send","channel":"C1","client_message_id":"a","text":"\ud800""#,
            r#""op":"send","channel":"C1","client_message_id":"a","text":"\u0000""#,
            r#""op":"history","channel":"C1","limit":0"#,
            r#""op":"history","channel":"C1","before":1,"after":1"#,
            r#""op":"read","channel":"C1","seq":0"#,
            r#""op":"mark_unread","channel":"C1""#,
            r#""op":"edit","channel":"C1","seq":1"#,
            r#""op":"edit","channel":"C1","seq":1,"text":" ""#,
            r#""op":"delete","channel":"C1","seq":0"#,
            r#""op":"react","channel":"C1","seq":1"#,
            r#""op":"react","channel":"C1","seq":1,"emoji":"""#,
            r#""op":"unreact","channel":"U1","seq":1,"emoji":"x""#,
            r#""op":"activity""#,
            r#""op":"activity","status":"offline""#,
            r#""op":"watch""#,
            r#""op":"watch","users":"U1""#,
            r#""op":"watch","users":["U1","C1"]"#,
            r#""op":"unwatch","users":[null]"#,
            r#""op":7"#,
            r#""no":"op""#,
        ] {
            let line = format!(r#"{{"id":3,{rest}}}"#);
            assert_eq!(refused(&line), (3, Code::InvalidFrame), "{line}");
        }
    }

    #[test]
    fn an_op_that_does_not_exist_has_its_own_code() {
        assert_eq!(refused(r#"{"id":3,"op":"dance"}"#), (3, Code::UnknownOp));
    }

    #[test]
    fn a_text_of_17_kib_has_its_own_code() {
        let text = "x".repeat(17 * 1024);
        let line = format!(
            r#"{{"id":3,"op":"send","channel":"C1","client_message_id":"a","text":"{text}"}}"#
        );
        assert_eq!(refused(&line), (3, Code::TooLarge));
    }

    #[test]
    fn typing_flow_and_activity_need_no_id() {
        assert!(Command::parse(r#"{"op":"typing","channel":"C1"}"#).is_ok());
        assert!(Command::parse(r#"{"op":"flow","n":4}"#).is_ok());
        assert!(Command::parse(r#"{"op":"activity","status":"away"}"#).is_ok());
    }
}
