//! What channel servers were asked and have not answered.

use std::{collections::BTreeMap, rc::Rc};

use protocol::{api::Caller, command::ResumePoint, link::Up};

use super::{input::ConnectionId, load::Load};

/// One question.
#[derive(Debug)]
pub(super) struct Request {
    pub connection: ConnectionId,
    /// Kept here, since a command is carried out even if its connection is gone.
    pub caller: Rc<Caller>,
    pub log: Rc<str>,
    pub asked_ms: u64,
    pub what: Asked,
}

/// What is wanted.
#[derive(Debug)]
pub(super) enum Asked {
    /// The log, from a point on.
    Log {
        since: Option<ResumePoint>,
        /// How often this was refused for want of time.
        attempt: u32,
        /// Backlog of this link; complete with the sync mark only.
        pieces: Vec<Box<str>>,
    },
    /// A command, replied to as `re`.
    Command {
        re: u64,
        op: Vec<u8>,
        /// With how many commands of its link it waits.
        ahead: u64,
    },
}

/// The open questions of one link, in the order asked.
#[derive(Debug, Default)]
pub(super) struct Requests {
    next: u64,
    open: BTreeMap<u64, Request>,
    /// The commands among them.
    pub load: Load,
}

impl Requests {
    pub fn add(&mut self, mut request: Request) -> u64 {
        let id = self.next;
        self.next += 1;
        if let Asked::Command { op, ahead, .. } = &mut request.what {
            *ahead = self.load.asked(id, op.len(), request.asked_ms);
        }
        self.open.insert(id, request);
        id
    }

    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The open questions, in the order asked.
    #[cfg(test)]
    pub fn each(&self) -> impl Iterator<Item = &Request> {
        self.open.values()
    }

    pub fn find(&self, id: u64) -> Option<&Request> {
        self.open.get(&id)
    }

    pub fn remove(&mut self, id: u64) -> Option<Request> {
        let request = self.open.remove(&id)?;
        if let Asked::Command { op, .. } = &request.what {
            self.load.left(op.len(), |id| self.open.contains_key(&id));
        }
        Some(request)
    }

    /// The question that an answer quotes.
    pub fn quoted_mut(&mut self, wire: u32) -> Option<&mut Request> {
        let id = self.id(wire)?;
        self.open.get_mut(&id)
    }

    /// The question that an answer quotes, answered now.
    pub fn answered(&mut self, wire: u32, now_ms: u64) -> Option<Request> {
        let request = self.remove(self.id(wire)?)?;
        if let Asked::Command { ahead, .. } = request.what {
            let waited_ms = now_ms.saturating_sub(request.asked_ms);
            self.load.answered(ahead, waited_ms);
        }
        Some(request)
    }

    /// Every open question, in the order asked, with the backlog of an earlier link forgotten.
    pub fn again(&mut self) -> impl Iterator<Item = (u64, &Request)> {
        self.open.iter_mut().map(|(id, request)| {
            if let Asked::Log { pieces, .. } = &mut request.what {
                pieces.clear();
            }
            (*id, &*request)
        })
    }

    pub fn has_commands(&self) -> bool {
        self.open.values().any(Request::is_command)
    }

    /// Takes out the commands asked at `until_ms` or before, and tells when the oldest of the others was asked.
    pub fn expire(&mut self, until_ms: u64) -> (Vec<Request>, Option<u64>) {
        let expired: Vec<u64> = self
            .open
            .iter()
            .filter(|(_, request)| request.is_command() && request.asked_ms <= until_ms)
            .map(|(id, _)| *id)
            .collect();
        let expired = expired
            .into_iter()
            .filter_map(|id| self.remove(id))
            .collect();
        let oldest = self
            .open
            .values()
            .filter(|request| request.is_command())
            .map(|request| request.asked_ms)
            .min();
        (expired, oldest)
    }

    /// The wire has 32 bits of an id: it is the newest id that ends in them.
    fn id(&self, wire: u32) -> Option<u64> {
        let last = self.next.checked_sub(1)?;
        let [.., a, b, c, d] = last.to_be_bytes();
        let behind = u32::from_be_bytes([a, b, c, d]).wrapping_sub(wire);
        last.checked_sub(u64::from(behind))
    }
}

/// An id as the wire has it, its low 32 bits.
fn wire(id: u64) -> u32 {
    let [.., a, b, c, d] = id.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

impl Request {
    /// The question as a record.
    pub fn record(&self, id: u64) -> Up<'_> {
        let request = wire(id);
        let log = &*self.log;
        let workspace = self.caller.workspace.as_str();
        let user = self.caller.user.as_str();
        match &self.what {
            Asked::Log { since, .. } => Up::Subscribe {
                request,
                log,
                workspace,
                user,
                session: self.caller.session.as_str(),
                since: since
                    .as_ref()
                    .map(|point| (point.epoch.as_str(), point.seq)),
            },
            Asked::Command { op, .. } => Up::Command {
                request,
                log,
                workspace,
                user,
                role: self.caller.role,
                op,
            },
        }
    }

    fn is_command(&self) -> bool {
        matches!(self.what, Asked::Command { .. })
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        api::Role,
        id::{SessionId, UserId, WorkspaceId},
    };

    use super::*;

    fn request(asked_ms: u64) -> Request {
        Request {
            connection: ConnectionId(1),
            caller: Rc::new(Caller {
                workspace: WorkspaceId::parse("T1").unwrap(),
                user: UserId::parse("U1").unwrap(),
                session: SessionId::parse("S1").unwrap(),
                role: Role::Member,
            }),
            log: "C1".into(),
            asked_ms,
            what: Asked::Command {
                re: asked_ms,
                op: Vec::new(),
                ahead: 0,
            },
        }
    }

    #[test]
    fn an_answer_finds_its_question_after_the_wire_ids_began_anew() {
        let mut requests = Requests {
            next: u64::from(u32::MAX),
            ..Requests::default()
        };
        let before = requests.add(request(1));
        let after = requests.add(request(2));
        assert_eq!((wire(before), wire(after)), (u32::MAX, 0));
        assert_eq!(requests.answered(0, 9).unwrap().asked_ms, 2);
        assert_eq!(requests.answered(u32::MAX, 9).unwrap().asked_ms, 1);
        assert!(requests.answered(0, 9).is_none());
    }

    #[test]
    fn an_answer_to_nothing_finds_nothing() {
        let mut requests = Requests::default();
        assert!(requests.answered(0, 9).is_none());
        requests.add(request(1));
        assert!(requests.answered(1, 9).is_none());
        assert!(requests.answered(u32::MAX, 9).is_none());
    }

    #[test]
    fn commands_expire_by_age() {
        let mut requests = Requests::default();
        for asked_ms in [1, 5, 9] {
            requests.add(request(asked_ms));
        }
        let (expired, oldest) = requests.expire(5);
        assert_eq!(expired.len(), 2);
        assert_eq!(oldest, Some(9));
    }
}
