//! The search for the highest rate that is held.

/// How near to the lowest rate that is not held the result has to be.
const RESOLUTION: f64 = 1.07;
/// A rate below which the search gives up, in messages a second.
const LEAST: f64 = 50.0;

/// A search that doubles until a rate is not held, then halves the gap.
///
/// A rate counts as not held only when it failed twice: neighbours on the machine may have spoilt the first try.
#[derive(Clone, Copy, Debug)]
pub struct Ramp {
    held: Option<f64>,
    failed: Option<f64>,
    rate: f64,
    is_second_try: bool,
}

impl Ramp {
    /// Begins with this rate.
    pub fn new(rate: f64) -> Self {
        Self {
            held: None,
            failed: None,
            rate,
            is_second_try: false,
        }
    }

    /// The rate to try now.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Takes note of whether the rate was held; whether there is another one to try.
    pub fn advance(&mut self, is_held: bool) -> bool {
        if is_held {
            self.held = Some(self.rate);
        } else if self.is_second_try {
            self.failed = Some(self.rate);
        } else {
            self.is_second_try = true;
            return true;
        }
        self.is_second_try = false;
        self.rate = match (self.held, self.failed) {
            (Some(held), None) => held * 2.0,
            (Some(held), Some(failed)) => f64::midpoint(held, failed),
            (None, _) => self.rate / 2.0,
        };
        match (self.held, self.failed) {
            (Some(held), Some(failed)) => failed / held > RESOLUTION,
            (Some(_), None) => true,
            (None, _) => self.rate >= LEAST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(start: f64, limit: f64) -> (Option<f64>, usize) {
        let mut ramp = Ramp::new(start);
        let mut tries = 1;
        while ramp.advance(ramp.rate() <= limit) {
            tries += 1;
        }
        (ramp.held, tries)
    }

    #[test]
    fn the_highest_held_rate_is_found_closely_from_below_and_from_above() {
        for (start, limit) in [(2_000.0, 31_000.0), (2_000.0, 1_100.0), (64.0, 64.0)] {
            let (held, tries) = search(start, limit);
            let held = held.unwrap();
            assert!(
                held <= limit && held * RESOLUTION >= limit,
                "{held} of {limit}"
            );
            assert!(tries < 20, "{tries}");
        }
    }

    #[test]
    fn a_rate_that_fails_once_may_still_be_held() {
        let mut ramp = Ramp::new(1_000.0);
        assert!(ramp.advance(false));
        assert!((ramp.rate() - 1_000.0).abs() < f64::EPSILON);
        assert!(ramp.advance(true));
        assert_eq!(ramp.held, Some(1_000.0));
    }

    #[test]
    fn a_server_that_holds_nothing_ends_the_search() {
        assert_eq!(search(2_000.0, 0.0).0, None);
    }
}
