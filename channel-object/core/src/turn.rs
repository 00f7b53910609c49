//! What one turn brings for each link and each socket, gathered until the turn ends.

use std::{borrow::Cow, rc::Rc};

use fnv::FnvHashMap;
use protocol::{
    coalesce::{Batch, LineId},
    link::{Down, write},
};

use crate::io::{LinkId, Output, SocketId};

/// A frame down a link is closed and another begun past this, in bytes.
const LINK_FRAME_BYTES: usize = 512 * 1024;

/// What the turn has brought so far.
#[derive(Debug, Default)]
pub struct Turn {
    links: FnvHashMap<LinkId, Vec<Vec<u8>>>,
    order: Vec<LinkId>,
    sockets: Batch<SocketId>,
    outputs: Vec<Output>,
    closing: Vec<Output>,
}

impl Turn {
    /// A record for a link.
    pub fn down(&mut self, link: LinkId, record: &Down<'_>) {
        let frames = self.frames(link);
        match frames.last_mut() {
            Some(frame) if frame.len() < LINK_FRAME_BYTES => write(frame, record),
            _ => {
                let mut frame = Vec::new();
                write(&mut frame, record);
                frames.push(frame);
            }
        }
    }

    /// A record for a link that was written already, as others get it too.
    pub fn down_written(&mut self, link: LinkId, record: &[u8]) {
        let frames = self.frames(link);
        match frames.last_mut() {
            Some(frame) if frame.len() < LINK_FRAME_BYTES => frame.extend_from_slice(record),
            _ => frames.push(record.to_vec()),
        }
    }

    fn frames(&mut self, link: LinkId) -> &mut Vec<Vec<u8>> {
        self.links.entry(link).or_insert_with(|| {
            self.order.push(link);
            Vec::new()
        })
    }

    /// A line for sockets to come.
    pub fn line(&mut self, line: impl Into<Rc<str>>) -> LineId {
        self.sockets.line(line)
    }

    /// Sends a line to a socket.
    pub fn push(&mut self, socket: SocketId, line: LineId) {
        self.sockets.push(socket, line);
    }

    /// Anything else that is to be done.
    pub fn output(&mut self, output: Output) {
        self.outputs.push(output);
    }

    /// Closes a socket once its frames are sent.
    pub fn close(&mut self, socket: SocketId, code: u16, reason: impl Into<Cow<'static, str>>) {
        self.closing.push(Output::CloseSocket {
            socket,
            code,
            reason: reason.into(),
        });
    }

    /// Closes a link once its frames are sent.
    pub fn close_link(&mut self, link: LinkId) {
        self.closing.push(Output::CloseLink { link });
    }

    /// Forgets what was on its way to a socket.
    pub fn forget(&mut self, socket: SocketId) {
        self.sockets.forget(socket);
    }

    /// Everything, events before answers, and an empty turn again.
    pub fn take(&mut self) -> Vec<Output> {
        let mut all = Vec::new();
        for link in std::mem::take(&mut self.order) {
            for frame in self.links.remove(&link).unwrap_or_default() {
                all.push(Output::LinkFrame { link, frame });
            }
        }
        for frame in self.sockets.take() {
            all.push(Output::SocketFrame {
                sockets: frame.targets,
                frame: frame.text,
            });
        }
        all.append(&mut self.closing);
        all.append(&mut self.outputs);
        all
    }
}
