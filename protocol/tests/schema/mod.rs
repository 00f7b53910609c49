//! The part of JSON Schema that `http/openapi.json` uses. A keyword that is not known here fails the test.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Keywords that say something to people only.
const SILENT: &[&str] = &["description", "default"];

/// The schemas of a document.
pub struct Schemas(Value);

impl Schemas {
    /// Those of an `OpenAPI` document.
    pub fn of(document: Value) -> Self {
        Self(document)
    }

    /// How `value` does not fit the schema of this name; fields that it does not list are faults too.
    pub fn faults(&self, name: &str, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        let schema = serde_json::json!({ "$ref": format!("#/components/schemas/{name}") });
        let known = self.check(&schema, value, name, &mut faults);
        unlisted(known.as_ref(), value, name, &mut faults);
        faults
    }

    /// Gives the fields of `value` that the schema lists, where it lists any.
    fn check(
        &self,
        schema: &Value,
        value: &Value,
        at: &str,
        faults: &mut Vec<String>,
    ) -> Option<BTreeSet<String>> {
        let mut known: Option<BTreeSet<String>> = None;
        for (keyword, wanted) in schema.as_object().unwrap() {
            let fits = match keyword.as_str() {
                "$ref" => {
                    let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                    let target = self.0.pointer(pointer).unwrap();
                    known = self.check(target, value, at, faults);
                    true
                }
                "allOf" => {
                    for part in wanted.as_array().unwrap() {
                        if let Some(fields) = self.check(part, value, at, faults) {
                            known.get_or_insert_default().extend(fields);
                        }
                    }
                    true
                }
                "properties" => {
                    let fields = wanted.as_object().unwrap();
                    known = Some(fields.keys().cloned().collect());
                    self.check_fields(fields, value, at, faults);
                    true
                }
                "additionalProperties" => {
                    for (name, value) in value.as_object().into_iter().flatten() {
                        let at = format!("{at}.{name}");
                        let fields = self.check(wanted, value, &at, faults);
                        unlisted(fields.as_ref(), value, &at, faults);
                    }
                    true
                }
                "items" => {
                    for (n, value) in value.as_array().into_iter().flatten().enumerate() {
                        let at = format!("{at}[{n}]");
                        let fields = self.check(wanted, value, &at, faults);
                        unlisted(fields.as_ref(), value, &at, faults);
                    }
                    true
                }
                keyword => fits(keyword, wanted, value),
            };
            if !fits {
                faults.push(format!("{at}: {value} against {keyword} {wanted}"));
            }
        }
        known
    }

    fn check_fields(
        &self,
        fields: &Map<String, Value>,
        value: &Value,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        for (name, schema) in fields {
            if let Some(value) = value.get(name) {
                let at = format!("{at}.{name}");
                let known = self.check(schema, value, &at, faults);
                unlisted(known.as_ref(), value, &at, faults);
            }
        }
    }
}

fn unlisted(known: Option<&BTreeSet<String>>, value: &Value, at: &str, faults: &mut Vec<String>) {
    let (Some(known), Some(fields)) = (known, value.as_object()) else {
        return;
    };
    for name in fields.keys().filter(|name| !known.contains(*name)) {
        faults.push(format!("{at}: {name} is not listed"));
    }
}

/// Whether `value` fits one keyword. Those of numbers, strings and so on fit every value of another type.
fn fits(keyword: &str, wanted: &Value, value: &Value) -> bool {
    let length = || value.as_str().map(|text| text.chars().count() as u64);
    let items = || value.as_array().map(|items| items.len() as u64);
    let bound = || wanted.as_u64().unwrap();
    match keyword {
        "type" => match wanted {
            Value::Array(types) => types.iter().any(|kind| is_a(kind, value)),
            kind => is_a(kind, value),
        },
        "enum" => wanted.as_array().unwrap().contains(value),
        "required" => {
            let names = wanted.as_array().unwrap();
            let has = |name: &Value| value.get(name.as_str().unwrap()).is_some();
            !value.is_object() || names.iter().all(has)
        }
        "minimum" => !value.is_number() || value.as_u64().is_some_and(|value| value >= bound()),
        "maximum" => !value.is_number() || value.as_u64().is_some_and(|value| value <= bound()),
        "minLength" => length().is_none_or(|length| length >= bound()),
        "maxLength" => length().is_none_or(|length| length <= bound()),
        "maxItems" => items().is_none_or(|items| items <= bound()),
        "pattern" => value
            .as_str()
            .is_none_or(|text| is_id(wanted.as_str().unwrap(), text)),
        other => {
            assert!(SILENT.contains(&other), "the keyword {other} is not known");
            true
        }
    }
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the type {other} is not known"),
    }
}

/// The patterns are those of ids: `^` kind letters, `[A-Za-z0-9_-]{0,63}$`.
fn is_id(pattern: &str, text: &str) -> bool {
    let letters = pattern
        .strip_prefix('^')
        .and_then(|pattern| pattern.strip_suffix("[A-Za-z0-9_-]{0,63}$"))
        .unwrap_or_else(|| panic!("the pattern {pattern} is none of an id"));
    let mut rest = text.chars();
    let kind = rest.next();
    kind.is_some_and(|kind| kind != '[' && letters.contains(kind))
        && rest.all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
        && text.len() <= 64
}
