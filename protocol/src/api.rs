//! Bodies and answers of the HTTP calls under `/api/v1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    command::ResumePoint,
    error::Refusal,
    id::{ChannelId, LogId, SessionId, UserId, WorkspaceId},
    message::Seq,
};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The user.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// Their role in the workspace, as far as it is known where they are asked about.
    #[serde(default)]
    pub role: Role,
}

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
}

/// A person of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What others call them.
    pub display_name: String,
    /// What they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What they may do in the workspace.
    pub role: Role,
}

/// What somebody is in a workspace, from the least to the most. In a channel there are members and owners.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Knows only of the channels that they were let into.
    Guest,
    /// Reads and writes.
    #[default]
    Member,
    /// Also manages channels, members and guests.
    Admin,
    /// Manages everything.
    Owner,
}

/// What kind of channel it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Everybody in the workspace may find, read and join it.
    Public,
    /// Only its members know of it.
    Private,
    /// A conversation of the same people for good.
    Direct,
}

/// A channel as the caller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its name; directs have none.
    pub name: Option<String>,
    /// What kind of channel it is.
    pub kind: ChannelKind,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether the caller is in it.
    pub member: bool,
    /// How many are in it.
    pub member_count: u32,
    /// Who is in it; said of directs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<UserId>>,
    /// The epoch of its log.
    pub epoch: String,
    /// The head of its log.
    pub seq: Seq,
}

/// One of the caller's channels in [`Boot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FlatBootChannel")]
pub struct BootChannel {
    /// The channel.
    #[serde(flatten)]
    pub channel: Channel,
    /// The last message that the caller has read.
    pub last_read_seq: Seq,
    /// How many of the others' messages came after it.
    pub unread: u32,
    /// How many of these name the caller.
    pub mentions: u32,
}

/// A [`BootChannel`] as it is read: field by field, where `flatten` would first copy all of them into a tree.
#[derive(Deserialize)]
struct FlatBootChannel {
    id: ChannelId,
    name: Option<String>,
    kind: ChannelKind,
    topic: Option<String>,
    archived: bool,
    member: bool,
    member_count: u32,
    members: Option<Vec<UserId>>,
    epoch: String,
    seq: Seq,
    last_read_seq: Seq,
    unread: u32,
    mentions: u32,
}

impl From<FlatBootChannel> for BootChannel {
    fn from(flat: FlatBootChannel) -> Self {
        Self {
            channel: Channel {
                id: flat.id,
                name: flat.name,
                kind: flat.kind,
                topic: flat.topic,
                archived: flat.archived,
                member: flat.member,
                member_count: flat.member_count,
                members: flat.members,
                epoch: flat.epoch,
                seq: flat.seq,
            },
            last_read_seq: flat.last_read_seq,
            unread: flat.unread,
            mentions: flat.mentions,
        }
    }
}

/// `GET /boot`: what a client needs to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// The caller.
    pub user: User,
    /// The workspace.
    pub workspace: Workspace,
    /// The caller's channels and directs.
    pub channels: Vec<BootChannel>,
    /// Where the gateway's socket is.
    pub socket: SocketAddress,
    /// The ring that served this.
    pub ring: RingVersion,
    /// Where the user's own log and the workspace's were when this was found out: `hello` can resume from there.
    #[serde(default)]
    pub logs: BTreeMap<LogId, ResumePoint>,
}

/// Where a gateway's socket is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketAddress {
    /// An absolute path or URL.
    pub url: String,
    /// The region it leads to.
    pub region: String,
}

/// The version of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingVersion {
    /// It rises with every change.
    pub version: u64,
}

/// `POST /workspaces`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateWorkspace {
    /// The workspace's name.
    pub name: String,
    /// What the others call the founder.
    pub display_name: String,
}

/// What signing up, joining and signing in answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The workspace.
    pub workspace: Workspace,
    /// The user.
    pub user: User,
    /// The session's token, for `Authorization: Bearer`.
    pub token: String,
}

/// `POST /invites`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateInvite {
    /// How many people may use it; a hundred where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// How long it lives, in seconds; a week where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<u64>,
    /// What those are who come by it, a member or a guest; a member where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// The answer of `POST /invites`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// What is accepted.
    pub code: String,
    /// The page that accepts it.
    pub url: String,
}

/// The answer of `POST /sign-in-links`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInLink {
    /// What is accepted.
    pub code: String,
    /// The page that accepts it.
    pub url: String,
    /// When it is over, in milliseconds since the epoch.
    pub expires_ms: u64,
}

/// `GET /session`: whether the caller has a session, as far as its token tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionAnswer {
    /// Whether they do.
    pub signed_in: bool,
}

/// `POST /invites/{code}/accept`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptInvite {
    /// What the others call the newcomer.
    pub display_name: String,
}

/// `POST /sign-out`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOut {
    /// Whether all the caller's sessions end.
    #[serde(default)]
    pub everywhere: Option<bool>,
}

/// `PATCH /me`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateMe {
    /// What others call the caller from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What the caller does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// `PATCH /users/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateUser {
    /// What they are from now on.
    pub role: Role,
}

/// Somebody who is in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// What they are in it, a member or an owner.
    pub role: Role,
}

/// A page of `GET /channels/{id}/members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersPage {
    /// The members, in the order of their ids.
    pub members: Vec<Member>,
    /// What the next page begins after; `null` on the last.
    pub next_cursor: Option<String>,
}

/// `POST /channels`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateChannel {
    /// The channel's name.
    pub name: String,
    /// Public or private.
    pub kind: ChannelKind,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// `PATCH /channels/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateChannel {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Whether the channel is archived from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

/// `POST /channels/{id}/members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddMember {
    /// Who is added.
    pub user: UserId,
}

/// `POST /directs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateDirect {
    /// The others, with or without the caller.
    pub users: Vec<UserId>,
}

/// An answer that holds one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAnswer {
    /// The channel.
    pub channel: Channel,
}

/// An answer that holds one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAnswer {
    /// The user.
    pub user: User,
}

/// A page of `GET /channels`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelsPage {
    /// The channels, in the order of their ids.
    pub channels: Vec<Channel>,
    /// What the next page begins after; `null` on the last.
    pub next_cursor: Option<String>,
}

/// A page of `GET /users`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersPage {
    /// The people.
    pub users: Vec<User>,
    /// What the next page begins after; `null` on the last.
    pub next_cursor: Option<String>,
}

/// The answer of `POST /channels/{id}/messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The channel.
    pub channel: LogId,
    /// The epoch that `seq` counts in.
    pub epoch: String,
    /// The message's place in its log.
    pub seq: Seq,
    /// When it was stored, in milliseconds since the epoch.
    pub at: u64,
}

/// Takes what a person gave as a name: trimmed, 1 to `max_chars` characters, without control characters.
pub fn check_name(field: &str, text: &str, max_chars: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > max_chars || text.chars().any(char::is_control) {
        return Err(Refusal::invalid(format!(
            "{field} has 1 to {max_chars} characters and no control characters"
        )));
    }
    Ok(text.to_owned())
}

/// Takes what a person gave as a note that may be empty, which is `None`.
pub fn check_note(field: &str, text: &str, max_chars: usize) -> Result<Option<String>, Refusal> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    check_name(field, text, max_chars).map(Some)
}
