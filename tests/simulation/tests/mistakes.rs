//! The simulation finds what is wrong: every mistake that is made on purpose is caught within a few seeds.

use simulation::{campaign::Campaign, mistake::Mistake};

/// Most mistakes show within so many seeds.
const SOON: u64 = 50;
/// Some take two faults at the right moment and nothing after that which mends them.
const LATER: u64 = 400;

fn is_caught(mistake: Mistake, seeds: u64) {
    let campaign = Campaign {
        first: 1,
        seeds,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        mistake: Some(mistake),
    };
    let failed = campaign.run().failed;
    assert!(failed.is_some(), "{mistake} was not found in {seeds} seeds");
}

macro_rules! caught {
    ($($name:ident: $mistake:ident $seeds:ident,)*) => {
        $(
            #[test]
            fn $name() {
                is_caught(Mistake::$mistake, $seeds);
            }
        )*

        #[test]
        fn every_mistake_has_a_test() {
            assert_eq!([$(Mistake::$mistake),*], Mistake::ALL);
        }
    };
}

caught! {
    an_acknowledgement_before_the_write_is_caught: AckBeforeWrite SOON,
    a_seq_that_is_given_twice_after_a_restart_is_caught: StaleSnapshot SOON,
    half_a_turn_in_the_storage_is_caught: TornTurn SOON,
    sends_that_are_forgotten_on_eviction_are_caught: SendsForgotten SOON,
    effects_that_are_taken_in_twice_are_caught: InboxForgotten LATER,
    subscriptions_that_are_forgotten_on_eviction_are_caught: SubscriptionsForgotten LATER,
    an_alarm_that_is_not_set_is_caught: AlarmForgotten LATER,
    effects_that_are_lost_on_their_way_are_caught: EffectsPresumedTaken LATER,
    a_resume_that_skips_one_is_caught: ResumeAhead SOON,
    a_resume_that_repeats_one_is_caught: ResumeBehind SOON,
    events_for_somebody_removed_are_caught: RemovalOverlooked SOON,
    browsers_of_a_gateway_without_memory_are_caught: BrowsersKept SOON,
    a_gateway_that_goes_on_from_old_cursors_is_caught: NightNeverEnds SOON,
    a_closed_link_that_is_taken_for_open_is_caught: ClosedLinksRestored LATER,
    a_delivery_that_is_taken_in_again_is_caught: DeliveryUnchecked SOON,
    a_text_that_outlives_its_deletion_in_an_edit_is_caught: EditsKept SOON,
    a_read_marker_that_a_late_read_takes_back_is_caught: ReadMarkerGoesBack SOON,
    a_count_without_where_it_was_counted_is_caught: CountedSeqOverlooked SOON,
    reactions_for_somebody_removed_are_caught: ReactionsAfterRemoval SOON,
    mentions_that_nobody_is_told_of_are_caught: MentionsUntold SOON,
    a_directory_with_old_names_is_caught: DirectoryOutdated SOON,
}
