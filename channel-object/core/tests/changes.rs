//! Changing what is stored: edits, deletions, reactions, threads, read markers, roles.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use channel_core::{Input, LinkId};
use protocol::{
    api::{Caller, ChannelKind, Role},
    call::{Answer, ChannelCall, Request, WorkspaceOp},
    command::ChannelOp,
    emoji::Emoji,
    error::{Code, Refusal},
    history::{Message, RawQuery},
    id::ChannelId,
    limits::REACTION_EMOJI_MAX,
    line::{ChangeOk, Line},
    link::Up,
    message::{Draft, Text},
};
use serde_json::Value;
use support::{World, draft, op};

const LINK: u32 = 9;

/// Two people in a public channel.
struct Room {
    world: World,
    ana: Caller,
    ben: Caller,
    channel: ChannelId,
}

impl Room {
    fn new() -> Self {
        let mut world = World::new(1);
        let ana = world.found("Acme");
        let ben = world.invite(&ana, "Ben");
        let channel = world.create(&ana, ChannelKind::Public);
        world.channel(&ben, &channel, ChannelCall::Join).unwrap();
        let link = LinkId(LINK);
        world.input(0, Input::LinkOpened { link, gateway: "g" });
        Self {
            world,
            ana,
            ben,
            channel,
        }
    }

    fn send(&mut self, caller: &Caller, name: &str, text: &str) -> u64 {
        self.world
            .send(caller, &self.channel, name, text)
            .unwrap()
            .seq
    }

    fn reply(&mut self, caller: &Caller, name: &str, root: u64) -> u64 {
        let draft = Draft {
            thread: Some(root),
            ..draft(name, "a reply")
        };
        match self
            .world
            .channel(caller, &self.channel, ChannelCall::Send(draft))
        {
            Ok(Answer::Sent(sent)) => sent.seq,
            other => panic!("{other:?}"),
        }
    }

    fn act(&mut self, caller: &Caller, what: &ChannelOp) -> Result<Value, Code> {
        self.world.down(0, LINK);
        let op = op(what);
        let record = Up::Command {
            request: 1,
            log: self.channel.as_str(),
            workspace: caller.workspace.as_str(),
            user: caller.user.as_str(),
            role: caller.role,
            op: &op,
        };
        self.world.up(0, LINK, &[record]);
        let answers = self.world.down(0, LINK);
        let answer = answers.iter().find(|record| !record.starts_with("event"));
        let answer = answer.unwrap();
        if let Some(ok) = answer.strip_prefix("reply 1 ") {
            return Ok(serde_json::from_str(ok).unwrap());
        }
        let code = answer.strip_prefix("refused 1 ").unwrap();
        let known = [
            Code::NotFound,
            Code::Forbidden,
            Code::NotAMember,
            Code::Archived,
            Code::InvalidFrame,
            Code::TooLarge,
        ];
        let mut known = known.into_iter();
        Err(known.find(|known| format!("{known:?}") == code).unwrap())
    }

    fn change(&mut self, caller: &Caller, what: &ChannelOp) -> ChangeOk {
        serde_json::from_value(self.act(caller, what).unwrap()).unwrap()
    }

    fn messages(&mut self, caller: &Caller) -> Vec<Message> {
        self.world
            .page(caller, &self.channel, RawQuery::default())
            .messages
    }

    /// Everything that somebody is given who has nothing yet.
    fn given_out(&mut self, caller: &Caller) -> Vec<Line> {
        let epoch = self
            .world
            .page(caller, &self.channel, RawQuery::default())
            .epoch;
        self.world.open(5, caller, &self.channel, Some((&epoch, 0)));
        self.world.lines(5)
    }
}

fn edit(seq: u64, text: &str) -> ChannelOp {
    ChannelOp::Edit {
        seq,
        text: Text::parse(text.to_owned()).unwrap(),
    }
}

fn react(seq: u64, emoji: &str) -> ChannelOp {
    ChannelOp::React {
        seq,
        emoji: Emoji::parse(emoji).unwrap(),
    }
}

fn unreact(seq: u64, emoji: &str) -> ChannelOp {
    ChannelOp::Unreact {
        seq,
        emoji: Emoji::parse(emoji).unwrap(),
    }
}

#[test]
fn an_edited_message_says_what_it_says_now_and_is_edited_once() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let seq = room.send(&ana, "a", "helo");
    let done = room.change(&ana, &edit(seq, "hello"));
    let again = room.change(&ana, &edit(seq, "hello"));
    assert_eq!((done.duplicate, again.duplicate), (false, true));
    assert_eq!(again.seq, done.seq);
    room.world.servers[0].forget();
    let message = room.messages(&ben).remove(0);
    assert_eq!(message.text.as_deref(), Some("hello"));
    assert_eq!(message.edited_at, Some(room.world.now_ms));
    assert_eq!(room.act(&ben, &edit(seq, "mine")), Err(Code::Forbidden));
    assert_eq!(room.act(&ana, &edit(1, "joined")), Err(Code::NotFound));
    assert_eq!(room.act(&ana, &edit(99, "later")), Err(Code::NotFound));
}

