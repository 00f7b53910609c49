//! How far a channel is read, and what of it is not.
//!
//! Three tell of it, in no order: boot and the user's own log count on the server, up to some event of the channel; the channel's
//! own events are counted here, on top. So a count is what was told last plus what came after the event that it was counted at,
//! and every device comes to the same.

use std::collections::VecDeque;

use protocol::{
    event::{Body, Event},
    id::UserId,
    message::Seq,
};

/// Events that are remembered for counts that are still on their way.
const CHANGES_MAX: usize = 512;

/// What an event changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    /// The event.
    seq: Seq,
    /// The message that it is about.
    target: Seq,
    messages: i32,
    mentions: i32,
}

/// What of a channel is read, and how much is not.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The last message that was read, as the server says.
    last_read: Seq,
    /// How many of the others' messages came after it, up to `counted`.
    messages: u32,
    /// How many of these name the user.
    mentions: u32,
    /// The event of the channel up to which the server has counted.
    counted: Seq,
    /// Everything up to here was read on this device, where the server has not said so yet.
    read_here: Option<Seq>,
    /// Up to where the server was told so, on this connection.
    told: Seq,
    /// What events have changed since `complete_from`.
    changes: VecDeque<Change>,
    complete_from: Seq,
    /// The last event that was taken in.
    last_event: Seq,
}

impl Reading {
    /// As boot tells: read up to `last_read`, with so much unread at the event `head`.
    #[must_use]
    pub fn of_boot(last_read: Seq, (messages, mentions): (u32, u32), head: Seq) -> Self {
        Self {
            last_read,
            messages,
            mentions,
            counted: head,
            complete_from: head,
            last_event: head,
            ..Self::default()
        }
    }

    /// The last message that was read.
    #[must_use]
    pub fn last_read(&self) -> Seq {
        self.last_read.max(self.read_here.unwrap_or(0))
    }

    /// What has been read here and was not told on this connection: the last message.
    #[must_use]
    pub fn untold(&self) -> Option<Seq> {
        self.read_here.filter(|seq| *seq > self.told)
    }

    /// Takes it as told; 0 where a new connection begins, as what was told on an old one may be lost.
    pub fn tell(&mut self, seq: Seq) {
        self.told = seq;
    }

    /// How many of the others' messages are unread, and how many of these name the user.
    #[must_use]
    pub fn unread(&self) -> (u32, u32) {
        let from = self.last_read();
        // What was counted up to `counted` is all read where the user has read further here.
        let (messages, mentions) = if from > self.last_read {
            (0, 0)
        } else {
            (self.messages, self.mentions)
        };
        let after = if from > self.last_read {
            from
        } else {
            self.counted
        };
        let later = self
            .changes
            .iter()
            .filter(|change| change.seq > after && change.target > from);
        let (mut all, mut naming) = (i64::from(messages), i64::from(mentions));
        for change in later {
            all += i64::from(change.messages);
            naming += i64::from(change.mentions);
        }
        let count = |n: i64| u32::try_from(n.max(0)).unwrap_or(u32::MAX);
        (count(all), count(naming))
    }

    /// An event of the channel has come, each once and in order.
    pub fn happened(&mut self, event: &Event, me: &UserId) {
        let Some(seq) = event.seq.filter(|seq| *seq > self.last_event) else {
            return;
        };
        self.last_event = seq;
        let names = |mentions: &[UserId], everyone: bool| everyone || mentions.contains(me);
        let (target, author, stands, messages, now, before) = match &event.body {
            Body::Message(body) => (
                seq,
                &event.user,
                body.thread.is_none() || body.also_to_channel,
                1,
                names(&body.mentions, body.everyone),
                false,
            ),
            Body::MessageEdited(edit) => (
                edit.target,
                &event.user,
                edit.thread.is_none() || edit.also_to_channel,
                0,
                names(&edit.mentions, edit.everyone),
                names(&edit.mentions_before, edit.everyone_before),
            ),
            Body::MessageDeleted(deletion) => (
                deletion.target,
                deletion.subject.as_ref().unwrap_or(&event.user),
                deletion.thread.is_none() || deletion.also_to_channel,
                -1,
                false,
                names(&deletion.mentions_before, deletion.everyone_before),
            ),
            _ => return,
        };
        if author == me || !stands {
            return;
        }
        self.changes.push_back(Change {
            seq,
            target,
            messages,
            mentions: i32::from(now) - i32::from(before),
        });
        // What was read here is told soon; until then it has to be known what came after.
        if self.changes.len() > CHANGES_MAX && self.read_here.is_none() {
            self.settle();
        }
    }

    /// Adds the oldest changes to what the server has counted.
    fn settle(&mut self) {
        while self.changes.len() > CHANGES_MAX / 2 {
            let Some(change) = self.changes.pop_front() else {
                return;
            };
            self.complete_from = change.seq;
            if change.seq > self.counted {
                if change.target > self.last_read {
                    self.messages = self.messages.saturating_add_signed(change.messages);
                    self.mentions = self.mentions.saturating_add_signed(change.mentions);
                }
                self.counted = change.seq;
            }
        }
    }

