//! Regions: where a user's gateway stands.
//!
//! A region is a location hint of Durable Objects. Cloudflare says where a request came in by continent, country and
//! longitude (`request.cf`), and names the hints, but gives no table from the ones to the others. This one follows the
//! sub-regions of the United Nations (M49): Eastern Europe with the Baltic and the western Balkans is `eeur`, Western Asia with
//! Iran and Egypt is `me`. North America is cut at the 100th meridian west, between Denver and Dallas.

use std::fmt;

use protocol::{error::Refusal, hash::point, id::UserId};

/// Where a gateway stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    /// Western North America.
    Wnam,
    /// Eastern North America.
    Enam,
    /// South America.
    Sam,
    /// Western Europe.
    Weur,
    /// Eastern Europe.
    Eeur,
    /// Asia and the Pacific.
    Apac,
    /// Oceania.
    Oc,
    /// Africa.
    Afr,
    /// The Middle East.
    Me,
}

/// Where nothing is known of a place, as for requests from Tor.
const ELSEWHERE: Region = Region::Enam;
/// Degrees east.
const NORTH_AMERICA_CUT: f64 = -100.0;
const EASTERN_EUROPE: &[&str] = &[
    "AL", "BA", "BG", "BY", "CZ", "EE", "HR", "HU", "LT", "LV", "MD", "ME", "MK", "PL", "RO", "RS",
    "RU", "SI", "SK", "UA", "XK",
];
const MIDDLE_EAST: &[&str] = &[
    "AE", "AM", "AZ", "BH", "CY", "EG", "GE", "IL", "IQ", "IR", "JO", "KW", "LB", "OM", "PS", "QA",
    "SA", "SY", "TR", "YE",
];

/// Where a request came in, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Two letters: `AF AN AS EU NA OC SA`.
    pub continent: Option<String>,
    /// Two letters (ISO 3166-1).
    pub country: Option<String>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

impl Region {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Wnam,
        Self::Enam,
        Self::Sam,
        Self::Weur,
        Self::Eeur,
        Self::Apac,
        Self::Oc,
        Self::Afr,
        Self::Me,
    ];

    /// The nearest one.
    #[must_use]
    pub fn near(place: &Place) -> Self {
        let country = place.country.as_deref().unwrap_or_default();
        if MIDDLE_EAST.contains(&country) {
            return Self::Me;
        }
        match place.continent.as_deref() {
            Some("AF") => Self::Afr,
            Some("AS") => Self::Apac,
            Some("OC") => Self::Oc,
            Some("SA") => Self::Sam,
            Some("EU") if EASTERN_EUROPE.contains(&country) => Self::Eeur,
            Some("EU") => Self::Weur,
            Some("NA") if place.longitude.is_some_and(|at| at < NORTH_AMERICA_CUT) => Self::Wnam,
            Some("NA") => Self::Enam,
            _ => ELSEWHERE,
        }
    }

    /// The region of this name.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        Self::ALL
            .into_iter()
            .find(|region| region.as_str() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::as_str).join(" ");
                Refusal::invalid(format!("region is one of {names}"))
            })
    }

    /// Its name, which is also the location hint.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wnam => "wnam",
            Self::Enam => "enam",
            Self::Sam => "sam",
            Self::Weur => "weur",
            Self::Eeur => "eeur",
            Self::Apac => "apac",
            Self::Oc => "oc",
            Self::Afr => "afr",
            Self::Me => "me",
        }
    }

    /// The name of the gateway, `region/slot`, that holds all of a user's sockets in this region.
    #[must_use]
    pub fn gateway_of(self, user: &UserId, slots: u32) -> String {
        let slot = point(user.as_str().as_bytes()) % u64::from(slots.max(1));
        format!("{self}/{slot}")
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(continent: &str, country: &str, longitude: f64) -> Region {
        Region::near(&Place {
            continent: Some(continent.to_owned()),
            country: Some(country.to_owned()),
            longitude: Some(longitude),
        })
    }

    #[test]
    fn cities_go_to_the_region_they_are_in() {
        for (city, continent, country, longitude, region) in [
            ("Seattle", "NA", "US", -122.3, Region::Wnam),
            ("Denver", "NA", "US", -105.0, Region::Wnam),
            ("Dallas", "NA", "US", -96.8, Region::Enam),
            ("Toronto", "NA", "CA", -79.4, Region::Enam),
            ("Panama City", "NA", "PA", -79.5, Region::Enam),
            ("Lima", "SA", "PE", -77.0, Region::Sam),
            ("Lisbon", "EU", "PT", -9.1, Region::Weur),
            ("Helsinki", "EU", "FI", 24.9, Region::Weur),
            ("Warsaw", "EU", "PL", 21.0, Region::Eeur),
            ("Belgrade", "EU", "RS", 20.5, Region::Eeur),
            ("Istanbul", "AS", "TR", 29.0, Region::Me),
            ("Dubai", "AS", "AE", 55.3, Region::Me),
            ("Cairo", "AF", "EG", 31.2, Region::Me),
            ("Mumbai", "AS", "IN", 72.9, Region::Apac),
            ("Tokyo", "AS", "JP", 139.7, Region::Apac),
            ("Auckland", "OC", "NZ", 174.8, Region::Oc),
            ("Nairobi", "AF", "KE", 36.8, Region::Afr),
        ] {
            assert_eq!(near(continent, country, longitude), region, "{city}");
        }
    }

    #[test]
    fn an_unknown_place_has_a_region_too() {
        assert_eq!(Region::near(&Place::default()), ELSEWHERE);
        assert_eq!(near("T1", "T1", f64::NAN), ELSEWHERE);
    }

    #[test]
    fn a_region_is_read_by_its_name_alone() {
        for region in Region::ALL {
            assert_eq!(Region::parse(region.as_str()).unwrap(), region);
        }
        for unknown in ["", "WEUR", "mars", "weur/0"] {
            assert!(Region::parse(unknown).is_err(), "{unknown:?}");
        }
    }

    #[test]
    fn a_user_stays_on_one_gateway_of_a_region() {
        let user = UserId::parse("U1").unwrap();
        let slot = point(b"U1") % 4;
        assert_eq!(Region::Weur.gateway_of(&user, 4), format!("weur/{slot}"));
        assert_eq!(Region::Me.gateway_of(&user, 0), "me/0");
    }
}
