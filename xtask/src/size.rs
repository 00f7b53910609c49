//! The two wasm sizes and their budgets.

use std::fmt::{self, Display};
use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::client;
use crate::error::{Context, Result};
use crate::project::Project;
use crate::worker;

/// The most the Worker's module may take, gzipped.
const WORKER_BUDGET_BYTES: usize = 700_000;
/// The most the client's module may take, gzipped.
const CLIENT_BUDGET_BYTES: usize = 200_000;

/// A wasm module's size.
#[derive(Debug)]
pub struct Module {
    /// What it is the module of.
    pub name: &'static str,
    raw_bytes: usize,
    gzip_bytes: usize,
    budget_bytes: usize,
}

/// The sizes of what was built last.
pub fn measure(project: &Project) -> Result<[Module; 2]> {
    Ok([
        Module::measure(project, "Worker", worker::WASM, WORKER_BUDGET_BYTES)?,
        Module::measure(project, "Web client", client::WASM, CLIENT_BUDGET_BYTES)?,
    ])
}

impl Module {
    fn measure(
        project: &Project,
        name: &'static str,
        file: &str,
        budget_bytes: usize,
    ) -> Result<Self> {
        let path = project.path(file);
        let wasm = fs::read(&path).at("read", &path)?;
        Ok(Self {
            name,
            raw_bytes: wasm.len(),
            gzip_bytes: gzip_size(&wasm)?,
            budget_bytes,
        })
    }

    /// Whether it takes more than it may.
    pub fn is_over_budget(&self) -> bool {
        self.gzip_bytes > self.budget_bytes
    }
}

impl Display for Module {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [raw, gzip, budget] =
            [self.raw_bytes, self.gzip_bytes, self.budget_bytes].map(Kilobytes);
        let verdict = if self.is_over_budget() {
            "OVER its budget"
        } else {
            "of at most"
        };
        write!(
            formatter,
            "{} wasm: {raw}, gzip {gzip} {verdict} {budget}",
            self.name
        )
    }
}

fn gzip_size(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    Ok(packed.doing("compress a module")?.len())
}

/// Bytes, in thousands with one decimal.
struct Kilobytes(usize);

impl Display for Kilobytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{} KB", self.0 / 1000, self.0 % 1000 / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(gzip_bytes: usize) -> Module {
        Module {
            name: "Worker",
            raw_bytes: 1_234_567,
            gzip_bytes,
            budget_bytes: 600_000,
        }
    }

    #[test]
    fn a_module_may_take_its_whole_budget_and_not_a_byte_more() {
        assert!(!module(600_000).is_over_budget());
        assert!(module(600_001).is_over_budget());
    }

    #[test]
    fn both_sizes_are_told_with_the_budget() {
        assert_eq!(
            module(98_760).to_string(),
            "Worker wasm: 1234.5 KB, gzip 98.7 KB of at most 600.0 KB"
        );
        assert!(
            module(700_000)
                .to_string()
                .contains("OVER its budget 600.0 KB")
        );
    }

    #[test]
    fn what_repeats_gzips_well() {
        assert!(gzip_size(&vec![7; 100_000]).unwrap() < 1_000);
    }
}
