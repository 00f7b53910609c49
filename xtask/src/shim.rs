//! The Worker's entry script, around what wasm-bindgen exports.

use crate::error::{Error, Result};

/// The release of the crate `worker` whose panic hook and exports the template knows.
const WORKER_VERSION: &str = "0.8.7";
const TEMPLATE: &str = include_str!("../shim/worker.js");
/// The functions that the runtime calls, all as `(event, env, context)`.
const EVENTS: [&str; 5] = ["connect", "email", "fetch", "queue", "scheduled"];

/// The entry script for a module whose JavaScript is `bindings`, imported as `./bindings.js`.
pub fn script(bindings: &str, worker_version: &str) -> Result<String> {
    if worker_version != WORKER_VERSION {
        return Err(Error::Failed(format!(
            "Cargo.lock has worker {worker_version}, and xtask/shim/worker.js knows {WORKER_VERSION}: see that \
             `__worker_init_state` still means the same, and set WORKER_VERSION in xtask/src/shim.rs"
        )));
    }
    let handlers = exported(bindings, "function")
        .filter(|name| EVENTS.contains(name))
        .map(|event| {
            format!(
                "\nhandlers.{event} = (event, env, context) =>\n  \
                 run(() => module.{event}(event, env, context));\n"
            )
        });
    let classes = exported(bindings, "class")
        .map(|class| format!("\nexport const {class} = durableObject(\"{class}\");\n"));
    Ok(std::iter::once(TEMPLATE.to_owned())
        .chain(handlers)
        .chain(classes)
        .collect())
}

/// The names that wasm-bindgen exports, each at the start of a line.
fn exported<'a>(bindings: &'a str, kind: &'static str) -> impl Iterator<Item = &'a str> {
    bindings.lines().filter_map(move |line| {
        let declaration = line.strip_prefix("export ")?;
        let declaration = declaration.strip_prefix("async ").unwrap_or(declaration);
        let name = declaration.strip_prefix(kind)?.strip_prefix(' ')?;
        name.split([' ', '(', '{']).next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINDINGS: &str = "import source wasmModule from \"./index_bg.wasm\";\n\
        export class Gateway {\n    fetch(request) {}\n}\n\
        export function __wbg_reset_state () {\n}\n\
        export async function fetch(req, env, ctx) {\n}\n";

    #[test]
    fn events_become_handlers_and_classes_become_objects() {
        let script = script(BINDINGS, WORKER_VERSION).unwrap();
        assert!(script.contains("run(() => module.fetch(event, env, context))"));
        assert!(script.contains("export const Gateway = durableObject(\"Gateway\");"));
        assert!(!script.contains("handlers.__wbg_reset_state"));
    }

    #[test]
    fn the_template_serves_one_release_of_worker_only() {
        let Err(Error::Failed(message)) = script(BINDINGS, "0.9.0") else {
            panic!("another release may need another entry");
        };
        assert!(message.contains("0.9.0"));
    }
}
