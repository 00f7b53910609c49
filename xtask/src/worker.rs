//! The Worker, in `build/worker/`: worker-build makes of the crate `edge-gateway` an `index.js` and its wasm.

use crate::error::Result;
use crate::project::{Project, WASM_TARGET};
use crate::stamp::{Stamp, input};
use crate::step::{Console, Outcome};

/// The compiled module.
pub const WASM: &str = "build/worker/index_bg.wasm";
const SCRIPT: &str = "build/worker/index.js";
const STAMP: &str = "build/worker.stamp";

/// Compiles the Worker, and bundles it unless just this was bundled last.
pub fn build(project: &Project, console: Console) -> Result<()> {
    console.step("Worker", || {
        console.run(
            project
                .cargo("build")
                .args([
                    "--release",
                    "--lib",
                    "--package",
                    "edge-gateway",
                    "--target",
                    WASM_TARGET,
                ])
                // As worker-build has it, or each would compile anew what the other has compiled.
                .env("WASM_BINDGEN_USE_JS_SYS", "1"),
        )?;
        let compiled = project
            .target_directory()?
            .join(WASM_TARGET)
            .join("release/edge_gateway.wasm");
        let stamp = Stamp::new(
            project.path(STAMP),
            [
                input(&compiled)?,
                input(&project.path("edge-gateway/Cargo.toml"))?,
                input(&project.path("package-lock.json"))?,
                project.locked_version("wasm-bindgen")?.into(),
                project.locked_version("worker")?.into(),
            ],
        );
        if stamp.is_current()
            && [WASM, SCRIPT]
                .iter()
                .all(|file| project.path(file).is_file())
        {
            return Ok(Outcome::Unchanged);
        }
        console.run(
            project
                .command(project.tool("worker-build"))
                .arg(project.path("edge-gateway"))
                .args(["--release", "--out-dir"])
                .arg(project.path("build/worker"))
                // With these three it downloads nothing.
                .env("WASM_BINDGEN_BIN", project.tool("wasm-bindgen"))
                .env("WASM_OPT_BIN", project.npm_bin("wasm-opt"))
                .env("ESBUILD_BIN", project.npm_bin("esbuild")),
        )?;
        stamp.write()?;
        Ok(Outcome::Done)
    })
}
