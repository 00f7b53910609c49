//! What goes wrong, by kind.

use std::fmt;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A connection breaks; its ends learn of it at different times.
    Drop,
    /// A connection breaks and one end never learns of it.
    HalfOpen,
    /// Nothing gets through a connection for a while, then everything does.
    Stall,
    /// A browser does not read for a while.
    SlowReader,
    /// A request between objects is lost, or its answer.
    LostCall,
    /// A wake-up of a gateway comes twice.
    DoubleWake,
    /// A channel server loses its memory; its sockets stay open.
    EvictServer,
    /// A gateway loses its memory; its browsers' sockets stay open, its links do not.
    EvictGateway,
    /// All objects of an isolate lose their memory; every socket stays open.
    Panic,
    /// A channel server dies with its sockets and with what was not confirmed.
    KillServer,
    /// A gateway dies with its sockets.
    KillGateway,
    /// Every object is started anew, and every socket is closed.
    Deploy,
    /// The clock of an isolate jumps.
    ClockJump,
    /// A statement of a turn fails.
    StorageError,
    /// Writes take long to be confirmed, for a while.
    SlowDisk,
    /// A frame takes long, and what goes over other connections overtakes it.
    Reorder,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Drop,
        Self::HalfOpen,
        Self::Stall,
        Self::SlowReader,
        Self::LostCall,
        Self::DoubleWake,
        Self::EvictServer,
        Self::EvictGateway,
        Self::Panic,
        Self::KillServer,
        Self::KillGateway,
        Self::Deploy,
        Self::ClockJump,
        Self::StorageError,
        Self::SlowDisk,
        Self::Reorder,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::HalfOpen => "half-open",
            Self::Stall => "stall",
            Self::SlowReader => "slow-reader",
            Self::LostCall => "lost-call",
            Self::DoubleWake => "double-wake",
            Self::EvictServer => "evict-server",
            Self::EvictGateway => "evict-gateway",
            Self::Panic => "panic",
            Self::KillServer => "kill-server",
            Self::KillGateway => "kill-gateway",
            Self::Deploy => "deploy",
            Self::ClockJump => "clock-jump",
            Self::StorageError => "storage-error",
            Self::SlowDisk => "slow-disk",
            Self::Reorder => "reorder",
        }
    }

    /// Whether it befalls calls and frames as they leave, rather than coming by itself.
    #[must_use]
    pub fn is_on_the_way(self) -> bool {
        matches!(self, Self::LostCall | Self::DoubleWake | Self::Reorder)
    }

    fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Some kinds of faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);

    /// All.
    #[must_use]
    pub fn all() -> Self {
        Kind::ALL.into_iter().fold(Self::NONE, Self::with)
    }

    /// These and `kind`.
    #[must_use]
    pub fn with(self, kind: Kind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// These but `kind`.
    #[must_use]
    pub fn without(self, kind: Kind) -> Self {
        Self(self.0 & !kind.bit())
    }

    /// Whether `kind` is among them.
    #[must_use]
    pub fn has(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }
}

/// How often each kind of fault has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([u64; Kind::ALL.len()]);

impl Tally {
    /// One more.
    pub fn add(&mut self, kind: Kind) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count += 1;
        }
    }

    /// Those of another run too.
    pub fn add_all(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// How many of `kind`.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        self.0.get(kind as usize).copied().unwrap_or(0)
    }

    /// How many of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_taken_out_one_by_one() {
        let mut kinds = Kinds::all();
        assert_eq!(kinds.iter().count(), Kind::ALL.len());
        kinds = kinds.without(Kind::Stall);
        assert!(!kinds.has(Kind::Stall));
        assert!(kinds.has(Kind::Drop));
    }

    #[test]
    fn tallies_add_up() {
        let mut tally = Tally::default();
        tally.add(Kind::Panic);
        let mut sum = tally;
        sum.add_all(&tally);
        assert_eq!((sum.of(Kind::Panic), sum.total()), (2, 2));
    }
}
