//! Bodies of HTTP requests: JSON objects, parsed once.

use protocol::{
    error::{Code, Refusal},
    limits::BODY_MAX_BYTES,
};
use serde::de::DeserializeOwned;

/// A body as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// More than [`BODY_MAX_BYTES`].
    TooLarge,
}

impl Body {
    /// Reads `T`, which is a struct, from the object in the body.
    pub fn parse<T: DeserializeOwned>(&self, content_type: Option<&str>) -> Result<T, Refusal> {
        match self {
            Self::TooLarge => Err(Refusal::new(
                Code::TooLarge,
                format!("a body has at most {BODY_MAX_BYTES} bytes"),
            )),
            Self::Whole(bytes) => {
                if !bytes.is_empty() {
                    check_content_type(content_type)?;
                }
                parse_object(bytes)
            }
        }
    }

    /// Like [`Body::parse`], and no body at all says nothing about any field.
    pub fn parse_or_default<T: DeserializeOwned + Default>(
        &self,
        content_type: Option<&str>,
    ) -> Result<T, Refusal> {
        match self {
            Self::Whole(bytes) if bytes.trim_ascii().is_empty() => Ok(T::default()),
            _ => self.parse(content_type),
        }
    }
}

fn parse_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    // Otherwise serde would take an array for a struct, its fields in order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Refusal::invalid("the body has to be a JSON object"));
    }
    serde_json::from_slice(bytes).map_err(|error| Refusal::invalid(error.to_string()))
}

/// Refuses types that a page may send to another origin without asking first (`text/plain` and forms).
fn check_content_type(content_type: Option<&str>) -> Result<(), Refusal> {
    let Some(content_type) = content_type else {
        return Ok(());
    };
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_json = essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"));
    if is_json {
        Ok(())
    } else {
        Err(Refusal::invalid("content-type has to be application/json"))
    }
}

#[cfg(test)]
mod tests {
    use protocol::api::{CreateInvite, CreateWorkspace};

    use super::*;

    fn parse(text: &[u8]) -> Result<CreateWorkspace, Refusal> {
        Body::Whole(text.to_vec()).parse(None)
    }

    #[test]
    fn a_json_object_is_taken() {
        let body = parse(b" {\"name\":\"N\",\"display_name\":\"D\",\"later\":1} ").unwrap();
        assert_eq!(body.name, "N");
    }

    #[test]
    fn what_is_no_such_object_is_invalid() {
        for bad in [
            &b""[..],
            b"null",
            b"[\"N\",\"D\"]",
            b"\"x\"",
            b"{",
            b"{\"name\":\"N\"}",
            b"{\"name\":1,\"display_name\":\"D\"}",
            b"{\"name\":null,\"display_name\":\"D\"}",
            b"{\"name\":\"\\ud800\",\"display_name\":\"D\"}",
            b"{\"name\":\"\xff\",\"display_name\":\"D\"}",
            b"{\"name\":\"N\",\"display_name\":\"D\"} x",
            b"{\"name\":\"N\",\"name\":\"N\",\"display_name\":\"D\"}",
        ] {
            let refusal = parse(bad).unwrap_err();
            assert_eq!(refusal.code, Code::InvalidRequest, "{bad:?}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_a_stack_overflow() {
        let deep = format!("{{\"name\":{}", "[".repeat(100_000));
        assert!(parse(deep.as_bytes()).is_err());
        let ignored = format!("{{\"x\":{}", "[".repeat(100_000));
        assert!(parse(ignored.as_bytes()).is_err());
    }

    #[test]
    fn a_body_that_is_too_large_has_its_own_code() {
        let refusal = Body::TooLarge.parse::<CreateWorkspace>(None).unwrap_err();
        assert_eq!(refusal.code, Code::TooLarge);
        let refusal = Body::TooLarge
            .parse_or_default::<CreateInvite>(None)
            .unwrap_err();
        assert_eq!(refusal.code, Code::TooLarge);
    }

    #[test]
    fn no_body_says_nothing() {
        let empty = Body::Whole(Vec::new());
        assert_eq!(
            empty
                .parse_or_default::<CreateInvite>(Some("text/plain"))
                .unwrap(),
            CreateInvite::default()
        );
    }

    #[test]
    fn a_content_type_that_is_not_json_is_refused() {
        let body = Body::Whole(b"{}".to_vec());
        for json in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/merge-patch+json",
        ] {
            assert!(body.parse::<CreateInvite>(Some(json)).is_ok(), "{json}");
        }
        for other in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=application/json",
            "",
        ] {
            assert!(body.parse::<CreateInvite>(Some(other)).is_err(), "{other}");
        }
    }
}
