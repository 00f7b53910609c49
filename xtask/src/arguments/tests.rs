//! What a command line means, and what is none.

use super::*;

fn parsed(line: &str) -> Result<Command> {
    let words = std::iter::once("xtask").chain(line.split_whitespace());
    parse(words.map(OsString::from)).map(|arguments| arguments.command)
}

fn complaint(line: &str) -> String {
    match parsed(line) {
        Err(Error::Usage(message)) => message,
        other => panic!("`{line}` should be a wrong command line, not {other:?}"),
    }
}

#[test]
fn dev_listens_on_8787_and_keeps_its_data_in_the_project() {
    let expected = DevOptions {
        port: 8787,
        persist_to: None,
    };
    assert_eq!(parsed("dev").unwrap(), Command::Dev(expected));
}

#[test]
fn options_come_before_or_after_the_command_and_with_or_without_an_equals_sign() {
    let expected = || {
        Command::Dev(DevOptions {
            port: 9000,
            persist_to: Some("x/y".into()),
        })
    };
    assert_eq!(
        parsed("dev --port 9000 --persist-to x/y").unwrap(),
        expected()
    );
    assert_eq!(
        parsed("--persist-to=x/y dev --port=9000").unwrap(),
        expected()
    );
}

#[test]
fn test_takes_one_filter() {
    let expected = TestOptions {
        filter: Some("ring".to_owned()),
    };
    assert_eq!(parsed("test ring").unwrap(), Command::Test(expected));
    assert!(complaint("test ring bell").contains("bell"));
}

#[test]
fn bench_takes_names_and_without_any_measures_everything_with_the_yardsticks() {
    let options = |line| match parsed(line).unwrap() {
        Command::Bench(options) => options,
        other => panic!("`{line}` is {other:?}"),
    };
    assert!(options("bench").yardstick);
    let some = options("bench fanout light --json x.json");
    assert_eq!(some.scenarios, ["fanout", "light"]);
    assert_eq!(some.json, Some("x.json".into()));
    assert!(!some.yardstick);
    assert!(options("bench light --yardstick").yardstick);
    assert!(complaint("test --yardstick").contains("--yardstick"));
}

#[test]
fn the_simulation_takes_seeds() {
    let expected = SimOptions {
        seeds: Some(5),
        first: Some(7),
        ..SimOptions::default()
    };
    assert_eq!(
        parsed("sim --seeds 5 --first 7").unwrap(),
        Command::Sim(expected)
    );
    assert!(complaint("sim --seeds many").contains("many"));
    assert!(complaint("test --seed 1").contains("--seed"));
}

#[test]
fn the_world_takes_people_and_costs() {
    let given = [("people", "500"), ("frame-us", "30")];
    let expected = given.map(|(option, value)| (option, value.to_owned()));
    assert_eq!(
        parsed("world --people 500 --frame-us=30").unwrap(),
        Command::World(WorldOptions(expected.to_vec()))
    );
    assert!(complaint("sim --people 5").contains("--people"));
}

#[test]
fn seed_fills_what_dev_runs_unless_told_otherwise() {
    let seed = |line| match parsed(line).unwrap() {
        Command::Seed(options) => options,
        other => panic!("`{line}` is {other:?}"),
    };
    assert_eq!(seed("seed").url, "http://127.0.0.1:8787");
    assert_eq!((seed("seed").people, seed("seed").messages), (12, 250));
    let told = seed("seed --people 3 --url https://a.example --messages=20");
    assert_eq!(
        (told.url.as_str(), told.people, told.messages),
        ("https://a.example", 3, 20)
    );
    assert!(complaint("seed --people few").contains("few"));
    assert!(complaint("seed --slots 3").contains("--people and the like"));
    assert!(complaint("dev --url https://a.example").contains("--url"));
    assert!(complaint("judge harshly").contains("harshly"));
}

#[test]
fn an_unknown_command_or_option_is_named() {
    assert!(complaint("sing").contains("sing"));
    assert!(complaint("dev --loud").contains("--loud"));
    assert!(complaint("build extra").contains("extra"));
    assert!(complaint("dev --port").contains("--port"));
    assert!(complaint("dev --port 70000").contains("70000"));
    assert!(complaint("dev --port 0").contains("no port"));
}

#[test]
fn an_option_of_another_command_is_refused() {
    assert!(complaint("build --port 1").contains("--port"));
    assert!(complaint("test --dry-run").contains("--dry-run"));
    assert!(complaint("deploy --persist-to x").contains("--persist-to"));
}

#[test]
fn no_command_is_a_wrong_command_line() {
    assert_eq!(parsed("").unwrap_err().exit_code(), 2);
    assert_eq!(parsed("--verbose").unwrap_err().exit_code(), 2);
}

#[test]
fn help_is_given_for_all_or_for_one() {
    assert_eq!(parsed("--help").unwrap(), Command::Help(None));
    assert_eq!(parsed("help").unwrap(), Command::Help(None));
    assert_eq!(parsed("dev -h").unwrap(), Command::Help(Some(Topic::Dev)));
    assert_eq!(
        parsed("help deploy").unwrap(),
        Command::Help(Some(Topic::Deploy))
    );
    assert!(complaint("help sing").contains("sing"));
}
