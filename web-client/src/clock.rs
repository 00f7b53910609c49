//! Time, random bytes, and dates as the person's language writes them.

use std::cell::OnceCell;

use client_core::input::Moment;
use js_sys::{Array, Date, Intl::DateTimeFormat, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::dom::window;

/// This moment, with fresh random bytes.
pub fn moment() -> Moment {
    let mut random = [0; 16];
    // Without randomness ids would not be unique; every browser that runs this has it.
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut random);
    }
    Moment {
        now_ms: whole(Date::now()),
        random,
    }
}

/// Minutes that local time is ahead of UTC at an instant.
pub fn offset_at(at_ms: u64) -> i32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "time zones are less than a day"
    )]
    let behind = date(at_ms).get_timezone_offset() as i32;
    -behind
}

/// An instant as `<time datetime>` has it.
pub fn machine_time(at_ms: u64) -> String {
    date(at_ms).to_iso_string().into()
}

/// Hours and minutes.
pub fn short_time(at_ms: u64) -> String {
    FORMATS.with(|formats| formats.time.of(at_ms))
}

/// Date and time in full.
pub fn full_time(at_ms: u64) -> String {
    FORMATS.with(|formats| formats.full.of(at_ms))
}

/// The date, for a divider.
pub fn long_date(at_ms: u64) -> String {
    FORMATS.with(|formats| formats.date.of(at_ms))
}

fn date(at_ms: u64) -> Date {
    #[allow(
        clippy::cast_precision_loss,
        reason = "milliseconds since the epoch fit for 285,000 years"
    )]
    Date::new(&JsValue::from_f64(at_ms as f64))
}

fn whole(ms: f64) -> u64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the present is after 1970"
    )]
    {
        ms as u64
    }
}

thread_local! {
    static FORMATS: Formats = const { Formats::new() };
}

struct Formats {
    time: Format,
    full: Format,
    date: Format,
}

impl Formats {
    const fn new() -> Self {
        Self {
            time: Format::new(&[("hour", "numeric"), ("minute", "2-digit")]),
            full: Format::new(&[("dateStyle", "full"), ("timeStyle", "medium")]),
            date: Format::new(&[
                ("weekday", "long"),
                ("day", "numeric"),
                ("month", "long"),
                ("year", "numeric"),
            ]),
        }
    }
}

/// A formatter, made when it is first used: making one takes longer than using it a hundred times.
struct Format {
    options: &'static [(&'static str, &'static str)],
    made: OnceCell<DateTimeFormat>,
}

impl Format {
    const fn new(options: &'static [(&'static str, &'static str)]) -> Self {
        Self {
            options,
            made: OnceCell::new(),
        }
    }

    fn of(&self, at_ms: u64) -> String {
        let format = self.made.get_or_init(|| {
            let options = Object::new();
            for (name, value) in self.options {
                let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
            }
            DateTimeFormat::new(&Array::new(), &options)
        });
        format
            .format()
            .call1(&JsValue::UNDEFINED, &date(at_ms))
            .ok()
            .and_then(|text| text.as_string())
            .unwrap_or_default()
    }
}
