//! What a client needs to begin, and the pages of people and channels, cost the same in a workspace of any size.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    api::{Boot, BootChannel, Caller, ChannelKind, RingVersion, Role, SocketAddress},
    call::{Answer, ChannelCall, Request, UserOp, WorkspaceOp},
    id::{ChannelId, LogId, SessionId, UserId},
    limits::PAGE_LIMIT_MAX,
    message::Seq,
};
use support::World;

const SERVERS: u32 = 16;
/// Channels that the user is in.
const OWN: usize = 200;
/// What boot may send of them, in bytes.
const BOOT_MAX_BYTES: usize = 64 * 1024;
/// As long as names of channels are, and longer than most.
const NAME: &str = "team-platform-reliability-and-operations";
/// As long as many topics are.
const TOPIC: &str = "Plans, alarms and who is on call this week";

/// How big a workspace is.
struct Size {
    people: usize,
    channels: usize,
    /// Members of one of the user's channels besides the user.
    members: usize,
}

const SMALL: Size = Size {
    people: 1_000,
    channels: OWN,
    members: 10,
};
const LARGE: Size = Size {
    people: 32_000,
    channels: 5_000,
    members: 2_000,
};

/// A workspace, and one of its people who is in [`OWN`] of its public channels.
struct Workspace {
    world: World,
    user: Caller,
}

/// What a piece of work took: `SQLite`'s steps, and the servers that were asked.
#[derive(Debug)]
struct Cost {
    steps: i64,
    servers: BTreeSet<u32>,
}

impl Workspace {
    fn of(size: &Size) -> Self {
        let mut world = World::new(SERVERS);
        let founder = world.found("Acme");
        let secret = "secret".to_owned();
        let invite = WorkspaceOp::CreateInvite {
            user: founder.user.clone(),
            secret: secret.clone(),
            max_uses: u32::try_from(size.people).unwrap(),
            expires_ms: world.now_ms + 1,
            role: Role::Member,
        };
        world.workspace(&founder.workspace, invite).unwrap();
        let mut people = Vec::new();
        for n in 1..size.people {
            let person = Caller {
                workspace: founder.workspace.clone(),
                user: UserId::mint(world.now_ms, world.next_id()),
                session: SessionId::mint(world.now_ms, world.next_id()),
                role: Role::Member,
            };
            let accept = WorkspaceOp::AcceptInvite {
                secret: secret.clone(),
                user: person.user.clone(),
                display_name: format!("Person {n}"),
                session: person.session.clone(),
            };
            world.workspace(&founder.workspace, accept).unwrap();
            people.push(person);
        }
        let user = people[people.len() / 2].clone();
        for n in 0..size.channels {
            let id = ChannelId::mint(world.now_ms, world.next_id());
            let create = ChannelCall::Create {
                name: Some(NAME.to_owned()),
                kind: ChannelKind::Public,
                topic: Some(TOPIC.to_owned()),
                members: Vec::new(),
            };
            world.channel(&founder, &id, create).unwrap();
            if n == 0 {
                let others = people.iter().filter(|person| person.user != user.user);
                for person in others.take(size.members) {
                    world.channel(person, &id, ChannelCall::Join).unwrap();
                }
            }
            // Some of them, so that they lie among those of others. The user comes last: joins that lie between messages are stepped
            // over where unread ones are counted.
            if n % (size.channels / OWN) == 0 {
                world.channel(&user, &id, ChannelCall::Join).unwrap();
            }
        }
        let mut workspace = Self { world, user };
        workspace.talk();
        workspace
    }

    /// Something is unread in each of the user's channels.
    fn talk(&mut self) {
        for (id, _) in self.memberships() {
            let speaker = self.world.invite(&self.user.clone(), "Speaker");
            self.world
                .channel(&speaker, &id, ChannelCall::Join)
                .unwrap();
            let text = format!("<@{}> hello", self.user.user.as_str());
            self.world.send(&speaker, &id, "1", &text).unwrap();
        }
    }

    fn memberships(&mut self) -> Vec<(ChannelId, Seq)> {
        match self.world.user(&self.user, UserOp::Memberships) {
            Ok(Answer::Memberships { channels, .. }) => channels,
            other => panic!("{other:?}"),
        }
    }

    /// Does something right after all servers have lost their memory, so that nothing is free that was read before.
    fn cost<T>(&mut self, work: impl FnOnce(&mut Self) -> (T, BTreeSet<u32>)) -> (T, Cost) {
        for server in &mut self.world.servers {
            server.forget();
            server.db.take_steps();
        }
        let (done, servers) = work(self);
        let steps = self
            .world
            .servers
            .iter()
            .map(|server| server.db.take_steps());
        let steps = steps.sum();
        (done, Cost { steps, servers })
    }

    fn ask_workspace(&mut self, op: WorkspaceOp) -> Answer {
        let id = self.user.workspace.clone();
        self.world.workspace(&id, op).unwrap()
    }

