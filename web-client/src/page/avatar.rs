//! A person's initials on their colour. It says nothing that the name beside it does not.

use web_sys::Element;

use crate::dom::tag;

/// The avatar of somebody.
pub fn avatar(initials: &str, hue: u8) -> Element {
    tag("span")
        .class(&format!("avatar hue-{hue}"))
        .attr("aria-hidden", "true")
        .text(initials)
        .element()
}
