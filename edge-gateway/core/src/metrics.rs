//! `GET /metrics`: who may read it, and what it says, in Prometheus' text format 0.0.4.
//!
//! All of it is numbers; the only labels are a channel server's number and a code of the contract.

use std::fmt::Write as _;

use protocol::{
    error::{Code, Refusal},
    figures::ServerFigures,
};

use crate::{credential::bearer, denial::Denial, key::SessionKey, route::NoRoute};

/// The media type of the format.
pub const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The variable `METRICS_TOKEN`. It is kept as a tag, which is of no use to whoever sees it.
#[derive(Clone, Debug)]
pub struct MetricsToken(Vec<u8>);

impl MetricsToken {
    /// Takes the variable's text; one that is blank is none.
    #[must_use]
    pub fn parse(text: &str, key: &SessionKey) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(key.tag(text)))
    }
}

/// Lets a request in that brings the token. Without the variable everybody is let in in development, and else nobody is told that
/// there is anything. Tokens are compared in constant time.
pub fn check(
    token: Option<&MetricsToken>,
    is_development: bool,
    authorization: Option<&str>,
    key: &SessionKey,
) -> Result<(), Denial> {
    let Some(MetricsToken(tag)) = token else {
        return if is_development {
            Ok(())
        } else {
            Err(NoRoute::Path.into())
        };
    };
    match authorization.and_then(bearer) {
        Some(given) if key.has_tagged(given, tag) => Ok(()),
        _ => Err(Refusal::new(
            Code::NotAuthenticated,
            "the bearer METRICS_TOKEN is missing",
        )
        .into()),
    }
}

/// The codes that HTTP calls are refused with.
const CODES: [(Code, &str); 11] = [
    (Code::InvalidRequest, "invalid_request"),
    (Code::NotAuthenticated, "not_authenticated"),
    (Code::Forbidden, "forbidden"),
    (Code::NotAMember, "not_a_member"),
    (Code::NotFound, "not_found"),
    (Code::Conflict, "conflict"),
    (Code::Archived, "archived"),
    (Code::TooLarge, "too_large"),
    (Code::RateLimited, "rate_limited"),
    (Code::Overloaded, "overloaded"),
    (Code::Internal, "internal"),
];

/// HTTP calls that were refused, by code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals([u64; CODES.len()]);

impl Refusals {
    /// None yet.
    #[must_use]
    pub const fn none() -> Self {
        Self([0; CODES.len()])
    }

    /// One more.
    pub fn count(&mut self, code: Code) {
        let place = CODES.iter().position(|(other, _)| *other == code);
        if let Some(count) = place.and_then(|place| self.0.get_mut(place)) {
            *count += 1;
        }
    }
}

/// What the isolate that answers has done since its module was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsolateFigures {
    /// HTTP requests that reached the Worker.
    pub requests: u64,
    /// Those that were refused.
    pub refusals: Refusals,
    /// How often the module was started anew, after a panic.
    pub restarts: u64,
    /// Lives of channel servers.
    pub channel_servers: u64,
    /// Lives of gateways.
    pub gateways: u64,
    /// Frames of gateways that channel servers have taken in.
    pub link_frames: u64,
    /// How often a log was read for a subscriber.
    pub reads: u64,
    /// Requests by which channel servers have woken gateways.
    pub wakes: u64,
    /// Frames sent to browsers, one for each that got it.
    pub browser_frames: u64,
    /// The module's memory, in bytes.
    pub memory_bytes: u64,
}

/// A document that grows family by family.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: u64) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn single(&mut self, name: &str, help: &str, value: u64) {
        let kind = if name.ends_with("_total") {
            "counter"
        } else {
            "gauge"
        };
        self.family(name, kind, help);
        self.sample(name, "", value);
    }

    fn by_server(
        &mut self,
        servers: &[(u32, Option<ServerFigures>)],
        name: &str,
        help: &str,
        value: impl Fn(&ServerFigures) -> Option<u64>,
    ) {
        let kind = if name.ends_with("_total") {
            "counter"
        } else {
            "gauge"
        };
        self.family(name, kind, help);
        for (number, figures) in servers {
            if let Some(value) = figures.as_ref().and_then(&value) {
                self.sample(name, &format!("{{server=\"{number}\"}}"), value);
            }
        }
    }
}

