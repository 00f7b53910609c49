//! Page events that are nobody's in particular.

use client_core::{
    input::{Input, Intent},
    keys::{self, Pressed},
    storage::Theme,
};
use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use crate::dom::{Dispatch, document, set, window};

/// The key code that browsers give while an input method composes.
pub const COMPOSING_KEY: u32 = 229;

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

/// Whether keys are called as on a Mac.
pub fn is_mac() -> bool {
    let platform = window().navigator().platform().unwrap_or_default();
    platform.starts_with("Mac") || platform.starts_with("iP")
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

/// Shows the page light or dark, or as the system is.
pub fn show_theme(theme: Theme) {
    if let Some(root) = document().document_element() {
        set(&root, "data-theme", theme.name());
    }
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

/// What is typed into, as a selector.
const WRITING: &str =
    "textarea, [contenteditable], select, input:not([type=checkbox], [type=radio])";

/// A key that nothing else wanted.
fn pressed(event: &KeyboardEvent, dispatch: &Dispatch) {
    // In a dialog keys are the dialog's; while an input method composes they are its own.
    let modal = || {
        document()
            .query_selector("dialog[open]")
            .ok()
            .flatten()
            .is_some()
    };
    if event.default_prevented()
        || event.is_composing()
        || event.key_code() == COMPOSING_KEY
        || modal()
    {
        return;
    }
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let on = |selector| {
        target
            .as_ref()
            .is_some_and(|target| target.matches(selector).unwrap_or(false))
    };
    let pressed = Pressed {
        key: event.key(),
        command: event.ctrl_key() || event.meta_key(),
        alt: event.alt_key(),
        shift: event.shift_key(),
        writing: on(WRITING),
        empty_composer: on(".composer-text:placeholder-shown"),
    };
    if let Some(action) = keys::action(&pressed) {
        event.prevent_default();
        dispatch.intent(Intent::Press(action));
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
        EventListener::new(&window, "focus", to(|| Input::Active)),
        EventListener::new(&document(), "pointerdown", to(|| Input::Active)),
        EventListener::new_with_options(
            &document(),
            "keydown",
            EventListenerOptions::enable_prevent_default(),
            {
                let dispatch = dispatch.clone();
                move |event| pressed(event.unchecked_ref(), &dispatch)
            },
        ),
    ]
}
