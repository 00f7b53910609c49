//! Calls that begin a session.

use gateway_core::{
    form,
    route::Entry,
    secret::{Code, SECRET_BYTES},
};
use protocol::{
    api::{Caller, SignedIn},
    call::{Answer, Request, WorkspaceOp},
    error::Refusal,
    id::WorkspaceId,
};

use super::{Job, Next, Surroundings, ask, mint_session, mint_user, unexpected};
use crate::http::{HttpAnswer, token};

impl Job {
    pub(super) fn entry(
        &mut self,
        entry: Entry,
        stage: u32,
        answer: Option<Answer>,
        around: &mut Surroundings<'_>,
    ) -> Result<Next, Refusal> {
        match (entry, stage) {
            (Entry::CreateWorkspace, 0) => {
                let founding = form::founding(&self.body()?)?;
                let id = WorkspaceId::mint(around.now_ms, around.random.wide_bits());
                let op = WorkspaceOp::Found {
                    name: founding.name,
                    user: mint_user(around),
                    display_name: founding.display_name,
                    session: self.begin(around),
                };
                Ok(ask(Request::Workspace { id, op }, around))
            }
            (Entry::AcceptInvite(code), 0) => {
                let op = WorkspaceOp::AcceptInvite {
                    secret: code.hash(),
                    user: mint_user(around),
                    display_name: form::newcomer(&self.body()?)?,
                    session: self.begin(around),
                };
                let id = code.id;
                Ok(ask(Request::Workspace { id, op }, around))
            }
            (Entry::AcceptSignInLink(code), 0) => {
                let take = Request::TakeSignInLink {
                    user: code.id.clone(),
                    secret: code.hash(),
                    session: self.begin(around),
                };
                Ok(ask(take, around))
            }
            (Entry::AcceptSignInLink(code), 1) => {
                let Some(Answer::SignedIn { workspace }) = answer else {
                    return Err(unexpected());
                };
                let op = WorkspaceOp::Person { user: code.id };
                let id = workspace;
                Ok(ask(Request::Workspace { id, op }, around))
            }
            _ => self.signed_in(answer),
        }
    }

    fn begin(&mut self, around: &mut Surroundings<'_>) -> protocol::id::SessionId {
        let session = mint_session(around);
        self.session = Some(session.clone());
        session
    }

    fn signed_in(&self, answer: Option<Answer>) -> Result<Next, Refusal> {
        let (
            Some(Answer::Person {
                workspace, user, ..
            }),
            Some(session),
        ) = (answer, &self.session)
        else {
            return Err(unexpected());
        };
        let caller = Caller {
            workspace: workspace.id.clone(),
            user: user.id.clone(),
            session: session.clone(),
            role: protocol::api::Role::Member,
        };
        let body = SignedIn {
            token: token(&caller),
            workspace,
            user,
        };
        Ok(Next::Answer(HttpAnswer::json(201, &body)))
    }
}

/// A new code.
pub(super) fn mint_code<Id: gateway_core::secret::Owner>(
    id: Id,
    around: &mut Surroundings<'_>,
) -> Code<Id> {
    let mut random = [0; SECRET_BYTES];
    for byte in &mut random {
        *byte = u8::try_from(around.random.below(256)).unwrap_or(0);
    }
    Code::mint(id, random)
}
