//! A message into tiers that sleep.

use std::time::Duration;

use serde_json::json;

use super::Setting;
use crate::census::{Census, Passed};
use crate::error::Result;
use crate::figures::{self, Figure};
use crate::hub::{Flight, Framing};
use crate::member::{Member, Seat};
use crate::stage::{Cast, Stage};
use crate::subscription::Attention;
use crate::system::System;
use crate::wire::{Wire, text};

const SOCKETS: usize = 10;
/// Objects go to sleep after ten seconds.
const SILENCE: Duration = Duration::from_secs(15);
const ROUNDS: usize = 3;
const POLL: Duration = Duration::from_millis(1);

/// The message comes by HTTP, so that no gateway is woken by its sender; the slowest receipt counts.
pub async fn run(setting: &Setting, system: System) -> Result<Vec<Figure>> {
    let stage = Stage::set(
        &setting.places,
        system,
        Flight::UntilDelivered,
        Framing::Single,
    )
    .await?;
    let people = stage
        .people(Cast {
            name: "wake",
            people: SOCKETS,
            channels: 1,
        })
        .await?;
    let members = stage.connect(people, |_| Attention::Witness).await?;
    let (mut asleep_ms, mut awake_ms) = (0.0_f64, 0.0_f64);
    let (mut before, mut after) = (None, None);
    for _ in 0..ROUNDS {
        stage.pass(SILENCE).await?;
        before = Census::take(&stage).await?;
        asleep_ms = asleep_ms.max(send(&stage, &members).await?);
        after = Census::take(&stage).await?;
        awake_ms = awake_ms.max(send(&stage, &members).await?);
    }
    let mut found = vec![
        figures::WAKE.is(asleep_ms).at_most(25.0),
        figures::AWAKE.is(awake_ms),
    ];
    found.extend(Passed::between(before, after).woken());
    Ok(found)
}

/// How long a message takes to its last receipt, in milliseconds.
async fn send(stage: &Stage, members: &[Member]) -> Result<f64> {
    let hub = stage.hub();
    hub.start_timing();
    let number = hub.next_message(hub.now_ns());
    if let Some(member) = members.first() {
        post(stage, member.seat(), number).await?;
    }
    while members
        .iter()
        .any(|member| member.got().messages() <= number)
    {
        stage.pass(POLL).await?;
    }
    hub.stop_timing();
    Ok(hub.latency().max_ms)
}

async fn post(stage: &Stage, seat: &Seat, number: u64) -> Result<()> {
    let (http, text) = (stage.server().http(), text(number));
    let channel = &seat.channel;
    let (path, body) = match stage.system().wire() {
        Wire::Heliograph => (
            format!("/api/v1/channels/{channel}/messages"),
            json!({"client_message_id": number.to_string(), "text": text}),
        ),
        Wire::Party => (
            Wire::Party.socket_path(channel),
            json!({"number": number, "text": text}),
        ),
    };
    http.post(&path, seat.token.as_deref(), &body)
        .await
        .map(drop)
}
