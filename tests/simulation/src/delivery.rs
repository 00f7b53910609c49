//! What befalls effects between channel servers, counted by the kind of effect.

use std::fmt;

use protocol::call::{Delivery, Effect};

/// A kind of effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectKind {
    /// [`Effect::FoundUser`].
    FoundUser,
    /// [`Effect::Joined`].
    Joined,
    /// [`Effect::Left`].
    Left,
    /// [`Effect::Read`] of who reads on.
    Read,
    /// [`Effect::Read`] of who marks something unread.
    MarkedUnread,
    /// [`Effect::Mentioned`].
    Mentioned,
    /// [`Effect::PublicChannel`].
    PublicChannel,
    /// [`Effect::RoleGiven`].
    RoleGiven,
    /// [`Effect::EndSessions`].
    EndSessions,
    /// [`Effect::BecameGuest`].
    BecameGuest,
}

impl EffectKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::FoundUser,
        Self::Joined,
        Self::Left,
        Self::Read,
        Self::MarkedUnread,
        Self::Mentioned,
        Self::PublicChannel,
        Self::RoleGiven,
        Self::EndSessions,
        Self::BecameGuest,
    ];

    /// The kind of an effect.
    #[must_use]
    pub fn of(effect: &Effect) -> Self {
        match effect {
            Effect::FoundUser { .. } => Self::FoundUser,
            Effect::Joined { .. } => Self::Joined,
            Effect::Left { .. } => Self::Left,
            Effect::Read {
                marks_unread: true, ..
            } => Self::MarkedUnread,
            Effect::Read { .. } => Self::Read,
            Effect::Mentioned { .. } => Self::Mentioned,
            Effect::PublicChannel { .. } => Self::PublicChannel,
            Effect::RoleGiven { .. } => Self::RoleGiven,
            Effect::EndSessions { .. } => Self::EndSessions,
            Effect::BecameGuest { .. } => Self::BecameGuest,
        }
    }
}

/// What befalls a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mishap {
    /// It does not arrive.
    RequestLost,
    /// It is taken in and its origin does not learn of it: it comes once more.
    AnswerLost,
    /// It arrives late, also when its origin has given it up.
    Late,
    /// Its origin is evicted or dies while it is under way.
    OriginEnds,
    /// Its target is evicted or dies while it is under way.
    TargetEnds,
}

impl Mishap {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::RequestLost,
        Self::AnswerLost,
        Self::Late,
        Self::OriginEnds,
        Self::TargetEnds,
    ];
}

/// Kinds of effects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EffectKinds(u16);

impl EffectKinds {
    /// The kinds in some deliveries.
    #[must_use]
    pub fn of(deliveries: &[Delivery]) -> Self {
        let bits = deliveries
            .iter()
            .map(|delivery| 1 << (EffectKind::of(&delivery.effect) as u16));
        Self(bits.fold(0, |all, bit: u16| all | bit))
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = EffectKind> {
        EffectKind::ALL
            .into_iter()
            .filter(move |kind| self.0 & (1 << (*kind as u16)) != 0)
    }
}

/// How often each mishap has befallen each kind of effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mishaps([[u64; Mishap::ALL.len()]; EffectKind::ALL.len()]);

impl Mishaps {
    /// A mishap befalls effects of these kinds.
    pub fn add(&mut self, kinds: EffectKinds, mishap: Mishap) {
        for kind in kinds.iter() {
            let counts = self.0.get_mut(kind as usize);
            if let Some(count) = counts.and_then(|counts| counts.get_mut(mishap as usize)) {
                *count += 1;
            }
        }
    }

    /// Those of another run too.
    pub fn add_all(&mut self, other: &Self) {
        let mine = self.0.iter_mut().flatten();
        for (mine, theirs) in mine.zip(other.0.iter().flatten()) {
            *mine += theirs;
        }
    }

    /// How often `mishap` has befallen an effect of `kind`.
    #[must_use]
    pub fn of(&self, kind: EffectKind, mishap: Mishap) -> u64 {
        let counts = self.0.get(kind as usize);
        counts
            .and_then(|counts| counts.get(mishap as usize))
            .copied()
            .unwrap_or(0)
    }
}

impl fmt::Display for Mishaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kind in EffectKind::ALL {
            write!(f, "{kind:?}:")?;
            for mishap in Mishap::ALL {
                write!(f, " {mishap:?} {}", self.of(kind, mishap))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mishaps_are_counted_by_kind() {
        let mut mishaps = Mishaps::default();
        let kinds = EffectKinds(1 << (EffectKind::Left as u16));
        mishaps.add(kinds, Mishap::Late);
        let mut sum = mishaps;
        sum.add_all(&mishaps);
        assert_eq!(sum.of(EffectKind::Left, Mishap::Late), 2);
        assert_eq!(sum.of(EffectKind::Joined, Mishap::Late), 0);
        assert_eq!(sum.of(EffectKind::Left, Mishap::AnswerLost), 0);
    }
}
