//! A running server with people in channels: what every scenario plays on.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::error::{Error, Result};
use crate::hub::{Flight, Framing, Hub};
use crate::measure::{Mark, Window};
use crate::member::{Member, Seat};
use crate::server::Server;
use crate::subscription::Attention;
use crate::system::{Places, System};
use crate::wire::{Point, Wire};

/// How many calls and connects are under way at once while the stage is set.
const SETTING_AT_ONCE: usize = 16;
/// Sockets that are opened at a time. workerd takes an object whose upgrades overlapped for one that is in use for as long as the
/// sockets are open, and would never let it sleep.
const CONNECTING_AT_ONCE: usize = 1;
/// How long what was sent may take to arrive everywhere.
const DRAIN_LIMIT: Duration = Duration::from_mins(1);
/// How long nothing more may arrive behind it.
const QUIET: Duration = Duration::from_millis(300);
const POLL: Duration = Duration::from_millis(5);

/// A running server with people in channels.
#[derive(Debug)]
pub struct Stage {
    server: Server,
    system: System,
    hub: Rc<Hub>,
}

/// How many people there are, in how many channels; each is in one, and each channel has as many.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// What their channels are called, each with a number.
    pub name: &'static str,
    /// People.
    pub people: usize,
    /// Channels.
    pub channels: usize,
}

impl Stage {
    /// A fresh server.
    pub async fn set(
        places: &Places,
        system: System,
        flight: Flight,
        framing: Framing,
    ) -> Result<Self> {
        let server = system.start(places).await?;
        // A party acknowledges nothing: whoever has the message back knows that it went out.
        let flight = match system.wire() {
            Wire::Heliograph => flight,
            Wire::Party => Flight::UntilDelivered,
        };
        let hub = Rc::new(Hub::new(flight, framing)?);
        Ok(Self {
            server,
            system,
            hub,
        })
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// What it runs.
    pub fn system(&self) -> System {
        self.system
    }

    /// What all sockets share.
    pub fn hub(&self) -> &Rc<Hub> {
        &self.hub
    }

    /// Signs people up and puts them into their channels: one seat a person, those of a channel one behind the other.
    pub async fn people(&self, cast: Cast) -> Result<Vec<Seat>> {
        let per_channel = cast.people.div_ceil(cast.channels);
        if self.system.wire() == Wire::Party {
            let seat = |index| Seat {
                token: None,
                channel: format!("{}-{}", cast.name, index / per_channel),
            };
            return Ok((0..cast.people).map(seat).collect());
        }
        let http = self.server.http();
        let post = async |path: String, token: Option<&str>, body: Value| {
            http.post(&format!("/api/v1{path}"), token, &body).await
        };
        let workspace = json!({"name": "Bench", "display_name": "Owner"});
        let owner = text(
            &post("/workspaces".to_owned(), None, workspace).await?,
            "/token",
        )?;
        let uses = json!({"max_uses": cast.people, "expires_in_s": 86_400});
        let invite = post("/invites".to_owned(), Some(&owner), uses).await?;
        let code = text(&invite, "/code")?;
        let mut channels = Vec::new();
        for index in 0..cast.channels {
            let body = json!({"name": format!("{}-{index}", cast.name), "kind": "public"});
            let made = post("/channels".to_owned(), Some(&owner), body).await?;
            channels.push(text(&made, "/channel/id")?);
        }
        let (channels, code, post) = (&channels, &code, &post);
        let join = |index: usize| async move {
            let name = json!({"display_name": format!("Person {index}")});
            let accepted = post(format!("/invites/{code}/accept"), None, name).await?;
            let token = text(&accepted, "/token")?;
            let channel = channels
                .get(index / per_channel)
                .cloned()
                .unwrap_or_default();
            post(format!("/channels/{channel}/join"), Some(&token), json!({})).await?;
            Ok(Seat {
                token: Some(token),
                channel,
            })
        };
        stream::iter((0..cast.people).map(join))
            .buffered(SETTING_AT_ONCE)
            .try_collect()
            .await
    }

    /// Connects these, some at a time; `attention` says how closely the one with an index looks.
    pub async fn connect(
        &self,
        seats: impl IntoIterator<Item = Seat>,
        attention: impl Fn(usize) -> Attention,
    ) -> Result<Vec<Member>> {
        let connects = seats
            .into_iter()
            .enumerate()
            .map(|(index, seat)| self.connect_patiently(seat, attention(index)));
        stream::iter(connects)
            .buffered(CONNECTING_AT_ONCE)
            .try_collect()
            .await
    }

    /// Connects one, as soon as the server lets it in.
    async fn connect_patiently(&self, seat: Seat, attention: Attention) -> Result<Member> {
        loop {
            match self
                .connect_one(seat.clone(), attention, BTreeMap::new())
                .await
            {
                Err(Error::Busy { retry_after }) => sleep(retry_after).await,
                ended => return ended,
            }
        }
    }

    /// Connects one, with everything after `resume`.
    pub async fn connect_one(
        &self,
        seat: Seat,
        attention: Attention,
        resume: BTreeMap<String, Point>,
    ) -> Result<Member> {
        let (http, wire) = (self.server.http(), self.system.wire());
        Member::connect(&self.hub, http, wire, seat, attention, resume).await
    }

    /// Lets time pass, as long as nothing goes wrong.
    pub async fn pass(&self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            sleep(POLL.min(time)).await;
            self.hub.check()?;
        }
        Ok(())
    }

