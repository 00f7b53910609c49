//! Records of a link and frames of a page, changed on their way by a mistake.

use std::borrow::Cow;

use protocol::link::{Down, Hint, Up, read, write};

use crate::mistake::Mistake;

/// A frame up, as a gateway with `mistake` would have sent it.
#[must_use]
pub fn up(frame: &[u8], mistake: Option<Mistake>) -> Cow<'_, [u8]> {
    let shift: fn(u64) -> u64 = match mistake {
        Some(Mistake::ResumeAhead) => |seq| seq + 1,
        Some(Mistake::ResumeBehind) => |seq| seq.saturating_sub(1),
        _ => return Cow::Borrowed(frame),
    };
    let mut changed = Vec::new();
    for mut record in read::<Up<'_>>(frame).flatten() {
        match &mut record {
            Up::Resume { seq, .. }
            | Up::Subscribe {
                since: Some((_, seq)),
                ..
            } => *seq = shift(*seq),
            _ => {}
        }
        write(&mut changed, &record);
    }
    Cow::Owned(changed)
}

/// A frame to the client that is shipped, as a client with `mistake` would understand it.
#[must_use]
pub fn page(frame: &str, mistake: Option<Mistake>) -> Cow<'_, str> {
    if mistake != Some(Mistake::CountedSeqOverlooked) || !frame.contains("\"counted_seq\"") {
        return Cow::Borrowed(frame);
    }
    Cow::Owned(frame.replace("\"counted_seq\":", "\"counted_seq\":9"))
}

/// A frame down, as a gateway with `mistake` would understand it.
#[must_use]
pub fn down(frame: &[u8], mistake: Option<Mistake>) -> Cow<'_, [u8]> {
    if mistake != Some(Mistake::RemovalOverlooked) {
        return Cow::Borrowed(frame);
    }
    let mut changed = Vec::new();
    for mut record in read::<Down<'_>>(frame).flatten() {
        if let Down::Event { hint, .. } = &mut record
            && matches!(hint, Hint::Cut(_))
        {
            *hint = Hint::None;
        }
        write(&mut changed, &record);
    }
    Cow::Owned(changed)
}
