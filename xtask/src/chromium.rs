//! The browser that the browser tests drive.

use std::env;
use std::path::PathBuf;

use crate::apt;
use crate::error::{Error, Result};
use crate::project::on_path;
use crate::step::Console;

/// The names a Chromium goes by.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Finds the browser, or has Debian's installed.
pub fn ensure(console: Console) -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM_BIN").filter(|value| !value.is_empty()) {
        let path = PathBuf::from(named);
        return if path.is_file() {
            Ok(path)
        } else {
            Err(Error::Failed(format!(
                "CHROMIUM_BIN is {}, which is no file",
                path.display()
            )))
        };
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install(
        console,
        "The browser tests need Chromium (or CHROMIUM_BIN naming one)",
        &["chromium"],
    )?;
    find().ok_or_else(|| Error::failed("apt-get installed chromium, but it is not on the PATH"))
}

fn find() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| on_path(name))
}
