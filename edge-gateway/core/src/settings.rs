//! Settings: the Worker's variables and its secret, parsed.

use std::fmt;

use protocol::{
    error::Refusal,
    rates::{BadRate, Rates},
};

use crate::{
    key::{BadKey, SessionKey},
    metrics::MetricsToken,
    query::Fields,
    region::{Place, Region},
};

const CHANNEL_SERVERS_DEFAULT: u32 = 16;
/// More would make the ring slow to build in every isolate.
const CHANNEL_SERVERS_MAX: u32 = 1_024;
const GATEWAY_SLOTS_DEFAULT: u32 = 1;
const GATEWAY_SLOTS_MAX: u32 = 4_096;

/// What the Worker was deployed with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Signs the sessions.
    pub key: SessionKey,
    /// How many channel servers stand on the ring, from `CHANNEL_SERVERS`.
    pub channel_servers: u32,
    /// How many gateways a region has, from `GATEWAY_SLOTS`.
    pub gateway_slots: u32,
    /// Whether anybody may make a workspace: `SIGNUP` is `open`.
    pub is_signup_open: bool,
    /// Whether a request may choose its region: `ENVIRONMENT` is `development`.
    pub is_development: bool,
    /// How often what may be done, from the variables that begin with `RATE_`.
    pub rates: Rates,
    /// Who may read the metrics, from `METRICS_TOKEN`.
    pub metrics_token: Option<MetricsToken>,
}

/// Why the Worker cannot work as it was deployed. It holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadSettings {
    /// The key is not fit to sign with.
    Key(BadKey),
    /// A variable is no number, or out of range.
    Number {
        /// Which.
        name: &'static str,
        /// The largest number it takes.
        max: u32,
    },
    /// A variable is no rate.
    Rate(BadRate),
}

impl fmt::Display for BadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(bad) => bad.fmt(f),
            Self::Rate(bad) => bad.fmt(f),
            Self::Number { name, max } => write!(f, "{name} has to be 1 to {max}"),
        }
    }
}

impl std::error::Error for BadSettings {}

impl Settings {
    /// The settings in the variables that `variable` gives by name.
    pub fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, BadSettings> {
        let number = |name, default, max| {
            let Some(text) = variable(name) else {
                return Ok(default);
            };
            text.trim()
                .parse()
                .ok()
                .filter(|number| (1..=max).contains(number))
                .ok_or(BadSettings::Number { name, max })
        };
        let key = variable("SESSION_KEY").unwrap_or_default();
        let key = SessionKey::parse(&key).map_err(BadSettings::Key)?;
        let metrics_token = variable("METRICS_TOKEN");
        Ok(Self {
            metrics_token: metrics_token.and_then(|token| MetricsToken::parse(&token, &key)),
            key,
            channel_servers: number(
                "CHANNEL_SERVERS",
                CHANNEL_SERVERS_DEFAULT,
                CHANNEL_SERVERS_MAX,
            )?,
            gateway_slots: number("GATEWAY_SLOTS", GATEWAY_SLOTS_DEFAULT, GATEWAY_SLOTS_MAX)?,
            is_signup_open: variable("SIGNUP").as_deref() == Some("open"),
            is_development: variable("ENVIRONMENT").as_deref() == Some("development"),
            rates: Rates::parse(&variable).map_err(BadSettings::Rate)?,
        })
    }

    /// The region that a request chooses for itself by `?region=` or the header `x-heliograph-region`, in development only.
    pub fn chosen_region(
        &self,
        query: &Fields<'_>,
        header: Option<&str>,
    ) -> Result<Option<Region>, Refusal> {
        if !self.is_development {
            return Ok(None);
        }
        let name = query.one("region")?.or(header);
        name.map(Region::parse).transpose()
    }

    /// The region of a request: what it chooses, else where it came in.
    pub fn region(
        &self,
        query: &Fields<'_>,
        header: Option<&str>,
        place: &Place,
    ) -> Result<Region, Refusal> {
        let chosen = self.chosen_region(query, header)?;
        Ok(chosen.unwrap_or_else(|| Region::near(place)))
    }
}

