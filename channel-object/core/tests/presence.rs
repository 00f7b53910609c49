//! Who is there: merged over gateways, believed for as long as the lease, told to those who watch, in no log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use channel_core::{Input, LinkId, Output};
use protocol::{
    api::Caller,
    limits::PRESENCE_LEASE_MS,
    link::{Down, Up, read, write},
    presence::{Status, digest},
};
use support::{World, show};

/// How long somebody is in doubt whom their gateway does not name.
const RETURN_MS: u64 = 60_000;

/// A workspace of three: Ana watches at gateway 1, Ben and Cat are watched.
struct Stage {
    world: World,
    ana: Caller,
    ben: Caller,
    cat: Caller,
}

/// Each fact holds for a server that remembers and for one that loses its memory before every input.
fn stages() -> [Stage; 2] {
    [false, true].map(|forgetful| {
        let mut world = World::new(1);
        world.servers[0].forgetful = forgetful;
        let ana = world.found("Acme");
        let ben = world.invite(&ana, "Ben");
        let cat = world.invite(&ana, "Cat");
        let mut stage = Stage {
            world,
            ana,
            ben,
            cat,
        };
        stage.dial(1);
        let users = [&stage.ben, &stage.cat].map(|one| one.user.as_str().to_owned());
        stage.watch(1, &users);
        stage.told(1);
        stage
    })
}

impl Stage {
    /// Gateway `weur/n` dials as link `n`.
    fn dial(&mut self, link: u32) {
        let gateway = format!("weur/{link}");
        let (link, gateway) = (LinkId(link), gateway.as_str());
        self.world.input(0, Input::LinkOpened { link, gateway });
    }

    fn watch(&mut self, link: u32, users: &[String]) {
        let workspace = self.ana.workspace.as_str().to_owned();
        let record = Up::Watch {
            workspace: &workspace,
            users: users.iter().map(String::as_str).collect(),
        };
        self.world.up(0, link, &[record]);
    }

    fn is(&mut self, link: u32, who: &Caller, status: Status) {
        let user = who.user.as_str();
        self.world.up(0, link, &[Up::Present { user, status }]);
    }

    fn breaks(&mut self, link: u32) {
        let (link, clean) = (LinkId(link), false);
        self.world.input(0, Input::LinkClosed { link, clean });
    }

    fn sleeps(&mut self, link: u32) {
        self.world.up(0, link, &[Up::Sleep]);
        assert!(self.world.down(0, link).contains(&"asleep".to_owned()));
    }

    /// What a link was told of people since the last time.
    fn told(&mut self, link: u32) -> Vec<String> {
        let records = self.world.down(0, link);
        let ben = self.ben.user.as_str().to_owned();
        let cat = self.cat.user.as_str().to_owned();
        let name = |record: String| record.replace(&ben, "Ben").replace(&cat, "Cat");
        records.into_iter().map(name).collect()
    }

    /// The requests to gateways since the last time: number, gateway, records.
    fn wakes(&mut self) -> Vec<(u64, String, Vec<String>)> {
        let (ben, cat) = (self.ben.user.clone(), self.cat.user.clone());
        let mut wakes = Vec::new();
        self.world.outputs.retain(|(_, output)| match output {
            Output::WakeGateway { id, gateway, frame } => {
                let records = read::<Down<'_>>(frame).map(|record| show(&record.unwrap()));
                let name = |record: String| {
                    record
                        .replace(ben.as_str(), "Ben")
                        .replace(cat.as_str(), "Cat")
                };
                wakes.push((*id, gateway.clone(), records.map(name).collect()));
                false
            }
            _ => true,
        });
        wakes
    }

