//! Page events that are nobody's in particular.

use client_core::input::Input;
use gloo::events::EventListener;

use crate::dom::{Dispatch, document, window};

/// Whether the page is in view.
pub fn is_visible() -> bool {
    !document().hidden()
}

/// Whether the main pointer is a finger: Enter is a newline then, and focus would bring up a keyboard.
pub fn is_touch() -> bool {
    window()
        .match_media("(pointer: coarse)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// Where the page comes from.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The page's path.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// The page's query string.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// Changes the page's address.
pub fn navigate(url: &str, replace: bool) {
    if let Ok(history) = window().history() {
        let null = wasm_bindgen::JsValue::NULL;
        let _ = if replace {
            history.replace_state_with_url(&null, "", Some(url))
        } else {
            history.push_state_with_url(&null, "", Some(url))
        };
    }
}

/// Listens for the page's whole life.
pub fn listen(dispatch: &Dispatch) -> Vec<EventListener> {
    let window = window();
    let to = |input: fn() -> Input| {
        let dispatch = dispatch.clone();
        move |_: &web_sys::Event| dispatch.input(input())
    };
    vec![
        EventListener::new(&window, "online", to(|| Input::Online(true))),
        EventListener::new(&window, "offline", to(|| Input::Online(false))),
        EventListener::new(
            &window,
            "popstate",
            to(|| Input::Navigated { path: path() }),
        ),
        EventListener::new(
            &document(),
            "visibilitychange",
            to(|| Input::Visible(is_visible())),
        ),
    ]
}
