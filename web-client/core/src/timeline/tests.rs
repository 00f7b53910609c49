use super::*;

fn message(seq: Seq) -> protocol::history::Message {
    crate::channel::tests::stored(seq, "U1", &format!("text {seq}"))
}

fn page(seqs: std::ops::RangeInclusive<Seq>, has_more: bool) -> Page {
    Page {
        epoch: "e".to_owned(),
        messages: seqs.map(message).collect(),
        has_more,
        has_before: has_more,
        has_after: false,
    }
}

fn loaded(seqs: std::ops::RangeInclusive<Seq>, has_more: bool) -> Timeline {
    let mut timeline = Timeline::default();
    timeline.load_fresh(Anchor::Newest, 0);
    timeline.take_page(Anchor::Newest, &page(seqs, has_more));
    timeline
}

fn shown(timeline: &Timeline) -> (Seq, Seq) {
    let all: Vec<Seq> = timeline.shown().collect();
    (all[0], all[all.len() - 1])
}

#[test]
fn what_comes_while_the_newest_page_loads_stays() {
    let mut timeline = Timeline::default();
    timeline.load_fresh(Anchor::Newest, 50);
    timeline.insert(51);
    timeline.take_page(Anchor::Newest, &page(1..=50, false));
    assert_eq!(shown(&timeline), (1, 51));
}

#[test]
fn a_page_asked_for_before_everything_was_forgotten_is_not_taken() {
    let mut timeline = Timeline::default();
    timeline.load_fresh(Anchor::Newest, 0);
    timeline.unload();
    timeline.load_fresh(Anchor::Newest, 9);
    timeline.take_page(Anchor::Newest, &page(1..=3, false));
    assert!(!timeline.is_loaded());
    timeline.take_page(Anchor::Newest, &page(1..=9, false));
    assert_eq!(shown(&timeline), (1, 9));
}

#[test]
fn a_reload_replaces_everything_up_to_the_head() {
    let mut timeline = loaded(1..=50, false);
    timeline.load_fresh(Anchor::Newest, 200);
    timeline.insert(201);
    timeline.take_page(Anchor::Newest, &page(151..=200, true));
    assert_eq!(shown(&timeline), (151, 201));
}

#[test]
fn a_page_that_is_on_its_way_is_not_asked_for_twice() {
    let mut timeline = loaded(51..=100, true);
    assert_eq!(timeline.load_older(), Some(Anchor::Before(51)));
    assert_eq!(timeline.load_older(), None);
}

#[test]
fn an_older_page_is_shown_above_a_held_view() {
    let mut timeline = loaded(51..=100, true);
    timeline.hold();
    timeline.load_older();
    timeline.take_page(Anchor::Before(51), &page(1..=50, false));
    assert_eq!(shown(&timeline), (1, 100));
    assert!(timeline.reaches_beginning());
}

#[test]
fn an_older_page_from_before_a_reload_is_not_taken() {
    let mut timeline = loaded(51..=100, true);
    timeline.load_older();
    timeline.load_fresh(Anchor::Newest, 300);
    timeline.take_page(Anchor::Newest, &page(251..=300, true));
    timeline.take_page(Anchor::Before(51), &page(1..=50, false));
    assert_eq!(shown(&timeline), (251, 300));
    assert!(!timeline.reaches_beginning());
}

#[test]
fn never_more_than_the_limit_is_shown() {
    let mut timeline = loaded(1..=1000, false);
    assert_eq!(shown(&timeline), (801, 1000));
    timeline.hold();
    for _ in 0..3 {
        assert!(timeline.reveal_above());
    }
    assert_eq!(shown(&timeline), (501, 900));
    timeline.reveal_below();
    assert_eq!(shown(&timeline), (601, 1000));
}

#[test]
fn a_held_view_does_not_lose_its_top_to_new_messages() {
    let mut timeline = loaded(1..=200, false);
    timeline.hold();
    timeline.insert(201);
    assert_eq!(shown(&timeline), (1, 201));
    timeline.follow();
    assert_eq!(shown(&timeline), (2, 201));
}

