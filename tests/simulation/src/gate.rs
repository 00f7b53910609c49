//! The output gate: what leaves an object waits until everything that it has written is confirmed.

use crate::action::{Action, CallId};

/// The gate of one object.
#[derive(Debug, Default)]
pub struct Gate {
    held: Vec<Action>,
    /// The number of the confirmation that is waited for.
    awaited: Option<u64>,
    last: u64,
}

impl Gate {
    /// Something was written. Gives the number of the confirmation to ask for, unless one is awaited already.
    pub fn written(&mut self) -> Option<u64> {
        if self.awaited.is_some() {
            return None;
        }
        self.last += 1;
        self.awaited = Some(self.last);
        self.awaited
    }

    /// Whether a confirmation is awaited.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.awaited.is_some()
    }

    /// Keeps actions back while a confirmation is awaited.
    pub fn pass(&mut self, actions: &mut Vec<Action>) {
        if self.is_closed() {
            self.held.append(actions);
        }
    }

    /// A confirmation came. Gives what was held back if it was the awaited one.
    pub fn confirmed(&mut self, number: u64) -> Option<Vec<Action>> {
        if self.awaited != Some(number) {
            return None;
        }
        self.awaited = None;
        Some(std::mem::take(&mut self.held))
    }

    /// The object died: nothing of what was held back leaves. Gives the calls that are not answered.
    pub fn die(&mut self) -> Vec<CallId> {
        self.awaited = None;
        std::mem::take(&mut self.held)
            .into_iter()
            .filter_map(|action| match action {
                Action::Respond { call, .. } => Some(call),
                _ => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Reply;

    fn answer(call: u64) -> Action {
        Action::Respond {
            call: CallId(call),
            reply: Reply::Failed,
        }
    }

    #[test]
    fn what_was_written_before_holds_back_what_leaves_after() {
        let mut gate = Gate::default();
        let number = gate.written().unwrap();
        assert_eq!(gate.written(), None);
        let mut actions = vec![answer(1)];
        gate.pass(&mut actions);
        assert!(actions.is_empty());
        assert_eq!(gate.confirmed(number).unwrap().len(), 1);
        assert!(gate.confirmed(number).is_none());
    }

    #[test]
    fn the_dead_answer_nothing() {
        let mut gate = Gate::default();
        let number = gate.written().unwrap();
        gate.pass(&mut vec![answer(7)]);
        assert_eq!(gate.die(), [CallId(7)]);
        assert!(gate.confirmed(number).is_none());
    }
}
