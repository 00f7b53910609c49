//! What the platform offers and the `worker` crate does not.

use js_sys::{ArrayBuffer, JsString, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{State, WebSocket};

#[wasm_bindgen]
extern "C" {
    type ObjectState;
    #[wasm_bindgen(method, catch)]
    fn abort(this: &ObjectState, reason: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = getWebSocketAutoResponseTimestamp)]
    fn auto_response_timestamp(
        this: &ObjectState,
        socket: &web_sys::WebSocket,
    ) -> Result<Option<js_sys::Date>, JsValue>;

    type Storage;
    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &Storage, at_ms: f64) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    fn delete_alarm(this: &Storage) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn sync(this: &Storage) -> Result<Promise, JsValue>;

    /// A socket that carries its number, in this life of the isolate only.
    type Numbered;
    #[wasm_bindgen(method, getter, js_name = heliographNumber)]
    fn number(this: &Numbered) -> Option<u32>;
    #[wasm_bindgen(method, setter, js_name = heliographNumber)]
    fn set_number(this: &Numbered, number: Option<u32>);

    type SqlStorage;
    #[wasm_bindgen(method, getter, js_name = databaseSize)]
    fn database_size(this: &SqlStorage) -> f64;

    type Sender;
    #[wasm_bindgen(method, catch, js_name = send)]
    fn send(this: &Sender, message: &JsValue) -> Result<(), JsValue>;
}

/// Resets the object: nothing of the turn is stored, no byte of it leaves.
pub fn abort(state: &State, reason: &str) {
    // It throws by design; there is nobody left to tell.
    let _ = state.as_raw().unchecked_ref::<ObjectState>().abort(reason);
}

/// When the platform last answered a ping on a socket, without waking the object; in milliseconds since the epoch.
#[must_use]
pub fn answered_ping_ms(state: &State, socket: &WebSocket) -> Option<u64> {
    let object: &ObjectState = state.as_raw().unchecked_ref();
    let date = object.auto_response_timestamp(socket.as_ref()).ok()??;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time of today is a positive integer far below 2⁵³"
    )]
    let answered_ms = date.get_time() as u64;
    Some(answered_ms)
}

/// The number that a socket was given, by an earlier life of its object's memory too.
#[must_use]
pub fn number_of(socket: &web_sys::WebSocket) -> Option<u32> {
    socket.unchecked_ref::<Numbered>().number()
}

/// Gives a socket a number, or takes it away.
pub fn set_number(socket: &web_sys::WebSocket, number: Option<u32>) {
    socket.unchecked_ref::<Numbered>().set_number(number);
}

/// Sets the object's alarm in the same turn as what was stored; `at_ms` is in milliseconds since the epoch.
pub fn set_alarm(state: &State, at_ms: u64) -> Result<(), JsValue> {
    #[allow(clippy::cast_precision_loss, reason = "exact to the year 287396")]
    let at_ms = at_ms as f64;
    let storage = state.as_raw().storage()?;
    // Storage operations of one object are stored in order: nobody has to wait for this one.
    let _stored = storage.unchecked_ref::<Storage>().set_alarm(at_ms)?;
    Ok(())
}

/// Takes the object's alarm back, in the same turn as what was stored.
pub fn clear_alarm(state: &State) -> Result<(), JsValue> {
    let storage = state.as_raw().storage()?;
    let _stored = storage.unchecked_ref::<Storage>().delete_alarm()?;
    Ok(())
}

/// The size of the object's database, in bytes; 0 where it has none.
#[must_use]
pub fn database_bytes(state: &State) -> u64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a size is a positive integer far below 2⁵³"
    )]
    let bytes = |sql: &SqlStorage| sql.database_size() as u64;
    let storage = state.as_raw().storage();
    storage.map_or(0, |storage| {
        let sql: JsValue = storage.sql().into();
        bytes(sql.unchecked_ref())
    })
}

/// Comes true once everything that the object has stored so far is durable.
pub fn stored(state: &State) -> Result<Promise, JsValue> {
    state.as_raw().storage()?.unchecked_ref::<Storage>().sync()
}

/// A message that many sockets can share: it crosses from wasm once.
#[derive(Clone, Debug)]
pub struct Message(JsValue);

impl Message {
    /// A text message.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self(JsString::from(text).into())
    }

    /// A binary message.
    #[must_use]
    pub fn binary(bytes: &[u8]) -> Self {
        let buffer: ArrayBuffer = Uint8Array::from(bytes).buffer();
        Self(buffer.into())
    }

    /// The message as JavaScript has it.
    #[must_use]
    pub fn as_js(&self) -> &JsValue {
        &self.0
    }

    /// Hands the message to a socket; `Err` where the socket is closed.
    pub fn send(&self, socket: &WebSocket) -> Result<(), JsValue> {
        let raw: &web_sys::WebSocket = socket.as_ref();
        raw.unchecked_ref::<Sender>().send(&self.0)
    }
}

/// Milliseconds since the epoch; stands still within one turn.
#[must_use]
pub fn now_ms() -> u64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time of today is a positive integer far below 2⁵³"
    )]
    let now = js_sys::Date::now() as u64;
    now
}
