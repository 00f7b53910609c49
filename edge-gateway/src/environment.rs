//! The Worker's variables and secrets.

use std::cell::OnceCell;

use gateway_core::settings::{BadSettings, Settings};
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use worker::Env;

thread_local! {
    /// Of this isolate, which never sees others: each version of the Worker and of its variables has isolates of its own.
    static SETTINGS: OnceCell<Result<Settings, BadSettings>> = const { OnceCell::new() };
}

/// What the Worker was deployed with.
pub fn settings(env: &Env) -> Result<Settings, BadSettings> {
    SETTINGS.with(|settings| {
        settings
            .get_or_init(|| Settings::parse(|name| variable(env, name)))
            .clone()
    })
}

/// A variable or secret: text, or a number as JSON has it.
fn variable(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
    value
        .as_string()
        .or_else(|| value.as_f64().map(|number| number.to_string()))
}
