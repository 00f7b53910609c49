//! From a crate to an optimised wasm module and its JavaScript, one tool after the other.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use crate::project::{Project, WASM_TARGET};
use crate::stamp::{Stamp, input};
use crate::step::Console;

/// What rustc and wasm-bindgen use of wasm beyond its first version.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Compiles a crate with one of Cargo's profiles; Cargo decides what has to be compiled anew.
pub fn compile(
    project: &Project,
    console: Console,
    package: &str,
    profile: &str,
) -> Result<PathBuf> {
    console.run(
        project
            .cargo("build")
            .args([
                "--lib",
                "--package",
                package,
                "--profile",
                profile,
                "--target",
                WASM_TARGET,
            ])
            // Promises are run by js-sys itself: the Worker's `worker` crate relies on it.
            .env("WASM_BINDGEN_USE_JS_SYS", "1"),
    )?;
    let module = format!("{}.wasm", package.replace('-', "_"));
    Ok(project
        .target_directory()?
        .join(WASM_TARGET)
        .join(profile)
        .join(module))
}

/// The stamp of what is made of a compiled module with these tools, as `recipe`, the code that makes it, says.
pub fn stamp(project: &Project, path: &str, compiled: &Path, recipe: &[&str]) -> Result<Stamp> {
    let mut inputs = vec![
        input(compiled)?,
        input(&project.path("package-lock.json"))?,
        project.locked_version("wasm-bindgen")?.into_bytes(),
        include_bytes!("wasm.rs").to_vec(),
    ];
    inputs.extend(recipe.iter().map(|code| code.as_bytes().to_vec()));
    Ok(Stamp::new(project.path(path), inputs))
}

/// Lets wasm-bindgen write `{name}.js` and `{name}_bg.wasm` into a folder that then holds nothing else.
pub fn bind(
    project: &Project,
    console: Console,
    compiled: &Path,
    folder: &Path,
    name: &str,
    options: &[&str],
) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).at("empty", folder)?;
    }
    console.run(
        project
            .command(project.tool("wasm-bindgen"))
            .arg(compiled)
            .args(["--no-typescript", "--out-name", name, "--out-dir"])
            .arg(folder)
            .args(options),
    )?;
    Ok(())
}

/// Optimises a module in place.
pub fn optimise(
    project: &Project,
    console: Console,
    module: &Path,
    options: &[&str],
) -> Result<()> {
    let mut command = project.command(project.npm_bin("wasm-opt"));
    command
        .args(options)
        .args(FEATURES)
        .arg(module)
        .arg("-o")
        .arg(module);
    console.run(&mut command).map(drop)
}

/// Lets esbuild make `to` of `from`: of a script an ECMAScript module, of a style sheet a smaller one.
pub fn pack(
    project: &Project,
    console: Console,
    from: &Path,
    to: &Path,
    options: &[&str],
) -> Result<()> {
    let mut outfile = OsStr::new("--outfile=").to_owned();
    outfile.push(to);
    let mut command = project.command(project.npm_bin("esbuild"));
    command
        .arg(from)
        .args(["--format=esm", "--minify", "--allow-overwrite"])
        .arg(outfile)
        .args(options);
    console.run(&mut command).map(drop)
}
