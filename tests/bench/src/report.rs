//! The table that a person reads, and the JSON that a program does.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::figures::{Figure, number};
use crate::machine::Machine;
use crate::scenario::Scenario;
use crate::system::System;

const LABEL_WIDTH: usize = 32;
const VALUE_WIDTH: usize = 16;
const UNKNOWN: &str = "not observable";

/// What one scenario gave, system by system.
#[derive(Debug)]
pub struct Outcome {
    /// The scenario.
    pub scenario: Scenario,
    /// Heliograph first.
    pub measured: Vec<(System, Vec<Figure>)>,
}

impl Outcome {
    /// A line a figure: Heliograph's, what it has to be, and each yardstick's with Heliograph's as a multiple of it.
    pub fn table(&self) -> String {
        let mut out = format!("\n{}: {}\n", self.scenario.name(), self.scenario.title());
        let mut columns = self.measured.iter();
        let Some((system, figures)) = columns.next() else {
            return out;
        };
        let mut head = format!(
            "{:LABEL_WIDTH$}{:>VALUE_WIDTH$}{:>VALUE_WIDTH$}",
            "",
            system.name(),
            "goal"
        );
        for (system, _) in columns.clone() {
            let _ = write!(head, "{:>VALUE_WIDTH$}{:>9}", short(*system), "ratio");
        }
        let _ = writeln!(out, "{}", head.trim_end());
        for figure in figures {
            let mut line = own(figure);
            for (_, others) in columns.clone() {
                line.push_str(&other(figure, others));
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out
    }

    fn json(&self) -> Value {
        let measured = self.measured.iter().map(|(system, figures)| {
            let values = figures
                .iter()
                .map(|figure| (figure.kind.key.to_owned(), json!(figure.value)));
            let missed: Vec<_> = figures
                .iter()
                .filter(|figure| is_missed(figure))
                .map(|figure| figure.kind.key)
                .collect();
            let mut entry =
                json!({"system": system.name(), "figures": values.collect::<Map<_, _>>()});
            if *system == System::Heliograph
                && let Some(entry) = entry.as_object_mut()
            {
                entry.insert("missed".to_owned(), json!(missed));
            }
            entry
        });
        json!({
            "scenario": self.scenario.name(),
            "title": self.scenario.title(),
            "measured": measured.collect::<Vec<_>>(),
        })
    }
}

/// Everything, for a program.
pub fn json(machine: &Machine, workerd: &str, outcomes: &[Outcome]) -> Value {
    json!({
        "machine": machine,
        "workerd": workerd,
        "scenarios": outcomes.iter().map(Outcome::json).collect::<Vec<_>>(),
    })
}

fn short(system: System) -> &'static str {
    match system {
        System::Heliograph => "heliograph",
        System::Party => "partyserver",
        System::PartyInsert => "+ INSERT",
    }
}

fn is_missed(figure: &Figure) -> bool {
    figure
        .goal
        .zip(figure.value)
        .is_some_and(|(goal, value)| !goal.is_met(value))
}

fn own(figure: &Figure) -> String {
    let value = figure.value.map_or_else(|| UNKNOWN.to_owned(), number);
    let goal = figure
        .goal
        .map_or_else(String::new, |goal| goal.to_string());
    let verdict = if is_missed(figure) { " ✗" } else { "" };
    let goal = format!("{goal}{verdict}");
    let label = figure.kind.label;
    format!("{label:LABEL_WIDTH$}{value:>VALUE_WIDTH$}{goal:>VALUE_WIDTH$}")
}

fn other(own: &Figure, others: &[Figure]) -> String {
    let other = others.iter().find(|other| other.kind == own.kind);
    let Some(value) = other.and_then(|other| other.value) else {
        return format!("{:>VALUE_WIDTH$}{:>9}", "", "");
    };
    let ratio = own
        .value
        .filter(|_| value > 0.0)
        .map_or_else(String::new, |own| format!("× {}", number(own / value)));
    format!("{:>VALUE_WIDTH$}{ratio:>9}", number(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{CPU_PER_MESSAGE, GATEWAYS_ASLEEP};

    fn outcome() -> Outcome {
        let own = vec![
            CPU_PER_MESSAGE.is(30.0).at_most(20.0),
            GATEWAYS_ASLEEP.is_unknown(),
        ];
        Outcome {
            scenario: Scenario::Light,
            measured: vec![
                (System::Heliograph, own),
                (System::Party, vec![CPU_PER_MESSAGE.is(60.0)]),
            ],
        }
    }

    #[test]
    fn a_figure_stands_beside_its_goal_and_as_a_multiple_of_the_yardstick() {
        let table = outcome().table();
        let line = table.lines().find(|line| line.contains("a message, µs"));
        let words: Vec<_> = line.unwrap().split_whitespace().skip(5).collect();
        assert_eq!(words, ["30.0", "≤", "20.0", "✗", "60.0", "×", "0.500"]);
        assert!(table.contains("not observable"));
    }

    #[test]
    fn json_has_each_value_under_its_key_and_names_what_was_missed() {
        let json = outcome().json();
        let own = &json["measured"][0];
        assert_eq!(own["figures"]["server_cpu_us_per_message"], 30.0);
        assert_eq!(own["figures"]["gateways_asleep"], Value::Null);
        assert_eq!(own["missed"][0], "server_cpu_us_per_message");
        assert_eq!(json["measured"][1]["system"], "partyserver");
    }
}