#[test]
fn what_a_deleted_message_said_is_given_out_nowhere() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let seq = room.send(&ben, "a", "secret one");
    room.change(&ben, &edit(seq, "secret two"));
    room.change(&ana, &react(seq, "👍"));
    let done = room.change(&ana, &ChannelOp::Delete { seq });
    let again = room.change(&ana, &ChannelOp::Delete { seq });
    assert_eq!((again.seq, again.duplicate), (done.seq, true));
    room.world.servers[0].forget();
    let lines = format!("{:?}", room.given_out(&ben));
    let page = format!("{:?}", room.messages(&ben));
    assert!(!lines.contains("secret") && !page.contains("secret"));
    let message = room.messages(&ben).remove(0);
    assert!(message.deleted && message.reactions.is_empty());
    assert_eq!(room.act(&ben, &edit(seq, "back")), Err(Code::NotFound));
    assert_eq!(room.act(&ben, &react(seq, "👍")), Err(Code::NotFound));
}

#[test]
fn a_message_is_deleted_by_its_author_owners_and_admins() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let seq = room.send(&ana, "a", "hi");
    let delete = ChannelOp::Delete { seq };
    assert_eq!(room.act(&ben, &delete), Err(Code::Forbidden));
    let admin = Caller {
        role: Role::Admin,
        ..ben
    };
    assert!(!room.change(&admin, &delete).duplicate);
}

#[test]
fn a_reaction_is_one_per_person_and_emoji() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let seq = room.send(&ana, "a", "hi");
    let first = room.change(&ana, &react(seq, "👍"));
    let again = room.change(&ana, &react(seq, "👍"));
    assert_eq!((again.seq, again.duplicate), (first.seq, true));
    room.change(&ben, &react(seq, "tada"));
    room.change(&ben, &react(seq, "👍"));
    let reactions = room.messages(&ben).remove(0).reactions;
    let seen: Vec<_> = reactions
        .iter()
        .map(|r| (r.emoji.as_str(), r.count, r.mine, r.users.len()))
        .collect();
    assert_eq!(seen, [("👍", 2, true, 2), ("tada", 1, true, 1)]);
    let gone = room.change(&ana, &unreact(seq, "👍"));
    let gone_again = room.change(&ana, &unreact(seq, "👍"));
    assert_eq!((gone_again.seq, gone_again.duplicate), (gone.seq, true));
    assert!(room.change(&ana, &unreact(seq, "never")).duplicate);
    let reaction = &room.messages(&ana).remove(0).reactions[0];
    assert_eq!((reaction.count, reaction.mine), (1, false));
}

#[test]
fn a_message_takes_so_many_emoji_and_no_more() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let seq = room.send(&ana, "a", "hi");
    for n in 0..REACTION_EMOJI_MAX {
        room.change(&ana, &react(seq, &format!("e{n}")));
    }
    assert_eq!(room.act(&ana, &react(seq, "more")), Err(Code::TooLarge));
    assert!(!room.change(&ben, &react(seq, "e0")).duplicate);
}

#[test]
fn a_root_counts_its_replies_and_names_who_replied() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let start = room.send(&ana, "a", "root");
    room.reply(&ana, "b", start);
    room.world.now_ms += 10;
    let last = room.reply(&ben, "c", start);
    let message = room.messages(&ana).remove(0);
    assert_eq!(message.reply_count, 2);
    assert_eq!(message.last_reply_at, Some(room.world.now_ms));
    assert_eq!(message.reply_users, [ben.user.clone(), ana.user.clone()]);
    room.change(&ben, &ChannelOp::Delete { seq: last });
    let message = room.messages(&ana).remove(0);
    assert_eq!(message.reply_count, 1);
    assert_eq!(message.last_reply_at, Some(room.world.now_ms - 10));
    assert_eq!(message.reply_users, std::slice::from_ref(&ana.user));
}

#[test]
fn a_deleted_root_takes_replies_only_where_it_has_some() {
    let mut room = Room::new();
    let ana = room.ana.clone();
    let (alone, start) = (room.send(&ana, "a", "alone"), room.send(&ana, "b", "root"));
    room.reply(&ana, "c", start);
    for seq in [alone, start] {
        room.change(&ana, &ChannelOp::Delete { seq });
    }
    assert!(room.reply(&ana, "d", start) > start);
    let draft = Draft {
        thread: Some(alone),
        ..draft("e", "hi")
    };
    let refused = room
        .world
        .channel(&ana, &room.channel, ChannelCall::Send(draft));
    assert_eq!(refused.unwrap_err().code, Code::NotFound);
}

