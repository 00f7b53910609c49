//! The configuration of workerd, as Cap'n Proto text.

use std::fmt::Write;
use std::path::Path;

/// The name under which workerd tells the port of its HTTP socket.
pub const SOCKET: &str = "http";

/// One Worker with its Durable Objects, all on `SQLite` on disk.
#[derive(Debug, Default)]
pub struct Worker {
    /// File names beside the configuration, the entry first.
    pub modules: Vec<String>,
    /// As in `wrangler.toml`.
    pub compatibility_date: String,
    /// As in `wrangler.toml`.
    pub compatibility_flags: Vec<String>,
    /// Variables by name.
    pub variables: Vec<(String, String)>,
    /// Bindings of Durable Objects, by name, with their class.
    pub durable_objects: Vec<(String, String)>,
    /// Flags for V8.
    pub v8_flags: Vec<String>,
}

impl Worker {
    /// The configuration that serves it on a free port of 127.0.0.1 and stores in the folder `storage`, an absolute path.
    pub fn config(&self, storage: &str) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text, storage);
        text
    }

    fn write(&self, out: &mut String, storage: &str) -> std::fmt::Result {
        writeln!(out, "using Workerd = import \"/workerd/workerd.capnp\";\n")?;
        writeln!(out, "const config :Workerd.Config = (")?;
        writeln!(out, "  services = [")?;
        writeln!(out, "    (name = \"main\", worker = .worker),")?;
        let storage = quote(storage);
        writeln!(
            out,
            "    (name = \"storage\", disk = (path = {storage}, writable = true)),"
        )?;
        writeln!(out, "  ],")?;
        writeln!(
            out,
            "  sockets = [(name = \"{SOCKET}\", address = \"127.0.0.1:0\", http = (), service = \"main\")],"
        )?;
        list(out, "v8Flags", self.v8_flags.iter().map(|flag| quote(flag)))?;
        writeln!(out, ");\n")?;
        writeln!(out, "const worker :Workerd.Worker = (")?;
        list(out, "modules", self.modules.iter().map(|name| module(name)))?;
        writeln!(
            out,
            "  compatibilityDate = {},",
            quote(&self.compatibility_date)
        )?;
        let flags = self.compatibility_flags.iter().map(|flag| quote(flag));
        list(out, "compatibilityFlags", flags)?;
        let objects = self.durable_objects.iter().map(|(name, class)| {
            let (name, class) = (quote(name), quote(class));
            format!("(name = {name}, durableObjectNamespace = {class})")
        });
        let variables = self.variables.iter().map(|(name, text)| {
            let (name, text) = (quote(name), quote(text));
            format!("(name = {name}, text = {text})")
        });
        list(out, "bindings", objects.chain(variables))?;
        let classes = self.durable_objects.iter().map(|(_, class)| {
            let class = quote(class);
            format!("(className = {class}, uniqueKey = {class}, enableSql = true)")
        });
        list(out, "durableObjectNamespaces", classes)?;
        writeln!(out, "  durableObjectStorage = (localDisk = \"storage\"),")?;
        writeln!(out, ");")
    }
}

fn list(out: &mut String, name: &str, items: impl Iterator<Item = String>) -> std::fmt::Result {
    writeln!(out, "  {name} = [")?;
    for item in items {
        writeln!(out, "    {item},")?;
    }
    writeln!(out, "  ],")
}

fn module(file: &str) -> String {
    let name = quote(file);
    let kind = match Path::new(file).extension() {
        Some(ending) if ending == "wasm" => "wasm",
        _ => "esModule",
    };
    format!("(name = {name}, {kind} = embed {name})")
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker() -> Worker {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Worker {
            modules: vec!["index.js".to_owned(), "index_bg.wasm".to_owned()],
            compatibility_date: "2026-07-30".to_owned(),
            compatibility_flags: vec!["no_web_socket_compression".to_owned()],
            variables: vec![pair("SIGNUP", "open")],
            durable_objects: vec![pair("GATEWAY", "Gateway")],
            v8_flags: vec!["--prof".to_owned()],
        }
    }

    #[test]
    fn every_class_of_objects_has_sqlite_on_disk_and_a_binding() {
        let text = worker().config("/tmp/x/storage");
        assert!(text.contains("(name = \"GATEWAY\", durableObjectNamespace = \"Gateway\"),"));
        assert!(
            text.contains("(className = \"Gateway\", uniqueKey = \"Gateway\", enableSql = true),")
        );
        assert!(text.contains("disk = (path = \"/tmp/x/storage\", writable = true)"));
        assert!(text.contains("durableObjectStorage = (localDisk = \"storage\")"));
    }

    #[test]
    fn a_module_is_what_its_file_name_says() {
        let text = worker().config("/s");
        assert!(text.contains("(name = \"index.js\", esModule = embed \"index.js\"),"));
        assert!(text.contains("(name = \"index_bg.wasm\", wasm = embed \"index_bg.wasm\"),"));
    }

    #[test]
    fn text_is_quoted() {
        assert_eq!(quote(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
