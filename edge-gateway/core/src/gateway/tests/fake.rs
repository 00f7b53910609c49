//! Scripted channel servers: logs with members, and what they say to the records of a gateway.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    api::Role,
    command::ChannelOp,
    error::{Code, Refusal},
    link::{Down, Hint, Up, write},
};

use super::fake_presence::Presence;

/// What an event means for the gateway.
#[derive(Clone, Debug)]
pub enum Means {
    Nothing,
    Cut(String),
    Joined(String),
    Left(String),
    Deleted,
    Role(Role),
}

impl Means {
    fn hint(&self) -> Hint<'_> {
        match self {
            Self::Nothing => Hint::None,
            Self::Cut(user) => Hint::Cut(user),
            Self::Joined(channel) => Hint::Joined(channel),
            Self::Left(channel) => Hint::Left(channel),
            Self::Deleted => Hint::Deleted,
            Self::Role(role) => Hint::Role(*role),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Event {
    pub means: Means,
    pub line: String,
    /// Who may see it, where that is not everybody.
    pub members: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub struct FakeLog {
    pub epoch: u32,
    pub events: Vec<Event>,
    /// Each with the seq from which on they are in.
    pub members: BTreeMap<String, u64>,
    /// Events up to here can't be recovered.
    pub trimmed: u64,
    pub subscribed: bool,
}

impl FakeLog {
    pub fn head(&self) -> u64 {
        self.events.len() as u64
    }

    pub fn epoch(&self) -> String {
        format!("e{}", self.epoch)
    }

    /// Appends an event and gives its seq.
    pub fn append(&mut self, log: &str, means: Means) -> u64 {
        let seq = self.head() + 1;
        if let Means::Cut(user) = &means {
            self.members.remove(user);
        }
        let epoch = self.epoch();
        let what = match &means {
            Means::Left(channel) => {
                format!(r#""event":"left","at":1,"user":"{log}","subject":"{channel}""#)
            }
            _ => r#""event":"x""#.to_owned(),
        };
        self.events.push(Event {
            means,
            line: format!(r#"{{{what},"channel":"{log}","seq":{seq},"epoch":"{epoch}"}}"#),
            members: self.members.keys().cloned().collect(),
        });
        seq
    }

    /// Appends an event whose line is at least so long, in bytes.
    pub fn append_long(&mut self, log: &str, bytes: usize) -> u64 {
        let seq = self.append(log, Means::Nothing);
        if let Some(event) = self.events.last_mut() {
            let padding = format!(r#","text":"{}"}}"#, "x".repeat(bytes));
            event.line.pop();
            event.line.push_str(&padding);
        }
        seq
    }

    /// Writes event `seq` as a record.
    pub fn write(&self, log: &str, seq: u64, frame: &mut Vec<u8>) {
        let event = &self.events[usize::try_from(seq).unwrap() - 1];
        write(
            frame,
            &Down::Event {
                log,
                seq,
                hint: event.means.hint(),
                line: event.line.as_bytes(),
            },
        );
    }
}

/// All channel servers together: which of them has a log is the ring's matter.
#[derive(Debug, Default)]
pub struct Fake {
    pub logs: BTreeMap<String, FakeLog>,
    /// The channels of each user, as far as the user's own log knows.
    pub channels: BTreeMap<String, BTreeSet<String>>,
    pub ended: BTreeSet<String>,
    /// So many subscriptions are refused with this.
    pub refusing: Option<(u32, Refusal)>,
    /// Every record that came up, in debug form.
    pub heard: Vec<String>,
    /// Ids of sends that were stored.
    pub stored: BTreeMap<String, u64>,
    pub presence: Presence,
    /// Whether commands are left without an answer.
    pub is_mute: bool,
}

impl Fake {
    pub fn log(&mut self, log: &str) -> &mut FakeLog {
        self.logs.entry(log.to_owned()).or_default()
    }

    /// Takes a frame in and gives the frame that answers it.
    pub fn take_in(&mut self, frame: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        for record in protocol::link::read::<Up<'_>>(frame) {
            let record = record.unwrap();
            self.heard.push(format!("{record:?}"));
            self.record(&record, &mut answer);
        }
        write(&mut answer, &Down::Credit);
        answer
    }

    fn record(&mut self, record: &Up<'_>, answer: &mut Vec<u8>) {
        match *record {
            Up::Subscribe {
                request,
                log,
                user,
                session,
                since,
                ..
            } => self.subscribe(request, log, user, session, since, answer),
            Up::Resume { log, epoch, seq } => {
                let entry = self.log(log);
                entry.subscribed = true;
                let recovered = entry.epoch() == epoch && seq >= entry.trimmed;
                let head = entry.head();
                if recovered {
                    for seq in seq + 1..=head {
                        entry.write(log, seq, answer);
                    }
                }
                let resumed = Down::Resumed {
                    log,
                    epoch: &entry.epoch(),
                    seq: head,
                    recovered,
                };
                write(answer, &resumed);
            }
            Up::Unsubscribe { log } => self.log(log).subscribed = false,
            Up::Command {
                request, log, op, ..
            } => {
                if !self.is_mute {
                    let op: ChannelOp = serde_json::from_slice(op).unwrap();
                    self.command(request, log, &op, answer);
                }
            }
            Up::Typing { .. } | Up::UnsubscribeAll => {}
            Up::Present { .. }
            | Up::Digest { .. }
            | Up::People { .. }
            | Up::Watch { .. }
            | Up::Unwatch { .. } => self.presence.record(record, answer),
            Up::Sleep => write(answer, &Down::Asleep),
        }
    }

    fn subscribe(
        &mut self,
        request: u32,
        log: &str,
        user: &str,
        session: &str,
        since: Option<(&str, u64)>,
        answer: &mut Vec<u8>,
    ) {
        if let Err(refusal) = self.may_subscribe(log, user, session) {
            let error = serde_json::to_vec(&refusal).unwrap();
            write(
                answer,
                &Down::Refused {
                    request,
                    error: &error,
                },
            );
            return;
        }
        let channels = self.channels.get(log).cloned().unwrap_or_default();
        let entry = self.log(log);
        entry.subscribed = true;
        let in_since = entry.members.get(user).copied().unwrap_or(0);
        let recovered = since.is_some_and(|(epoch, seq)| {
            epoch == entry.epoch() && seq <= entry.head() && seq >= entry.trimmed && seq >= in_since
        });
        if let Some((_, seq)) = since.filter(|_| recovered) {
            let missed: Vec<&str> = entry.events[usize::try_from(seq).unwrap()..]
                .iter()
                .map(|event| event.line.as_str())
                .collect();
            for lines in missed.chunks(2) {
                let lines = lines.join("\n");
                write(
                    answer,
                    &Down::Backlog {
                        request,
                        lines: lines.as_bytes(),
                    },
                );
            }
        }
        write(
            answer,
            &Down::Subscribed {
                request,
                epoch: &entry.epoch(),
                seq: entry.head(),
                recovered,
                channels: channels.iter().map(String::as_str).collect(),
                role: log.starts_with('U').then_some(Role::Member),
            },
        );
    }

    fn may_subscribe(&mut self, log: &str, user: &str, session: &str) -> Result<(), Refusal> {
        if let Some((left, refusal)) = &mut self.refusing
            && *left > 0
        {
            *left -= 1;
            return Err(refusal.clone());
        }
        if log == user && self.ended.contains(session) {
            return Err(Refusal::not_authenticated());
        }
        let is_channel = log.starts_with(['C', 'D']);
        if is_channel && !self.log(log).members.contains_key(user) {
            return Err(Refusal::new(Code::NotAMember, "not a member"));
        }
        Ok(())
    }

    fn command(&mut self, request: u32, log: &str, op: &ChannelOp, answer: &mut Vec<u8>) {
        let ok = match op {
            ChannelOp::Send(draft) => {
                let id = draft.client_message_id.as_str().to_owned();
                let seq = if let Some(seq) = self.stored.get(&id) {
                    *seq
                } else {
                    let seq = self.log(log).append(log, Means::Nothing);
                    self.stored.insert(id, seq);
                    let entry = self.log(log);
                    if entry.subscribed {
                        entry.write(log, seq, answer);
                    }
                    seq
                };
                format!(r#"{{"seq":{seq}}}"#)
            }
            _ => "{}".to_owned(),
        };
        write(
            answer,
            &Down::Reply {
                request,
                ok: ok.as_bytes(),
            },
        );
    }
}