/// The document: what this isolate has done, and what each channel server says; `None` where one did not answer in time.
#[must_use]
pub fn exposition(isolate: &IsolateFigures, servers: &[(u32, Option<ServerFigures>)]) -> String {
    let mut out = Exposition::default();
    of_isolate(&mut out, isolate);
    of_servers(&mut out, servers);
    out.0
}

fn of_isolate(out: &mut Exposition, isolate: &IsolateFigures) {
    for (name, help, value) in [
        (
            "requests_total",
            "HTTP requests that reached the Worker.",
            isolate.requests,
        ),
        (
            "module_restarts_total",
            "Starts of the module after a panic.",
            isolate.restarts,
        ),
        (
            "channel_server_lives_total",
            "Channel servers that got their memory.",
            isolate.channel_servers,
        ),
        (
            "gateway_lives_total",
            "Gateways that got their memory.",
            isolate.gateways,
        ),
        (
            "link_frames_total",
            "Frames of gateways that channel servers have taken in.",
            isolate.link_frames,
        ),
        (
            "log_reads_total",
            "Reads of a log for a subscriber.",
            isolate.reads,
        ),
        (
            "gateway_wakes_total",
            "Requests by which channel servers have woken gateways.",
            isolate.wakes,
        ),
        (
            "browser_frames_total",
            "Frames sent to browsers, one for each that got it.",
            isolate.browser_frames,
        ),
        (
            "memory_bytes",
            "Memory of the module.",
            isolate.memory_bytes,
        ),
    ] {
        let help = format!("{help} Of the isolate that answers.");
        out.single(&format!("heliograph_isolate_{name}"), &help, value);
    }
    let name = "heliograph_isolate_refusals_total";
    out.family(
        name,
        "counter",
        "HTTP requests refused, by code. Of the isolate that answers.",
    );
    for ((_, code), count) in CODES.iter().zip(isolate.refusals.0) {
        out.sample(name, &format!("{{code=\"{code}\"}}"), count);
    }
}

/// What a family says of a channel server, where it says something.
type Value = fn(&ServerFigures) -> Option<u64>;

