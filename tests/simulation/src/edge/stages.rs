//! Calls within a session, stage by stage: each asks one object and goes on with its answer.

use std::collections::BTreeMap;

use gateway_core::{
    ask::log_of,
    channel_list::{self, Channels},
    direct::Direct,
    form,
    query::{Fields, Users},
    route::Call,
};
use protocol::{
    api::{
        AddMember, Boot, BootChannel, Caller, ChannelAnswer, ChannelsPage, CreateDirect, Invite,
        RingVersion, Sent, SignInLink, SignOut, SocketAddress, UpdateUser, UserAnswer, UsersPage,
    },
    call::{Answer, ChannelCall, OpenSocket, Request, UserOp, WorkspaceOp},
    error::Refusal,
    id::{ChannelId, UserId},
    limits::SIGN_IN_LINK_MS,
    message::RawDraft,
};

use super::{Job, Next, Surroundings, ask, ask_channel, ask_own, entry::mint_code, unexpected};
use crate::{
    action::{Ask, Object},
    http::HttpAnswer,
};

/// Channels that are looked up server by server.
#[derive(Clone, Debug, Default)]
pub(super) struct Views {
    left: BTreeMap<u32, Channels>,
    found: Vec<Vec<BootChannel>>,
    next_cursor: Option<String>,
}

/// The object that a request goes to.
pub(super) fn server_of(request: &Request, around: &Surroundings<'_>) -> Object {
    let log = match request {
        Request::Views { channels, .. } => channels.first().map(|(id, _)| id.as_str()),
        other => log_of(other),
    };
    Object::Server(log.map_or(0, |log| around.ring.owner(log)))
}

impl Job {
    #[allow(clippy::too_many_lines, reason = "one arm a stage")]
    pub(super) fn api(
        &mut self,
        call: Call,
        caller: Caller,
        stage: u32,
        answer: Option<Answer>,
        around: &mut Surroundings<'_>,
    ) -> Result<Next, Refusal> {
        match (call, stage) {
            (Call::Boot | Call::Channels, 0) => Ok(ask_own(&caller, UserOp::Memberships, around)),
            (Call::Boot, _) => self.boot(&caller, stage, answer, around),
            (Call::Channels, _) => self.channels(&caller, stage, answer, around),
            (Call::SignOut, 0) => {
                let everywhere = self.body::<SignOut>()?.everywhere.unwrap_or(false);
                Ok(ask_own(&caller, UserOp::SignOut { everywhere }, around))
            }
            (Call::CreateSignInLink, 0) => {
                let code = mint_code(caller.user.clone(), around);
                let expires_ms = around.now_ms + SIGN_IN_LINK_MS;
                let (secret, code) = (code.hash(), code.text());
                let link = SignInLink {
                    url: format!("/sign-in/{code}"),
                    code,
                    expires_ms,
                };
                self.request.body = serde_json::to_string(&link).ok();
                let op = UserOp::CreateSignInLink { secret, expires_ms };
                Ok(ask_own(&caller, op, around))
            }
            (Call::ChannelSocket(channel), 0) => {
                let socket = Some(channel);
                Ok(ask_own(&caller, UserOp::Authenticate { socket }, around))
            }
            // The gateway looks whether the session is alive.
            (Call::Socket, 0) => self.open_gateway(caller, around),
            (_, 0) => Ok(ask_own(
                &caller,
                UserOp::Authenticate { socket: None },
                around,
            )),
            (Call::SignOut, _) => Ok(Next::Answer(HttpAnswer::no_content())),
            (Call::ChannelSocket(channel), _) => self.open_socket(caller, channel, around),
            (Call::CreateInvite, 1) => {
                let bounds = form::invite(self.body()?, around.now_ms)?;
                let code = mint_code(caller.workspace.clone(), around);
                let op = WorkspaceOp::CreateInvite {
                    user: caller.user,
                    secret: code.hash(),
                    max_uses: bounds.max_uses,
                    expires_ms: bounds.expires_ms,
                    role: bounds.role,
                };
                let code = code.text();
                let url = format!("/invite/{code}");
                self.request.body = serde_json::to_string(&Invite { code, url }).ok();
                let id = caller.workspace;
                Ok(ask(Request::Workspace { id, op }, around))
            }
            (Call::CreateInvite | Call::CreateSignInLink, _) => {
                let body = self.request.body.clone().unwrap_or_default();
                Ok(Next::Answer(HttpAnswer::Came { status: 201, body }))
            }
            (Call::UpdateMe, 1) => {
                let op = WorkspaceOp::UpdatePerson {
                    user: caller.user,
                    update: form::update_me(&self.body()?)?,
                };
                let id = caller.workspace;
                Ok(ask(Request::Workspace { id, op }, around))
            }
            (Call::UpdateUser(user), 1) => {
                let op = WorkspaceOp::GiveRole {
                    by: caller.user,
                    user,
                    role: self.body::<UpdateUser>()?.role,
                };
                let id = caller.workspace;
                Ok(ask(Request::Workspace { id, op }, around))
            }
            (Call::Users, 1) => self.users(caller, around),
            (Call::AddMember(_), 1) => {
                let user = self.body::<AddMember>()?.user;
                Ok(ask_known(caller, vec![user], around))
            }
            (Call::AddMember(id), 2) => {
                let user = self.body::<AddMember>()?.user;
                check_known(std::slice::from_ref(&user), answer)?;
                Ok(ask_channel(&caller, &id, ChannelCall::Add { user }, around))
            }
            (Call::CreateDirect, 1) => {
                let body: CreateDirect = self.body()?;
                let direct = Direct::of(&caller, &body.users)?;
                Ok(ask_known(caller, direct.others, around))
            }
            (Call::CreateDirect, 2) => {
                let body: CreateDirect = self.body()?;
                let direct = Direct::of(&caller, &body.users)?;
                check_known(&direct.others, answer)?;
                let id = direct.id.clone();
                Ok(ask_channel(&caller, &id, direct.create(), around))
            }
            (Call::CreateChannel, 1) => {
                let op = form::create_channel(&self.body()?)?;
                let id = ChannelId::mint(around.now_ms, around.random.wide_bits());
                Ok(ask_channel(&caller, &id, op, around))
            }
            (Call::UpdateChannel(id), 1) => {
                let op = ChannelCall::Update(form::update_channel(&self.body()?)?);
                Ok(ask_channel(&caller, &id, op, around))
            }
            (Call::Join(id), 1) => Ok(ask_channel(&caller, &id, ChannelCall::Join, around)),
            (Call::Leave(id), 1) => Ok(ask_channel(&caller, &id, ChannelCall::Leave, around)),
            (Call::RemoveMember(id, user), 1) => Ok(ask_channel(
                &caller,
                &id,
                ChannelCall::Remove { user },
                around,
            )),
            (Call::Send(id), 1) => {
                let draft = self.body::<RawDraft>()?.check()?;
                Ok(ask_channel(&caller, &id, ChannelCall::Send(draft), around))
            }
            (Call::History(id), 1) => {
                let query = Fields::of_url(&self.request.url).history()?;
                Ok(ask_channel(
                    &caller,
                    &id,
                    ChannelCall::History(query),
                    around,
                ))
            }
            (call, _) => finish(&call, answer),
        }
    }

