//! The Worker, in `build/worker/`: the crate `edge-gateway`, with all Durable Objects in it, as `index.js` and its wasm.

use std::fs;

use crate::error::{Context, Result};
use crate::folder::sync;
use crate::project::Project;
use crate::shim;
use crate::step::{Console, Outcome};
use crate::wasm;

/// The module as Cloudflare gets it.
pub const WASM: &str = "build/worker/index_bg.wasm";
const STAMP: &str = "build/worker.stamp";
/// What the tools leave for each other.
const STAGING: &str = "build/worker-code";

/// Compiles the Worker, and bundles it unless just this was bundled last.
pub fn build(project: &Project, console: Console) -> Result<()> {
    console.step("Worker", || {
        let changed = make(project, console)?;
        let synced = sync(
            &[project.path(STAGING).join("out")],
            &project.path("build/worker"),
        )?;
        Ok(if changed || synced {
            Outcome::Done
        } else {
            Outcome::Unchanged
        })
    })
}

fn make(project: &Project, console: Console) -> Result<bool> {
    let compiled = wasm::compile(project, console, "edge-gateway", "release")?;
    let recipe = [
        include_str!("worker.rs"),
        include_str!("shim.rs"),
        include_str!("../shim/worker.js"),
    ];
    let stamp = wasm::stamp(project, STAMP, &compiled, &recipe)?;
    let staging = project.path(STAGING);
    let out = staging.join("out");
    if stamp.is_current() && out.is_dir() {
        return Ok(false);
    }

    // The two options let the entry script start the module anew after a panic.
    let options = [
        "--target",
        "module",
        "--experimental-reset-state-function",
        "--force-enable-abort-handler",
    ];
    wasm::bind(project, console, &compiled, &staging, "bindings", &options)?;
    fs::create_dir_all(&out).at("create", &out)?;
    // Names stay, for the stack of a panic in the log to tell something.
    let module = out.join("index_bg.wasm");
    let bound = staging.join("bindings_bg.wasm");
    fs::rename(&bound, &module).at("move", &bound)?;
    wasm::optimise(project, console, &module, &["-O3", "--debuginfo"])?;

    let bindings = staging.join("bindings.js");
    let text = fs::read_to_string(&bindings).at("read", &bindings)?;
    // Workers import a module without the `source` of the proposal that wasm-bindgen follows.
    let text = text
        .replace("import source ", "import ")
        .replace("./bindings_bg.wasm", "./index_bg.wasm");
    fs::write(&bindings, &text).at("write", &bindings)?;
    let entry = staging.join("entry.js");
    fs::write(
        &entry,
        shim::script(&text, &project.locked_version("worker")?)?,
    )
    .at("write", &entry)?;
    let options = [
        "--bundle",
        "--external:./index_bg.wasm",
        "--external:cloudflare:*",
    ];
    wasm::pack(project, console, &entry, &out.join("index.js"), &options)?;
    stamp.write()?;
    Ok(true)
}
