//! Records that wait for credit, gathered into frames.

use std::collections::VecDeque;

use protocol::link::{Up, write};

/// A frame is closed for further records at this size, in bytes: the runtime takes frames of 1 MiB.
pub const LINK_FRAME_BYTES: usize = 512 * 1024;

/// Frames that have not left.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    frames: VecDeque<Vec<u8>>,
    /// Records since it was empty.
    records: usize,
}

impl Outbox {
    pub fn push(&mut self, record: &Up<'_>) {
        self.records += 1;
        if let Some(last) = self.frames.back_mut() {
            let before = last.len();
            write(last, record);
            if last.len() <= LINK_FRAME_BYTES || before == 0 {
                return;
            }
            let bytes = last.split_off(before);
            self.frames.push_back(bytes);
            return;
        }
        let mut bytes = Vec::new();
        write(&mut bytes, record);
        self.frames.push_back(bytes);
    }

    pub fn take(&mut self) -> Option<Vec<u8>> {
        let frame = self.frames.pop_front();
        if self.frames.is_empty() {
            self.records = 0;
        }
        frame
    }

    /// How many records wait, or a little more.
    pub fn records(&self) -> usize {
        self.records
    }

    /// What has not left, in bytes.
    pub fn bytes(&self) -> usize {
        self.frames.iter().map(Vec::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use protocol::link::read;

    use super::*;

    #[test]
    fn a_frame_is_bounded_and_no_record_is_lost() {
        let op = vec![b'x'; 100 * 1024];
        let mut outbox = Outbox::default();
        for request in 0..12 {
            outbox.push(&Up::Command {
                request,
                log: "C1",
                workspace: "T1",
                user: "U1",
                role: protocol::api::Role::Member,
                op: &op,
            });
        }
        let mut requests = Vec::new();
        while let Some(frame) = outbox.take() {
            assert!(frame.len() <= LINK_FRAME_BYTES);
            for record in read::<Up<'_>>(&frame) {
                let Ok(Up::Command { request, .. }) = record else {
                    panic!("not a command");
                };
                requests.push(request);
            }
        }
        assert_eq!(requests, (0..12).collect::<Vec<u32>>());
    }
}
