//! Figures: what is measured, in which unit, and what it has to reach.

use std::fmt::{self, Display};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name in JSON, with the unit at its end.
    pub key: &'static str,
    /// What a person reads.
    pub label: &'static str,
}

/// The bound that a figure has to keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
}

/// One measured value.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub kind: Kind,
    /// How much it was; `None` where it cannot be observed.
    pub value: Option<f64>,
    /// What Heliograph has to reach.
    pub goal: Option<Goal>,
}

macro_rules! kinds {
    ($($name:ident $key:literal $label:literal)*) => {
        $(#[doc = $label] pub const $name: Kind = Kind { key: $key, label: $label };)*
    };
}

kinds! {
    DELIVERIES_PER_S "deliveries_per_s" "deliveries a second"
    MESSAGES_PER_S "messages_per_s" "messages a second"
    CPU_PER_DELIVERY "server_cpu_us_per_delivery" "server CPU a delivery, µs"
    CPU_PER_MESSAGE "server_cpu_us_per_message" "server CPU a message, µs"
    EVENTS_PER_FRAME "events_per_frame" "events a frame"
    P50 "p50_ms" "p50, ms"
    P99 "p99_ms" "p99, ms"
    SERVER_CPU "server_cpu_cores" "server CPU, cores"
    GENERATOR_CPU "generator_cpu_cores" "generator CPU, cores"
    OTHERS_CPU "others_cpu_cores" "CPU of everything else, cores"
    RESIDENT "resident_mb" "resident memory, MB"
    MEMORY_PER_SOCKET "memory_kb_per_socket" "memory growth a socket, KB"
    CONNECTS_PER_S "connects_per_s" "connects a second"
    IDLE_CPU "idle_cpu_cores" "server CPU when idle, cores"
    GATEWAYS_ASLEEP "gateways_asleep" "gateways asleep"
    CHANNEL_SERVERS_ASLEEP "channel_servers_asleep" "channel servers asleep"
    CAUGHT_UP "caught_up_s" "all back and caught up, s"
    CPU_PER_CONNECT "server_cpu_us_per_connect" "server CPU a connect, µs"
    CHANNEL_SERVER_READS "channel_server_reads" "reads of channel servers"
    LINK_FRAMES "link_frames" "link frames to channel servers"
    WASM_MEMORY "wasm_mb" "of it wasm, MB"
    LIVE_P50 "live_p50_ms" "live traffic's p50 meanwhile, ms"
    LIVE_P99 "live_p99_ms" "live traffic's p99 meanwhile, ms"
    WAKE "wake_ms" "send to receipt after sleep, ms"
    AWAKE "awake_ms" "send to receipt awake, ms"
}

impl Kind {
    /// So much of it.
    pub fn is(self, value: f64) -> Figure {
        Figure {
            kind: self,
            value: Some(value),
            goal: None,
        }
    }

    /// It cannot be observed from outside.
    pub fn is_unknown(self) -> Figure {
        Figure {
            kind: self,
            value: None,
            goal: None,
        }
    }
}

impl Figure {
    /// It has to be at least so much.
    pub fn at_least(self, bound: f64) -> Self {
        let goal = Some(Goal::AtLeast(bound));
        Self { goal, ..self }
    }

    /// It has to be at most so much.
    pub fn at_most(self, bound: f64) -> Self {
        let goal = Some(Goal::AtMost(bound));
        Self { goal, ..self }
    }
}

impl Goal {
    /// Whether a value keeps the bound.
    pub fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

impl Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, "≥ {}", number(*bound)),
            Self::AtMost(bound) => write!(f, "≤ {}", number(*bound)),
        }
    }
}

/// Three significant digits, and thousands apart.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text
        .split_once('.')
        .map_or((&*text, ""), |(whole, fraction)| (whole, fraction));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_that_count() {
        for (value, text) in [
            (1_512_345.6, "1,512,346"),
            (999.4, "999"),
            (12.34, "12.3"),
            (1.234, "1.23"),
            (0.2345, "0.234"),
            (0.0, "0.000"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_goal_may_be_met_exactly() {
        assert!(Goal::AtLeast(5.0).is_met(5.0) && !Goal::AtLeast(5.0).is_met(4.9));
        assert!(Goal::AtMost(5.0).is_met(5.0) && !Goal::AtMost(5.0).is_met(5.1));
        assert_eq!(Goal::AtMost(0.7).to_string(), "≤ 0.700");
    }
}
