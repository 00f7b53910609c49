//! The key that signs development's sessions: made once, and kept with the data it gives access to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;

use crate::error::{Context, Result};

const KEY_BYTES: usize = 32;

/// The key in this file, as base64url; a new one is made if there is none.
pub fn load_or_create(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read.map(|key| key.trim().to_owned()).at("read", path),
    }
    let mut bytes = [0; KEY_BYTES];
    let source = Path::new("/dev/urandom");
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .at("read", source)?;
    let key = BASE64URL_NOPAD.encode(&bytes);
    write_private(path, &key)?;
    Ok(key)
}

/// Writes a file that only its owner may read.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .at("write", path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let path = std::env::temp_dir().join(format!("xtask-key-{}", std::process::id()));
        let key = load_or_create(&path).unwrap();
        assert_eq!(
            BASE64URL_NOPAD.decode(key.as_bytes()).unwrap().len(),
            KEY_BYTES
        );
        assert_eq!(load_or_create(&path).unwrap(), key);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::remove_file(&path).unwrap();
        assert_ne!(load_or_create(&path).unwrap(), key);
        fs::remove_file(&path).unwrap();
    }
}
