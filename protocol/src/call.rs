//! What the Worker asks of a channel server, and what channel servers tell each other.
//!
//! A request is the JSON body of a `fetch` on the channel server's object; its answer is the JSON of an [`Outcome`].

use serde::{Deserialize, Serialize};

use crate::{
    api::{
        BootChannel, Caller, Channel, ChannelKind, Member, Role, UpdateChannel, UpdateMe, User,
        Workspace,
    },
    command::ResumePoint,
    error::Refusal,
    history::{Page, Query},
    id::{ChannelId, LogId, SessionId, UserId, WorkspaceId},
    line::SendOk,
    message::{Draft, Seq},
};

/// What a channel server is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Of a workspace.
    Workspace {
        /// Which.
        id: WorkspaceId,
        /// What.
        op: WorkspaceOp,
    },
    /// Of the caller's own log.
    User {
        /// Who asks.
        caller: Caller,
        /// What.
        op: UserOp,
    },
    /// Of a sign-in link, which is all that its bearer has.
    TakeSignInLink {
        /// Whose link.
        user: UserId,
        /// The hash of its secret.
        secret: String,
        /// The session that begins.
        session: SessionId,
    },
    /// Of a channel or direct.
    Channel {
        /// Who asks.
        caller: Caller,
        /// Which.
        id: ChannelId,
        /// What.
        op: ChannelCall,
    },
    /// How these channels look to the caller; what the caller may not know of is left out.
    Views {
        /// Who asks.
        caller: Caller,
        /// Channels of this server, each with the last message that the caller has read.
        channels: Vec<(ChannelId, Seq)>,
    },
    /// Effects of what was stored elsewhere.
    Deliver(Vec<Delivery>),
}

/// What is asked of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceOp {
    /// Makes it. [`Answer::Person`]
    Found {
        /// The workspace's name.
        name: String,
        /// The founder.
        user: UserId,
        /// What others call them.
        display_name: String,
        /// Their first session.
        session: SessionId,
    },
    /// Lets people in who know a secret. [`Answer::Done`]
    CreateInvite {
        /// Who invites.
        user: UserId,
        /// The hash of the secret.
        secret: String,
        /// How many may use it.
        max_uses: u32,
        /// What they will be.
        role: Role,
        /// When it is over, in milliseconds since the epoch.
        expires_ms: u64,
    },
    /// Lets somebody in who knows the secret. [`Answer::Person`]
    AcceptInvite {
        /// The hash of the secret.
        secret: String,
        /// The newcomer.
        user: UserId,
        /// What others call them.
        display_name: String,
        /// Their first session.
        session: SessionId,
    },
    /// The workspace and one of its people. [`Answer::Person`]
    Person {
        /// Who.
        user: UserId,
    },
    /// New facts about a person. [`Answer::Person`]
    UpdatePerson {
        /// Who.
        user: UserId,
        /// What is new.
        update: UpdateMe,
    },
    /// Another role for a person. [`Answer::Person`]
    GiveRole {
        /// Who gives it.
        by: UserId,
        /// Who gets it.
        user: UserId,
        /// Which.
        role: Role,
    },
    /// These people; unknown ones are left out. [`Answer::People`]
    People {
        /// Who.
        ids: Vec<UserId>,
    },
    /// A page of people, in the order of their ids. [`Answer::People`]
    PeoplePage {
        /// The last one of the page before.
        after: Option<UserId>,
        /// How many at most.
        limit: u32,
        /// What their display names begin with, in any case.
        prefix: Option<String>,
    },
    /// A page of the public channels, in the order of their ids. [`Answer::Directory`]
    Directory {
        /// The last one of the page before.
        after: Option<ChannelId>,
        /// How many at most.
        limit: u32,
    },
}

/// What a user asks of their own log. The session of the caller has to be alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserOp {
    /// Whether the session is alive. [`Answer::Alive`]
    Authenticate {
        /// The channel whose socket is about to be opened, so that the end of the session reaches it.
        socket: Option<ChannelId>,
    },
    /// The user's channels. [`Answer::Memberships`]
    Memberships,
    /// Lets another device in that knows a secret. [`Answer::Done`]
    CreateSignInLink {
        /// The hash of the secret.
        secret: String,
        /// When it is over, in milliseconds since the epoch.
        expires_ms: u64,
    },
    /// Ends the caller's session, or all. [`Answer::Done`]
    SignOut {
        /// Whether all end.
        everywhere: bool,
    },
}

