//! Latencies, as percentiles.

use hdrhistogram::Histogram;

/// The latencies of many messages, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latency {
    /// How many were measured.
    pub count: u64,
    /// Half were faster.
    pub p50_ms: f64,
    /// One of a hundred was slower.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

impl Latency {
    /// Those of a histogram in microseconds.
    pub fn of(histogram_us: &Histogram<u64>) -> Self {
        let at = |quantile| ms(histogram_us.value_at_quantile(quantile));
        Self {
            count: histogram_us.len(),
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            max_ms: ms(histogram_us.max()),
        }
    }
}

fn ms(us: u64) -> f64 {
    us as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_latencies() {
        let mut histogram = Histogram::new(3).unwrap();
        for us in 1..=1_000 {
            histogram.record(us).unwrap();
        }
        let latency = Latency::of(&histogram);
        assert_eq!(latency.count, 1_000);
        assert!((latency.p50_ms - 0.5).abs() < 0.001, "{latency:?}");
        assert!((latency.p99_ms - 0.99).abs() < 0.001, "{latency:?}");
        assert!((latency.max_ms - 1.0).abs() < 0.001, "{latency:?}");
    }

    #[test]
    fn nothing_measured_is_no_latency() {
        assert_eq!(Latency::of(&Histogram::new(3).unwrap()).count, 0);
    }
}