    /// The server has said how far the user has read, which leaves that much up to the event `counted`. Says whether what came after it
    /// is known here; where it is not, boot has to be asked again.
    pub fn read(&mut self, last_read: Seq, (messages, mentions): (u32, u32), counted: Seq) -> bool {
        self.last_read = last_read;
        (self.messages, self.mentions) = (messages, mentions);
        self.counted = counted;
        if self.read_here.is_some_and(|seq| seq <= last_read) {
            self.read_here = None;
        }
        counted >= self.complete_from
    }

    /// Boot has told anew, with the channel at the event `head`.
    pub fn refresh(&mut self, last_read: Seq, unread: (u32, u32), head: Seq) {
        // Older than what the user's own log has said since.
        if head < self.counted {
            return;
        }
        self.read(last_read, unread, head);
        if head > self.last_event {
            self.changes.clear();
            (self.complete_from, self.last_event) = (head, head);
        }
    }

    /// Everything up to the newest message `seq` was read here. Says whether the server has to be told.
    pub fn read_to(&mut self, seq: Seq) -> bool {
        if seq > self.last_read() {
            self.read_here = Some(seq);
        }
        self.untold().is_some()
    }

    /// The user wants messages to be unread again: what was read here only is not.
    pub fn mark_unread(&mut self) {
        self.read_here = None;
        self.told = 0;
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        event::{Deletion, Edit, Message},
        id::ChannelId,
    };

    use super::*;

    fn user(n: u64) -> UserId {
        UserId::parse(&format!("U{n}")).unwrap()
    }

