//! Reading JSON with little code.
//!
//! A text is read once, into one tree, and everything typed is read from the tree. Whatever derives `Deserialize` can be read; it
//! costs the page a fraction of what `serde_json::from_str` costs for each type, whose mistakes are told in words that nobody
//! would read here.

use std::fmt::{self, Display};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        DeserializeOwned, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor,
        value::BorrowedStrDeserializer,
    },
    forward_to_deserialize_any,
};

/// `text` as a `T`; `None` where it is no JSON, or not that of a `T`.
#[must_use]
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    Json::parse(text)?.read()
}

/// `value` as JSON.
#[must_use]
pub fn write<T: Serialize + ?Sized>(value: &T) -> String {
    // Strings, numbers and string keys only: there is nothing that JSON could refuse.
    serde_json::to_string(value).unwrap_or_default()
}

/// Anything that JSON says.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0 on.
    Whole(u64),
    /// A whole number below 0.
    Negative(i64),
    /// Any other number.
    Fraction(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in the order of its text.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The tree of a text; `None` where it is no JSON.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What an object says under a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => {
                let entry = entries.iter().find(|(field, _)| field == name)?;
                Some(&entry.1)
            }
            _ => None,
        }
    }

    /// The tree as a `T`; `None` where it is not that of a `T`.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(self).ok()
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Whole(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Negative(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Fraction(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            object.push(entry);
        }
        Ok(Json::Object(object))
    }
}

/// A tree was not that of the type that was to be read. It has no words: they would be most of the code.
#[derive(Debug)]
pub struct Mismatch;

impl Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("unexpected JSON")
    }
}

impl std::error::Error for Mismatch {}

impl Error for Mismatch {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Asks for exactly what is expected, so that of each type only the code for that is there.
macro_rules! whole_numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self {
                Json::Whole(number) => visitor.visit_u64(*number),
                _ => Err(Mismatch),
            }
        })*
    };
}

macro_rules! strings {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self {
                Json::Text(text) => visitor.visit_str(text),
                _ => Err(Mismatch),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for &'de Json {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Whole(number) => visitor.visit_u64(*number),
            Json::Negative(number) => visitor.visit_i64(*number),
            Json::Fraction(number) => visitor.visit_f64(*number),
            Json::Text(text) => visitor.visit_str(text),
            Json::List(items) => visitor.visit_seq(Items(items)),
            Json::Object(entries) => visitor.visit_map(Entries(entries)),
        }
    }

    whole_numbers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }
    strings! { deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Json::Bool(value) => visitor.visit_bool(*value),
            _ => Err(Mismatch),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Json::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Json::List(items) => visitor.visit_seq(Items(items)),
            _ => Err(Mismatch),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Json::Object(entries) => visitor.visit_map(Entries(entries)),
            _ => Err(Mismatch),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self {
            Json::Text(variant) => visitor.visit_enum(BorrowedStrDeserializer::new(variant)),
            _ => Err(Mismatch),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

struct Items<'de>(&'de [Json]);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mismatch> {
        let Some((item, rest)) = self.0.split_first() else {
            return Ok(None);
        };
        self.0 = rest;
        seed.deserialize(item).map(Some)
    }
}

