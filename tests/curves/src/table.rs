//! The table that a person reads, and the JSON that a program does.

use std::fmt::Write;

use serde_json::{Map, Value, json};

const WIDTH_MIN: usize = 9;

/// One column of a curve.
#[derive(Debug)]
pub struct Column {
    /// Its name in JSON, with the unit.
    key: &'static str,
    /// What a person reads.
    label: &'static str,
}

impl Column {
    /// A column.
    pub const fn new(key: &'static str, label: &'static str) -> Self {
        Self { key, label }
    }
}

/// One curve: a row a size.
#[derive(Debug)]
pub struct Curve {
    /// Its name in JSON.
    pub name: &'static str,
    /// What grows, and what is measured.
    pub title: String,
    pub columns: &'static [Column],
    pub rows: Vec<Vec<f64>>,
}

impl Curve {
    /// The curve for a person.
    pub fn table(&self) -> String {
        let mut out = format!("{}\n", self.title);
        let width = |column: &Column| column.label.chars().count().max(WIDTH_MIN) + 2;
        for column in self.columns {
            let width = width(column);
            let _ = write!(out, "{:>width$}", column.label);
        }
        out.push('\n');
        for row in &self.rows {
            for (column, value) in self.columns.iter().zip(row) {
                let width = width(column);
                let _ = write!(out, "{:>width$}", number(*value));
            }
            out.push('\n');
        }
        out
    }

    /// The curve for a program.
    pub fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let values = self.columns.iter().zip(row);
            values
                .map(|(column, value)| (column.key.to_owned(), json!(value)))
                .collect::<Map<_, _>>()
        });
        json!({"curve": self.name, "title": self.title, "rows": rows.collect::<Vec<_>>()})
    }
}

/// Three significant digits or all before the point, and thousands apart.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[Column::new("x", "x"), Column::new("cpu_us", "CPU, µs")];

    #[test]
    fn a_row_stands_under_its_labels() {
        let curve = Curve {
            name: "x",
            title: "as x grows".to_owned(),
            columns: COLUMNS,
            rows: vec![vec![100_000.0, 12.34]],
        };
        assert_eq!(
            curve.table(),
            "as x grows\n          x    CPU, µs\n    100,000       12.3\n"
        );
        assert_eq!(curve.json()["rows"][0]["cpu_us"], 12.34);
    }
}
