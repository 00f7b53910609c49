//! A channel or direct as the client knows it.

use protocol::{
    api::{self, BootChannel, Role},
    event::Event,
    id::UserId,
    message::Seq,
};

use crate::{messages::Messages, reading::Reading, timeline::Timeline};

/// A channel or direct, how much of it is unread, and its messages as far as they are at hand.
#[derive(Clone, Debug)]
pub struct Channel {
    /// What the server says of it.
    pub info: api::Channel,
    /// The command by which the server was told last how far it is read; 0 where it was not.
    pub read_telling: u64,
    /// How many of the others' messages are unread.
    pub unread: u32,
    /// How many of these name the user.
    pub mentions: u32,
    /// How far it is read.
    reading: Reading,
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
            reading: Reading::of_boot(info.seq, (0, 0), info.seq),
            read_telling: 0,
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
        let unread = (boot.unread, boot.mentions);
        Self {
            reading: Reading::of_boot(boot.last_read_seq, unread, boot.channel.seq),
            unread: boot.unread,
            mentions: boot.mentions,
            ..Self::new(boot.channel)
        }
    }

    /// Boot has told of the channel again; `is_current` where the user's own log has said nothing since.
    pub fn refresh(&mut self, boot: BootChannel, is_current: bool) {
        if is_current {
            let unread = (boot.unread, boot.mentions);
            self.reading
                .refresh(boot.last_read_seq, unread, boot.channel.seq);
            self.count();
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
        self.reading = Reading::default();
        self.count();
    }

    /// An event has come: what it makes unread, or takes from that, is counted.
    pub fn happened(&mut self, event: &Event, me: &UserId) {
        self.reading.happened(event, me);
        self.count();
    }

    fn count(&mut self) {
        (self.unread, self.mentions) = self.reading.unread();
    }

    /// The last message that was read.
    #[must_use]
    pub fn last_read(&self) -> Seq {
        self.reading.last_read()
    }

    /// What has been read here and was not told on this connection: the last message.
    #[must_use]
    pub fn untold(&self) -> Option<Seq> {
        self.reading.untold()
    }

    /// The server is being told so, on this connection; 0 where a new one begins.
    pub fn tell(&mut self, seq: Seq) {
        self.reading.tell(seq);
    }

    /// Everything up to `seq` was read here. Says whether the server has to be told.
    pub fn read_to(&mut self, seq: Seq) -> bool {
        let untold = self.reading.read_to(seq);
        self.count();
        untold
    }

    /// The user's own log says that they have read up to `seq`, which leaves that much, counted up to the event `counted`. Says whether
    /// what came after that is known; where it is not, boot has to be asked again.
    pub fn read(&mut self, seq: Seq, unread: (u32, u32), counted: Seq) -> bool {
        let is_known = self.reading.read(seq, unread, counted);
        self.count();
        is_known
    }

    /// Messages are to be unread again: what was read here only is not.
    pub fn mark_unread(&mut self) {
        self.reading.mark_unread();
        self.count();
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
        event::{Body, Message},
        history,
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

    fn boot(seq: Seq, last_read_seq: Seq, unread: u32) -> BootChannel {
        BootChannel {
            channel: info("C1", Some("general"), seq),
            last_read_seq,
            unread,
            mentions: 0,
        }
    }

    #[test]
    fn an_older_boot_does_not_bring_read_messages_back() {
        let mut channel = Channel::from_boot(boot(10, 8, 2));
        assert!(channel.read_to(11));
        channel.refresh(boot(10, 8, 2), true);
        assert_eq!((channel.unread, channel.last_read()), (0, 11));
        assert!(channel.read(11, (0, 0), 11));
        channel.refresh(boot(12, 8, 3), false);
        assert_eq!((channel.unread, channel.last_read()), (0, 11));
    }

    #[test]
    fn a_member_is_counted_once_however_the_count_is_told() {
        let ben = UserId::parse("U2").unwrap();
        let mut channel = Channel::from_boot(boot(10, 10, 0));
        channel.member_changed(&ben, true, Some(10));
        assert_eq!(channel.info.member_count, 2);
        channel.member_changed(&ben, true, Some(11));
        channel.refresh(boot(10, 10, 0), true);
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
