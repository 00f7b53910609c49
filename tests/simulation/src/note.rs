//! Events as the trace has them.

use std::fmt::Write as _;

use protocol::link::{Down, Up, read};

use crate::{
    fault::Kind,
    wire::{Parcel, Side},
    world::{Event, World},
};

impl World {
    /// Takes note of an event.
    pub(crate) fn note(&mut self, event: &Event) {
        let now_us = self.now_us;
        match event {
            Event::Arrives(wire, side, parcel) => {
                let post = self.wires.find(*wire).map(|wire| wire.end(*side).post);
                let bytes: &[u8] = match parcel {
                    Parcel::Text(text) => text.as_bytes(),
                    Parcel::Binary(bytes) => bytes,
                    Parcel::Close { reason, .. } => reason.as_bytes(),
                    Parcel::Broken => b"broken",
                };
                self.trace.note(now_us, bytes, || {
                    format!("#{} → {post:?}: {}", wire.0, show(parcel, *side))
                });
            }
            other => {
                let line = format!("{other:?}");
                self.trace.note(now_us, line.as_bytes(), || line.clone());
            }
        }
    }

    /// Takes note of a fault.
    pub(crate) fn note_fault(&mut self, kind: Kind) {
        let name = kind.name();
        self.trace
            .note(self.now_us, name.as_bytes(), || format!("!!! {name}"));
    }
}

fn show(parcel: &Parcel, to: Side) -> String {
    match parcel {
        Parcel::Text(text) => text.to_string(),
        Parcel::Close { code, reason } => format!("closed {code} {reason}"),
        Parcel::Broken => "broken".to_owned(),
        Parcel::Binary(bytes) => {
            let mut text = String::new();
            match to {
                Side::Acceptor => {
                    for record in read::<Up<'_>>(bytes).flatten() {
                        // Writing to a string does not fail.
                        let _ = write!(text, "{} ", Shown(format!("{record:?}")));
                    }
                }
                Side::Dialler => {
                    for record in read::<Down<'_>>(bytes).flatten() {
                        let _ = match record {
                            Down::Event { line, .. } => {
                                write!(text, "Event {} ", String::from_utf8_lossy(line))
                            }
                            other => write!(text, "{} ", Shown(format!("{other:?}"))),
                        };
                    }
                }
            }
            text
        }
    }
}

/// A record with its bytes as text.
struct Shown(String);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
