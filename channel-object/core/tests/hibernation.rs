//! Dropping the memory between any two inputs changes nothing that anyone can see.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use channel_core::{Input, LinkId, Output, SocketId};
use proptest::prelude::*;
use protocol::{
    api::ChannelKind,
    call::{ChannelCall, UserOp},
    command::ChannelOp,
    history::RawQuery,
    link::Up,
    presence::Status,
};
use support::{World, draft, op};

#[derive(Clone, Debug)]
enum Step {
    Send {
        who: usize,
        name: u8,
        text: u8,
    },
    Page {
        who: usize,
        before: u64,
    },
    Join {
        who: usize,
    },
    Leave {
        who: usize,
    },
    Remove {
        who: usize,
    },
    Open {
        socket: u32,
        who: usize,
        since: Option<u64>,
    },
    Say {
        socket: u32,
        name: u8,
    },
    CloseSocket {
        socket: u32,
    },
    Dial {
        link: u32,
        gateway: u8,
    },
    Hang {
        link: u32,
        clean: bool,
    },
    Subscribe {
        link: u32,
        who: usize,
        since: Option<u64>,
    },
    SubscribeUser {
        link: u32,
        who: usize,
    },
    Command {
        link: u32,
        who: usize,
        name: u8,
    },
    Read {
        link: u32,
        who: usize,
        seq: u64,
    },
    SignOut {
        who: usize,
    },
    Present {
        link: u32,
        who: usize,
        status: u8,
    },
    Watch {
        link: u32,
        who: usize,
    },
    Sleep {
        link: u32,
    },
    Later {
        ms: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..3_usize;
    prop_oneof![
        4 => (who.clone(), 0..6_u8, 0..2_u8).prop_map(|(who, name, text)| Step::Send { who, name, text }),
        1 => (who.clone(), 1..12_u64).prop_map(|(who, before)| Step::Page { who, before }),
        2 => who.clone().prop_map(|who| Step::Join { who }),
        1 => who.clone().prop_map(|who| Step::Leave { who }),
        1 => who.clone().prop_map(|who| Step::Remove { who }),
        2 => (0..3_u32, who.clone(), prop::option::of(0..12_u64))
            .prop_map(|(socket, who, since)| Step::Open { socket, who, since }),
        2 => (0..3_u32, 0..9_u8).prop_map(|(socket, name)| Step::Say { socket, name }),
        1 => (0..3_u32).prop_map(|socket| Step::CloseSocket { socket }),
        2 => (10..13_u32, 0..2_u8).prop_map(|(link, gateway)| Step::Dial { link, gateway }),
        1 => (10..13_u32, any::<bool>()).prop_map(|(link, clean)| Step::Hang { link, clean }),
        3 => (10..13_u32, who.clone(), prop::option::of(0..12_u64))
            .prop_map(|(link, who, since)| Step::Subscribe { link, who, since }),
        2 => (10..13_u32, who.clone()).prop_map(|(link, who)| Step::SubscribeUser { link, who }),
        3 => (10..13_u32, who.clone(), 0..9_u8)
            .prop_map(|(link, who, name)| Step::Command { link, who, name }),
        1 => (10..13_u32, who.clone(), 1..9_u64)
            .prop_map(|(link, who, seq)| Step::Read { link, who, seq }),
        1 => who.clone().prop_map(|who| Step::SignOut { who }),
        3 => (10..13_u32, who.clone(), 0..3_u8)
            .prop_map(|(link, who, status)| Step::Present { link, who, status }),
        1 => (10..13_u32, who).prop_map(|(link, who)| Step::Watch { link, who }),
        1 => (10..13_u32).prop_map(|link| Step::Sleep { link }),
        1 => (0..100_000_000_u64).prop_map(|ms| Step::Later { ms }),
    ]
}

/// Everything that comes out of a run, in order.
#[allow(clippy::too_many_lines, reason = "one arm a step")]
fn run(steps: &[Step], forgetful: bool) -> Vec<String> {
    let mut world = World::new(1);
    world.servers[0].forgetful = forgetful;
    let ana = world.found("Acme");
    let people = [
        ana.clone(),
        world.invite(&ana, "Ben"),
        world.invite(&ana, "Cat"),
    ];
    let channel = world.create(&ana, ChannelKind::Public);
    let epoch = world.page(&ana, &channel, RawQuery::default()).epoch;
    let mut seen = Vec::new();
    let (mut sockets, mut links) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Send { who, name, text } => {
                let sent = world.send(
                    &people[*who],
                    &channel,
                    &name.to_string(),
                    &text.to_string(),
                );
                seen.push(format!("{sent:?}"));
            }
            Step::Page { who, before } => {
                let query = RawQuery {
                    before: Some(*before),
                    ..RawQuery::default()
                };
                seen.push(format!("{:?}", world.page(&people[*who], &channel, query)));
            }
            Step::Join { who } => {
                let joined = world.channel(&people[*who], &channel, ChannelCall::Join);
                seen.push(format!("{joined:?}"));
            }
            Step::Leave { who } => {
                let left = world.channel(&people[*who], &channel, ChannelCall::Leave);
                seen.push(format!("{left:?}"));
            }
            Step::Remove { who } => {
                let op = ChannelCall::Remove {
                    user: people[*who].user.clone(),
                };
                seen.push(format!("{:?}", world.channel(&ana, &channel, op)));
            }
            Step::Open { socket, who, since } => {
                if !sockets.contains(socket) {
                    sockets.push(*socket);
                    let since = since.map(|seq| (epoch.as_str(), seq));
                    world.open(*socket, &people[*who], &channel, since);
                }
            }
            Step::Say { socket, name } => {
                let frame = format!(
                    "{{\"op\":\"typing\",\"channel\":\"{channel}\"}}\n\
                     {{\"id\":1,\"op\":\"send\",\"channel\":\"{channel}\",\"client_message_id\":\"{name}\",\"text\":\"1\"}}"
                );
                world.say(*socket, &channel, &frame);
            }
            Step::CloseSocket { socket } => {
                sockets.retain(|other| other != socket);
                let socket = SocketId(*socket);
                world.input(0, Input::SocketClosed { socket });
            }
            Step::Dial { link, gateway } => {
                if !links.contains(link) {
                    links.push(*link);
                    let gateway = format!("weur/{gateway}");
                    let link = LinkId(*link);
                    world.input(
                        0,
                        Input::LinkOpened {
                            link,
                            gateway: &gateway,
                        },
                    );
                }
            }
            Step::Hang { link, clean } => {
                links.retain(|other| other != link);
                let (link, clean) = (LinkId(*link), *clean);
                world.input(0, Input::LinkClosed { link, clean });
            }
            Step::Subscribe { link, who, since } => {
                let record = Up::Subscribe {
                    request: 1,
                    log: channel.as_str(),
                    workspace: people[*who].workspace.as_str(),
                    user: people[*who].user.as_str(),
                    session: people[*who].session.as_str(),
                    since: since.map(|seq| (epoch.as_str(), seq)),
                };
                world.up(0, *link, &[record]);
            }
            Step::SubscribeUser { link, who } => {
                let record = Up::Subscribe {
                    request: 2,
                    log: people[*who].user.as_str(),
                    workspace: people[*who].workspace.as_str(),
                    user: people[*who].user.as_str(),
                    session: people[*who].session.as_str(),
                    since: None,
                };
                world.up(0, *link, &[record]);
            }
            Step::Command { link, who, name } => {
                let body = op(&ChannelOp::Send(draft(&name.to_string(), "1")));
                let record = Up::Command {
                    request: 3,
                    log: channel.as_str(),
                    workspace: people[*who].workspace.as_str(),
                    user: people[*who].user.as_str(),
                    role: protocol::api::Role::Member,
                    op: &body,
                };
                world.up(0, *link, &[record.clone(), record]);
            }
            Step::Read { link, who, seq } => {
                let body = op(&ChannelOp::Read { seq: *seq });
                let record = Up::Command {
                    request: 4,
                    log: channel.as_str(),
                    workspace: people[*who].workspace.as_str(),
                    user: people[*who].user.as_str(),
                    role: protocol::api::Role::Member,
                    op: &body,
                };
                world.up(0, *link, &[record]);
            }
            Step::SignOut { who } => {
                let out = world.user(&people[*who], UserOp::SignOut { everywhere: true });
                seen.push(format!("{out:?}"));
            }
            Step::Present { link, who, status } => {
                let user = people[*who].user.as_str();
                let status = [Status::Offline, Status::Away, Status::Active][usize::from(*status)];
                let digest = 5;
                let records = [Up::Present { user, status }, Up::Digest { digest }];
                world.up(0, *link, &records);
            }
            Step::Watch { link, who } => {
                let record = Up::Watch {
                    workspace: ana.workspace.as_str(),
                    users: vec![people[*who].user.as_str()],
                };
                world.up(0, *link, &[record]);
            }
            Step::Sleep { link } => world.up(0, *link, &[Up::Sleep]),
            Step::Later { ms } => {
                world.now_ms += ms;
                // Clients ping, as they have to.
                let now_ms = world.now_ms;
                world.pinged.extend((0..3).map(|socket| (socket, now_ms)));
            }
        }
        for (_, output) in std::mem::take(&mut world.outputs) {
            match &output {
                Output::CloseSocket { socket, .. } | Output::RefuseSocket { socket, .. } => {
                    sockets.retain(|other| *other != socket.0);
                }
                Output::CloseLink { link } => links.retain(|other| *other != link.0),
                // A server that loses its memory while a gateway is being woken wakes it again.
                Output::WakeGateway { .. }
                | Output::SetAlarm { .. }
                | Output::ClearAlarm
                // One that loses its memory asks again when sockets were last heard.
                | Output::Judge { .. } => {
                    continue;
                }
                _ => {}
            }
            seen.push(format!("{output:?}"));
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_server_without_memory_does_the_same(steps in prop::collection::vec(step(), 1..60)) {
        prop_assert_eq!(run(&steps, false), run(&steps, true));
    }
}
