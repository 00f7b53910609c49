//! Randomness, from the platform's source.

use worker::{Error, Result};

/// Random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::RustError(error.to_string()))?;
    Ok(bytes)
}

/// Random bits of a new id.
pub fn id_bits() -> Result<u128> {
    bytes().map(u128::from_le_bytes)
}