#[test]
fn the_end_is_not_followed_while_it_is_out_of_the_window() {
    let mut timeline = loaded(1..=1000, false);
    timeline.hold();
    while timeline.reveal_above() {}
    timeline.follow();
    assert_eq!(shown(&timeline), (1, 400));
    timeline.jump_to_latest();
    assert_eq!(shown(&timeline), (801, 1000));
}

#[test]
fn a_trimmed_timeline_keeps_its_newest_messages() {
    let mut timeline = loaded(1..=1000, false);
    timeline.trim();
    assert!(!timeline.reveal_above());
    assert_eq!(shown(&timeline), (801, 1000));
    assert_eq!(timeline.load_older(), Some(Anchor::Before(801)));
}

#[test]
fn an_acknowledged_message_older_than_everything_at_hand_opens_no_gap() {
    let mut timeline = loaded(51..=100, true);
    timeline.insert(7);
    assert_eq!(shown(&timeline), (51, 100));
}

fn middle() -> Timeline {
    let mut timeline = loaded(451..=500, true);
    timeline.load_fresh(Anchor::Around(225), 500);
    let around = Page {
        has_after: true,
        ..page(200..=249, true)
    };
    assert!(timeline.take_page(Anchor::Around(225), &around));
    timeline
}

#[test]
fn a_page_around_a_message_replaces_what_is_at_hand_and_has_more_both_ways() {
    let timeline = middle();
    assert_eq!(shown(&timeline), (200, 249));
    assert!(timeline.has_below() && timeline.has_above());
}

#[test]
fn what_comes_does_not_stand_below_a_stretch_in_the_middle() {
    let mut timeline = middle();
    assert!(!timeline.insert(501));
    assert_eq!(shown(&timeline), (200, 249));
}

#[test]
fn a_stretch_in_the_middle_grows_down_to_the_head_with_what_came_meanwhile() {
    let mut timeline = middle();
    assert_eq!(timeline.load_newer(), Some(Anchor::After(249)));
    assert_eq!(timeline.load_newer(), None);
    timeline.insert(501);
    let more = Page {
        has_after: true,
        ..page(250..=400, true)
    };
    timeline.take_page(Anchor::After(249), &more);
    assert_eq!(shown(&timeline), (200, 400));
    assert_eq!(timeline.load_newer(), Some(Anchor::After(400)));
    timeline.insert(502);
    timeline.take_page(Anchor::After(400), &page(401..=501, true));
    assert!(!timeline.has_after);
    assert_eq!(timeline.newest(), Some(502));
    assert!(timeline.insert(503));
}

#[test]
fn the_latest_has_to_be_loaded_from_the_middle() {
    assert!(middle().jump_to_latest());
    assert!(!loaded(1..=9, false).jump_to_latest());
}

#[test]
fn a_stretch_in_the_middle_is_not_kept_for_later() {
    let mut timeline = middle();
    timeline.trim();
    assert_eq!(timeline.loading(), Loading::Unloaded);
}

#[test]
fn what_is_at_hand_is_shown_around_without_loading() {
    let mut timeline = loaded(1..=1000, false);
    assert!(timeline.show_around(300));
    assert_eq!(shown(&timeline), (200, 599));
    assert!(timeline.show_around(1));
    assert_eq!(shown(&timeline), (1, 400));
    assert!(!timeline.show_around(1001));
}

#[test]
fn of_pages_on_their_way_the_one_asked_for_last_is_taken_whichever_comes_first() {
    let mut timeline = Timeline::default();
    timeline.load_fresh(Anchor::Newest, 500);
    timeline.load_fresh(Anchor::Around(225), 500);
    let around = Page {
        has_after: true,
        ..page(200..=249, true)
    };
    assert!(timeline.take_page(Anchor::Around(225), &around));
    assert!(!timeline.take_page(Anchor::Newest, &page(451..=500, true)));
    assert_eq!(shown(&timeline), (200, 249));
}

#[test]
fn a_newer_page_that_does_not_fit_moves_what_is_shown() {
    let mut timeline = middle();
    let mut last = 249;
    while last < 700 {
        assert_eq!(timeline.load_newer(), Some(Anchor::After(last)));
        let mut more = page(last + 1..=last + 50, true);
        more.has_after = true;
        timeline.take_page(Anchor::After(last), &more);
        last += 50;
    }
    let (first, end) = shown(&timeline);
    assert!(first > 200 && end == last, "{first} to {end}");
}
