//! A message that is sent: its text, who it names, and the id that makes sending it twice harmless.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Code, Refusal},
    id::UserId,
    limits::{CLIENT_MESSAGE_ID_MAX_BYTES, SAFE_INTEGER_MAX, TEXT_MAX_BYTES},
    markdown::{Markdown, Reference},
};

/// The place of an event in its log, from 1, without gaps.
pub type Seq = u64;

/// What a sender calls a message before it has a seq: 1–128 bytes without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientMessageId(Arc<str>);

impl ClientMessageId {
    /// Takes `id` where it is one.
    pub fn parse(id: &str) -> Result<Self, Refusal> {
        if id.is_empty()
            || id.len() > CLIENT_MESSAGE_ID_MAX_BYTES
            || id.chars().any(char::is_control)
        {
            return Err(Refusal::invalid(format!(
                "client_message_id has 1 to {CLIENT_MESSAGE_ID_MAX_BYTES} bytes and no control characters"
            )));
        }
        Ok(Self(id.into()))
    }

    /// The id as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientMessageId {
    type Error = Refusal;
    fn try_from(id: String) -> Result<Self, Refusal> {
        Self::parse(&id)
    }
}

impl From<ClientMessageId> for String {
    fn from(id: ClientMessageId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for ClientMessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of a message: not blank, at most 16 KiB of UTF-8, without NUL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

impl Text {
    /// Takes `text` where it can be sent; refuses it as [`Code::TooLarge`] or as invalid.
    pub fn parse(text: String) -> Result<Self, Refusal> {
        if text.len() > TEXT_MAX_BYTES {
            return Err(Refusal::new(
                Code::TooLarge,
                format!("text has at most {TEXT_MAX_BYTES} bytes of UTF-8"),
            ));
        }
        if text.contains('\0') {
            return Err(Refusal::invalid("text must not contain NUL"));
        }
        if text.trim().is_empty() {
            return Err(Refusal::invalid("text must not be empty"));
        }
        Ok(Self(text))
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whom it names.
    #[must_use]
    pub fn mentions(&self) -> Mentions {
        Mentions::of(&self.0)
    }
}

/// Whom a text names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The people that `<@U…>` names outside code, each once, in the order of the text.
    pub users: Vec<UserId>,
    /// Whether `<!here>` or `<!channel>` names everybody.
    pub everyone: bool,
}

impl Mentions {
    /// Whom `text` names.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut mentions = Self::default();
        // Most texts name nobody, and need not be parsed to tell.
        if text.contains("<@") || text.contains("<!") {
            Markdown::parse(text).each_reference(&mut |reference| match reference {
                Reference::Person(user) if !mentions.users.contains(user) => {
                    mentions.users.push(user.clone());
                }
                Reference::Here | Reference::Everybody => mentions.everyone = true,
                Reference::Person(_) | Reference::Channel(_) => {}
            });
        }
        mentions
    }
}

impl TryFrom<String> for Text {
    type Error = Refusal;
    fn try_from(text: String) -> Result<Self, Refusal> {
        Self::parse(text)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

/// A message as its sender wants it stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Makes sending it again harmless.
    pub client_message_id: ClientMessageId,
    /// What it says.
    pub text: Text,
    /// The seq of the thread's root where it is a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// Whether a reply also stands in the channel.
    #[serde(default, skip_serializing_if = "is_false")]
    pub also_to_channel: bool,
}

/// For `skip_serializing_if`.
#[must_use]
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub fn is_false(value: &bool) -> bool {
    !value
}

/// The fields of a [`Draft`] before they are checked, so that a text that is too large has its own code.
#[derive(Deserialize)]
pub struct RawDraft {
    client_message_id: String,
    text: String,
    #[serde(default)]
    thread: Option<Seq>,
    #[serde(default)]
    also_to_channel: Option<bool>,
}

impl RawDraft {
    /// The checked draft.
    pub fn check(self) -> Result<Draft, Refusal> {
        if let Some(thread) = self.thread {
            check_seq("thread", thread)?;
        } else if self.also_to_channel == Some(true) {
            return Err(Refusal::invalid("also_to_channel goes with thread"));
        }
        Ok(Draft {
            client_message_id: ClientMessageId::parse(&self.client_message_id)?,
            text: Text::parse(self.text)?,
            thread: self.thread,
            also_to_channel: self.also_to_channel.unwrap_or(false),
        })
    }
}

/// Refuses what cannot be a seq; `field` is named in the refusal.
pub fn check_seq(field: &str, seq: Seq) -> Result<(), Refusal> {
    if (1..=SAFE_INTEGER_MAX).contains(&seq) {
        Ok(())
    } else {
        Err(Refusal::invalid(format!("{field} counts from 1")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_at_16_kib_of_utf_8() {
        assert!(Text::parse("a".repeat(TEXT_MAX_BYTES)).is_ok());
        let over = Text::parse("a".repeat(TEXT_MAX_BYTES + 1)).unwrap_err();
        assert_eq!(over.code, Code::TooLarge);
        let umlauts = Text::parse("ä".repeat(TEXT_MAX_BYTES / 2 + 1)).unwrap_err();
        assert_eq!(umlauts.code, Code::TooLarge);
    }

    #[test]
    fn blank_texts_and_nul_are_refused() {
        for text in ["", " \n\t", "a\0b"] {
            assert_eq!(
                Text::parse(text.to_owned()).unwrap_err().code,
                Code::InvalidRequest
            );
        }
    }

    #[test]
    fn a_text_names_each_person_once() {
        let text = Text::parse("<@U2> and <@U1>, <@U2>! <@C3> <@U> <@U4 <@>".to_owned()).unwrap();
        let mentions = text.mentions();
        let named: Vec<&str> = mentions.users.iter().map(UserId::as_str).collect();
        assert_eq!(named, ["U2", "U1", "U"]);
        assert!(!mentions.everyone);
    }

    #[test]
    fn code_names_nobody() {
        let mentions = Mentions::of("`<@U1>` and\n```\n<!channel> <@U2>\n```");
        assert_eq!(mentions, Mentions::default());
        assert!(Mentions::of("*<!here>*, look").everyone);
    }
}
