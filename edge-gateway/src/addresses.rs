//! Addresses: what each has asked of this isolate lately.

use std::cell::RefCell;

use gateway_core::address::Addresses;

thread_local! {
    /// Of this isolate.
    static ADDRESSES: RefCell<Addresses> = RefCell::default();
}

/// Asks what addresses may still do now.
pub fn with<T>(ask: impl FnOnce(&mut Addresses) -> T) -> T {
    ADDRESSES.with_borrow_mut(ask)
}
