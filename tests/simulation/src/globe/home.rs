//! The server of everything but the channel: the workspace and everybody's own log. It is no core: a million more logs would
//! take no part in what is looked at here. It says that each person is in the one channel, and nothing ever happens there.

use protocol::{
    id::Kind,
    link::{Down, Up, read, write},
};

use crate::failure::Failure;

/// Answers a frame of a gateway.
pub fn answer(frame: &[u8], channel: &str) -> Result<Vec<u8>, Failure> {
    let mut answer = Vec::new();
    for record in read::<Up<'_>>(frame) {
        match record {
            Ok(Up::Subscribe { request, log, .. }) => {
                let channels = match Kind::of(log) {
                    Some(Kind::User) => vec![channel],
                    _ => Vec::new(),
                };
                let record = Down::Subscribed {
                    request,
                    epoch: "home",
                    seq: 1,
                    recovered: false,
                    role: log.starts_with('U').then_some(protocol::api::Role::Member),
                    channels,
                };
                write(&mut answer, &record);
            }
            // Nobody asks here who is there.
            Ok(Up::Present { .. } | Up::Digest { .. }) => {}
            other => {
                return Err(Failure::Simulator(format!("nobody answers {other:?}")));
            }
        }
    }
    write(&mut answer, &Down::Credit);
    Ok(answer)
}
