//! The link to one channel server: dialling, back-off, credit.

use std::{collections::BTreeSet, rc::Rc};

use protocol::link::{FRAMES_UP_MAX, Up};

use super::{
    outbox::Outbox,
    request::{Request, Requests},
};

/// How long a lost link waits for its first dial, in milliseconds: a dial in the same turn would reach the object that is just
/// going away, and keep it.
pub const REDIAL_MS: u64 = 50;
/// The wait after a dial that failed, in milliseconds; it doubles with every further one.
pub const BACK_OFF_MIN_MS: u64 = 100;
/// The longest wait between two dials, in milliseconds; a link that lasted as long was a good one.
pub const BACK_OFF_MAX_MS: u64 = 5_000;
/// How long a command waits for a link, in milliseconds.
pub const COMMAND_WAIT_MS: u64 = 10_000;
/// How long a channel server takes at most to take a frame in, in milliseconds. One that was reset in the middle of a frame
/// has forgotten it while its sockets stay open.
pub const CREDIT_WAIT_MS: u64 = 10_000;
/// Wake-ups that are less than this apart, in milliseconds, have the link dialled: a request costs about three times a frame.
pub const WAKE_APART_MS: u64 = 1_000;

/// With so many bytes waiting for credit nothing goes up in passing any more.
const PASSING_BYTES_MAX: usize = 64 * 1024;

/// The link to one channel server.
#[derive(Debug)]
pub(super) struct Link {
    /// Of the last dial.
    pub generation: u64,
    pub state: State,
    pub requests: Requests,
    /// Logs of this server that connections have or want.
    pub logs: BTreeSet<Rc<str>>,
    /// Users of this server of whom it is to be told when the link is open.
    pub untold: BTreeSet<Rc<str>>,
    /// Users of this server whom connections watch, by the keys of their interests.
    pub interests: BTreeSet<Rc<str>>,
    /// Who began to type while the link slept: user, workspace, channel.
    pub typing: Vec<[Rc<str>; 3]>,
    /// Links and dials that failed in a row.
    failures: u32,
    /// When the first command may have waited too long for a link.
    expires_ms: Option<u64>,
    /// When the channel server last woke this gateway.
    woken_ms: Option<u64>,
}

/// Whether there is a link.
#[derive(Debug)]
pub(super) enum State {
    /// The next dial is at this time.
    Waiting { at_ms: u64 },
    /// A dial is on its way.
    Dialling,
    /// Records flow.
    Open(Open),
    /// There is none, and the channel server sends what there is by [`super::Input::Wake`].
    Asleep,
}

/// What an open link has on its way.
#[derive(Debug)]
pub(super) struct Open {
    since_ms: u64,
    outbox: Outbox,
    /// Frames up without credit.
    unanswered: u32,
    /// Since when the oldest of them has been waiting, or when the last credit came.
    waiting_ms: u64,
    /// Whether the channel server was told that this gateway goes to sleep.
    is_parting: bool,
}

impl Link {
    /// A link that is dialled at once.
    pub fn new(now_ms: u64) -> Self {
        Self {
            generation: 0,
            state: State::Waiting { at_ms: now_ms },
            requests: Requests::default(),
            logs: BTreeSet::new(),
            untold: BTreeSet::new(),
            interests: BTreeSet::new(),
            typing: Vec::new(),
            failures: 0,
            expires_ms: None,
            woken_ms: None,
        }
    }

    /// A link that sleeps.
    pub fn sleeping() -> Self {
        Self {
            state: State::Asleep,
            ..Self::new(0)
        }
    }

