//! The web client, in `build/client/`: the crate `web-client` as `client.js` and its wasm, and all of
//! `web-client/static/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use crate::project::{Project, WASM_TARGET};
use crate::stamp::{Stamp, input};
use crate::step::{Console, Outcome};

/// The compiled module.
pub const WASM: &str = "build/client/client_bg.wasm";
const STAMP: &str = "build/client.stamp";
/// What is made of the crate, before it is joined with the static files.
const STAGING: &str = "build/client-code";
/// Cargo's profile for what travels to every browser.
const PROFILE: &str = "client";
/// What rustc and wasm-bindgen use of wasm beyond its first version.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Compiles the client, optimises it unless just this was optimised last, and brings `build/client/` up to date.
pub fn build(project: &Project, console: Console) -> Result<()> {
    console.step("Web client", || {
        let changed = compile(project, console)?;
        let sources = [project.path(STAGING), project.path("web-client/static")];
        let synced = sync(&sources, &project.path("build/client"))?;
        Ok(if changed || synced {
            Outcome::Done
        } else {
            Outcome::Unchanged
        })
    })
}

fn compile(project: &Project, console: Console) -> Result<bool> {
    console.run(project.cargo("build").args([
        "--profile",
        PROFILE,
        "--lib",
        "--package",
        "web-client",
        "--target",
        WASM_TARGET,
    ]))?;
    let compiled = project
        .target_directory()?
        .join(WASM_TARGET)
        .join(PROFILE)
        .join("web_client.wasm");
    let stamp = Stamp::new(
        project.path(STAMP),
        [
            input(&compiled)?,
            input(&project.path("package-lock.json"))?,
            project.locked_version("wasm-bindgen")?.into(),
        ],
    );
    let staging = project.path(STAGING);
    if stamp.is_current() && staging.is_dir() {
        return Ok(false);
    }
    if staging.exists() {
        fs::remove_dir_all(&staging).at("empty", &staging)?;
    }
    console.run(
        project
            .command(project.tool("wasm-bindgen"))
            .args([
                "--target",
                "web",
                "--no-typescript",
                "--out-name",
                "client",
                "--out-dir",
            ])
            .arg(&staging)
            .arg(&compiled),
    )?;
    let wasm = staging.join("client_bg.wasm");
    console.run(
        project
            .command(project.npm_bin("wasm-opt"))
            .args(["-Oz", "--strip-debug", "--strip-producers"])
            .args(WASM_FEATURES)
            .arg(&wasm)
            .arg("-o")
            .arg(&wasm),
    )?;
    let script = staging.join("client.js");
    console.run(
        project
            .command(project.npm_bin("esbuild"))
            .arg(&script)
            .args(["--minify", "--format=esm", "--allow-overwrite"])
            .arg(format!("--outfile={}", script.display())),
    )?;
    stamp.write()?;
    Ok(true)
}

/// Makes `target` hold just the files of `sources`, touching only what differs: a running server watches it.
fn sync(sources: &[PathBuf], target: &Path) -> Result<bool> {
    let mut wanted = BTreeSet::new();
    let mut changed = false;
    for source in sources {
        for file in files(source)? {
            let (from, to) = (source.join(&file), target.join(&file));
            let content = fs::read(&from).at("read", &from)?;
            if fs::read(&to).ok().as_ref() != Some(&content) {
                let folder = to.parent().unwrap_or(target);
                fs::create_dir_all(folder).at("create", folder)?;
                fs::write(&to, content).at("write", &to)?;
                changed = true;
            }
            wanted.insert(file);
        }
    }
    for file in files(target)? {
        if !wanted.contains(&file) {
            let stale = target.join(file);
            fs::remove_file(&stale).at("remove", &stale)?;
            changed = true;
        }
    }
    Ok(changed)
}

/// All files under a folder, relative to it; none if there is no such folder.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(relative) = folders.pop() {
        let path = folder.join(&relative);
        if !path.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&path).at("list", &path)? {
            let entry = entry.at("list", &path)?;
            let relative = relative.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(relative);
            } else {
                found.push(relative);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_holds_just_the_files_of_the_sources() {
        let root = std::env::temp_dir().join(format!("xtask-sync-{}", std::process::id()));
        let (code, statics, target) = (root.join("code"), root.join("static"), root.join("target"));
        for (file, text) in [
            (code.join("client.js"), "code"),
            (statics.join("index.html"), "page"),
            (statics.join("fonts/a.woff2"), "font"),
            (target.join("old/stale.js"), "stale"),
            (target.join("index.html"), "old page"),
        ] {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }

        let sources = [code, statics, root.join("absent")];
        assert!(sync(&sources, &target).unwrap());
        let names = ["client.js", "fonts/a.woff2", "index.html"].map(PathBuf::from);
        assert_eq!(files(&target).unwrap(), names);
        assert_eq!(
            fs::read_to_string(target.join("index.html")).unwrap(),
            "page"
        );
        assert!(
            !sync(&sources, &target).unwrap(),
            "a second time there is nothing to do"
        );
        fs::remove_dir_all(root).unwrap();
    }
}