#[cfg(test)]
mod tests {
    use protocol::rate::Rate;

    use super::*;

    fn settings(more: &[(&str, &str)]) -> Result<Settings, BadSettings> {
        Settings::parse(|name| {
            let key = [("SESSION_KEY", "xK9vT2mQ7bLwR4nZ8cYpH3sJ6dGfA1uE5iOoN0rVtWk")];
            more.iter()
                .chain(&key)
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_not_said_is_closed_and_not_development() {
        let settings = settings(&[]).unwrap();
        assert!(!settings.is_signup_open);
        assert!(!settings.is_development);
        assert_eq!(settings.channel_servers, CHANNEL_SERVERS_DEFAULT);
    }

    #[test]
    fn without_a_fit_key_there_are_no_settings() {
        let bad = settings(&[("SESSION_KEY", "changeme")]).unwrap_err();
        assert_eq!(bad, BadSettings::Key(BadKey::Placeholder));
        let none = Settings::parse(|_| None).unwrap_err();
        assert_eq!(none.to_string(), "SESSION_KEY is not set");
    }

    #[test]
    fn numbers_have_to_be_in_range() {
        for bad in ["0", "-1", "x", "", "4097"] {
            assert!(settings(&[("GATEWAY_SLOTS", bad)]).is_err(), "{bad:?}");
        }
        assert_eq!(
            settings(&[("CHANNEL_SERVERS", "64")])
                .unwrap()
                .channel_servers,
            64
        );
    }

    #[test]
    fn a_rate_that_is_none_is_named() {
        let bad = settings(&[("RATE_CALLS", "many")]).unwrap_err();
        assert!(bad.to_string().starts_with("RATE_CALLS: "), "{bad}");
        let fit = settings(&[("RATE_CALLS", "7/s burst 70")]).unwrap();
        assert_eq!(fit.rates.calls, Rate::per_s(7, 70));
    }

    /// The variables in the deployment's file, which are strings.
    fn deployed(name: &str) -> Option<String> {
        include_str!("../../../wrangler.toml")
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(key, _)| key.trim() == name)
            .map(|(_, value)| value.trim().trim_matches('"').to_owned())
    }

    #[test]
    fn what_is_deployed_is_what_is_meant_and_documented() {
        let mut names = Vec::new();
        let rates = Rates::parse(&|name| {
            assert!(deployed(name).is_some(), "{name} is not in wrangler.toml");
            deployed(name)
        });
        assert_eq!(rates, Ok(Rates::default()));
        for line in include_str!("../../../wrangler.toml").lines() {
            if let Some((name, value)) = line.split_once(" = ")
                && name.starts_with("RATE_")
            {
                let value = value.trim_matches('"');
                let row = format!("| `{name}` | {value} |");
                let readme = include_str!("../../../README.md");
                assert!(readme.contains(&row), "README.md has no {row}");
                names.push(name);
            }
        }
        assert_eq!(names.len(), 9);
    }

    #[test]
    fn a_request_chooses_its_region_in_development_only() {
        let query = Fields::of_url("/?region=me");
        let place = Place::default();
        let development = settings(&[("ENVIRONMENT", "development")]).unwrap();
        assert_eq!(
            development.region(&query, Some("oc"), &place),
            Ok(Region::Me)
        );
        let none = Fields::default();
        assert_eq!(
            development.region(&none, Some("oc"), &place),
            Ok(Region::Oc)
        );
        assert_eq!(development.region(&none, None, &place), Ok(Region::Enam));
        let unknown = Fields::of_url("/?region=mars");
        assert!(development.region(&unknown, None, &place).is_err());

        let production = settings(&[("ENVIRONMENT", "production")]).unwrap();
        assert_eq!(
            production.region(&unknown, Some("oc"), &place),
            Ok(Region::Enam)
        );
    }
}
