//! Gaps, lost links, other epochs.

use protocol::link::{Down, Hint};

use super::{fake::Means, world::World};

fn typing(log: &str) -> Down<'_> {
    Down::Event {
        log,
        seq: 0,
        hint: Hint::None,
        line: br#"{"event":"typing","channel":"C1","user":"U2"}"#,
    }
}

#[test]
fn a_gap_is_filled_before_anything_later_is_passed_on() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.publish("C1", Means::Nothing);
    world.fake.log("C1").append("C1", Means::Nothing);
    world.publish("C1", Means::Nothing);
    world.publish("C1", Means::Nothing);
    world.run();
    world.publish("C1", Means::Nothing);
    world.run();
    assert_eq!(world.view(connection).seqs("C1"), [1, 2, 3, 4, 5]);
    assert_eq!(
        world.view(connection).syncs().len(),
        3,
        "the browser sees nothing of it"
    );
    let resumes = world
        .fake
        .heard
        .iter()
        .filter(|up| up.starts_with("Resume"))
        .count();
    assert_eq!(resumes, 1);
}

#[test]
fn while_events_are_missing_transient_ones_are_left_out() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    world.member("U2", "C1");
    let cut = world.settled("U2");
    let server = world.server("C1");
    world
        .fake
        .log("C1")
        .append("C1", Means::Cut("U2".to_owned()));
    world.publish("C1", Means::Nothing);
    world.tell("C1", &typing("C1"));
    while world.deliver_down(server) {}
    world.run();
    assert!(
        world
            .view(cut)
            .lines
            .iter()
            .all(|line| line["event"].is_null())
    );
}

#[test]
fn after_a_lost_link_every_log_goes_on_from_its_cursor() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.publish("C1", Means::Nothing);
    world.run();
    world.break_link(world.server("C1"));
    world.publish("C1", Means::Nothing);
    world.run();
    world.publish("C1", Means::Nothing);
    world.run();
    assert_eq!(world.view(connection).seqs("C1"), [1, 2, 3]);
    let marks = world.view(connection).syncs();
    assert_eq!(marks.iter().filter(|mark| mark.0 == "C1").count(), 1);
}

#[test]
fn on_a_new_link_logs_go_on_before_anything_is_asked() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.break_link(world.server("C1"));
    world.send(connection, 7, "C1");
    world.fake.heard.clear();
    world.run();
    let kinds: Vec<&str> = world
        .fake
        .heard
        .iter()
        .map(|up| up.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["Resume", "Resume", "Command", "Subscribe", "Digest"]
    );
}

#[test]
fn a_backlog_that_a_link_broke_off_is_not_given_twice() {
    let mut world = World::new(1);
    for _ in 0..5 {
        world.publish("U1", Means::Nothing);
    }
    let resume = [("U1".to_owned(), ("e0".to_owned(), 0))].into();
    let connection = world.hello_from("U1", resume);
    let server = world.server("U1");
    world.dialled(server);
    let pipe = world.pipes.get_mut(&server).unwrap();
    let first = Down::Backlog {
        request: 0,
        lines: br#"{"event":"x","channel":"U1","seq":1,"epoch":"e0"}"#,
    };
    let mut frame = Vec::new();
    protocol::link::write(&mut frame, &first);
    pipe.down.push_back(frame);
    world.deliver_down(server);
    world.break_link(server);
    world.run();
    assert_eq!(world.view(connection).seqs("U1"), [1, 2, 3, 4, 5]);
}

#[test]
fn what_cannot_be_resumed_begins_anew_for_each_connection() {
    let mut world = World::new(4);
    for user in ["U1", "U2"] {
        world.member(user, "C1");
    }
    let (one, two) = (world.settled("U1"), world.settled("U2"));
    world.break_link(world.server("C1"));
    world.publish("C1", Means::Nothing);
    world.publish("C1", Means::Nothing);
    world.fake.log("C1").trimmed = 2;
    world.run();
    world.publish("C1", Means::Nothing);
    world.run();
    for connection in [one, two] {
        let view = world.view(connection);
        assert_eq!(view.seqs("C1"), [3]);
        assert_eq!(view.syncs().last(), Some(&("C1".to_owned(), 2, false)));
    }
}

#[test]
fn a_new_epoch_begins_anew_for_who_had_the_old_one() {
    let mut world = World::new(4);
    for user in ["U1", "U2"] {
        world.member(user, "C1");
    }
    let old = world.settled("U1");
    world.publish("C1", Means::Nothing);
    world.run();
    let log = world.fake.log("C1");
    log.epoch = 1;
    log.events.clear();
    log.append("C1", Means::Nothing);
    let new = world.settled("U2");
    world.publish("C1", Means::Nothing);
    world.run();
    assert_eq!(world.view(old).seqs("C1"), [1, 2]);
    assert_eq!(world.view(new).seqs("C1"), [2]);
    assert_eq!(world.view(old).logs["C1"], ("e1".to_owned(), 2));
}

#[test]
fn a_channel_that_was_left_unheard_is_taken_when_the_users_log_comes_back() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.break_link(world.server("U1"));
    world.fake.channels.clear();
    world.member("U1", "C2");
    world.publish("U1", Means::Left("C1".to_owned()));
    world.publish("U1", Means::Joined("C2".to_owned()));
    world.run();
    world.publish("C1", Means::Nothing);
    world.publish("C2", Means::Nothing);
    world.run();
    let view = world.view(connection);
    assert_eq!(view.seqs("U1"), [1, 2]);
    assert!(view.seqs("C1").is_empty());
    assert_eq!(view.seqs("C2"), [1]);
}

#[test]
fn a_channel_that_was_left_and_joined_again_unheard_begins_after_that_is_told() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.break_link(world.server("U1"));
    world.publish("U1", Means::Left("C1".to_owned()));
    world.publish("U1", Means::Joined("C1".to_owned()));
    world.run();
    world.publish("C1", Means::Nothing);
    world.run();
    let lines = &world.view(connection).lines;
    let left = lines.iter().position(|line| line["event"] == "left");
    let sync = lines.iter().rposition(|line| line["sync"] == "C1");
    assert!(left.is_some() && left < sync, "{lines:?}");
    assert_eq!(world.view(connection).seqs("C1"), [1]);
}
