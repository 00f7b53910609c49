//! The tests in JavaScript, and which of them a filter means.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Result;
use crate::folder::files;
use crate::project::Project;
use crate::stamp::input;

/// Against Miniflare.
const MINIFLARE: &str = "tests/miniflare";
/// In Chromium.
const BROWSER: &str = "tests/browser";
/// The longest a test, and so a whole file, may take.
const LIMIT_MS: &str = "600000";

/// The test files to run.
#[derive(Debug)]
pub struct NodeTests {
    /// Those against Miniflare.
    pub miniflare: Vec<PathBuf>,
    /// Those in Chromium.
    pub browser: Vec<PathBuf>,
    /// Run only the tests with this in their name.
    name_pattern: Option<String>,
}

impl NodeTests {
    /// All test files; with a filter the files named so, else the tests named so in the files that know the name.
    pub fn select(project: &Project, filter: Option<&str>) -> Result<Self> {
        let all = |folder| test_files(project, folder);
        let (miniflare, browser) = (all(MINIFLARE)?, all(BROWSER)?);
        let everything = Self {
            miniflare,
            browser,
            name_pattern: None,
        };
        let Some(filter) = filter else {
            return Ok(everything);
        };

        let named = everything.only(|file| file.to_string_lossy().contains(filter));
        if !named.miniflare.is_empty() || !named.browser.is_empty() {
            return Ok(named);
        }
        let knowing = everything.only(|file| {
            input(&project.path(file))
                .is_ok_and(|text| String::from_utf8_lossy(&text).contains(filter))
        });
        Ok(Self {
            name_pattern: Some(escape(filter)),
            ..knowing
        })
    }

    fn only(&self, wanted: impl Fn(&Path) -> bool) -> Self {
        let keep = |files: &[PathBuf]| files.iter().filter(|file| wanted(file)).cloned().collect();
        Self {
            miniflare: keep(&self.miniflare),
            browser: keep(&self.browser),
            name_pattern: None,
        }
    }

    /// Node's test runner on these files, one after the other: each starts servers or browsers of its own.
    pub fn command(&self, project: &Project, files: &[PathBuf]) -> Command {
        let mut command = project.command(project.npm_bin("node"));
        command.args([
            "--test",
            "--test-reporter=spec",
            "--test-concurrency=1",
            "--test-timeout",
            LIMIT_MS,
        ]);
        if let Some(pattern) = &self.name_pattern {
            command.args(["--test-name-pattern", pattern]);
        }
        command.args(files);
        command
    }
}

fn test_files(project: &Project, folder: &str) -> Result<Vec<PathBuf>> {
    let tests = files(&project.path(folder))?.into_iter();
    let tests = tests.filter(|file| file.to_string_lossy().ends_with(".test.mjs"));
    Ok(tests.map(|file| Path::new(folder).join(file)).collect())
}

/// The regular expression that matches just this text.
fn escape(text: &str) -> String {
    let mut pattern = String::new();
    for character in text.chars() {
        if r"\^$.*+?()[]{}|/".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_wanted_files_of_both_kinds_are_kept() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let all = NodeTests {
            miniflare: paths(&[
                "tests/miniflare/send.test.mjs",
                "tests/miniflare/link.test.mjs",
            ]),
            browser: paths(&["tests/browser/link.test.mjs"]),
            name_pattern: None,
        };
        let some = all.only(|file| file.ends_with("link.test.mjs"));
        assert_eq!(some.miniflare, paths(&["tests/miniflare/link.test.mjs"]));
        assert_eq!(some.browser, paths(&["tests/browser/link.test.mjs"]));
    }

    #[test]
    fn a_filter_is_plain_text_to_the_runner() {
        assert_eq!(escape("sends (twice)?"), r"sends \(twice\)\?");
    }
}
