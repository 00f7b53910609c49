//! The Worker: what each HTTP call asks of whom, with the rules of `gateway-core` and without its platform.

mod entry;
mod stages;

use std::{collections::BTreeMap, rc::Rc};

use gateway_core::{
    ask::{can_repeat, log_of},
    route::{Call, Entry, Route},
};
use protocol::{
    api::{Caller, Role, SessionAnswer},
    call::{Answer, ChannelCall, Request, UserOp},
    command::ResumePoint,
    error::{Code, Refusal},
    id::{ChannelId, LogId, SessionId, UserId},
    message::Seq,
    ring::Ring,
};

use crate::{
    action::{Ask, Object, Reply},
    http::{HttpAnswer, HttpRequest, caller},
    random::Random,
};

/// How long a client is told to wait where an object does not answer, in milliseconds.
const RETRY_AFTER_MS: u64 = 1_000;

/// What a job needs to know of the world around it.
pub struct Surroundings<'a> {
    /// The ring.
    pub ring: &'a Rc<Ring>,
    /// The names of the gateways, each at its place.
    pub gateways: &'a [String],
    /// Gateways of each region.
    pub slots: u32,
    /// Milliseconds since the epoch.
    pub now_ms: u64,
    /// Chance.
    pub random: &'a mut Random,
}

/// What a job does next.
#[derive(Clone, Debug)]
pub enum Next {
    /// It asks an object and goes on with the reply.
    Ask(Object, Ask),
    /// It is done.
    Answer(HttpAnswer),
}

/// Where a request goes.
#[derive(Clone, Debug)]
enum Task {
    Entry(Entry),
    Api(Call, Caller),
}

/// A request on its way through the Worker.
#[derive(Clone, Debug)]
pub struct Job {
    /// Whose it is: the browser, and the number that it gave the request.
    pub client: (usize, u64),
    request: HttpRequest,
    task: Task,
    stage: u32,
    /// What was asked last, and whether it was asked again.
    asked: Option<(Request, bool)>,
    // What earlier stages found out.
    session: Option<SessionId>,
    person: Option<Answer>,
    own: Vec<(ChannelId, Seq)>,
    points: BTreeMap<LogId, ResumePoint>,
    views: stages::Views,
}

impl Job {
    /// Takes a request in; or answers it at once, where nobody has to be asked.
    pub fn new(client: (usize, u64), request: HttpRequest) -> Result<Self, HttpAnswer> {
        let path = request.url.split('?').next().unwrap_or_default();
        let task = match Route::parse(request.method, path) {
            Ok(Route::Entry(entry)) => Task::Entry(entry),
            Ok(Route::Api(call)) => match request.token.as_deref().and_then(caller) {
                Some(caller) => Task::Api(call, caller),
                None => return Err(HttpAnswer::problem(Refusal::not_authenticated())),
            },
            Ok(Route::Session) => {
                let signed_in = request.token.as_deref().and_then(caller).is_some();
                return Err(HttpAnswer::json(200, &SessionAnswer { signed_in }));
            }
            _ => return Err(HttpAnswer::problem(Refusal::not_found())),
        };
        Ok(Self {
            client,
            request,
            task,
            stage: 0,
            asked: None,
            session: None,
            person: None,
            own: Vec::new(),
            points: BTreeMap::new(),
            views: stages::Views::default(),
        })
    }

    /// Goes on, with the reply to what was asked before; with none at first.
    pub fn advance(&mut self, reply: Option<Reply>, around: &mut Surroundings<'_>) -> Next {
        let answer = match reply {
            None => None,
            Some(Reply::Outcome(Ok(answer))) => Some(answer),
            Some(Reply::Upgraded(wire)) => return Next::Answer(HttpAnswer::Socket(wire)),
            Some(Reply::Outcome(Err(refusal)) | Reply::Refused(refusal)) => {
                return Next::Answer(HttpAnswer::problem(refusal));
            }
            Some(Reply::Failed) => match self.again(around) {
                Some(next) => return next,
                None => return Next::Answer(unavailable()),
            },
            Some(Reply::TimedOut | Reply::Woken(_)) => return Next::Answer(unavailable()),
        };
        if let Some(Answer::Alive { role }) = answer {
            self.alive(role);
        }
        let stage = self.stage;
        self.stage += 1;
        match self.stage(stage, answer, around) {
            Ok(Next::Ask(object, Ask::Request(request))) => {
                self.asked = Some((request.clone(), false));
                Next::Ask(object, Ask::Request(request))
            }
            Ok(next) => next,
            Err(refusal) => Next::Answer(HttpAnswer::problem(refusal)),
        }
    }

    /// Asks the same once more, where that does no harm.
    fn again(&mut self, around: &Surroundings<'_>) -> Option<Next> {
        let (request, was_again) = self.asked.as_mut()?;
        if *was_again || !can_repeat(request) {
            return None;
        }
        *was_again = true;
        let server = stages::server_of(request, around);
        Some(Next::Ask(server, Ask::Request(request.clone())))
    }

    /// The caller's session is alive, and this their role.
    fn alive(&mut self, role: Role) {
        if let Task::Api(_, caller) = &mut self.task {
            caller.role = role;
        }
    }

    fn stage(
        &mut self,
        stage: u32,
        answer: Option<Answer>,
        around: &mut Surroundings<'_>,
    ) -> Result<Next, Refusal> {
        match self.task.clone() {
            Task::Entry(entry) => self.entry(entry, stage, answer, around),
            Task::Api(call, caller) => self.api(call, caller, stage, answer, around),
        }
    }

    fn body<T: serde::de::DeserializeOwned>(&self) -> Result<T, Refusal> {
        let body = self.request.body.as_deref().unwrap_or("{}");
        serde_json::from_str(body).map_err(|error| Refusal::invalid(error.to_string()))
    }
}

fn unavailable() -> HttpAnswer {
    HttpAnswer::problem(Refusal::overloaded(RETRY_AFTER_MS))
}

/// Asks the owner of the log that a request is about.
fn ask(request: Request, around: &Surroundings<'_>) -> Next {
    let server = log_of(&request).map_or(0, |log| around.ring.owner(log));
    Next::Ask(Object::Server(server), Ask::Request(request))
}

fn ask_channel(
    caller: &Caller,
    id: &ChannelId,
    op: ChannelCall,
    around: &Surroundings<'_>,
) -> Next {
    let (caller, id) = (caller.clone(), id.clone());
    ask(Request::Channel { caller, id, op }, around)
}

fn ask_own(caller: &Caller, op: UserOp, around: &Surroundings<'_>) -> Next {
    let caller = caller.clone();
    ask(Request::User { caller, op }, around)
}

fn unexpected() -> Refusal {
    Refusal::new(Code::Internal, "a channel server answered something else")
}

/// A new user.
fn mint_user(around: &mut Surroundings<'_>) -> UserId {
    UserId::mint(around.now_ms, around.random.wide_bits())
}

/// A new session.
fn mint_session(around: &mut Surroundings<'_>) -> SessionId {
    SessionId::mint(around.now_ms, around.random.wide_bits())
}
