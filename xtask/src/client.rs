//! The web client, in `build/client/`: the crate `web-client` as `client.js` and its wasm, the style sheets of
//! `web-client/style/` as one, all of `web-client/static/`, and the description of the HTTP calls, `protocol/http/`.

use crate::error::Result;
use crate::folder::sync;
use crate::project::Project;
use crate::step::{Console, Outcome};
use crate::wasm;

/// The module as browsers get it.
pub const WASM: &str = "build/client/client_bg.wasm";
const STAMP: &str = "build/client.stamp";
/// What is made of the crate, before it is joined with the static files.
const STAGING: &str = "build/client-code";
/// The style sheet that imports the others.
const STYLE: &str = "web-client/style/main.css";
/// The style sheets as one, before they are joined with the static files.
const STYLE_STAGING: &str = "build/client-style";
/// Cargo's profile for what travels to every browser.
const PROFILE: &str = "client";

/// Compiles the client, optimises it unless just this was optimised last, and brings `build/client/` up to date.
pub fn build(project: &Project, console: Console) -> Result<()> {
    console.step("Web client", || {
        let changed = make(project, console)?;
        let style = project.path(STYLE_STAGING);
        let sheet = style.join("style.css");
        wasm::pack(
            project,
            console,
            &project.path(STYLE),
            &sheet,
            &["--bundle"],
        )?;
        let sources = [
            project.path(STAGING),
            style,
            project.path("web-client/static"),
            project.path("protocol/http"),
        ];
        let synced = sync(&sources, &project.path("build/client"))?;
        Ok(if changed || synced {
            Outcome::Done
        } else {
            Outcome::Unchanged
        })
    })
}

fn make(project: &Project, console: Console) -> Result<bool> {
    let compiled = wasm::compile(project, console, "web-client", PROFILE)?;
    let stamp = wasm::stamp(project, STAMP, &compiled, &[include_str!("client.rs")])?;
    let staging = project.path(STAGING);
    if stamp.is_current() && staging.is_dir() {
        return Ok(false);
    }
    wasm::bind(
        project,
        console,
        &compiled,
        &staging,
        "client",
        &["--target", "web"],
    )?;
    let size = ["-Oz", "--strip-debug", "--strip-producers"];
    wasm::optimise(project, console, &staging.join("client_bg.wasm"), &size)?;
    let script = staging.join("client.js");
    wasm::pack(project, console, &script, &script, &[])?;
    stamp.write()?;
    Ok(true)
}