    /// Measures for this long.
    pub async fn measure(&self, time: Duration) -> Result<Window> {
        self.hub.start_timing();
        let before = Mark::read(&self.server, &self.hub)?;
        self.pass(time).await?;
        let after = Mark::read(&self.server, &self.hub)?;
        self.hub.stop_timing();
        Ok(after.since(before))
    }

    /// Waits until these, who were there from the first message, have everything that was sent to them, and makes sure that they have
    /// it once. `audience` is how many of them get each message.
    pub async fn drain(&self, members: &[Member], audience: usize) -> Result<()> {
        let taken = || self.hub.sent() - self.hub.refusals();
        let deliveries = || taken() * audience as u64;
        let replies = || match self.system.wire() {
            Wire::Heliograph => taken(),
            Wire::Party => 0,
        };
        let start = Instant::now();
        let count = || {
            members
                .iter()
                .map(|member| member.got().messages())
                .sum::<u64>()
        };
        while count() < deliveries() || self.hub.arrived().replies < replies() {
            if start.elapsed() > DRAIN_LIMIT {
                return Err(Error::Wrong(format!(
                    "{} messages were taken, of {} deliveries {} came, of {} replies {}",
                    taken(),
                    deliveries(),
                    count(),
                    replies(),
                    self.hub.arrived().replies
                )));
            }
            self.pass(POLL).await?;
        }
        self.pass(QUIET).await?;
        self.check_counts(members, deliveries(), replies())
    }

    fn check_counts(&self, members: &[Member], deliveries: u64, replies: u64) -> Result<()> {
        // Whoever has a channel to follow with others has the same number of messages as they have.
        let mut per_channel = BTreeMap::new();
        let mut sum = 0;
        for member in members {
            let got = member.got().messages();
            sum += got;
            let expected = *per_channel.entry(&member.seat().channel).or_insert(got);
            if got != expected {
                return Err(Error::Wrong(format!(
                    "of one channel one socket got {expected} messages, another {got}"
                )));
            }
        }
        let acknowledged = self.hub.arrived().replies;
        if (sum, acknowledged) == (deliveries, replies) {
            return Ok(());
        }
        Err(Error::Wrong(format!(
            "{sum} deliveries in place of {deliveries}, {acknowledged} replies in place of {replies}"
        )))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.hub.close();
    }
}

fn text(answer: &Value, pointer: &str) -> Result<String> {
    let text = answer.pointer(pointer).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| Error::Failed(format!("no {pointer} in {answer}")))
}
