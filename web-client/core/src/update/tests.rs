//! The client as a whole, from inputs to effects and view.

mod acting;
mod completing;
mod connecting;
mod door;
mod finding;
mod keyboard;
mod managing;
mod markup;
mod members;
mod people;
mod permalinks;
mod presence;
mod reading;
mod refreshing;
mod threads;
mod waiting;
mod writing;

use protocol::{
    error::{Code, Problem, Refusal},
    history::Anchor,
    id::{ChannelId, UserId},
    message::ClientMessageId,
};
use serde_json::{Value, json};

use super::*;
use crate::{
    call::Request,
    input::ScrollPlace,
    spot::Spot,
    view::{ChannelPane, ChatView, Item, MessageView, Page, PaneView, SendMark, view},
};

/// A client with a clock, and everything it wanted done since it was last asked.
struct Client {
    state: State,
    now_ms: u64,
    ids: u8,
    effects: Vec<Effect>,
    dial: u32,
}

impl Client {
    fn new() -> Self {
        Self {
            state: State::new(|_| 0),
            now_ms: 1_700_000_000_000,
            ids: 0,
            effects: Vec::new(),
            dial: 0,
        }
    }

    fn give(&mut self, input: Input) {
        self.ids += 1;
        let moment = Moment {
            now_ms: self.now_ms,
            random: [self.ids; 16],
        };
        let effects = update(&mut self.state, input, &moment);
        for effect in &effects {
            if let Effect::Dial { dial, .. } = effect {
                self.dial = *dial;
            }
        }
        self.effects.extend(effects);
    }

    /// The page is opened by somebody who has been here.
    fn start(&mut self, path: &str, query: &str, mut stored: Vec<(String, String)>) {
        stored.push(("heliograph/U0/recent".to_owned(), String::new()));
        self.start_fresh(path, query, stored);
    }

    /// The page is opened, with these rows alone.
    fn start_fresh(&mut self, path: &str, query: &str, stored: Vec<(String, String)>) {
        self.give(Input::Started {
            path: path.to_owned(),
            query: query.to_owned(),
            stored,
            visible: true,
        });
    }

    fn person(&mut self, intent: Intent) {
        self.give(Input::Person(intent));
    }

    fn answer(&mut self, call: Call, status: u16, body: &Value) {
        self.give(Input::Answered {
            call,
            answer: Answer::Came {
                status,
                body: body.to_string(),
            },
        });
    }

    fn refuse(&mut self, call: Call, code: Code) {
        let problem = Problem::from(Refusal::new(code, "no"));
        self.answer(call, problem.status, &json!(problem));
    }

    fn line(&mut self, line: &Value) {
        self.give(Input::Frame(self.dial, line.to_string()));
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.give(Input::Closed {
            dial: self.dial,
            code,
            reason: reason.to_owned(),
        });
    }

    fn greet(&mut self) {
        self.greet_with(0);
    }

    /// The gateway greets and says within how long to come back.
    fn greet_with(&mut self, reconnect_within_ms: u64) {
        self.give(Input::Opened(self.dial));
        self.line(&json!({"re": 1, "ok": {
            "connection": "x", "user": "U1", "workspace": "T1", "region": "weur",
            "gateway": "weur/0", "heartbeat_ms": 25_000, "server_ms": 0,
            "reconnect_within_ms": reconnect_within_ms,
        }}));
        for log in ["U1", "T1"] {
            self.line(&json!({"sync": log, "epoch": "e", "seq": 1, "recovered": false}));
        }
    }

    /// Somebody who is in `general` and `random`, connected, with general open and three messages in it.
    fn inside() -> Self {
        let mut client = Self::new();
        client.start("/", "", vec![]);
        client.answer(Call::Boot, 200, &boot());
        client.answer(people(), 200, &users());
        client.answer(history("C1"), 200, &page(1..=3));
        client.greet();
        client.answer(Call::Boot, 200, &boot());
        client.sync("C1", 3, false);
        client.sync("C2", 3, false);
        client.answer(people(), 200, &users());
        client.taken();
        client
    }