    fn open_gateway(&self, caller: Caller, around: &Surroundings<'_>) -> Result<Next, Refusal> {
        let name = self.request.region.gateway_of(&caller.user, around.slots);
        let index = around.gateways.iter().position(|other| *other == name);
        match (index, self.request.dialler) {
            (Some(index), Some(dialler)) => Ok(Next::Ask(
                Object::Gateway(index),
                Ask::OpenGateway { dialler, caller },
            )),
            _ => Err(Refusal::internal()),
        }
    }

    fn open_socket(
        &self,
        caller: Caller,
        channel: ChannelId,
        around: &Surroundings<'_>,
    ) -> Result<Next, Refusal> {
        let since = Fields::of_url(&self.request.url).resume()?;
        let server = around.ring.owner(channel.as_str());
        let dialler = self.request.dialler.ok_or_else(Refusal::internal)?;
        let open = OpenSocket {
            caller,
            channel,
            since,
        };
        Ok(Next::Ask(
            Object::Server(server),
            Ask::OpenSocket { dialler, open },
        ))
    }

    fn users(&self, caller: Caller, around: &Surroundings<'_>) -> Result<Next, Refusal> {
        let op = match Fields::of_url(&self.request.url).users()? {
            Users::Ids(ids) => WorkspaceOp::People { ids },
            Users::Page { paging, prefix } => WorkspaceOp::PeoplePage {
                after: paging.after,
                limit: paging.limit,
                prefix,
            },
        };
        let id = caller.workspace;
        Ok(ask(Request::Workspace { id, op }, around))
    }