fn of_servers(out: &mut Exposition, servers: &[(u32, Option<ServerFigures>)]) {
    let count = |answered: bool| {
        let counted = servers
            .iter()
            .filter(|(_, figures)| figures.is_some() == answered);
        u64::try_from(counted.count()).unwrap_or(u64::MAX)
    };
    out.single(
        "heliograph_channel_servers_up",
        "Channel servers that answered in time.",
        count(true),
    );
    out.single(
        "heliograph_channel_servers_down",
        "Channel servers that did not answer in time.",
        count(false),
    );
    let families: [(&str, &str, Value); 10] = [
        (
            "logs",
            "Logs: workspaces, users, channels, directs.",
            |of| Some(of.stored.logs),
        ),
        (
            "events",
            "Events stored; absent while they are being counted.",
            |of| of.stored.events,
        ),
        ("database_bytes", "Size of the database.", |of| {
            Some(of.database_bytes)
        }),
        ("effects_waiting", "Effects in the outbox.", |of| {
            Some(of.stored.effects_waiting)
        }),
        (
            "subscriptions",
            "Gateways that follow a log, over all logs, up to 100000.",
            |of| Some(of.stored.subscriptions),
        ),
        ("links", "Open links of gateways.", |of| Some(of.links)),
        ("sockets", "Open single-channel sockets.", |of| {
            Some(of.sockets)
        }),
        (
            "events_total",
            "Events stored and sent to their followers.",
            |of| Some(of.done.events),
        ),
        ("messages_total", "Messages stored.", |of| {
            Some(of.done.messages)
        }),
        ("frames_total", "Frames sent up links and sockets.", |of| {
            Some(of.done.frames)
        }),
    ];
    for (name, help, value) in families {
        out.by_server(
            servers,
            &format!("heliograph_channel_server_{name}"),
            help,
            value,
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn key() -> SessionKey {
        SessionKey::parse("xK9vT2mQ7bLwR4nZ8cYpH3sJ6dGfA1uE5iOoN0rVtWk").unwrap()
    }

    fn status(token: &str, is_development: bool, authorization: Option<&str>) -> u16 {
        let token = MetricsToken::parse(token, &key());
        match check(token.as_ref(), is_development, authorization, &key()) {
            Ok(()) => 200,
            Err(denial) => denial.problem.status,
        }
    }

    fn document() -> String {
        let mut isolate = IsolateFigures::default();
        isolate.refusals.count(Code::RateLimited);
        isolate.refusals.count(Code::RateLimited);
        let mut figures = ServerFigures::default();
        figures.stored.events = Some(42);
        let counting = ServerFigures::default();
        let servers = [(0, Some(figures)), (1, None), (2, Some(counting))];
        exposition(&isolate, &servers)
    }

    #[test]
    fn with_the_variable_its_token_is_asked_for_in_development_too() {
        for is_development in [false, true] {
            assert_eq!(status("s3cret", is_development, Some("Bearer s3cret")), 200);
            for bad in [
                None,
                Some("Bearer s3cre"),
                Some("Bearer "),
                Some("Basic s3cret"),
                Some("s3cret"),
            ] {
                assert_eq!(status("s3cret", is_development, bad), 401, "{bad:?}");
            }
        }
    }

    #[test]
    fn without_the_variable_it_is_there_in_development_only() {
        for none in ["", " \n"] {
            assert_eq!(status(none, true, None), 200);
            assert_eq!(status(none, false, None), 404);
            assert_eq!(status(none, false, Some("Bearer ")), 404);
        }
    }

    #[test]
    fn the_token_is_not_in_what_is_printed_of_it() {
        let token = MetricsToken::parse("s3cret", &key());
        assert!(!format!("{token:?}").contains("s3cret"));
    }

    #[test]
    fn codes_are_named_as_on_the_wire() {
        for (code, name) in CODES {
            assert_eq!(serde_json::to_value(code).unwrap(), name);
        }
    }

    #[test]
    fn every_sample_belongs_to_the_family_above_it() {
        let document = document();
        assert!(document.ends_with('\n'));
        let (mut family, mut kind, mut families) = ("", "", BTreeSet::new());
        for line in document.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').unwrap();
                assert!(families.insert(name), "{name} comes twice");
                assert!(!words.is_empty() && !words.contains('\\'));
                family = name;
            } else if let Some(of) = line.strip_prefix("# TYPE ") {
                kind = of.strip_prefix(family).unwrap().trim_start();
                assert_eq!(kind == "counter", family.ends_with("_total"), "{family}");
            } else {
                let (name, value) = line.rsplit_once(' ').unwrap();
                value.parse::<u64>().unwrap();
                let labels = name.strip_prefix(family).unwrap();
                let is_label = |label: &str| labels.starts_with(label) && labels.ends_with("\"}");
                assert!(
                    labels.is_empty() || is_label("{server=\"") || is_label("{code=\""),
                    "{line}"
                );
                assert!(["counter", "gauge"].contains(&kind));
            }
        }
        assert!(families.iter().all(|name| name.starts_with("heliograph_")));
    }

    #[test]
    fn whoever_does_not_answer_is_counted_and_has_no_samples() {
        let document = document();
        let has = |line: &str| document.lines().any(|other| other == line);
        assert!(has("heliograph_channel_servers_up 2"));
        assert!(has("heliograph_channel_servers_down 1"));
        assert!(!document.contains("server=\"1\""));
        assert!(has("heliograph_channel_server_logs{server=\"2\"} 0"));
    }

    #[test]
    fn events_that_are_not_counted_yet_are_left_out() {
        let document = document();
        assert!(document.contains("heliograph_channel_server_events{server=\"0\"} 42\n"));
        assert!(!document.contains("heliograph_channel_server_events{server=\"2\"}"));
    }

    #[test]
    fn refusals_are_told_by_code() {
        let document = document();
        assert!(document.contains("refusals_total{code=\"rate_limited\"} 2\n"));
        assert!(document.contains("refusals_total{code=\"forbidden\"} 0\n"));
    }
}
