//! The Worker's variables and secrets.

use gateway_core::settings::{BadSettings, Settings};
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use worker::Env;

/// What the Worker was deployed with.
pub fn settings(env: &Env) -> Result<Settings, BadSettings> {
    Settings::parse(|name| variable(env, name))
}

/// A variable or secret: text, or a number as JSON has it.
fn variable(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
    value
        .as_string()
        .or_else(|| value.as_f64().map(|number| number.to_string()))
}