    fn boot(
        &mut self,
        caller: &Caller,
        stage: u32,
        answer: Option<Answer>,
        around: &Surroundings<'_>,
    ) -> Result<Next, Refusal> {
        match (stage, answer) {
            (
                1,
                Some(Answer::Memberships {
                    channels,
                    role,
                    point,
                }),
            ) => {
                self.own = channels;
                self.alive(role);
                self.points.insert((&caller.user).into(), point);
                let op = WorkspaceOp::Person {
                    user: caller.user.clone(),
                };
                let id = caller.workspace.clone();
                return Ok(ask(Request::Workspace { id, op }, around));
            }
            (2, Some(person @ Answer::Person { .. })) => {
                self.person = Some(person);
                let own = std::mem::take(&mut self.own);
                self.views.left = channel_list::by_server(own, around.ring);
            }
            (_, Some(Answer::Views { channels })) => self.views.found.push(channels),
            _ => return Err(unexpected()),
        }
        if let Some(next) = self.next_view(caller) {
            return Ok(next);
        }
        let Some(Answer::Person {
            workspace,
            user,
            point,
        }) = self.person.take()
        else {
            return Err(unexpected());
        };
        self.points.insert((&workspace.id).into(), point);
        let boot = Boot {
            user,
            workspace,
            channels: channel_list::in_order(std::mem::take(&mut self.views.found)),
            socket: SocketAddress {
                url: "/api/v1/socket".to_owned(),
                region: self.request.region.to_string(),
            },
            ring: RingVersion {
                version: around.ring.version(),
            },
            logs: std::mem::take(&mut self.points),
        };
        Ok(Next::Answer(HttpAnswer::json(200, &boot)))
    }

    fn channels(
        &mut self,
        caller: &Caller,
        stage: u32,
        answer: Option<Answer>,
        around: &Surroundings<'_>,
    ) -> Result<Next, Refusal> {
        let paging = Fields::of_url(&self.request.url).channels()?;
        match (stage, answer) {
            (
                1,
                Some(Answer::Memberships {
                    channels,
                    role,
                    point,
                }),
            ) => {
                self.own = channels;
                self.alive(role);
                self.points.insert((&caller.user).into(), point);
                let op = WorkspaceOp::Directory {
                    after: paging.after,
                    limit: paging.limit,
                };
                let id = caller.workspace.clone();
                return Ok(ask(Request::Workspace { id, op }, around));
            }
            (2, Some(Answer::Directory { channels, has_more })) => {
                let own = std::mem::take(&mut self.own);
                let page = channel_list::page(&paging, caller.role, (channels, has_more), own);
                self.views.next_cursor = page.next_cursor.map(String::from);
                self.views.left = channel_list::by_server(page.channels, around.ring);
            }
            (_, Some(Answer::Views { channels })) => self.views.found.push(channels),
            _ => return Err(unexpected()),
        }
        if let Some(next) = self.next_view(caller) {
            return Ok(next);
        }
        let found = channel_list::in_order(std::mem::take(&mut self.views.found));
        let page = ChannelsPage {
            channels: found.into_iter().map(|view| view.channel).collect(),
            next_cursor: self.views.next_cursor.take(),
        };
        Ok(Next::Answer(HttpAnswer::json(200, &page)))
    }

    fn next_view(&mut self, caller: &Caller) -> Option<Next> {
        let (server, channels) = self.views.left.pop_first()?;
        let caller = caller.clone();
        let request = Request::Views { caller, channels };
        Some(Next::Ask(Object::Server(server), Ask::Request(request)))
    }
}

fn ask_known(caller: Caller, ids: Vec<UserId>, around: &Surroundings<'_>) -> Next {
    let op = WorkspaceOp::People { ids };
    let id = caller.workspace;
    ask(Request::Workspace { id, op }, around)
}

fn check_known(ids: &[UserId], answer: Option<Answer>) -> Result<(), Refusal> {
    let Some(Answer::People { users, .. }) = answer else {
        return Err(unexpected());
    };
    if ids.iter().all(|id| users.iter().any(|user| user.id == *id)) {
        Ok(())
    } else {
        Err(Refusal::not_found())
    }
}

/// The last answer as the client gets it.
fn finish(call: &Call, answer: Option<Answer>) -> Result<Next, Refusal> {
    let status = if matches!(call, Call::CreateChannel) {
        201
    } else {
        200
    };
    let answer = match (call, answer.ok_or_else(unexpected)?) {
        (_, Answer::Done) => HttpAnswer::no_content(),
        (_, Answer::Channel { channel, .. }) => {
            HttpAnswer::json(status, &ChannelAnswer { channel })
        }
        (_, Answer::Person { user, .. }) => HttpAnswer::json(200, &UserAnswer { user }),
        (_, Answer::People { users, has_more }) => {
            let last = users.last().filter(|_| has_more);
            let next_cursor = last.map(|user| user.id.to_string());
            HttpAnswer::json(200, &UsersPage { users, next_cursor })
        }
        (Call::Send(id), Answer::Sent(sent)) => {
            let status = if sent.duplicate { 200 } else { 201 };
            let body = Sent {
                channel: id.into(),
                epoch: sent.epoch,
                seq: sent.seq,
                at: sent.at,
            };
            HttpAnswer::json(status, &body)
        }
        (_, Answer::Page(page)) => HttpAnswer::json(200, &page),
        _ => return Err(unexpected()),
    };
    Ok(Next::Answer(answer))
}
