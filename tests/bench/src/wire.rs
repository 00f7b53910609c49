//! What is said on a socket, to either system: Heliograph's contract, or a line of JSON a frame.

use std::borrow::Cow;
use std::collections::BTreeMap;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Context, Error, Result};

/// A message's text, in bytes.
pub const TEXT_BYTES: usize = 200;
/// `hello` has the id 1; message 0 is command 2.
const FIRST_COMMAND: u64 = 2;
const FILLER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// Which language a system speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// `heliograph.v1`.
    Heliograph,
    /// `{"number":…,"text":…}`, broadcast as it came.
    Party,
}

/// From where a client has all events of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The epoch that `seq` counts in.
    pub epoch: String,
    /// The last event that it has.
    pub seq: u64,
}

/// A message as a subscriber gets it.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Which of the messages of a run it is.
    pub number: u64,
    /// What it says.
    pub text: Cow<'a, str>,
}

/// Any line that is not a message of the followed channel.
#[derive(Debug, PartialEq, Eq)]
pub enum Other {
    /// The command that sent this message is done: it is durable.
    Reply {
        /// The message.
        number: u64,
    },
    /// The command that sent a message was not done: too much is sent.
    Overloaded,
    /// The reply to `hello`, or a later line with the same.
    Hello {
        /// Within how long to come back, in milliseconds.
        reconnect_within_ms: u64,
    },
    /// The subscription of a log stands.
    Sync {
        /// The log.
        log: String,
        /// Its head.
        point: Point,
        /// Whether everything missed came before this.
        recovered: bool,
    },
    /// Something else happened in a log.
    Event {
        /// The log.
        log: String,
        /// Its place there.
        seq: u64,
    },
    /// Nothing to keep.
    Passing,
}

impl Wire {
    /// How every message of a channel begins, up to a number: the seq, or for a party the message's own.
    pub fn message_prefix(self, channel: &str) -> Vec<u8> {
        match self {
            Self::Heliograph => {
                format!("{{\"event\":\"message\",\"channel\":\"{channel}\",\"seq\":")
            }
            Self::Party => "{\"number\":".to_owned(),
        }
        .into_bytes()
    }

    /// Where a socket is asked for.
    pub fn socket_path(self, channel: &str) -> String {
        match self {
            Self::Heliograph => "/api/v1/socket?region=weur".to_owned(),
            Self::Party => format!("/parties/chat/{channel}"),
        }
    }

    /// What is said first, if anything.
    pub fn hello(self, resume: &BTreeMap<String, Point>) -> Option<String> {
        (self == Self::Heliograph).then(|| {
            let resume: BTreeMap<_, _> = resume
                .iter()
                .map(|(log, point)| (log, json!({"epoch": point.epoch, "seq": point.seq})))
                .collect();
            json!({"id": 1, "op": "hello", "resume": resume}).to_string()
        })
    }

    /// The line that sends a message.
    pub fn send(self, channel: &str, number: u64) -> String {
        let text = text(number);
        match self {
            Self::Heliograph => {
                let id = number + FIRST_COMMAND;
                format!(
                    "{{\"id\":{id},\"op\":\"send\",\"channel\":\"{channel}\",\
                     \"client_message_id\":\"{number}\",\"text\":\"{text}\"}}"
                )
            }
            Self::Party => format!("{{\"number\":{number},\"text\":\"{text}\"}}"),
        }
    }

    /// What stands before a message's number in its line.
    pub fn number_key(self) -> &'static [u8] {
        match self {
            Self::Heliograph => b"\"client_message_id\":\"",
            Self::Party => b"{\"number\":",
        }
    }

    /// Reads a message whole.
    pub fn message(self, line: &[u8]) -> Option<Message<'_>> {
        match self {
            Self::Heliograph => {
                let event: Event<'_> = serde_json::from_slice(line).ok()?;
                Some(Message {
                    number: event.client_message_id.parse().ok()?,
                    text: event.text,
                })
            }
            Self::Party => {
                let Broadcast { number, text } = serde_json::from_slice(line).ok()?;
                Some(Message { number, text })
            }
        }
    }
}

/// The text of a message: of the size all have, and no other's.
pub fn text(number: u64) -> String {
    let skipped = usize::try_from(number).unwrap_or(0) % FILLER.len();
    let filler = FILLER.iter().cycle().skip(skipped);
    let start = format!("{number} ");
    let filler = filler.take(TEXT_BYTES - start.len());
    start
        .chars()
        .chain(filler.copied().map(char::from))
        .collect()
}

/// The number that bytes begin with.
pub fn leading_number(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    let mut digits = digits.map(|byte| u64::from(byte - b'0')).peekable();
    digits.peek()?;
    Some(digits.fold(0, |sum, digit| sum.wrapping_mul(10).wrapping_add(digit)))
}

/// Finds the number behind a key.
pub fn number_behind(key: &Finder<'_>, line: &[u8]) -> Option<u64> {
    let start = key.find(line)? + key.needle().len();
    leading_number(line.get(start..)?)
}