    fn sync(&mut self, log: &str, seq: u64, recovered: bool) {
        self.line(&json!({"sync": log, "epoch": "e", "seq": seq, "recovered": recovered}));
    }

    fn taken(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn calls(&mut self) -> Vec<Call> {
        self.taken()
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Http(Request { call, .. }) => Some(call),
                _ => None,
            })
            .collect()
    }

    /// The commands sent since the last time, of this op.
    fn commands(&mut self, op: &str) -> Vec<Value> {
        self.taken()
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Frame(frame) => serde_json::from_str::<Value>(&frame).ok(),
                _ => None,
            })
            .filter(|command| command["op"] == op)
            .collect()
    }

    fn woken(&mut self, wanted: &Timer) -> Option<u64> {
        self.taken().into_iter().find_map(|effect| match effect {
            Effect::Wake { timer, after_ms } if timer == *wanted => Some(after_ms),
            _ => None,
        })
    }

    fn chat(&self) -> ChatView {
        match view(&self.state).page {
            Page::Chat(chat) => *chat,
            page => panic!("{page:?}"),
        }
    }

    fn pane(&self) -> ChannelPane {
        match self.chat().pane {
            PaneView::Channel(pane) => *pane,
            pane @ PaneView::Blank { .. } => panic!("{pane:?}"),
        }
    }

    fn messages(&self) -> Vec<MessageView> {
        self.pane()
            .items
            .into_iter()
            .filter_map(|item| match item {
                Item::Message(message) => Some(*message),
                _ => None,
            })
            .collect()
    }

    fn badge(&self, name: &str) -> Option<u32> {
        let rows = self.chat().sidebar.channels;
        rows.iter().find(|row| row.name == name).unwrap().badge
    }
}

fn channel(id: &str, name: &str, seq: u64) -> Value {
    json!({"id": id, "name": name, "kind": "public", "archived": false, "member": true,
        "member_count": 2, "epoch": "e", "seq": seq})
}

fn boot() -> Value {
    let own = |id, name| {
        let mut channel = channel(id, name, 3);
        channel["last_read_seq"] = json!(3);
        channel["unread"] = json!(0);
        channel["mentions"] = json!(0);
        channel
    };
    json!({"user": {"id": "U1", "display_name": "Ana", "role": "owner"},
        "workspace": {"id": "T1", "name": "Acme"},
        "channels": [own("C1", "general"), own("C2", "random")],
        "socket": {"url": "/api/v1/socket", "region": "weur"}, "ring": {"version": 1}})
}

fn users() -> Value {
    json!({"users": [{"id": "U1", "display_name": "Ana", "role": "owner"},
        {"id": "U2", "display_name": "Ben", "role": "member"}], "next_cursor": null})
}

fn page(seqs: std::ops::RangeInclusive<u64>) -> Value {
    let messages: Vec<Value> = seqs
        .map(|seq| json!({"seq": seq, "at": seq, "user": "U2", "text": format!("text {seq}")}))
        .collect();
    json!({"epoch": "e", "messages": messages, "has_more": false, "has_before": false,
        "has_after": false})
}

fn event(log: &str, seq: u64, user: &str, id: &str) -> Value {
    json!({"event": "message", "channel": log, "seq": seq, "at": 1_700_000_000_000_u64,
        "user": user, "text": "hello", "client_message_id": id, "mentions": []})
}

fn people() -> Call {
    Call::People(vec![UserId::parse("U2").unwrap()])
}

fn history(channel: &str) -> Call {
    page_of(channel, None, Anchor::Newest)
}

fn page_of(channel: &str, thread: Option<u64>, anchor: Anchor) -> Call {
    let channel = ChannelId::parse(channel).unwrap();
    Call::History {
        spot: Spot { channel, thread },
        anchor,
    }
}

fn open(channel: &str) -> Intent {
    Intent::Open(ChannelId::parse(channel).unwrap())
}

fn send(text: &str) -> Intent {
    Intent::Send(text.to_owned())
}
