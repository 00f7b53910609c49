//! Who may depend on whom: rules live in crates that do no I/O.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The crates that hold the rules, and which of the project's crates each may use.
const CORES: [(&str, &[&str]); 4] = [
    ("protocol", &[]),
    ("channel-object/core", &["protocol"]),
    ("edge-gateway/core", &["protocol"]),
    ("web-client/core", &["protocol"]),
];
/// All crates of the project that can be depended on.
const OWN: [&str; 7] = [
    "protocol",
    "channel-core",
    "channel-object",
    "gateway-core",
    "edge-gateway",
    "client-core",
    "web-client",
];
/// What does I/O, reads clocks or draws random numbers.
const PLATFORM: [&str; 12] = [
    "worker",
    "worker-sys",
    "js-sys",
    "web-sys",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "gloo",
    "tokio",
    "getrandom",
    "rand",
    "chrono",
    "time",
];
/// What the cores' sources do not say.
const FORBIDDEN_WORDS: [&str; 5] = [
    "SystemTime",
    "Instant::now",
    "std::fs",
    "TcpStream",
    "thread::spawn",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let manifest: toml::Table = toml::from_str(&text).unwrap();
    let mut names = BTreeSet::new();
    for section in ["dependencies", "build-dependencies"] {
        if let Some(toml::Value::Table(table)) = manifest.get(section) {
            names.extend(table.keys().cloned());
        }
    }
    assert!(
        !manifest.contains_key("target"),
        "dependencies by target would escape this test"
    );
    names
}

fn sources(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, ending, found);
        } else if path.extension().is_some_and(|is| is == ending) {
            found.push(path);
        }
    }
}

#[test]
fn cores_depend_on_no_platform_and_on_no_shell() {
    for (core, allowed) in CORES {
        let names = dependencies(&root().join(core).join("Cargo.toml"));
        for name in &names {
            assert!(!PLATFORM.contains(&name.as_str()), "{core} uses {name}");
            assert!(
                !OWN.contains(&name.as_str()) || allowed.contains(&name.as_str()),
                "{core} uses {name}"
            );
        }
    }
}

#[test]
fn cores_do_no_io_and_read_no_clock() {
    for (core, _) in CORES {
        let mut files = Vec::new();
        sources(&root().join(core).join("src"), "rs", &mut files);
        assert!(!files.is_empty(), "{core} has no sources");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for word in FORBIDDEN_WORDS {
                assert!(!text.contains(word), "{} says {word}", file.display());
            }
        }
    }
}

#[test]
fn nothing_becomes_html_text() {
    let html = ["inner", "HTML"].concat();
    for (folder, ending) in [
        ("web-client/src", "rs"),
        ("web-client/core/src", "rs"),
        ("web-client/static", "js"),
        ("web-client/static", "html"),
    ] {
        let mut files = Vec::new();
        sources(&root().join(folder), ending, &mut files);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains(&html), "{}", file.display());
        }
    }
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    let mut manifests = Vec::new();
    for crate_folder in [
        "channel-object",
        "edge-gateway",
        "web-client",
        "xtask",
        "tests",
        "tests/bench",
        "tests/simulation",
    ] {
        manifests.push(root().join(crate_folder).join("Cargo.toml"));
    }
    manifests.extend(CORES.map(|(core, _)| root().join(core).join("Cargo.toml")));
    for manifest in manifests {
        let text = fs::read_to_string(&manifest).unwrap();
        let table: toml::Table = toml::from_str(&text).unwrap();
        let inherits = table["lints"]["workspace"].as_bool();
        assert_eq!(inherits, Some(true), "{}", manifest.display());
    }
}
