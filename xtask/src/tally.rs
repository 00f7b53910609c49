//! How many tests passed and failed, read from what a runner prints.

use std::fmt::{self, Display};
use std::ops::AddAssign;

/// Tests counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that passed.
    pub passed: u64,
    /// Those that failed, were cancelled, or never came to run.
    pub failed: u64,
}

impl Tally {
    /// One thing that is not a test runner's, passed or failed.
    pub fn one(passed: bool) -> Self {
        Self {
            passed: u64::from(passed),
            failed: u64::from(!passed),
        }
    }

    /// Sums the lines `test result: ok. 3 passed; 1 failed; …` of `cargo test`.
    pub fn of_cargo(output: &str, success: bool) -> Self {
        let mut tally = Self::default();
        for line in output.lines() {
            let Some((_, counts)) = line.split_once("test result: ") else {
                continue;
            };
            for count in counts.split([';', '.']) {
                let mut words = count.split_whitespace();
                let number = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
                match words.next() {
                    Some("passed") => tally.passed += number,
                    Some("failed") => tally.failed += number,
                    _ => {}
                }
            }
        }
        tally.of_run(success)
    }

    /// Sums the closing lines `ℹ pass 3` or `# pass 3` of Node's test runner.
    pub fn of_node(output: &str, success: bool) -> Self {
        let mut tally = Self::default();
        for line in output.lines() {
            let Some(line) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) else {
                continue;
            };
            let mut words = line.split(' ');
            let name = words.next();
            // Two words and no third, or a test's own output could count.
            let (Some(number), None) = (
                words.next().and_then(|word| word.parse::<u64>().ok()),
                words.next(),
            ) else {
                continue;
            };
            match name {
                Some("pass") => tally.passed += number,
                Some("fail" | "cancelled") => tally.failed += number,
                _ => {}
            }
        }
        tally.of_run(success)
    }

    /// A failed run without a failed test, as when nothing compiles, counts as one.
    fn of_run(self, success: bool) -> Self {
        let failed = self.failed.max(u64::from(!success));
        Self { failed, ..self }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_s_results_are_summed_over_all_crates() {
        let output = "running 2 tests\ntest a ... ok\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\
            test result: FAILED. 10 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.25s\n";
        assert_eq!(
            Tally::of_cargo(output, false),
            Tally {
                passed: 12,
                failed: 3
            }
        );
    }

    #[test]
    fn node_s_closing_lines_are_read_in_both_of_its_styles() {
        let spec = "✔ chats (3ms)\nℹ tests 7\nℹ suites 0\nℹ pass 4\nℹ fail 2\nℹ cancelled 1\nℹ skipped 0\n";
        let tap =
            "ok 1 - chats\n# tests 7\n# pass 4\n# fail 2\n# cancelled 1\n# duration_ms 12.5\n";
        for output in [spec, tap] {
            assert_eq!(
                Tally::of_node(output, false),
                Tally {
                    passed: 4,
                    failed: 3
                }
            );
        }
    }

    #[test]
    fn what_only_looks_like_a_closing_line_does_not_count() {
        assert_eq!(
            Tally::of_node("# pass 3 of 4\n# passed 3\nℹ pass many\npass 3\n", true),
            Tally::default()
        );
    }

    #[test]
    fn a_runner_that_ran_nothing_and_failed_counts_as_one_failure() {
        let failed = |output| Tally::of_cargo(output, false);
        assert_eq!(failed("error: could not compile"), Tally::one(false));
        let one_failed = "test result: FAILED. 2 passed; 1 failed;";
        assert_eq!(
            failed(one_failed),
            Tally {
                passed: 2,
                failed: 1
            }
        );
    }

    #[test]
    fn a_tally_reads_as_the_closing_line() {
        let mut tally = Tally {
            passed: 3,
            failed: 0,
        };
        tally += Tally {
            passed: 4,
            failed: 1,
        };
        assert_eq!(tally.to_string(), "7 passed, 1 failed");
    }
}