    /// Numbers that look random.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, sides: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % sides
        }
    }

    /// A message as the server has it.
    struct Stored {
        seq: Seq,
        author: u64,
        names_me: bool,
        in_thread: bool,
        deleted: bool,
    }

    /// What the user's own log says: read up to, unread and mentions, counted up to.
    type Told = (Seq, (u32, u32), Seq);

    /// The server: a channel's log, its messages, the user's own log.
    #[derive(Default)]
    struct Server {
        events: Vec<Event>,
        messages: Vec<Stored>,
        told: Vec<Told>,
        last_read: Seq,
    }

    impl Server {
        fn head(&self) -> Seq {
            self.events.len() as Seq
        }

        fn unread(&self, last_read: Seq) -> (u32, u32) {
            let unread = self.messages.iter().filter(|message| {
                message.seq > last_read
                    && message.author != 1
                    && !message.deleted
                    && !message.in_thread
            });
            unread.fold((0, 0), |(all, naming), message| {
                (all + 1, naming + u32::from(message.names_me))
            })
        }

        fn append(&mut self, author: u64, body: Body) {
            self.events.push(Event {
                channel: ChannelId::parse("C1").unwrap().into(),
                seq: Some(self.head() + 1),
                at: Some(0),
                user: user(author),
                body,
            });
        }

        fn act(&mut self, dice: &mut Dice) {
            let (author, names_me) = (1 + dice.below(3), dice.below(2) == 0);
            let named = |names: bool| if names { vec![user(1)] } else { Vec::new() };
            let picked = usize::try_from(dice.below(self.messages.len() as u64 + 1)).unwrap();
            match dice.below(8) {
                0..=3 => {
                    let in_thread = dice.below(5) == 0;
                    self.append(
                        author,
                        Body::Message(Message {
                            mentions: named(names_me),
                            thread: in_thread.then_some(1),
                            ..Message::default()
                        }),
                    );
                    self.messages.push(Stored {
                        seq: self.head(),
                        author,
                        names_me,
                        in_thread,
                        deleted: false,
                    });
                }
                4 => {
                    let Some(message) = self.messages.get_mut(picked).filter(|m| !m.deleted) else {
                        return;
                    };
                    let edit = Edit {
                        target: message.seq,
                        mentions: named(names_me),
                        mentions_before: named(message.names_me),
                        thread: message.in_thread.then_some(1),
                        ..Edit::default()
                    };
                    message.names_me = names_me;
                    let author = message.author;
                    self.append(author, Body::MessageEdited(edit));
                }
                5 => {
                    let Some(message) = self.messages.get_mut(picked).filter(|m| !m.deleted) else {
                        return;
                    };
                    let deletion = Deletion {
                        target: message.seq,
                        subject: (message.author != author).then(|| user(message.author)),
                        mentions_before: named(message.names_me),
                        thread: message.in_thread.then_some(1),
                        ..Deletion::default()
                    };
                    message.deleted = true;
                    self.append(author, Body::MessageDeleted(deletion));
                }
                kind => {
                    let seq = dice.below(self.head() + 1);
                    let marks_unread = kind == 7;
                    if self.last_read < seq || (marks_unread && self.last_read > seq) {
                        self.last_read = seq;
                        self.told.push((seq, self.unread(seq), self.head()));
                    }
                }
            }
        }
    }

    /// A device: how much of either log it has heard.
    struct Device {
        reading: Reading,
        events: usize,
        told: usize,
        owes_boot: bool,
        /// Boot on its way, in two parts: what the user's own log said, then what the channel counted.
        asked: Option<(usize, Seq)>,
        answer: Option<(usize, Told)>,
    }

    impl Device {
        fn boot(server: &Server) -> Self {
            Self {
                reading: Reading::of_boot(
                    server.last_read,
                    server.unread(server.last_read),
                    server.head(),
                ),
                events: server.events.len(),
                told: server.told.len(),
                owes_boot: false,
                asked: None,
                answer: None,
            }
        }

        fn hear_event(&mut self, server: &Server) {
            if let Some(event) = server.events.get(self.events) {
                self.reading.happened(event, &user(1));
                self.events += 1;
            }
        }

        fn hear_told(&mut self, server: &Server) {
            if let Some((seq, unread, counted)) = server.told.get(self.told) {
                self.owes_boot |= !self.reading.read(*seq, *unread, *counted);
                self.told += 1;
            }
        }

        /// Boot goes one step on.
        fn boot_on(&mut self, server: &Server) {
            if let Some((told, (last_read, unread, head))) = self.answer.take() {
                if told >= self.told {
                    self.reading.refresh(last_read, unread, head);
                    self.owes_boot = false;
                }
            } else if let Some((told, last_read)) = self.asked.take() {
                let counted = (last_read, server.unread(last_read), server.head());
                self.answer = Some((told, counted));
            } else {
                self.asked = Some((server.told.len(), server.last_read));
            }
        }
    }

    #[test]
    fn all_devices_come_to_what_the_server_counts_whatever_they_hear_first() {
        for seed in 1..=2_000 {
            let mut dice = Dice(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15));
            let mut server = Server::default();
            let mut devices = vec![Device::boot(&server)];
            for _ in 0..dice.below(120) {
                server.act(&mut dice);
                if dice.below(30) == 0 {
                    devices.push(Device::boot(&server));
                }
                for device in &mut devices {
                    match dice.below(12) {
                        0 => device.boot_on(&server),
                        1..=5 => device.hear_event(&server),
                        6..=8 => device.hear_told(&server),
                        _ => {}
                    }
                }
            }
            for device in &mut devices {
                while device.events < server.events.len() || device.told < server.told.len() {
                    if dice.below(2) == 0 {
                        device.hear_event(&server);
                    } else {
                        device.hear_told(&server);
                    }
                }
                while device.owes_boot {
                    device.boot_on(&server);
                }
                let unread = server.unread(server.last_read);
                assert_eq!(device.reading.unread(), unread, "seed {seed}");
                assert_eq!(device.reading.last_read(), server.last_read, "seed {seed}");
            }
        }
    }

    #[test]
    fn counts_are_right_after_more_events_than_are_remembered() {
        let mut dice = Dice(77);
        let mut server = Server::default();
        let mut device = Device::boot(&server);
        for _ in 0..10_000 {
            server.act(&mut dice);
            device.hear_event(&server);
            device.hear_told(&server);
            let unread = server.unread(server.last_read);
            assert!(!device.owes_boot);
            assert_eq!(device.reading.unread(), unread);
        }
        assert!(device.reading.changes.len() <= CHANGES_MAX);
    }

    #[test]
    fn a_boot_older_than_what_was_settled_is_not_taken() {
        let mut reading = Reading::of_boot(0, (0, 0), 0);
        let mut server = Server::default();
        for _ in 0..600 {
            server.append(2, Body::Message(Message::default()));
        }
        for event in &server.events {
            reading.happened(event, &user(1));
        }
        reading.refresh(0, (10, 0), 10);
        assert_eq!(reading.unread(), (600, 0));
    }

    #[test]
    fn what_is_read_here_is_read_at_once_and_what_comes_after_is_not() {
        let mut reading = Reading::of_boot(5, (3, 1), 10);
        assert!(reading.read_to(10));
        assert_eq!(reading.unread(), (0, 0));
        let mut server = Server {
            events: (0..10).map(|_| server_event(1)).collect(),
            ..Server::default()
        };
        server.append(2, Body::Message(Message::default()));
        reading.happened(&server.events[10], &user(1));
        assert_eq!(reading.unread(), (1, 0));
        assert!(reading.read(10, (1, 0), 11));
        assert_eq!((reading.unread(), reading.untold()), ((1, 0), None));
    }

    fn server_event(seq: Seq) -> Event {
        Event {
            channel: ChannelId::parse("C1").unwrap().into(),
            seq: Some(seq),
            at: Some(0),
            user: user(2),
            body: Body::Typing,
        }
    }
}
