//! What `http/openapi.json` says is what this crate has: limits, codes, and every body in `golden/`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod schema;

use protocol::{
    error::Code,
    limits::{
        CLIENT_MESSAGE_ID_MAX_BYTES, DIRECT_MAX_USERS, DISPLAY_NAME_MAX_CHARS, EMOJI_MAX_BYTES,
        FRAME_MAX_BYTES, HISTORY_LIMIT_DEFAULT, HISTORY_LIMIT_MAX, ID_MAX_CHARS,
        INVITE_EXPIRES_DEFAULT_S, INVITE_EXPIRES_MAX_S, INVITE_USES_DEFAULT, INVITE_USES_MAX,
        NAME_MAX_CHARS, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, REACTION_EMOJI_MAX, REACTION_USERS_MAX,
        REPLY_USERS_MAX, SAFE_INTEGER_MAX, SIGN_IN_LINK_MS, TEXT_MAX_BYTES, TITLE_MAX_CHARS,
        TOPIC_MAX_CHARS, USER_IDS_MAX,
    },
};
use schema::Schemas;
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::from_str(include_str!("../http/openapi.json")).unwrap()
}

fn golden(name: &str) -> Value {
    let path = format!("{}/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// Each body of an HTTP call in `golden/`, and the schema that it has to fit.
const BODIES: &[(&str, &str)] = &[
    ("api-accept-invite", "AcceptInvite"),
    ("api-add-member", "AddMember"),
    ("api-boot", "Boot"),
    ("api-channel", "Channel"),
    ("api-channel-answer", "ChannelAnswer"),
    ("api-channels-page", "ChannelsPage"),
    ("api-create-channel", "CreateChannel"),
    ("api-create-direct", "CreateDirect"),
    ("api-create-invite", "CreateInvite"),
    ("api-create-workspace", "CreateWorkspace"),
    ("api-invite", "Invite"),
    ("api-sent", "Sent"),
    ("api-sign-in-link", "SignInLink"),
    ("api-sign-out", "SignOut"),
    ("api-signed-in", "SignedIn"),
    ("api-update-channel", "UpdateChannel"),
    ("api-update-me", "UpdateMe"),
    ("api-user", "User"),
    ("api-user-answer", "UserAnswer"),
    ("api-users-page", "UsersPage"),
    ("api-workspace", "Workspace"),
    ("draft", "SendMessage"),
    ("history-page", "HistoryPage"),
    ("resume-point", "ResumePoint"),
];

#[test]
fn every_body_of_the_golden_files_fits_its_schema_with_no_field_unlisted() {
    let schemas = Schemas::of(document());
    for (file, schema) in BODIES {
        assert_eq!(schemas.faults(schema, &golden(file)), [""; 0], "{file}");
    }
}

#[test]
fn every_http_body_of_the_golden_files_is_held_against_a_schema() {
    let folder = format!("{}/golden", env!("CARGO_MANIFEST_DIR"));
    let mut problems = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".json") else {
            continue;
        };
        if let Some(code) = name.strip_prefix("problem-") {
            problems += 1;
            let faults = Schemas::of(document()).faults("Problem", &golden(name));
            assert_eq!(faults, [""; 0], "{code}");
        } else if name.starts_with("api-") && name != "api-caller" {
            // A caller is what the Worker tells channel servers, not a body of a call.
            assert!(BODIES.iter().any(|(file, _)| *file == name), "{name}");
        }
    }
    assert_eq!(problems, 11);
}

#[test]
fn what_does_not_fit_is_found() {
    let schemas = Schemas::of(document());
    for (schema, bad) in [
        ("AddMember", json!({})),
        ("AddMember", json!({"user": 1})),
        ("AddMember", json!({"user": "C1"})),
        ("AddMember", json!({"user": "U1", "more": 1})),
        ("AddMember", json!([])),
        ("CreateInvite", json!({"max_uses": 0})),
        ("CreateInvite", json!({"expires_in_s": u64::MAX})),
        ("CreateInvite", json!({"role": "owner"})),
        ("CreateChannel", json!({"name": "", "kind": "public"})),
        (
            "ChannelsPage",
            json!({"channels": [{}], "next_cursor": null}),
        ),
        ("ResumePoint", json!({"epoch": "e", "seq": -1})),
        ("Boot", json!({"logs": {"U1": {"epoch": "e"}}})),
        ("BootChannel", golden("api-channel")),
    ] {
        assert_ne!(schemas.faults(schema, &bad), [""; 0], "{schema} {bad}");
    }
}

/// What stands in the document at a JSON pointer.
fn at(pointer: &str) -> Value {
    let document = document();
    let value = document.pointer(pointer);
    value.unwrap_or_else(|| panic!("{pointer}")).clone()
}