/// Reads a line that is not a message of the followed channel; an error where a command was refused.
pub fn other(line: &[u8]) -> Result<Other> {
    const DONE: &[u8] = b",\"ok\":";
    if let Some(rest) = line.strip_prefix(b"{\"re\":")
        && let Some(re) = leading_number(rest)
        && rest.trim_ascii_start_digits().starts_with(DONE)
        && let Some(number) = re.checked_sub(FIRST_COMMAND)
    {
        return Ok(Other::Reply { number });
    }
    if line == b"pong" {
        return Ok(Other::Passing);
    }
    let fields: Fields = serde_json::from_slice(line)
        .doing(format_args!("read `{}`", String::from_utf8_lossy(line)))?;
    if let Some(error) = &fields.error {
        if error["code"] == "overloaded" {
            return Ok(Other::Overloaded);
        }
        let line = String::from_utf8_lossy(line);
        return Err(Error::Failed(format!("a command was refused: {line}")));
    }
    Ok(fields.into_other())
}

/// A slice's end, behind the digits that it begins with.
trait Digits {
    fn trim_ascii_start_digits(&self) -> &Self;
}

impl Digits for [u8] {
    fn trim_ascii_start_digits(&self) -> &Self {
        let digits = self.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.get(digits..).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    client_message_id: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Broadcast<'a> {
    number: u64,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// What `hello` is answered with, as far as it matters here.
#[derive(Deserialize)]
struct HelloOk {
    #[serde(default)]
    reconnect_within_ms: u64,
}

#[derive(Deserialize)]
struct Fields {
    ok: Option<HelloOk>,
    error: Option<Value>,
    sync: Option<String>,
    epoch: Option<String>,
    #[serde(default)]
    recovered: bool,
    channel: Option<String>,
    seq: Option<u64>,
    reconnect_within_ms: Option<u64>,
}

impl Fields {
    fn into_other(self) -> Other {
        match self {
            Self {
                ok: Some(HelloOk {
                    reconnect_within_ms,
                }),
                ..
            }
            | Self {
                reconnect_within_ms: Some(reconnect_within_ms),
                ..
            } => Other::Hello {
                reconnect_within_ms,
            },
            Self {
                sync: Some(log),
                epoch: Some(epoch),
                seq: Some(seq),
                recovered,
                ..
            } => Other::Sync {
                log,
                point: Point { epoch, seq },
                recovered,
            },
            Self {
                channel: Some(log),
                seq: Some(seq),
                ..
            } => Other::Event { log, seq },
            _ => Other::Passing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_its_size_and_differs_from_the_others() {
        for number in [0, 7, 1_000, 123_456_789] {
            assert_eq!(text(number).len(), TEXT_BYTES);
        }
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn what_is_sent_to_a_party_is_what_its_subscribers_read() {
        let line = Wire::Party.send("room", 41);
        let message = Wire::Party.message(line.as_bytes()).unwrap();
        assert_eq!(message.number, 41);
        assert_eq!(message.text, text(41));
        let key = Finder::new(Wire::Party.number_key());
        assert_eq!(number_behind(&key, line.as_bytes()), Some(41));
        assert!(
            line.as_bytes()
                .starts_with(&Wire::Party.message_prefix("room"))
        );
    }

    #[test]
    fn a_message_of_heliograph_is_read_with_its_seq() {
        let line = br#"{"event":"message","channel":"C1","seq":42,"at":1,"user":"U1","client_message_id":"7","text":"x","mentions":[]}"#;
        let rest = line.strip_prefix(&Wire::Heliograph.message_prefix("C1")[..]);
        assert_eq!(leading_number(rest.unwrap()), Some(42));
        let message = Wire::Heliograph.message(line).unwrap();
        assert_eq!((message.number, &*message.text), (7, "x"));
        let key = Finder::new(Wire::Heliograph.number_key());
        assert_eq!(number_behind(&key, line), Some(7));
    }

    #[test]
    fn replies_name_the_message_and_refusals_are_errors() {
        let reply = |line: &str| other(line.as_bytes());
        assert_eq!(
            reply(r#"{"re":9,"ok":{"seq":1}}"#).unwrap(),
            Other::Reply { number: 7 }
        );
        assert_eq!(
            reply(r#"{"re":1,"ok":{"user":"U1","reconnect_within_ms":900}}"#).unwrap(),
            Other::Hello {
                reconnect_within_ms: 900
            }
        );
        assert_eq!(
            reply(r#"{"re":9,"error":{"code":"overloaded","message":""}}"#).unwrap(),
            Other::Overloaded
        );
        assert!(reply(r#"{"re":9,"error":{"code":"archived","message":""}}"#).is_err());
    }

    #[test]
    fn sync_marks_events_and_pongs_are_told_apart() {
        let mark = br#"{"sync":"C1","epoch":"e","seq":3,"recovered":true}"#;
        let point = Point {
            epoch: "e".to_owned(),
            seq: 3,
        };
        let log = "C1".to_owned();
        let recovered = true;
        assert_eq!(
            other(mark).unwrap(),
            Other::Sync {
                log,
                point,
                recovered
            }
        );
        let joined = br#"{"event":"user_joined","channel":"T1","seq":5,"at":1,"user":"U1"}"#;
        let log = "T1".to_owned();
        assert_eq!(other(joined).unwrap(), Other::Event { log, seq: 5 });
        assert_eq!(other(b"pong").unwrap(), Other::Passing);
    }

    #[test]
    fn hello_carries_the_resume_points() {
        let point = Point {
            epoch: "e".to_owned(),
            seq: 3,
        };
        let hello = Wire::Heliograph.hello(&BTreeMap::from([("C1".to_owned(), point)]));
        assert!(hello.unwrap().contains(r#""C1":{"epoch":"e","seq":3}"#));
        assert_eq!(Wire::Party.hello(&BTreeMap::new()), None);
    }
}
