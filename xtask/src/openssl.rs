//! OpenSSL's development files, which worker-build is linked with on Linux. It downloads nothing here, yet its
//! downloader cannot be left out.

use std::env;
use std::process::Command;

use crate::apt;
use crate::error::Result;
use crate::step::Console;

/// Makes sure that they can be found.
pub fn ensure(console: Console) -> Result<()> {
    if !cfg!(target_os = "linux") || is_there() {
        return Ok(());
    }
    apt::install(
        console,
        "worker-build needs OpenSSL's development files",
        &["pkg-config", "libssl-dev"],
    )
}

fn is_there() -> bool {
    ["OPENSSL_DIR", "OPENSSL_LIB_DIR"]
        .iter()
        .any(|name| env::var_os(name).is_some())
        || Command::new("pkg-config")
            .args(["--exists", "openssl"])
            .status()
            .is_ok_and(|status| status.success())
}