/// What is asked of a channel or direct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelCall {
    /// Makes it; a direct that exists is given as it is. [`Answer::Channel`]
    Create {
        /// Its name; directs have none.
        name: Option<String>,
        /// Its kind.
        kind: ChannelKind,
        /// What it is about.
        topic: Option<String>,
        /// Who is in it besides the caller.
        members: Vec<UserId>,
    },
    /// Changes it. [`Answer::Channel`]
    Update(UpdateChannel),
    /// Lets the caller in. [`Answer::Channel`]
    Join,
    /// Lets the caller out. [`Answer::Channel`]
    Leave,
    /// Lets somebody in, who is a person of the workspace. [`Answer::Channel`]
    Add {
        /// Who.
        user: UserId,
    },
    /// Puts somebody out. [`Answer::Done`]
    Remove {
        /// Who.
        user: UserId,
    },
    /// Stores a message. [`Answer::Sent`]
    Send(Draft),
    /// Reads a page. [`Answer::Page`]
    History(Query),
    /// A page of its members, in the order of their ids. [`Answer::Members`]
    Members {
        /// The last one of the page before.
        after: Option<UserId>,
        /// How many at most.
        limit: u32,
    },
}

/// What came of a request.
pub type Outcome = Result<Answer, Refusal>;

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done.
    Done,
    /// The session is alive.
    Alive {
        /// What its user is in the workspace.
        role: Role,
    },
    /// A workspace and one of its people.
    Person {
        /// The workspace.
        workspace: Workspace,
        /// The person.
        user: User,
        /// Where the workspace's log is.
        point: ResumePoint,
    },
    /// People.
    People {
        /// The people.
        users: Vec<User>,
        /// Whether there are more.
        has_more: bool,
    },
    /// Public channels.
    Directory {
        /// The channels.
        channels: Vec<ChannelId>,
        /// Whether there are more.
        has_more: bool,
    },
    /// A user's channels.
    Memberships {
        /// Each with the last message that the user has read.
        channels: Vec<(ChannelId, Seq)>,
        /// What the user is in the workspace.
        role: Role,
        /// Where the user's own log is.
        point: ResumePoint,
    },
    /// A user who signed in.
    SignedIn {
        /// Their workspace.
        workspace: WorkspaceId,
    },
    /// A channel.
    Channel {
        /// As the caller sees it.
        channel: Channel,
        /// Whether it was made by this request.
        created: bool,
    },
    /// Channels.
    Views {
        /// As the caller sees them.
        channels: Vec<BootChannel>,
    },
    /// A stored message.
    Sent(SendOk),
    /// A page of history.
    Page(Page),
    /// Members of a channel.
    Members {
        /// The members.
        members: Vec<Member>,
        /// Whether there are more.
        has_more: bool,
    },
}

/// One effect on its way from the log that caused it to the log that it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The log that caused it.
    pub origin: LogId,
    /// Its place among the effects of `origin`; a target takes each once, in this order.
    pub n: u64,
    /// The log that it is about.
    pub target: LogId,
    /// What follows.
    pub effect: Effect,
}

/// What a fact in one log means for another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// On `U`: the user is a person of this workspace.
    FoundUser {
        /// The workspace.
        workspace: WorkspaceId,
        /// The first session.
        session: SessionId,
        /// What they are in it.
        #[serde(default)]
        role: Role,
    },
    /// On `U`: the user is in a channel.
    Joined {
        /// The channel.
        channel: ChannelId,
        /// Who did it.
        by: UserId,
        /// The head of the channel, up to where all is read.
        seq: Seq,
        /// The workspace of both: who is new may be let in before their own log has learned that they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workspace: Option<WorkspaceId>,
    },
    /// On `U`: the user is out of a channel.
    Left {
        /// The channel.
        channel: ChannelId,
        /// Who did it.
        by: UserId,
    },
    /// On `U`: the user has read a channel up to `seq`.
    Read {
        /// The channel.
        channel: ChannelId,
        /// The last message read.
        seq: Seq,
        /// The others' messages after it.
        unread: u32,
        /// How many of these name the user.
        mentions: u32,
        /// The newest event of the channel that was counted.
        #[serde(default)]
        counted_seq: Seq,
        /// Whether the user has said so themselves: the marker goes back too.
        #[serde(default)]
        marks_unread: bool,
    },
    /// On `U`: a message names the user.
    Mentioned {
        /// The channel.
        channel: ChannelId,
        /// Who wrote it.
        by: UserId,
        /// The message's seq there.
        seq: Seq,
    },
    /// On `T`: a public channel is new or changed.
    PublicChannel {
        /// The channel.
        channel: ChannelId,
        /// Who did it.
        by: UserId,
        /// Its name.
        name: String,
        /// Whether it is archived.
        archived: bool,
    },
    /// On `U`: the user has another role in the workspace.
    RoleGiven {
        /// Which.
        role: Role,
        /// Who gave it.
        by: UserId,
    },
    /// On `C` and `D`: sockets of these sessions are closed.
    EndSessions {
        /// Whose.
        user: UserId,
        /// The session; `None` is all.
        session: Option<SessionId>,
    },
    /// On `C` and `D`: a user is a guest now, and their sockets are closed where they are no member.
    BecameGuest {
        /// Who.
        user: UserId,
    },
}

/// What a single-channel socket is opened with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSocket {
    /// Who opens it.
    pub caller: Caller,
    /// The channel.
    pub channel: ChannelId,
    /// From where the caller has everything.
    pub since: Option<ResumePoint>,
}