#[test]
fn the_limits_of_bodies_are_those_of_the_contract() {
    let schema = |path: &str| at(&format!("/components/schemas/{path}"));
    let field = |path: &str, key: &str| {
        let (schema_name, field) = path.split_once('.').unwrap();
        schema(&format!("{schema_name}/properties/{field}/{key}"))
    };
    for path in [
        "CreateWorkspace.display_name",
        "AcceptInvite.display_name",
        "UpdateMe.display_name",
    ] {
        assert_eq!(
            field(path, "maxLength"),
            json!(DISPLAY_NAME_MAX_CHARS),
            "{path}"
        );
    }
    for path in [
        "CreateWorkspace.name",
        "CreateChannel.name",
        "UpdateChannel.name",
    ] {
        assert_eq!(field(path, "maxLength"), json!(NAME_MAX_CHARS), "{path}");
    }
    for path in ["CreateChannel.topic", "UpdateChannel.topic"] {
        assert_eq!(field(path, "maxLength"), json!(TOPIC_MAX_CHARS), "{path}");
    }
    for path in ["SendMessage.client_message_id", "Message.client_message_id"] {
        assert_eq!(
            field(path, "maxLength"),
            json!(CLIENT_MESSAGE_ID_MAX_BYTES),
            "{path}"
        );
    }
    assert_eq!(field("UpdateMe.title", "maxLength"), json!(TITLE_MAX_CHARS));
    assert_eq!(
        field("SendMessage.text", "maxLength"),
        json!(TEXT_MAX_BYTES)
    );
    assert_eq!(
        field("CreateInvite.max_uses", "maximum"),
        json!(INVITE_USES_MAX)
    );
    assert_eq!(
        field("CreateInvite.max_uses", "default"),
        json!(INVITE_USES_DEFAULT)
    );
    assert_eq!(
        field("CreateInvite.expires_in_s", "maximum"),
        json!(INVITE_EXPIRES_MAX_S)
    );
    assert_eq!(
        field("CreateInvite.expires_in_s", "default"),
        json!(INVITE_EXPIRES_DEFAULT_S)
    );
    assert_eq!(field("Reaction.emoji", "maxLength"), json!(EMOJI_MAX_BYTES));
    assert_eq!(
        field("Reaction.users", "maxItems"),
        json!(REACTION_USERS_MAX)
    );
    assert_eq!(
        field("Message.reactions", "maxItems"),
        json!(REACTION_EMOJI_MAX)
    );
    assert_eq!(
        field("Message.reply_users", "maxItems"),
        json!(REPLY_USERS_MAX)
    );
    assert_eq!(
        field("HistoryPage.messages", "maxItems"),
        json!(HISTORY_LIMIT_MAX)
    );
    for id in ["WorkspaceId", "UserId", "ChannelId"] {
        assert_eq!(schema(id)["maxLength"], json!(ID_MAX_CHARS));
    }
    for number in ["Seq", "Count"] {
        assert_eq!(schema(number)["maximum"], json!(SAFE_INTEGER_MAX));
    }
}

#[test]
fn the_limits_of_pages_and_in_words_are_those_of_the_contract() {
    let page = at("/components/parameters/limit/schema");
    assert_eq!(page["maximum"], json!(PAGE_LIMIT_MAX));
    assert_eq!(page["default"], json!(PAGE_LIMIT_DEFAULT));
    let history = at("/paths/~1channels~1{id}~1messages/get/parameters/4/schema");
    assert_eq!(history["maximum"], json!(HISTORY_LIMIT_MAX));
    assert_eq!(history["default"], json!(HISTORY_LIMIT_DEFAULT));
    let users = "/paths/~1users/get/parameters";
    assert_eq!(
        at(users)[3]["schema"]["maxLength"],
        json!(DISPLAY_NAME_MAX_CHARS)
    );

    let says = |pointer: &str, words: String| {
        let text = at(pointer);
        assert!(
            text.as_str().unwrap().contains(&words),
            "{pointer}: no {words}"
        );
    };
    says("/info/description", format!("{FRAME_MAX_BYTES} bytes"));
    says(
        "/info/description",
        format!("1 to {ID_MAX_CHARS} characters"),
    );
    says(
        &format!("{users}/0/description"),
        format!("at most {USER_IDS_MAX}"),
    );
    says(
        "/components/schemas/CreateDirect/properties/users/description",
        format!("at most {DIRECT_MAX_USERS} people"),
    );
    let minutes = SIGN_IN_LINK_MS / 60_000;
    says(
        "/paths/~1sign-in-links/post/summary",
        format!("{minutes} minutes"),
    );
}

#[test]
fn the_codes_are_those_of_http_each_with_its_status() {
    let document = document();
    let problem = &document["components"]["schemas"]["Problem"]["properties"];
    let listed = problem["code"]["enum"].as_array().unwrap();
    let described = &document["components"]["responses"]["Problem"]["description"];
    let described = described.as_str().unwrap();
    for code in listed {
        let parsed: Code = serde_json::from_value(code.clone()).unwrap();
        assert!(!matches!(parsed, Code::InvalidFrame | Code::UnknownOp));
        let code = code.as_str().unwrap();
        let of_status = described
            .split(&parsed.status().to_string())
            .nth(1)
            .unwrap();
        let of_status = of_status
            .split(|letter: char| letter.is_ascii_digit())
            .next();
        assert!(of_status.unwrap().contains(&format!("`{code}`")), "{code}");
    }
    let golden: Vec<_> = std::fs::read_dir(format!("{}/golden", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("problem-"))
        .collect();
    assert_eq!(listed.len(), golden.len());
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    let document = document();
    let mut references = Vec::new();
    gather(&document, &mut references);
    for reference in &references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for kind in ["schemas", "responses", "parameters"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(references.contains(&reference), "{reference} is not used");
        }
    }
}

fn gather(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(reference) if key == "$ref" => references.push(reference.clone()),
                    _ => gather(value, references),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, references)),
        _ => {}
    }
}
