//! What a finished step was made from, so that it is not done twice.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::error::{Context, Result};

/// A file that holds the hash of everything a step was made from.
#[derive(Debug)]
pub struct Stamp {
    path: PathBuf,
    hash: String,
}

impl Stamp {
    /// The stamp at `path` for these inputs, in this order.
    pub fn new<I: AsRef<[u8]>>(path: PathBuf, inputs: impl IntoIterator<Item = I>) -> Self {
        let mut hasher = Sha256::new();
        for input in inputs {
            let input = input.as_ref();
            // With its length before it, no input can pass for the end of the one before.
            hasher.update((input.len() as u64).to_le_bytes());
            hasher.update(input);
        }
        let hash = HEXLOWER.encode(&hasher.finalize());
        Self { path, hash }
    }

    /// Whether the step was last finished with just these inputs.
    pub fn is_current(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|stored| stored == self.hash)
    }

    /// Notes that the step is finished.
    pub fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.hash).at("write", &self.path)
    }
}

/// Reads a file that a stamp depends on; one that is absent counts as empty.
pub fn input(path: &Path) -> Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.at("read", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder.join(name)
    }

    #[test]
    fn a_stamp_is_current_only_once_written_and_for_the_same_inputs() {
        let stamp = Stamp::new(path("same"), ["a", "b"]);
        assert!(!stamp.is_current());
        stamp.write().unwrap();
        assert!(stamp.is_current());
        assert!(Stamp::new(path("same"), ["a", "b"]).is_current());
        assert!(!Stamp::new(path("same"), ["a", "c"]).is_current());
        assert!(!Stamp::new(path("same"), ["b", "a"]).is_current());
    }

    #[test]
    fn where_one_input_ends_matters() {
        Stamp::new(path("ends"), ["ab", "c"]).write().unwrap();
        assert!(!Stamp::new(path("ends"), ["a", "bc"]).is_current());
        assert!(!Stamp::new(path("ends"), ["abc"]).is_current());
    }

    #[test]
    fn an_absent_input_is_empty() {
        assert_eq!(input(&path("no-such-file")).unwrap(), Vec::<u8>::new());
    }
}
