//! `protocol/http/openapi.json` has every call that the routes have, and no other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeSet;

use gateway_core::route::{Call, Entry, NoRoute, Route};
use serde_json::Value;

/// Names every route by its operation. A route that is missing here does not compile, so it can't be missing in the document.
macro_rules! operations {
    ($($route:pat => $name:literal),+ $(,)?) => {
        fn operation(route: &Route) -> &'static str {
            match route { $($route => $name),+ }
        }
        const OPERATIONS: &[&str] = &[$($name),+];
    };
}

operations! {
    Route::Health => "health",
    Route::Ready => "ready",
    Route::Metrics => "metrics",
    // Served as a file.
    Route::Asset => "openapi",
    Route::Session => "session",
    // There in development only, and of no contract.
    Route::Panic => "",
    Route::Census => "",
    Route::Entry(Entry::CreateWorkspace) => "createWorkspace",
    Route::Entry(Entry::AcceptInvite(_)) => "acceptInvite",
    Route::Entry(Entry::AcceptSignInLink(_)) => "acceptSignInLink",
    Route::Api(Call::CreateInvite) => "createInvite",
    Route::Api(Call::CreateSignInLink) => "createSignInLink",
    Route::Api(Call::SignOut) => "signOut",
    Route::Api(Call::Boot) => "boot",
    Route::Api(Call::UpdateMe) => "updateMe",
    Route::Api(Call::Users) => "users",
    Route::Api(Call::UpdateUser(_)) => "updateUser",
    Route::Api(Call::CreateChannel) => "createChannel",
    Route::Api(Call::Channels) => "channels",
    Route::Api(Call::UpdateChannel(_)) => "updateChannel",
    Route::Api(Call::Join(_)) => "joinChannel",
    Route::Api(Call::Leave(_)) => "leaveChannel",
    Route::Api(Call::Members(_)) => "members",
    Route::Api(Call::AddMember(_)) => "addMember",
    Route::Api(Call::RemoveMember(..)) => "removeMember",
    Route::Api(Call::CreateDirect) => "createDirect",
    Route::Api(Call::Send(_)) => "sendMessage",
    Route::Api(Call::History(_)) => "history",
    Route::Api(Call::ChannelSocket(_)) => "channelSocket",
    Route::Api(Call::Socket) => "socket",
}

const METHODS: &[&str] = &["get", "post", "patch", "delete", "put"];

fn document() -> Value {
    serde_json::from_str(include_str!("../../../protocol/http/openapi.json")).unwrap()
}

/// Each path of the document as a client asks for it, with its operations.
fn paths(document: &Value) -> Vec<(String, Vec<(String, Value)>)> {
    let code = "a".repeat(32);
    let mut paths = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let base = item.get("servers").unwrap_or(&document["servers"]);
        let base = base[0]["url"].as_str().unwrap().trim_end_matches('/');
        let id = if path.starts_with("/users") {
            "U1"
        } else {
            "C1"
        };
        let kind = if path.starts_with("/invites") {
            "T1"
        } else {
            "U1"
        };
        let code = format!("{kind}-{code}");
        let concrete = path.replace("{id}", id).replace("{user}", "U1");
        let concrete = format!("{base}{}", concrete.replace("{code}", &code));
        let operations = METHODS
            .iter()
            .filter_map(|method| Some(((*method).to_uppercase(), item.get(*method)?.clone())))
            .collect();
        paths.push((concrete, operations));
    }
    paths
}

#[test]
fn every_operation_leads_to_its_route() {
    for (path, operations) in paths(&document()) {
        for (method, described) in operations {
            let route = Route::parse(&method, &path);
            let route = route.unwrap_or_else(|none| panic!("{method} {path}: {none:?}"));
            assert_eq!(
                described["operationId"],
                operation(&route),
                "{method} {path}"
            );
        }
    }
}

#[test]
fn every_route_has_an_operation() {
    let described: BTreeSet<String> = paths(&document())
        .into_iter()
        .flat_map(|(_, operations)| operations)
        .map(|(_, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let routed: BTreeSet<String> = OPERATIONS
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(described, routed);
}

#[test]
fn no_path_takes_a_method_that_is_not_described() {
    for (path, operations) in paths(&document()) {
        let Err(NoRoute::Method { allow }) = Route::parse("PUT", &path) else {
            // Files are served to whoever asks.
            assert_eq!(path, "/openapi.json");
            continue;
        };
        let allowed: BTreeSet<&str> = allow
            .split(", ")
            .filter(|method| *method != "HEAD")
            .collect();
        let described = operations
            .iter()
            .map(|(method, _)| method.as_str())
            .collect();
        assert_eq!(allowed, described, "{path}");
    }
}

#[test]
fn what_needs_no_session_says_so() {
    for (path, operations) in paths(&document()) {
        for (method, described) in operations {
            let route = Route::parse(&method, &path).unwrap();
            let is_open = described["security"].as_array().is_some_and(Vec::is_empty);
            let needs_token = matches!(route, Route::Api(_) | Route::Metrics);
            assert_eq!(is_open, !needs_token, "{method} {path}");
        }
    }
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        let described: BTreeSet<String> = item["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| match parameter["$ref"].as_str() {
                Some(reference) => document.pointer(&reference[1..]).unwrap(),
                None => parameter,
            })
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
            .collect();
        let named: BTreeSet<String> = path
            .split('/')
            .filter(|segment| segment.starts_with('{'))
            .map(str::to_owned)
            .collect();
        assert_eq!(described, named, "{path}");
    }
}
