//! Open loop: messages leave when they are due, whether or not those before have arrived.

use std::time::Duration;

use tokio::time::sleep;

use crate::error::Result;
use crate::member::Member;
use crate::stage::Stage;

const POLL: Duration = Duration::from_millis(1);
/// How late the timer itself may be, in nanoseconds: the server has no part in that.
const TIMER_NS: u64 = 2_500_000;
const NS_PER_S: f64 = 1e9;

/// Lets these send in turn, `per_s` messages a second together, for this long.
///
/// A message counts as sent when it was due, unless only the timer was late: a generator that falls behind shows as latency.
pub async fn run(stage: &Stage, members: &[Member], per_s: f64, time: Duration) -> Result<()> {
    let hub = stage.hub();
    let start_ns = hub.now_ns();
    let interval_ns = NS_PER_S / per_s;
    let total = (time.as_secs_f64() * per_s) as u64;
    let mut senders = members.iter().cycle();
    let mut sent = 0;
    while sent < total {
        sleep(POLL).await;
        hub.check()?;
        let now_ns = hub.now_ns();
        while sent < total {
            let due_ns = start_ns + (sent as f64 * interval_ns) as u64;
            if due_ns > now_ns {
                break;
            }
            if let Some(member) = senders.next() {
                member.sender().send(sent_at(due_ns, hub.now_ns()));
            }
            sent += 1;
        }
    }
    Ok(())
}

fn sent_at(due_ns: u64, now_ns: u64) -> u64 {
    if now_ns - due_ns <= TIMER_NS {
        now_ns
    } else {
        due_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_generator_counts_as_latency_and_a_late_timer_does_not() {
        assert_eq!(sent_at(1_000, 1_001_000), 1_001_000);
        assert_eq!(sent_at(1_000, 9_001_000), 1_000);
    }
}