struct Entries<'de>(&'de [(String, Json)]);

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mismatch> {
        let Some((key, _)) = self.0.first() else {
            return Ok(None);
        };
        seed.deserialize(BorrowedStrDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mismatch> {
        let Some(((_, value), rest)) = self.0.split_first() else {
            return Err(Mismatch);
        };
        self.0 = rest;
        seed.deserialize(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{
        api::{Boot, ChannelAnswer, ChannelsPage, Invite, SignedIn, UsersPage},
        close::GoAway,
        error::Problem,
        event::Event,
        history::Page,
        line::{HelloOk, Line, Reply, SendOk, Sync},
    };
    use serde_json::Value;
    use std::{fmt::Debug, fs};

    /// The wire's examples whose name begins like this.
    fn golden(name: &str) -> Vec<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../protocol/golden");
        let texts: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.file_stem()
                    .is_some_and(|stem| stem.to_string_lossy().starts_with(name))
            })
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        assert!(!texts.is_empty(), "no {name} among the golden files");
        texts
    }

    fn reads_like_serde_json<T: DeserializeOwned + PartialEq + Debug>(name: &str) {
        for text in golden(name) {
            let expected: T = serde_json::from_str(&text).unwrap();
            assert_eq!(read::<T>(&text).as_ref(), Some(&expected), "{text}");
            for field in fields(&text) {
                assert_eq!(
                    read::<T>(&field),
                    serde_json::from_str(&field).ok(),
                    "{field}"
                );
            }
        }
    }

    /// The same object with each field away, `null`, or of another kind.
    fn fields(text: &str) -> Vec<String> {
        let Ok(Value::Object(object)) = serde_json::from_str(text) else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        for name in object.keys() {
            let mut less = object.clone();
            less.remove(name);
            changed.push(Value::Object(less));
            for value in ["null", "true", "7", "-7", "0.5", "\"x\"", "[]", "[\"U1\"]"] {
                let mut other = object.clone();
                other.insert(name.clone(), serde_json::from_str(value).unwrap());
                changed.push(Value::Object(other));
            }
        }
        changed.iter().map(Value::to_string).collect()
    }

    #[test]
    fn the_wire_is_read_as_serde_json_reads_it() {
        reads_like_serde_json::<Boot>("api-boot");
        reads_like_serde_json::<SignedIn>("api-signed-in");
        reads_like_serde_json::<UsersPage>("api-users-page");
        reads_like_serde_json::<ChannelsPage>("api-channels-page");
        reads_like_serde_json::<ChannelAnswer>("api-channel-answer");
        reads_like_serde_json::<Invite>("api-invite");
        reads_like_serde_json::<GoAway>("close-go-away");
        reads_like_serde_json::<Event>("event-");
        reads_like_serde_json::<Page>("history-page");
        reads_like_serde_json::<Problem>("problem-");
        reads_like_serde_json::<HelloOk>("ok-hello");
        reads_like_serde_json::<SendOk>("ok-send");
        reads_like_serde_json::<Sync>("sync");
        reads_like_serde_json::<Reply>("reply-");
    }

    #[test]
    fn a_line_is_what_it_is_also_where_its_reply_is_a_tree() {
        for name in ["event-", "reply-", "sync", "reconnect"] {
            for text in golden(name) {
                let tree = Json::parse(&text).unwrap();
                match (
                    Line::<Json>::read(&tree).unwrap(),
                    Line::parse(&text).unwrap(),
                ) {
                    (Line::Reply(read), Line::Reply(reply)) => {
                        assert_eq!((read.re, read.error), (reply.re, reply.error));
                        let ok = read.ok.and_then(|ok| ok.read::<Value>());
                        assert_eq!(ok, reply.ok, "{text}");
                    }
                    (Line::Event(read), Line::Event(event)) => assert_eq!(read, event),
                    (Line::Sync(read), Line::Sync(sync)) => assert_eq!(read, sync),
                    (Line::Reconnect { within_ms: read }, Line::Reconnect { within_ms }) => {
                        assert_eq!(read, within_ms);
                    }
                    (read, line) => panic!("{read:?} is not {line:?}"),
                }
            }
        }
    }

    #[test]
    fn what_is_no_json_is_nothing() {
        for text in [
            "",
            "{",
            "[1",
            "{\"retry_after_ms\":1}x",
            "nul",
            "{\"a\":1,}",
        ] {
            assert_eq!(Json::parse(text), None, "{text}");
        }
    }

    #[test]
    fn depth_does_not_end_the_page() {
        assert_eq!(Json::parse(&"[".repeat(100_000)), None);
    }

    #[test]
    fn escapes_are_read_and_written() {
        let text = "a\"\\\n\u{1}\u{1f600}é";
        assert_eq!(read::<String>(&write(text)).as_deref(), Some(text));
    }
}