    fn answers(&mut self, id: u64, records: Option<&[Up<'_>]>) {
        let mut frame = Vec::new();
        for record in records.unwrap_or_default() {
            write(&mut frame, record);
        }
        let answer = records.is_some().then_some(frame.as_slice());
        self.world.input(0, Input::Woken { id, answer });
    }

    /// Time passes, with every alarm that rings.
    fn pass(&mut self, ms: u64) {
        let until_ms = self.world.now_ms + ms;
        while let Some(at_ms) = self.alarm_ms().filter(|at_ms| *at_ms <= until_ms) {
            self.world.now_ms = self.world.now_ms.max(at_ms);
            self.world
                .outputs
                .retain(|(_, output)| !matches!(output, Output::SetAlarm { .. }));
            self.world.input(0, Input::Alarm);
        }
        self.world.now_ms = until_ms;
    }

    fn alarm_ms(&self) -> Option<u64> {
        let outputs = self.world.outputs.iter().rev();
        outputs
            .map_while(|(_, output)| match output {
                Output::ClearAlarm => None,
                other => Some(other),
            })
            .find_map(|output| match output {
                Output::SetAlarm { at_ms } => Some(*at_ms),
                _ => None,
            })
    }
}

#[test]
fn the_greatest_status_of_all_gateways_counts_and_only_changes_are_told() {
    for mut stage in stages() {
        let ben = stage.ben.clone();
        let now = stage.world.now_ms;
        stage.dial(2);
        stage.dial(3);
        stage.is(2, &ben, Status::Active);
        assert_eq!(stage.told(1), [format!("presence Ben Some(Active) {now}")]);
        stage.is(3, &ben, Status::Away);
        stage.is(3, &ben, Status::Active);
        stage.is(2, &ben, Status::Away);
        assert!(stage.told(1).is_empty());
        stage.world.now_ms += 5;
        stage.is(3, &ben, Status::Offline);
        let (now, away) = (now + 5, now + 5);
        assert_eq!(stage.told(1), [format!("presence Ben Some(Away) {now}")]);
        stage.world.now_ms += 5;
        stage.is(2, &ben, Status::Offline);
        let now = away + 5;
        assert_eq!(stage.told(1), [format!("presence Ben Some(Offline) {now}")]);
        stage.is(2, &ben, Status::Offline);
        assert!(stage.told(1).is_empty());
    }
}

#[test]
fn whoever_watches_is_told_at_once_and_only_of_people_of_the_workspace() {
    for mut stage in stages() {
        let stranger = stage.world.found("Other");
        stage.is(1, &stranger, Status::Active);
        let ben = stage.ben.clone();
        stage.is(1, &ben, Status::Away);
        stage.told(1);
        let users = [&stranger, &ben, &stage.cat].map(|one| one.user.as_str().to_owned());
        stage.dial(2);
        stage.watch(2, &users);
        assert_eq!(
            stage.told(2),
            [
                format!("presence {} None 0", stranger.user),
                "presence Ben Some(Away) 0".to_owned(),
                "presence Cat Some(Offline) 0".to_owned(),
            ]
        );
        stage.is(1, &stranger, Status::Away);
        assert!(stage.told(2).is_empty());
        stage.world.up(
            0,
            2,
            &[Up::Unwatch {
                users: vec![ben.user.as_str()],
            }],
        );
        stage.is(1, &ben, Status::Active);
        assert!(stage.told(2).is_empty());
        assert_eq!(stage.told(1).len(), 1);
    }
}

#[test]
fn changes_of_one_turn_are_told_as_one() {
    for mut stage in stages() {
        let user = stage.ben.user.as_str().to_owned();
        let present = |status| Up::Present {
            user: &user,
            status,
        };
        let flaps = [Status::Active, Status::Away, Status::Offline, Status::Away].map(present);
        stage.world.up(0, 1, &flaps);
        let now = stage.world.now_ms;
        assert_eq!(stage.told(1), [format!("presence Ben Some(Away) {now}")]);
    }
}

#[test]
fn nothing_of_it_is_in_a_log() {
    for mut stage in stages() {
        let events = |stage: &Stage| -> i64 {
            let database = &stage.world.servers[0].db.connection;
            let count = "SELECT count(*) FROM events";
            database.query_row(count, [], |row| row.get(0)).unwrap()
        };
        let before = events(&stage);
        let ben = stage.ben.clone();
        for status in [Status::Active, Status::Away, Status::Offline] {
            stage.is(1, &ben, status);
        }
        assert_eq!(events(&stage), before);
        assert_eq!(stage.told(1).len(), 3);
    }
}

#[test]
fn a_sleeping_gateway_is_asked_before_its_lease_ends_and_believed_when_it_answers() {
    for mut stage in stages() {
        let ben = stage.ben.clone();
        stage.dial(2);
        stage.is(2, &ben, Status::Active);
        stage.sleeps(2);
        stage.told(1);
        let digest = digest(ben.user.as_str(), Status::Active);
        for _ in 0..3 {
            stage.pass(PRESENCE_LEASE_MS - 60_001);
            assert!(stage.wakes().is_empty(), "it is not asked too early");
            stage.pass(1);
            let wakes = stage.wakes();
            let [(id, gateway, records)] = wakes.as_slice() else {
                panic!("{wakes:?}");
            };
            assert_eq!((gateway.as_str(), records.len()), ("weur/2", 1));
            assert_eq!(records[0], "ask people");
            // Who has lost its memory asks anew; the answer to that counts as well.
            if stage.world.servers[0].forgetful {
                stage.dial(2);
                stage.world.up(0, 2, &[Up::Digest { digest }]);
                stage.sleeps(2);
            } else {
                stage.answers(*id, Some(&[Up::Digest { digest }]));
            }
            assert!(stage.told(1).is_empty());
        }
    }
}

#[test]
fn the_people_of_a_gateway_that_is_not_reached_are_offline_when_its_lease_ends_and_not_before() {
    for mut stage in stages() {
        let (ben, cat) = (stage.ben.clone(), stage.cat.clone());
        stage.dial(2);
        stage.is(2, &ben, Status::Active);
        stage.is(1, &cat, Status::Away);
        stage.is(2, &cat, Status::Active);
        stage.told(1);
        stage.world.now_ms += 1_000;
        let heard = stage.world.now_ms;
        stage.breaks(2);
        let mut passed = 0;
        while passed < PRESENCE_LEASE_MS - 1 {
            let step = 1_000.min(PRESENCE_LEASE_MS - 1 - passed);
            stage.pass(step);
            passed += step;
            for (id, ..) in stage.wakes() {
                stage.answers(id, None);
            }
            assert!(stage.told(1).is_empty(), "after {passed} ms");
        }
        stage.pass(1);
        stage.world.input(0, Input::Alarm);
        let mut told = stage.told(1);
        told.sort_unstable();
        assert_eq!(
            told,
            [
                format!("presence Ben Some(Offline) {heard}"),
                format!("presence Cat Some(Away) {heard}")
            ]
        );
    }
}

#[test]
fn a_gateway_that_is_reached_after_its_lease_has_its_people_again() {
    let [mut stage, _] = stages();
    let ben = stage.ben.clone();
    stage.dial(2);
    stage.is(2, &ben, Status::Active);
    stage.sleeps(2);
    stage.pass(PRESENCE_LEASE_MS + 1);
    assert!(
        stage
            .told(1)
            .last()
            .unwrap()
            .starts_with("presence Ben Some(Offline)")
    );
    stage.wakes();
    stage.pass(60_000);
    let wakes = stage.wakes();
    let (id, _, records) = wakes.last().expect("it is asked on");
    assert_eq!(records, &["ask people"]);
    let people = vec![(ben.user.as_str(), false)];
    let is_first = true;
    stage.answers(*id, Some(&[Up::People { is_first, people }]));
    assert!(
        stage
            .told(1)
            .last()
            .unwrap()
            .starts_with("presence Ben Some(Active)")
    );
}

#[test]
fn a_link_that_breaks_and_is_dialled_again_is_not_seen() {
    for mut stage in stages() {
        let ben = stage.ben.clone();
        stage.dial(2);
        stage.is(2, &ben, Status::Active);
        stage.told(1);
        stage.breaks(2);
        stage.pass(10_000);
        stage.dial(2);
        let digest = digest(ben.user.as_str(), Status::Active);
        stage.world.up(0, 2, &[Up::Digest { digest }]);
        assert!(stage.told(2).is_empty(), "it is not asked for all");
        stage.pass(10 * PRESENCE_LEASE_MS);
        assert!(stage.told(1).is_empty(), "a link is a sign of life");
    }
}

#[test]
fn a_server_that_dies_believes_those_who_had_links_for_a_lease_from_then_on() {
    let [mut stage, _] = stages();
    let ben = stage.ben.clone();
    stage.dial(2);
    stage.is(2, &ben, Status::Active);
    stage.told(1);
    stage.pass(10 * PRESENCE_LEASE_MS);
    stage.world.servers[0].crash();
    stage.dial(1);
    let user = ben.user.as_str().to_owned();
    stage.watch(1, &[user]);
    assert!(stage.told(1)[0].starts_with("presence Ben Some(Active)"));
    stage.pass(PRESENCE_LEASE_MS - 1);
    assert!(stage.told(1).is_empty());
    stage.pass(1);
    assert!(stage.told(1)[0].starts_with("presence Ben Some(Offline)"));
}

#[test]
fn whoever_a_rebuilt_gateway_does_not_name_is_in_doubt_until_they_could_have_come_back() {
    for mut stage in stages() {
        let (ben, cat) = (stage.ben.clone(), stage.cat.clone());
        stage.dial(2);
        stage.is(2, &ben, Status::Active);
        stage.is(2, &cat, Status::Active);
        stage.told(1);
        stage.breaks(2);
        stage.dial(2);
        stage.world.up(0, 2, &[Up::Digest { digest: 0 }]);
        assert_eq!(stage.told(2), ["ask people"]);
        let is_first = true;
        let people = Vec::new();
        stage.world.up(0, 2, &[Up::People { is_first, people }]);
        let doubted = stage.world.now_ms;
        stage.pass(1_000);
        stage.is(2, &cat, Status::Active);
        stage.pass(RETURN_MS - 1_001);
        assert!(stage.told(1).is_empty(), "they may be on their way back");
        stage.pass(1);
        stage.world.input(0, Input::Alarm);
        assert_eq!(
            stage.told(1),
            [format!("presence Ben Some(Offline) {doubted}")]
        );
        let digest = digest(cat.user.as_str(), Status::Active);
        stage.world.up(0, 2, &[Up::Digest { digest }]);
        assert!(stage.told(2).is_empty(), "both know the same");
    }
}

#[test]
fn a_gateway_that_wants_nothing_has_nobody() {
    let [mut stage, _] = stages();
    let ben = stage.ben.clone();
    stage.dial(2);
    stage.is(2, &ben, Status::Active);
    stage.breaks(2);
    stage.told(1);
    let wakes = stage.wakes();
    assert_eq!(wakes.len(), 1, "{wakes:?}");
    stage.answers(wakes[0].0, Some(&[Up::UnsubscribeAll]));
    stage.pass(RETURN_MS);
    stage.world.input(0, Input::Alarm);
    assert!(stage.told(1)[0].starts_with("presence Ben Some(Offline)"));
}

#[test]
fn a_sleeping_gateway_is_told_by_one_request_at_a_time_and_only_the_newest() {
    let [mut stage, _] = stages();
    let (ben, cat) = (stage.ben.clone(), stage.cat.clone());
    stage.dial(2);
    stage.sleeps(1);
    stage.is(2, &ben, Status::Active);
    let wakes = stage.wakes();
    assert_eq!(wakes.len(), 1);
    assert!(wakes[0].2[0].starts_with("presence Ben Some(Active)"));
    for _ in 0..100 {
        stage.is(2, &ben, Status::Away);
        stage.is(2, &ben, Status::Active);
        stage.is(2, &cat, Status::Active);
    }
    assert!(stage.wakes().is_empty(), "one is on its way");
    stage.answers(wakes[0].0, Some(&[]));
    let wakes = stage.wakes();
    assert_eq!(wakes.len(), 1);
    assert_eq!(wakes[0].2.len(), 2, "{wakes:?}");
    stage.answers(wakes[0].0, Some(&[]));
    assert!(stage.wakes().is_empty());
}

#[test]
fn a_gateway_that_was_not_reached_is_told_of_all_later() {
    let [mut stage, _] = stages();
    let ben = stage.ben.clone();
    stage.dial(2);
    stage.sleeps(1);
    stage.is(2, &ben, Status::Active);
    let (id, ..) = stage.wakes().remove(0);
    stage.answers(id, None);
    assert!(stage.wakes().is_empty());
    stage.pass(5_000);
    let (_, gateway, records) = stage.wakes().remove(0);
    assert_eq!((gateway.as_str(), records.len()), ("weur/1", 2));
}

#[test]
fn what_a_sleeping_gateway_is_owed_outlives_the_servers_memory() {
    let [mut stage, _] = stages();
    let ben = stage.ben.clone();
    stage.dial(2);
    stage.sleeps(1);
    stage.is(2, &ben, Status::Active);
    assert_eq!(stage.wakes().len(), 1);
    stage.world.servers[0].forget();
    stage.world.input(0, Input::Alarm);
    let (id, gateway, records) = stage.wakes().remove(0);
    assert_eq!((gateway.as_str(), records.len()), ("weur/1", 2));
    stage.answers(id, Some(&[]));
    stage.world.servers[0].forget();
    stage.world.input(0, Input::Alarm);
    assert!(stage.wakes().is_empty());
}

#[test]
fn a_gateway_that_says_so_is_told_no_more() {
    let [mut stage, _] = stages();
    let ben = stage.ben.clone();
    stage.dial(2);
    stage.sleeps(1);
    stage.is(2, &ben, Status::Active);
    let (id, ..) = stage.wakes().remove(0);
    let users = vec![ben.user.as_str()];
    stage.answers(id, Some(&[Up::Unwatch { users }]));
    stage.is(2, &ben, Status::Away);
    assert!(stage.wakes().is_empty());
}

#[test]
fn an_answer_that_comes_after_the_dial_is_old() {
    let [mut stage, _] = stages();
    let ben = stage.ben.clone();
    stage.dial(2);
    stage.is(2, &ben, Status::Active);
    stage.sleeps(2);
    stage.pass(PRESENCE_LEASE_MS - 60_000);
    let (id, ..) = stage.wakes().remove(0);
    stage.dial(2);
    stage.told(1);
    let (is_first, people) = (true, Vec::new());
    stage.answers(id, Some(&[Up::People { is_first, people }]));
    stage.pass(RETURN_MS);
    stage.world.input(0, Input::Alarm);
    assert!(stage.told(1).is_empty());
}

#[test]
fn an_idle_server_without_people_wants_no_alarm() {
    let [mut stage, _] = stages();
    let ben = stage.ben.clone();
    stage.dial(2);
    stage.is(2, &ben, Status::Active);
    stage.is(2, &ben, Status::Offline);
    stage.sleeps(2);
    stage.sleeps(1);
    assert_eq!(stage.alarm_ms(), None);
    let database = &stage.world.servers[0].db.connection;
    let rows = |table: &str| -> i64 {
        let count = format!("SELECT count(*) FROM {table}");
        database.query_row(&count, [], |row| row.get(0)).unwrap()
    };
    assert_eq!([rows("peers"), rows("presence")], [0, 0]);
}

#[test]
fn a_storm_of_ten_thousand_is_told_once_for_each_change_and_each_gateway_that_watches() {
    const PEOPLE: usize = 10_000;
    const GATEWAYS: usize = 10;
    /// Of a frame up.
    const RECORDS: usize = 100;
    let [mut stage, _] = stages();
    let names: Vec<String> = (0..PEOPLE).map(|n| format!("U{n:05}")).collect();
    let workspace = stage.ana.workspace.as_str().to_owned();
    let database = &stage.world.servers[0].db.connection;
    database.execute_batch("BEGIN").unwrap();
    for name in &names {
        database
            .execute(
                "INSERT INTO logs (id, workspace, epoch, effects, state) VALUES (?, ?, 'e', 0, '\"user\"')",
                [name, &workspace],
            )
            .unwrap();
    }
    database.execute_batch("COMMIT").unwrap();
    // 1,000 connections that watch 50 each: at each gateway 100 of them, who watch 1,000 people.
    for gateway in 0..GATEWAYS {
        let link = u32::try_from(10 + gateway).unwrap();
        stage.dial(link);
        let from = gateway * PEOPLE / GATEWAYS;
        stage.watch(link, &names[from..from + PEOPLE / GATEWAYS]);
    }
    stage.world.outputs.clear();
    let (mut turns, mut records, mut frames) = (0, 0, 0);
    for status in [Status::Active, Status::Away, Status::Active] {
        for (index, part) in names.chunks(RECORDS).enumerate() {
            let link = u32::try_from(10 + index % GATEWAYS).unwrap();
            let ups: Vec<_> = part
                .iter()
                .map(|user| Up::Present { user, status })
                .collect();
            stage.world.up(0, link, &ups);
            turns += 1;
            for (_, output) in std::mem::take(&mut stage.world.outputs) {
                if let Output::LinkFrame { frame, .. } = output {
                    let down = read::<Down<'_>>(&frame);
                    records += down
                        .filter(|record| matches!(record, Ok(Down::Presence { .. })))
                        .count();
                    frames += 1;
                }
            }
        }
    }
    assert_eq!(records, 3 * PEOPLE, "one gateway watches each of them");
    assert!(frames <= turns * 2, "{frames} frames in {turns} turns");
    // All at once, as frames gather while the last turn is stored: one frame to each gateway.
    let queued: Vec<(LinkId, Vec<u8>)> = names
        .chunks(RECORDS)
        .enumerate()
        .map(|(index, part)| {
            let mut frame = Vec::new();
            for user in part {
                for status in [Status::Away, Status::Active, Status::Away] {
                    write(&mut frame, &Up::Present { user, status });
                }
            }
            let link = u32::try_from(10 + index % GATEWAYS).unwrap();
            (LinkId(link), frame)
        })
        .collect();
    stage.world.input(0, Input::LinkFrames { frames: &queued });
    let mut records = 0;
    let outputs = std::mem::take(&mut stage.world.outputs);
    for (_, output) in &outputs {
        if let Output::LinkFrame { frame, .. } = output {
            let down = read::<Down<'_>>(frame);
            records += down
                .filter(|record| matches!(record, Ok(Down::Presence { .. })))
                .count();
        }
    }
    assert_eq!(records, PEOPLE, "three changes of each are one");
    assert_eq!(outputs.len(), GATEWAYS);
}
