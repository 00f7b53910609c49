//! The systems that are measured, and how workerd is told to run each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

use crate::capnp::Worker;
use crate::error::{Context, Error, Result};
use crate::server::Server;
use crate::wire::Wire;

const SESSION_KEY_BYTES: usize = 32;

/// A system that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// The built Worker of this project.
    Heliograph,
    /// The yardstick: a chat of a few lines on `partyserver`, which keeps nothing.
    Party,
    /// The same, with an `INSERT` for each message.
    PartyInsert,
}

/// Where the parts of a run lie.
#[derive(Clone, Debug)]
pub struct Places {
    /// The binary.
    pub workerd: PathBuf,
    /// `wrangler.toml`.
    pub wrangler: PathBuf,
    /// Variables of the Worker in place of those there.
    pub variables: Vec<(String, String)>,
    /// Flags for V8, to profile with.
    pub v8_flags: Vec<String>,
    /// The folder of the built Worker.
    pub worker: PathBuf,
    /// The folder of the bundled yardstick.
    pub party: PathBuf,
    /// The folder that holds what servers store.
    pub data: PathBuf,
}

impl System {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heliograph => "heliograph",
            Self::Party => "partyserver",
            Self::PartyInsert => "partyserver+insert",
        }
    }

    /// What it speaks.
    pub fn wire(self) -> Wire {
        match self {
            Self::Heliograph => Wire::Heliograph,
            Self::Party | Self::PartyInsert => Wire::Party,
        }
    }

    /// Starts a server of its own.
    pub async fn start(self, places: &Places) -> Result<Server> {
        let wrangler = Wrangler::read(&places.wrangler)?;
        let folder = places.data.join(self.name());
        let (mut worker, modules, ready) = match self {
            Self::Heliograph => (
                heliograph(wrangler, &places.variables, &places.worker)?,
                &places.worker,
                "/readyz",
            ),
            Self::Party | Self::PartyInsert => {
                let worker = party(wrangler, self == Self::PartyInsert);
                (worker, &places.party, "/")
            }
        };
        worker.v8_flags.clone_from(&places.v8_flags);
        Server::start(&places.workerd, &worker, modules, folder, ready).await
    }
}

/// A rate that nobody reaches.
const RAISED: &str = "1000000/s burst 1000000";
/// How many channel servers there are.
const CHANNEL_SERVERS: &str = "4";

/// Development's settings, with a key of its own.
fn heliograph(wrangler: Wrangler, chosen: &[(String, String)], folder: &Path) -> Result<Worker> {
    let mut key = [0; SESSION_KEY_BYTES];
    getrandom::fill(&mut key).doing("draw a session key")?;
    let mut variables: BTreeMap<_, _> = wrangler
        .vars
        .into_iter()
        .map(|(name, value)| {
            let text = value.as_str().map(str::to_owned);
            (name, text.unwrap_or_else(|| value.to_string()))
        })
        .collect();
    // A load generator is everybody at once: it goes through the limits and never meets one.
    for (name, rate) in &mut variables {
        if name.starts_with("RATE_") {
            RAISED.clone_into(rate);
        }
    }
    variables.extend([
        pair("SIGNUP", "open"),
        pair("ENVIRONMENT", "development"),
        // One thread runs all of them here, and each commits by itself: as many as there would be for so few channels.
        pair("CHANNEL_SERVERS", CHANNEL_SERVERS),
        pair("SESSION_KEY", &BASE64URL_NOPAD.encode(&key)),
    ]);
    variables.extend(chosen.iter().cloned());
    let objects = wrangler.durable_objects.bindings.into_iter();
    Ok(Worker {
        modules: modules(folder)?,
        compatibility_date: wrangler.compatibility_date,
        compatibility_flags: wrangler.compatibility_flags,
        variables: variables.into_iter().collect(),
        durable_objects: objects
            .map(|binding| (binding.name, binding.class_name))
            .collect(),
        v8_flags: Vec::new(),
    })
}

fn party(wrangler: Wrangler, insert: bool) -> Worker {
    Worker {
        modules: vec!["chat.js".to_owned()],
        compatibility_date: wrangler.compatibility_date,
        compatibility_flags: wrangler.compatibility_flags,
        variables: vec![pair("INSERT", if insert { "yes" } else { "no" })],
        durable_objects: vec![pair("Chat", "Chat")],
        v8_flags: Vec::new(),
    }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The modules of a bundle, its entry first.
fn modules(folder: &Path) -> Result<Vec<String>> {
    const ENTRY: &str = "index.js";
    let mut names = vec![ENTRY.to_owned()];
    for file in fs::read_dir(folder).at("list", folder)? {
        let name = file.at("list", folder)?.file_name();
        let name = name.to_string_lossy();
        let is_module = [".js", ".wasm"].iter().any(|ending| name.ends_with(ending));
        if is_module && name != ENTRY {
            names.push(name.into_owned());
        }
    }
    Ok(names)
}

/// What of `wrangler.toml` workerd has to know.
#[derive(Deserialize)]
struct Wrangler {
    compatibility_date: String,
    #[serde(default)]
    compatibility_flags: Vec<String>,
    #[serde(default)]
    vars: BTreeMap<String, serde_json::Value>,
    durable_objects: DurableObjects,
}

#[derive(Deserialize)]
struct DurableObjects {
    bindings: Vec<Binding>,
}

#[derive(Deserialize)]
struct Binding {
    name: String,
    class_name: String,
}

impl Wrangler {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).at("read", path)?;
        toml::from_str(&text).map_err(|error| Error::Failed(format!("{}: {error}", path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrangler() -> Wrangler {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wrangler.toml");
        Wrangler::read(&path).unwrap()
    }

    #[test]
    fn the_worker_runs_as_deployed_but_for_what_development_sets() {
        let folder = std::env::temp_dir().join(format!("bench-worker-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["index_bg.wasm", "index.js", "notes.txt"] {
            fs::write(folder.join(name), "").unwrap();
        }
        let worker = heliograph(wrangler(), &[], &folder).unwrap();
        assert_eq!(worker.modules, ["index.js", "index_bg.wasm"]);
        let with = heliograph(wrangler(), &[pair("GATEWAY_SLOTS", "1")], &folder);
        assert!(
            with.unwrap()
                .variables
                .contains(&pair("GATEWAY_SLOTS", "1"))
        );
        fs::remove_dir_all(folder).unwrap();
        let of = |name: &str| {
            worker
                .variables
                .iter()
                .filter(|(own, _)| own == name)
                .count()
        };
        assert_eq!(
            [of("SIGNUP"), of("SESSION_KEY"), of("CHANNEL_SERVERS")],
            [1, 1, 1]
        );
        assert!(
            worker
                .variables
                .contains(&("SIGNUP".to_owned(), "open".to_owned()))
        );
        assert!(
            worker.variables.contains(&pair("RATE_USER", RAISED)),
            "nobody is to be held up"
        );
        assert!(
            worker
                .durable_objects
                .iter()
                .any(|(_, class)| class == "Gateway")
        );
    }

    #[test]
    fn the_yardstick_runs_under_the_same_date_and_flags() {
        let worker = party(wrangler(), true);
        assert_eq!(worker.compatibility_flags, wrangler().compatibility_flags);
        assert_eq!(worker.variables, [("INSERT".to_owned(), "yes".to_owned())]);
    }
}
