//! Making and changing elements. What people wrote gets in as text nodes only.

use client_core::input::{Input, Intent};
use gloo::events::{EventListener, EventListenerOptions};
use std::rc::Rc;
use wasm_bindgen::UnwrapThrowExt;
use web_sys::{Document, Element, Event, Node, Window};

/// Where inputs go.
#[derive(Clone)]
pub struct Dispatch(pub Rc<dyn Fn(Input)>);

impl Dispatch {
    /// Something happened.
    pub fn input(&self, input: Input) {
        (self.0)(input);
    }

    /// A person did something.
    pub fn intent(&self, intent: Intent) {
        self.input(Input::Person(intent));
    }
}

/// The window. A page always has one; a worker, where there is none, never runs this.
pub fn window() -> Window {
    web_sys::window().unwrap_throw()
}

/// The document, which every window of a page has.
pub fn document() -> Document {
    window().document().unwrap_throw()
}

/// An element under construction.
pub struct Tag(Element);

/// A new element. Names are constants of this crate and valid, the one thing that could fail.
pub fn tag(name: &str) -> Tag {
    Tag(document().create_element(name).unwrap_throw())
}

impl Tag {
    /// With these classes.
    pub fn class(self, classes: &str) -> Self {
        self.attr("class", classes)
    }

    /// With this attribute.
    pub fn attr(self, name: &str, value: &str) -> Self {
        set(&self.0, name, Some(value));
        self
    }

    /// With this text at its end.
    pub fn text(self, text: &str) -> Self {
        let node = document().create_text_node(text);
        self.child(&node)
    }

    /// With this node at its end.
    pub fn child(self, node: &Node) -> Self {
        append(&self.0, node);
        self
    }

    /// As an element.
    pub fn element(self) -> Element {
        self.0
    }
}

/// Puts a node at the end of a parent, which fails only where it would hold itself.
pub fn append(parent: &Element, node: &Node) {
    let _ = parent.append_child(node);
}

/// Sets or takes away an attribute; names are constants of this crate.
pub fn set(element: &Element, name: &str, value: Option<&str>) {
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

/// Sets or takes away an attribute without a value.
pub fn flag(element: &Element, name: &str, on: bool) {
    set(element, name, on.then_some(""));
}

/// Sets the text of an element, unless it is that already: what is read out when it changes stays silent else.
pub fn say(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Shows `text` in an element, which is hidden where there is none.
pub fn say_or_hide(element: &Element, text: Option<&str>) {
    say(element, text.unwrap_or_default());
    flag(element, "hidden", text.is_none());
}

/// Takes all children away.
pub fn clear(element: &Element) {
    element.set_text_content(None);
}

/// Listens for as long as the listener is kept.
pub fn on(node: &Element, event: &'static str, act: impl FnMut(&Event) + 'static) -> EventListener {
    EventListener::new_with_options(
        node,
        event,
        EventListenerOptions::enable_prevent_default(),
        act,
    )
}

/// A click does this.
pub fn on_click(
    node: &Element,
    dispatch: &Dispatch,
    intent: impl Fn() -> Intent + 'static,
) -> EventListener {
    let dispatch = dispatch.clone();
    on(node, "click", move |event| {
        event.prevent_default();
        dispatch.intent(intent());
    })
}

/// A button with a drawing and no words to be seen.
pub fn icon_button(icon: &Element, label: &str, class: &str) -> Element {
    tag("button")
        .class(&format!("icon-button {class}"))
        .attr("type", "button")
        .attr("aria-label", label)
        .attr("title", label)
        .child(icon)
        .element()
}

/// A button with words.
pub fn button(words: &str, class: &str) -> Element {
    tag("button")
        .class(&format!("button {class}"))
        .attr("type", "button")
        .text(words)
        .element()
}
