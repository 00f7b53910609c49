//! The writing half of a socket: written at once where the kernel takes it, else as soon as it does.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::net::tcp::OwnedWriteHalf;

use crate::frame::{Opcode, encode};

/// The writing half of a socket.
#[derive(Debug)]
pub struct Writer {
    half: OwnedWriteHalf,
    waiting: RefCell<Vec<u8>>,
    is_flushing: Cell<bool>,
}

impl Writer {
    /// Writes to a socket.
    pub fn new(half: OwnedWriteHalf) -> Rc<Self> {
        Rc::new(Self {
            half,
            waiting: RefCell::default(),
            is_flushing: Cell::new(false),
        })
    }

    /// Sends one frame of text.
    pub fn send(self: &Rc<Self>, text: &[u8]) {
        let mut frame = Vec::new();
        encode(Opcode::Text, text, &mut frame);
        self.write(&frame);
    }

    /// Sends bytes that hold whole frames.
    pub fn write(self: &Rc<Self>, frames: &[u8]) {
        self.waiting.borrow_mut().extend_from_slice(frames);
        if !self.is_flushing.get() && !self.try_flush() {
            self.is_flushing.set(true);
            let writer = Rc::clone(self);
            tokio::task::spawn_local(async move {
                while !writer.try_flush() {
                    if writer.half.writable().await.is_err() {
                        break;
                    }
                }
                writer.is_flushing.set(false);
            });
        }
    }

    /// Whether there is nothing left to write, be it that the socket is closed: its reader notices.
    fn try_flush(&self) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        while !waiting.is_empty() {
            match self.half.try_write(&waiting) {
                Ok(written) => {
                    waiting.drain(..written);
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return false,
                Err(_) => waiting.clear(),
            }
        }
        true
    }
}
