//! The web client's state, updates and views, without a browser.
