//! Dots that say who is there. Whatever shows a person holds a dot with their id; all are filled in together, so that nothing
//! else is made anew when somebody comes or goes.

use client_core::{
    presence::{Seen, Status},
    strings,
};
use litemap::LiteMap;
use protocol::id::UserId;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::{
    clock::{long_date, short_time},
    dom::{document, set, tag},
};

/// After this, in milliseconds, a time of day says less than a date.
const DAY_MS: u64 = 20 * 60 * 60 * 1_000;

/// The dot of somebody of whom nothing is known yet.
pub fn dot(user: &UserId) -> Element {
    tag("span")
        .class("dot")
        .attr("role", "img")
        .attr("data-user", user.as_str())
        .attr("hidden", "")
        .element()
}

/// Fills in all dots of the page.
pub fn show(presence: &LiteMap<UserId, Seen>, now_ms: u64) {
    let Ok(dots) = document().query_selector_all(".dot") else {
        return;
    };
    for index in 0..dots.length() {
        let Some(dot) = dots
            .item(index)
            .and_then(|node| node.dyn_into::<Element>().ok())
        else {
            continue;
        };
        let user = dot.get_attribute("data-user").map(|id| UserId::parse(&id));
        let Some(Seen {
            status,
            last_seen_ms,
        }) = user
            .and_then(Result::ok)
            .and_then(|user| presence.get(&user))
        else {
            set(&dot, "hidden", Some(""));
            continue;
        };
        let (name, words) = match status {
            Status::Active => ("active", strings::ACTIVE.to_owned()),
            Status::Away => ("away", strings::AWAY.to_owned()),
            Status::Offline if *last_seen_ms == 0 => {
                ("offline", strings::OFFLINE_PERSON.to_owned())
            }
            Status::Offline => {
                let ago_ms = now_ms.saturating_sub(*last_seen_ms);
                let time = if ago_ms < DAY_MS {
                    short_time
                } else {
                    long_date
                };
                ("offline", strings::last_seen(&time(*last_seen_ms)))
            }
        };
        set(&dot, "data-status", Some(name));
        set(&dot, "aria-label", Some(&words));
        set(&dot, "title", Some(&words));
        set(&dot, "hidden", None);
    }
}
