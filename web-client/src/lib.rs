//! The web client in the browser.
