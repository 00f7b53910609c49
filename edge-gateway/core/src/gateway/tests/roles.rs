//! Roles reach commands, and what was deleted is given to nobody who comes later.

use protocol::api::Role;

use super::{super::Input, fake::Means, world::World};

#[test]
fn commands_go_up_with_the_role_that_the_user_has_now() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.publish("U1", Means::Role(Role::Admin));
    world.run();
    world.send(connection, 2, "C1");
    world.run();
    let sent = world
        .fake
        .heard
        .iter()
        .rfind(|up| up.starts_with("Command"));
    assert!(sent.unwrap().contains("role: Admin"), "{sent:?}");
    assert_eq!(world.roles[&connection], Role::Admin);
}

#[test]
fn who_comes_back_after_a_moment_has_the_role_they_had() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let was = world.settled("U1");
    world.publish("U1", Means::Role(Role::Owner));
    world.run();
    world.input(Input::ConnectionClosed { connection: was });
    let logs = world.view(was).logs.clone();
    let again = world.hello_again("U1", &format!("S{}", was.0), logs);
    world.pass(100);
    assert_eq!(world.roles[&again], Role::Owner);
}

#[test]
fn what_came_before_a_deletion_is_not_given_out_of_the_gateways_memory() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let was = world.settled("U1");
    world.input(Input::ConnectionClosed { connection: was });
    world.publish("C1", Means::Nothing);
    world.publish("C1", Means::Deleted);
    world.run();
    let heard = world.fake.heard.len();
    let logs = world.view(was).logs.clone();
    let again = world.hello_again("U1", &format!("S{}", was.0), logs);
    world.run();
    let asked = &world.fake.heard[heard..];
    assert!(
        asked.iter().any(|up| up.contains("log: \"C1\"")),
        "{asked:?}"
    );
    assert_eq!(world.view(again).seqs("C1"), [1, 2]);
}