    /// What `GET /boot` answers, asked as the Worker does.
    fn boot(&mut self) -> (Boot, BTreeSet<u32>) {
        let mut asked = BTreeSet::from([
            self.world.owner(self.user.user.as_str()),
            self.world.owner(self.user.workspace.as_str()),
        ]);
        let person = WorkspaceOp::Person {
            user: self.user.user.clone(),
        };
        let Answer::Person {
            workspace,
            user,
            point,
        } = self.ask_workspace(person)
        else {
            panic!("no person");
        };
        let Ok(Answer::Memberships {
            channels,
            point: own,
            ..
        }) = self.world.user(&self.user, UserOp::Memberships)
        else {
            panic!("no memberships");
        };
        let mut by_server: BTreeMap<u32, Vec<(ChannelId, Seq)>> = BTreeMap::new();
        for (id, seq) in channels {
            let server = self.world.owner(id.as_str());
            by_server.entry(server).or_default().push((id, seq));
        }
        let mut channels: Vec<BootChannel> = Vec::new();
        for (server, views) in by_server {
            asked.insert(server);
            let request = Request::Views {
                caller: self.user.clone(),
                channels: views,
            };
            match self.world.ask(server, request) {
                Ok(Answer::Views { channels: views }) => channels.extend(views),
                other => panic!("{other:?}"),
            }
        }
        let logs = BTreeMap::from([
            (LogId::from(&self.user.user), own),
            (LogId::from(&self.user.workspace), point),
        ]);
        let boot = Boot {
            user,
            workspace,
            channels,
            socket: SocketAddress {
                url: "wss://chat.example.com/api/v1/socket".to_owned(),
                region: "weur".to_owned(),
            },
            ring: RingVersion { version: 1 },
            logs,
        };
        (boot, asked)
    }

    fn page(&mut self, op: WorkspaceOp) -> (usize, BTreeSet<u32>) {
        let servers = BTreeSet::from([self.world.owner(self.user.workspace.as_str())]);
        let found = match self.ask_workspace(op) {
            Answer::People { users, .. } => users.len(),
            Answer::Directory { channels, .. } => channels.len(),
            other => panic!("{other:?}"),
        };
        (found, servers)
    }
}

/// `SQLite` walks a table that is so much larger through a few more pages, not through its rows.
fn assert_flat(what: &str, small: &Cost, large: &Cost) {
    let (small, large) = (small.steps, large.steps);
    assert!(
        large * 10 <= small * 11,
        "{what}: {small} steps, then {large}"
    );
}

/// One test, as the workspaces take their time to fill.
#[test]
fn nothing_that_a_client_asks_for_grows_with_people_channels_or_members() {
    let [mut small, mut large] = [SMALL, LARGE].map(|size| Workspace::of(&size));

    let (boot, cost) = large.cost(Workspace::boot);
    assert_eq!(boot.channels.len(), OWN);
    assert!(
        boot.channels
            .iter()
            .all(|channel| channel.unread == 1 && channel.mentions == 1)
    );
    let biggest = boot
        .channels
        .iter()
        .map(|channel| channel.channel.member_count);
    assert_eq!(biggest.max(), Some(2_003));
    let bytes = serde_json::to_vec(&boot).unwrap().len();
    assert!(bytes < BOOT_MAX_BYTES, "{bytes} bytes of {OWN} channels");
    assert!(cost.servers.len() <= SERVERS as usize);
    assert_flat("boot", &small.cost(Workspace::boot).1, &cost);

    for (what, after, prefix) in [
        ("the first people", false, None),
        (
            "people by a rare prefix",
            false,
            Some("Person 77".to_owned()),
        ),
        (
            "people by a common prefix",
            false,
            Some("person".to_owned()),
        ),
        ("people from the middle", true, None),
        (
            "people by a common prefix from the middle",
            true,
            Some("person".to_owned()),
        ),
    ] {
        let page = |workspace: &mut Workspace| {
            let op = WorkspaceOp::PeoplePage {
                after: after.then(|| workspace.user.user.clone()),
                limit: 10,
                prefix: prefix.clone(),
            };
            workspace.cost(|workspace| workspace.page(op))
        };
        let (found, cost) = page(&mut large);
        assert_eq!(found, 10, "{what}");
        assert_flat(what, &page(&mut small).1, &cost);
    }

    for limit in [10, PAGE_LIMIT_MAX] {
        let page = |workspace: &mut Workspace| {
            let op = WorkspaceOp::Directory { after: None, limit };
            workspace.cost(|workspace| workspace.page(op))
        };
        let (found, cost) = page(&mut large);
        assert_eq!(found, limit as usize);
        assert_flat("channels", &page(&mut small).1, &cost);
    }
}

#[test]
fn few_channels_are_asked_for_at_few_servers() {
    let size = Size {
        people: 3,
        channels: OWN,
        members: 0,
    };
    let mut workspace = Workspace::of(&size);
    for (id, _) in workspace.memberships().into_iter().skip(3) {
        let user = workspace.user.clone();
        workspace
            .world
            .channel(&user, &id, ChannelCall::Leave)
            .unwrap();
    }
    let (boot, asked) = workspace.boot();
    assert_eq!(boot.channels.len(), 3);
    assert!(asked.len() <= 3 + 2, "{asked:?}");
}