    /// Whether the link is open or a dial is on its way.
    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Dialling | State::Open(_))
    }

    /// Whether anything is waiting for the link.
    pub fn is_needed(&self) -> bool {
        !self.logs.is_empty()
            || !self.requests.is_empty()
            || !self.untold.is_empty()
            || !self.interests.is_empty()
    }

    /// Whether every record has left.
    pub fn is_drained(&self) -> bool {
        match &self.state {
            State::Open(open) => open.outbox.is_empty(),
            State::Waiting { .. } | State::Dialling | State::Asleep => true,
        }
    }

    /// Asks: at once where the link is open, else as soon as it is.
    pub fn ask(&mut self, request: Request, now_ms: u64) -> u64 {
        let is_command = matches!(request.what, super::request::Asked::Command { .. });
        let id = self.requests.add(request);
        self.stir(now_ms);
        match (&mut self.state, self.requests.find(id)) {
            (State::Open(open), Some(request)) if !open.is_parting => {
                open.outbox.push(&request.record(id));
            }
            _ if is_command && self.expires_ms.is_none() => {
                self.expires_ms = Some(now_ms + COMMAND_WAIT_MS);
            }
            _ => {}
        }
        id
    }

    /// Says something that needs no answer; lost where the link is not open.
    pub fn tell(&mut self, record: &Up<'_>) {
        if let State::Open(open) = &mut self.state
            && !open.is_parting
        {
            open.outbox.push(record);
        }
    }

    /// Says something that matters little; lost also where much is on its way.
    pub fn tell_in_passing(&mut self, record: &Up<'_>) {
        if self.outbox_bytes() < PASSING_BYTES_MAX {
            self.tell(record);
        }
    }

    /// What waits for credit, in bytes.
    pub fn outbox_bytes(&self) -> usize {
        match &self.state {
            State::Open(open) => open.outbox.bytes(),
            State::Waiting { .. } | State::Dialling | State::Asleep => 0,
        }
    }

    pub fn dialled(&mut self, generation: u64) {
        self.generation = generation;
        self.state = State::Dialling;
    }

    pub fn opened(&mut self, now_ms: u64) {
        self.expires_ms = None;
        self.state = State::Open(Open {
            since_ms: now_ms,
            outbox: Outbox::default(),
            unanswered: 0,
            waiting_ms: now_ms,
            is_parting: false,
        });
    }

    /// Tells the channel server that this gateway goes to sleep: from its answer on, it has to be woken.
    pub fn part(&mut self) {
        self.tell(&Up::Sleep);
        if let State::Open(open) = &mut self.state {
            open.is_parting = true;
        }
    }

    /// The channel server has answered: everything before has come down the link.
    pub fn asleep(&mut self) {
        self.state = State::Asleep;
        self.failures = 0;
    }

    /// Has a sleeping link dialled.
    pub fn stir(&mut self, now_ms: u64) {
        if matches!(self.state, State::Asleep) {
            self.state = State::Waiting { at_ms: now_ms };
        }
    }

    /// Takes note of a wake-up; whether the last one was so recent that a link is better.
    pub fn woken(&mut self, now_ms: u64) -> bool {
        let last_ms = self.woken_ms.replace(now_ms);
        last_ms.is_some_and(|last_ms| now_ms.saturating_sub(last_ms) < WAKE_APART_MS)
    }

    /// Whether the link is open and stays so.
    pub fn is_streaming(&self) -> bool {
        matches!(&self.state, State::Open(open) if !open.is_parting)
    }

    /// Whether the link is asleep.
    pub fn is_asleep(&self) -> bool {
        matches!(self.state, State::Asleep)
    }

    /// Whether nothing is on its way up, nor is anything waited for.
    pub fn is_quiet(&self) -> bool {
        self.requests.is_empty()
            && match &self.state {
                State::Open(open) => open.outbox.is_empty() && open.unanswered == 0,
                State::Asleep => true,
                State::Waiting { .. } | State::Dialling => false,
            }
    }

    /// Asks everything again that has no answer yet, in the order asked.
    pub fn ask_again(&mut self) {
        if let State::Open(open) = &mut self.state {
            for (id, request) in self.requests.again() {
                open.outbox.push(&request.record(id));
            }
        }
    }

    /// The link is gone, or the dial has failed: it is dialled again soon, then ever later.
    pub fn lost(&mut self, now_ms: u64) {
        if let State::Open(open) = &self.state
            && now_ms.saturating_sub(open.since_ms) >= BACK_OFF_MAX_MS
        {
            self.failures = 0;
        }
        let back_off_ms = match self.failures {
            0 => REDIAL_MS,
            n => BACK_OFF_MIN_MS
                .saturating_mul(1 << (n - 1).min(16))
                .min(BACK_OFF_MAX_MS),
        };
        self.failures = self.failures.saturating_add(1);
        self.typing = Vec::new();
        self.state = State::Waiting {
            at_ms: now_ms + back_off_ms,
        };
        if self.expires_ms.is_none() && self.requests.has_commands() {
            self.expires_ms = Some(now_ms + COMMAND_WAIT_MS);
        }
    }

    /// A frame up has been taken in.
    pub fn credit(&mut self, now_ms: u64) {
        if let State::Open(open) = &mut self.state {
            open.unanswered = open.unanswered.saturating_sub(1);
            open.waiting_ms = now_ms;
        }
    }

    /// The next frame up, if there is one and credit for it.
    pub fn frame(&mut self, now_ms: u64) -> Option<Vec<u8>> {
        let State::Open(open) = &mut self.state else {
            return None;
        };
        if open.unanswered >= FRAMES_UP_MAX {
            return None;
        }
        let frame = open.outbox.take()?;
        if open.unanswered == 0 {
            open.waiting_ms = now_ms;
        }
        open.unanswered += 1;
        Some(frame)
    }

    /// How many records wait that there is credit for.
    pub fn waiting(&self) -> usize {
        match &self.state {
            State::Open(open) if open.unanswered < FRAMES_UP_MAX => open.outbox.records(),
            _ => 0,
        }
    }

    /// Whether there is something to be done that no frame is about.
    pub fn wants_a_look(&self, now_ms: u64) -> bool {
        self.due_ms().is_some_and(|at_ms| at_ms <= now_ms)
            || (self.is_asleep() && !self.requests.is_empty())
            || (!self.is_needed() && self.is_drained())
    }

    /// Whether there is a frame up and credit for it.
    pub fn has_frame(&self) -> bool {
        match &self.state {
            State::Open(open) => open.unanswered < FRAMES_UP_MAX && !open.outbox.is_empty(),
            State::Waiting { .. } | State::Dialling | State::Asleep => false,
        }
    }

    /// Whether the channel server has been silent for too long about a frame.
    pub fn is_silent(&self, now_ms: u64) -> bool {
        self.silent_at_ms().is_some_and(|at_ms| at_ms <= now_ms)
    }

    /// Commands that have waited too long for a link.
    pub fn expire(&mut self, now_ms: u64) -> Vec<Request> {
        if self.expires_ms.is_none_or(|at_ms| at_ms > now_ms) {
            return Vec::new();
        }
        let (expired, oldest) = self.requests.expire(now_ms.saturating_sub(COMMAND_WAIT_MS));
        self.expires_ms = oldest.map(|asked_ms| asked_ms + COMMAND_WAIT_MS);
        expired
    }

    /// When the link wants to be looked at again.
    pub fn due_ms(&self) -> Option<u64> {
        let dial_ms = match &self.state {
            State::Waiting { at_ms } => Some(*at_ms),
            State::Dialling | State::Open(_) | State::Asleep => None,
        };
        [dial_ms, self.silent_at_ms(), self.expires_ms]
            .into_iter()
            .flatten()
            .min()
    }

    fn silent_at_ms(&self) -> Option<u64> {
        match &self.state {
            State::Open(open) if open.unanswered > 0 => Some(open.waiting_ms + CREDIT_WAIT_MS),
            _ => None,
        }
    }
}
