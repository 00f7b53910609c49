//! A channel or direct as the client knows it.

use protocol::{
    api::{self, BootChannel, Role},
    history,
    id::UserId,
    message::Seq,
};

use crate::{messages::Messages, timeline::Timeline};

/// A channel or direct, how much of it is unread, and its messages as far as they are at hand.
#[derive(Clone, Debug)]
pub struct Channel {
    /// What the server says of it.
    pub info: api::Channel,
    /// The last message that was read.
    pub last_read: Seq,
    /// How far the server knows that.
    pub read_told: Seq,
    /// How many of the others' messages came after it.
    pub unread: u32,
    /// How many of these name the user.
    pub mentions: u32,
    /// Up to here messages are in `unread`, if they belong there.
    counted: Seq,
    /// People who came into it while we listened and are in it still; never all who are in a channel.
    newcomers: Vec<UserId>,
    /// What the user is in it, as far as that is known.
    pub role: Role,
    /// Its messages at hand.
    pub messages: Messages,
    /// Which of them stand in the channel without a gap.
    pub timeline: Timeline,
}

impl Channel {
    /// A channel that was looked up or just made or joined: nothing in it counts as unread.
    #[must_use]
    pub fn new(info: api::Channel) -> Self {
        Self {
            last_read: info.seq,
            read_told: info.seq,
            counted: info.seq,
            info,
            unread: 0,
            mentions: 0,
            newcomers: Vec::new(),
            role: Role::Member,
            messages: Messages::default(),
            timeline: Timeline::default(),
        }
    }

    /// A channel of the user's own, as boot tells of it.
    #[must_use]
    pub fn from_boot(boot: BootChannel) -> Self {
        Self {
            last_read: boot.last_read_seq,
            read_told: boot.last_read_seq,
            unread: boot.unread,
            mentions: boot.mentions,
            ..Self::new(boot.channel)
        }
    }

    /// Boot has told of the channel again; its counts are taken where they are newer than ours.
    pub fn refresh(&mut self, boot: BootChannel) {
        if boot.channel.seq >= self.counted && boot.last_read_seq >= self.last_read {
            self.counted = boot.channel.seq;
            self.last_read = boot.last_read_seq;
            self.read_told = boot.last_read_seq;
            self.unread = boot.unread;
            self.mentions = boot.mentions;
        }
        if boot.channel.seq >= self.info.seq || boot.channel.epoch != self.info.epoch {
            self.info = boot.channel;
        }
    }

    /// Somebody came into it or went, by the event `seq`. The count is left alone where it was told after that.
    pub fn member_changed(&mut self, user: &UserId, is_in: bool, seq: Option<Seq>) {
        self.newcomers.retain(|known| known != user);
        if is_in {
            self.newcomers.push(user.clone());
        }
        let Some(seq) = seq.filter(|seq| *seq > self.info.seq) else {
            return;
        };
        self.info.seq = seq;
        self.info.member_count = if is_in {
            self.info.member_count.saturating_add(1)
        } else {
            self.info.member_count.saturating_sub(1)
        };
    }

    /// Somebody is in it, as the server says.
    pub fn has(&mut self, user: &UserId) {
        self.member_changed(user, true, None);
    }

    /// Events may have been missed: who is in it is not known any more.
    pub fn forget_newcomers(&mut self) {
        self.newcomers.clear();
    }

    /// Whether somebody is known to be in it.
    #[must_use]
    pub fn is_known_in(&self, user: &UserId) -> bool {
        self.newcomers.contains(user) || self.info.members.iter().flatten().any(|id| id == user)
    }

    /// The log has begun anew: nothing that counts seqs means anything any more.
    pub fn begin_anew(&mut self) {
        self.timeline.unload();
        self.messages = Messages::default();
        (self.last_read, self.read_told, self.counted) = (0, 0, 0);
        (self.unread, self.mentions) = (0, 0);
    }

    /// Counts a message that has come, unless it was counted before, is the user's own, or stands in a thread only.
    pub fn count(&mut self, message: &history::Message, me: &UserId) {
        if message.seq <= self.counted {
            return;
        }
        self.counted = message.seq;
        if message.user == *me || !message.stands_in_channel() {
            return;
        }
        self.unread += 1;
        if message.mentions.contains(me) {
            self.mentions += 1;
        }
    }

    /// Everything up to `seq` was read here. Says whether the server has to be told.
    pub fn read_to(&mut self, seq: Seq) -> bool {
        self.unread = 0;
        self.mentions = 0;
        self.last_read = self.last_read.max(seq);
        self.last_read > self.read_told
    }

    /// The user has read up to `seq`, here or elsewhere, which leaves that much.
    pub fn read_elsewhere(&mut self, seq: Seq, unread: u32, mentions: u32) {
        if seq < self.last_read {
            return;
        }
        self.last_read = seq;
        self.read_told = self.read_told.max(seq);
        if seq >= self.counted {
            (self.unread, self.mentions) = (0, 0);
        } else {
            (self.unread, self.mentions) = (unread, mentions);
        }
    }