impl Room {
    /// What of the channel is unread for somebody after `last_read`: messages and mentions.
    fn unread(&mut self, caller: &Caller, last_read: u64) -> (u32, u32) {
        let request = Request::Views {
            caller: caller.clone(),
            channels: vec![(self.channel.clone(), last_read)],
        };
        match self.world.ask(0, request) {
            Ok(Answer::Views { channels }) => (channels[0].unread, channels[0].mentions),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn mentions_are_those_that_name_somebody_now() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let named = format!("<@{}>", ben.user);
    let seq = room.send(&ana, "a", &named);
    room.send(&ana, "b", &format!("`{named}` is code"));
    room.send(&ana, "c", "<!channel> <!here>");
    let own = room.send(&ben, "d", &format!("{named} <!here>"));
    assert_eq!(room.unread(&ben, 0), (3, 2));
    assert_eq!(room.unread(&ana, 0), (1, 1));
    room.change(&ana, &edit(seq, "nobody"));
    assert_eq!(room.unread(&ben, 0), (3, 1));
    room.change(&ana, &edit(seq, &format!("{named} again")));
    assert_eq!(room.unread(&ben, 0), (3, 2));
    room.change(&ana, &ChannelOp::Delete { seq });
    room.change(&ben, &ChannelOp::Delete { seq: own });
    assert_eq!(room.unread(&ben, 0), (2, 1));
    assert_eq!(room.unread(&ana, 0), (0, 0));
}

#[test]
fn a_marker_goes_back_only_where_its_user_says_so() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let seqs: Vec<u64> = (0..3)
        .map(|n| room.send(&ana, &n.to_string(), "hi"))
        .collect();
    room.act(&ben, &ChannelOp::Read { seq: seqs[2] }).unwrap();
    room.act(&ben, &ChannelOp::Read { seq: seqs[0] }).unwrap();
    let read = |room: &mut Room| {
        let op = protocol::call::UserOp::Memberships;
        match room.world.user(&ben, op) {
            Ok(Answer::Memberships { channels, .. }) => channels[0].1,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(&mut room), seqs[2]);
    room.act(&ben, &ChannelOp::MarkUnread { seq: seqs[1] })
        .unwrap();
    assert_eq!(read(&mut room), seqs[1] - 1);
    let past = ChannelOp::MarkUnread { seq: 99 };
    assert_eq!(room.act(&ben, &past), Err(Code::InvalidFrame));
}

#[test]
fn roles_are_given_by_those_who_may_and_an_owner_stays() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let give = |room: &mut Room, by: &Caller, to: &Caller, role| -> Result<Role, Refusal> {
        let op = WorkspaceOp::GiveRole {
            by: by.user.clone(),
            user: to.user.clone(),
            role,
        };
        match room.world.workspace(&by.workspace, op)? {
            Answer::Person { user, .. } => Ok(user.role),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        give(&mut room, &ben, &ben, Role::Admin).unwrap_err().code,
        Code::Forbidden
    );
    assert_eq!(
        give(&mut room, &ana, &ana, Role::Member).unwrap_err().code,
        Code::Conflict
    );
    assert_eq!(give(&mut room, &ana, &ben, Role::Guest), Ok(Role::Guest));
    let op = protocol::call::UserOp::Authenticate { socket: None };
    assert_eq!(
        room.world.user(&ben, op),
        Ok(Answer::Alive { role: Role::Guest })
    );
}

#[test]
fn guests_know_only_the_channels_that_they_are_in_and_make_none() {
    let mut room = Room::new();
    let ana = room.ana.clone();
    let guest = Caller {
        role: Role::Guest,
        ..room.world.invite(&ana, "Gus")
    };
    let refused = room
        .world
        .channel(&guest, &room.channel, ChannelCall::Join)
        .unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
    let made = ChannelCall::Create {
        name: Some("guests".to_owned()),
        kind: ChannelKind::Public,
        topic: None,
        members: Vec::new(),
    };
    let id = ChannelId::parse("C0").unwrap();
    let refused = room.world.channel(&guest, &id, made).unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    let add = ChannelCall::Add {
        user: guest.user.clone(),
    };
    room.world.channel(&ana, &room.channel, add).unwrap();
    assert!(room.world.send(&guest, &room.channel, "a", "hi").is_ok());
}

#[test]
fn members_come_in_pages_with_their_roles() {
    let mut room = Room::new();
    let (ana, ben) = (room.ana.clone(), room.ben.clone());
    let page = |room: &mut Room, after| {
        let op = ChannelCall::Members { after, limit: 1 };
        match room.world.channel(&ben, &room.channel, op) {
            Ok(Answer::Members { members, has_more }) => (members[0].clone(), has_more),
            other => panic!("{other:?}"),
        }
    };
    let (first, more) = page(&mut room, None);
    assert!(more);
    let (second, more) = page(&mut room, Some(first.user.clone()));
    assert!(!more && first.user < second.user);
    for member in [first, second] {
        let is_founder = member.user == ana.user;
        assert_eq!(member.role == Role::Owner, is_founder);
    }
}
