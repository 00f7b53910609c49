//! A folder's files, brought up to date one by one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};

/// Makes `target` hold just the files of `sources`, touching only what differs: a running server watches it.
pub fn sync(sources: &[PathBuf], target: &Path) -> Result<bool> {
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