    /// Everything after `seq` is unread from now on, which is that much.
    pub fn mark_unread(&mut self, seq: Seq, unread: u32, mentions: u32) {
        (self.last_read, self.read_told) = (seq, seq);
        (self.unread, self.mentions) = (unread, mentions);
    }

    /// Whether what the user writes is taken here.
    #[must_use]
    pub fn can_be_written_to(&self) -> bool {
        self.info.member && !self.info.archived
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use protocol::{
        api::ChannelKind,
        event::{Body, Event, Message},
        id::ChannelId,
    };

    pub(crate) fn info(id: &str, name: Option<&str>, seq: Seq) -> api::Channel {
        api::Channel {
            id: ChannelId::parse(id).unwrap(),
            name: name.map(str::to_owned),
            kind: if name.is_some() {
                ChannelKind::Public
            } else {
                ChannelKind::Direct
            },
            topic: None,
            archived: false,
            member: true,
            member_count: 2,
            members: None,
            epoch: "e".to_owned(),
            seq,
        }
    }

    /// A message with nothing at it.
    pub(crate) fn stored(seq: Seq, user: &str, text: &str) -> history::Message {
        let event = Event {
            channel: ChannelId::parse("C1").unwrap().into(),
            seq: Some(seq),
            at: Some(seq * 1000),
            user: UserId::parse(user).unwrap(),
            body: Body::Message(Message {
                text: Some(text.to_owned()),
                ..Message::default()
            }),
        };
        history::Message::of(event).unwrap()
    }

    fn me() -> UserId {
        UserId::parse("U1").unwrap()
    }

    fn message(seq: Seq, user: &str) -> history::Message {
        history::Message {
            mentions: vec![me()],
            ..stored(seq, user, "hi")
        }
    }

    fn boot(seq: Seq, last_read_seq: Seq, unread: u32) -> BootChannel {
        BootChannel {
            channel: info("C1", Some("general"), seq),
            last_read_seq,
            unread,
            mentions: 0,
        }
    }

    #[test]
    fn a_message_is_counted_once() {
        let mut channel = Channel::from_boot(boot(10, 8, 2));
        channel.count(&message(10, "U2"), &me());
        assert_eq!(channel.unread, 2);
        channel.count(&message(11, "U2"), &me());
        channel.count(&message(11, "U2"), &me());
        assert_eq!((channel.unread, channel.mentions), (3, 1));
    }

    #[test]
    fn own_messages_and_threads_are_not_unread() {
        let mut channel = Channel::from_boot(boot(10, 10, 0));
        channel.count(&message(11, "U1"), &me());
        let mut reply = message(12, "U2");
        reply.thread = Some(3);
        channel.count(&reply, &me());
        assert_eq!(channel.unread, 0);
        reply.seq = 13;
        reply.also_to_channel = true;
        channel.count(&reply, &me());
        assert_eq!(channel.unread, 1);
    }

    #[test]
    fn an_older_boot_does_not_bring_read_messages_back() {
        let mut channel = Channel::from_boot(boot(10, 8, 2));
        channel.count(&message(11, "U2"), &me());
        assert!(channel.read_to(11));
        channel.refresh(boot(10, 8, 2));
        assert_eq!((channel.unread, channel.last_read), (0, 11));
    }

    #[test]
    fn reading_elsewhere_clears_what_was_read() {
        let mut channel = Channel::from_boot(boot(10, 5, 5));
        channel.read_elsewhere(8, 2, 0);
        assert_eq!(channel.unread, 2);
        channel.read_elsewhere(10, 1, 0);
        assert_eq!(channel.unread, 0);
        channel.read_elsewhere(6, 4, 0);
        assert_eq!((channel.unread, channel.last_read), (0, 10));
    }

    #[test]
    fn a_member_is_counted_once_however_the_count_is_told() {
        let ben = UserId::parse("U2").unwrap();
        let mut channel = Channel::from_boot(boot(10, 10, 0));
        channel.member_changed(&ben, true, Some(10));
        assert_eq!(channel.info.member_count, 2);
        channel.member_changed(&ben, true, Some(11));
        channel.refresh(boot(10, 10, 0));
        assert_eq!(channel.info.member_count, 3);
        channel.member_changed(&ben, false, Some(12));
        assert_eq!(channel.info.member_count, 2);
        assert!(!channel.is_known_in(&ben));
    }

    #[test]
    fn what_the_server_knows_is_not_told_again() {
        let mut channel = Channel::from_boot(boot(10, 10, 0));
        assert!(!channel.read_to(10));
        assert!(channel.read_to(11));
    }
}
