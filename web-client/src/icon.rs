//! Drawings, on a grid of 24, in the colour of the text around them.

use wasm_bindgen::UnwrapThrowExt;
use web_sys::Element;

use crate::dom::{append, document, set};

const SVG: &str = "http://www.w3.org/2000/svg";

/// A drawing.
#[derive(Clone, Copy)]
pub enum Icon {
    /// A public channel.
    Hash,
    /// A private channel.
    Lock,
    /// Put away.
    Box,
    /// Something new.
    Plus,
    /// A new conversation.
    Compose,
    /// One more person.
    Invite,
    /// Something is looked for.
    Search,
    /// Keys.
    Keyboard,
    /// The way out of a channel.
    Leave,
    /// The way back.
    Back,
    /// Send.
    Send,
    /// Further down.
    Down,
    /// Close.
    Close,
    /// Something is wrong.
    Warning,
    /// It waits.
    Clock,
    /// The product's sign.
    Sun,
    /// A face.
    Smile,
    /// A conversation beside.
    Thread,
    /// A link.
    Link,
    /// Not read.
    Unread,
    /// Away with it.
    Bin,
    /// There is more.
    More,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Hash => "M10 4 7.5 20M16.5 4 14 20M4.5 9h16M3.5 15h16",
            Self::Lock => "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
            Self::Box => "M3 5h18v4H3zM5 9v10h14V9M10 13h4",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Compose => "M4 20h4L19 9a2.1 2.1 0 0 0-4-4L4 16zM13.5 6.5l4 4",
            Self::Invite => {
                "M9.5 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M3 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M18.5 8v6M15.500 11h6"
            }
            Self::Search => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M16 16l4.500 4.500",
            Self::Keyboard => {
                "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M17.500 14h.01M6.500 14h.01M9.500 14h5"
            }
            Self::Leave => "M4 20h16M7 20V5l8-1.500V20M15 5.500h3V20M12 11.500v1",
            Self::Back => "M15 5l-7 7 7 7",
            Self::Send => "M4 12 20 4l-6 16-3-6.500zM11 13.500 20 4",
            Self::Down => "M12 5v14M6 13l6 6 6-6",
            Self::Close => "M6 6l12 12M18 6 6 18",
            Self::Warning => "M12 4 2.500 20h19zM12 10v4.500M12 17.300v.2",
            Self::Smile => {
                "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M8 14c1 1.700 2.400 2.500 4 2.500s3-.8 4-2.500M9 9.500v.5M15 9.500v.5"
            }
            Self::Thread => "M4 5h16v11h-9l-4 4v-4H4zM8 9h8M8 12.500h5",
            Self::Link => {
                "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1"
            }
            Self::Unread => "M4 6h16v12H4zM4 7l8 6 8-6",
            Self::Bin => "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
            Self::More => "M5.500 12h.01M12 12h.01M18.500 12h.01",
            Self::Clock => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3 2",
            Self::Sun => {
                "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400"
            }
        }
    }

    /// The drawing, which says nothing to those who do not see it. The names of its elements are valid, the one thing that
    /// could fail.
    pub fn draw(self) -> Element {
        let make = |name| document().create_element_ns(Some(SVG), name).unwrap_throw();
        let svg = make("svg");
        for (name, value) in [
            ("class", "icon"),
            ("viewBox", "0 0 24 24"),
            ("aria-hidden", "true"),
            ("focusable", "false"),
        ] {
            set(&svg, name, Some(value));
        }
        let path = make("path");
        set(&path, "d", Some(self.path()));
        append(&svg, &path);
        svg
    }
}
