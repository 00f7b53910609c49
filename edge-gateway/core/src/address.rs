//! Addresses: how often one of them may try to get in.
//!
//! An isolate of the Worker knows what came to it, not what came to others: an address that reaches several is given as much by each.
//! What has to hold whatever happens does not rest on this: codes and tokens are too long to be guessed at any rate.

use std::net::IpAddr;

use protocol::{
    api::Caller,
    error::{Code, Refusal},
    hash::point,
    rate::Buckets,
    rates::Rates,
};

use crate::denial::Denial;

/// Who asks where the platform does not say from where: locally.
const LOCAL: &str = "local";

/// Where a request came from, as limits see it: an IPv4 address, or the network of an IPv6 address, of which whoever has one has 2⁶⁴.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(u64);

impl Address {
    /// The address in the header `cf-connecting-ip`, which the platform sets.
    #[must_use]
    pub fn parse(header: Option<&str>) -> Self {
        let text = header.map_or(LOCAL, str::trim);
        Self(
            match text.parse().map(|address: IpAddr| address.to_canonical()) {
                Ok(IpAddr::V4(address)) => point(&address.octets()),
                Ok(IpAddr::V6(address)) => {
                    let [network @ .., _, _, _, _, _, _, _, _] = address.octets();
                    point(&network)
                }
                Err(_) => point(text.as_bytes()),
            },
        )
    }
}

/// What addresses may still do now.
#[derive(Debug, Default)]
pub struct Addresses {
    entries: Buckets,
    upgrades: Buckets,
    strangers: Buckets,
}

impl Addresses {
    /// Whether a workspace may be made, or a code tried, from an address.
    pub fn enter(&mut self, from: Address, rates: &Rates, now_ms: u64) -> Result<(), Refusal> {
        limited(self.entries.take(from.0, rates.entries, now_ms))
    }

    /// Whether a socket may be asked for from an address.
    pub fn upgrade(&mut self, from: Address, rates: &Rates, now_ms: u64) -> Result<(), Refusal> {
        limited(self.upgrades.take(from.0, rates.upgrades, now_ms))
    }

    /// What is said to a call from an address whose credentials were refused at the door. Each that shows none, or none of ours,
    /// counts.
    pub fn refused(
        &mut self,
        refusal: Refusal,
        from: Address,
        rates: &Rates,
        now_ms: u64,
    ) -> Refusal {
        let counted = self.count(refusal.code, from.0, rates, now_ms);
        counted.err().unwrap_or(refusal)
    }

    /// Whether the user's log may be asked about a caller's session: not where it has said too often that this one has ended.
    pub fn check(&self, caller: &Caller, rates: &Rates, now_ms: u64) -> Result<(), Refusal> {
        let session = Buckets::key(caller.session.as_str());
        limited(self.strangers.look(session, rates.strangers, now_ms))
    }

    /// What is said to a caller who was denied something behind the door. A session that has ended counts by itself: others of
    /// the same address are none the worse for it.
    pub fn denied(
        &mut self,
        denial: Denial,
        caller: &Caller,
        rates: &Rates,
        now_ms: u64,
    ) -> Denial {
        let session = Buckets::key(caller.session.as_str());
        let counted = self.count(denial.problem.code, session, rates, now_ms);
        counted.err().map_or(denial, Denial::from)
    }

    fn count(&mut self, code: Code, key: u64, rates: &Rates, now_ms: u64) -> Result<(), Refusal> {
        if code != Code::NotAuthenticated {
            return Ok(());
        }
        limited(self.strangers.take(key, rates.strangers, now_ms))
    }
}

fn limited(taken: Result<(), u64>) -> Result<(), Refusal> {
    taken.map_err(|wait_ms| Refusal::rate_limited("address", wait_ms))
}

#[cfg(test)]
mod tests {
    use protocol::{
        id::{SessionId, UserId, WorkspaceId},
        rate::Rate,
    };

    use super::*;

    const ONE: Rates = Rates::all(Rate::per_s(1, 1));

    fn address(text: &str) -> Address {
        Address::parse(Some(text))
    }

    fn caller(session: &str) -> Caller {
        Caller {
            workspace: WorkspaceId::parse("T1").unwrap(),
            user: UserId::parse("U1").unwrap(),
            session: SessionId::parse(session).unwrap(),
            role: protocol::api::Role::Member,
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_so_is_each_of_ipv4() {
        let one = address("2001:db8:1:2::1");
        assert_eq!(one, address("2001:0db8:0001:0002:ffff:ffff:ffff:ffff"));
        assert_ne!(one, address("2001:db8:1:3::1"));
        assert_ne!(address("203.0.113.7"), address("203.0.113.8"));
        assert_eq!(address(" 203.0.113.7"), address("::ffff:203.0.113.7"));
    }

    #[test]
    fn without_an_address_all_are_one() {
        assert_eq!(Address::parse(None), Address::parse(None));
        assert_eq!(Address::parse(None), address("local"));
        assert_ne!(Address::parse(None), address("203.0.113.7"));
    }

    #[test]
    fn each_address_and_each_thing_has_a_rate_of_its_own() {
        let mut addresses = Addresses::default();
        let (here, there) = (address("203.0.113.7"), address("203.0.113.8"));
        assert!(addresses.enter(here, &ONE, 0).is_ok());
        let refusal = addresses.enter(here, &ONE, 0).unwrap_err();
        assert_eq!(
            (refusal.code, refusal.retry_after_ms),
            (Code::RateLimited, Some(1_000))
        );
        assert!(addresses.enter(there, &ONE, 0).is_ok());
        assert!(addresses.upgrade(here, &ONE, 0).is_ok());
        assert!(addresses.upgrade(here, &ONE, 0).is_err());
        assert!(addresses.enter(here, &ONE, 1_000).is_ok());
    }

    #[test]
    fn an_address_without_a_session_is_told_so_and_then_to_wait() {
        let mut addresses = Addresses::default();
        let here = address("203.0.113.7");
        let mut said = |now_ms| {
            addresses
                .refused(Refusal::not_authenticated(), here, &ONE, now_ms)
                .code
        };
        assert_eq!(said(0), Code::NotAuthenticated);
        assert_eq!(said(0), Code::RateLimited);
        assert_eq!(said(1_000), Code::NotAuthenticated);
    }

    #[test]
    fn other_refusals_count_nothing() {
        let mut addresses = Addresses::default();
        let here = address("203.0.113.7");
        for _ in 0..20 {
            let refusal = Refusal::new(Code::Forbidden, "origin");
            assert_eq!(
                addresses.refused(refusal, here, &ONE, 0).code,
                Code::Forbidden
            );
            let hidden = addresses.denied(Refusal::not_found().into(), &caller("S1"), &ONE, 0);
            assert_eq!(hidden.problem.code, Code::NotFound);
        }
        assert!(addresses.check(&caller("S1"), &ONE, 0).is_ok());
    }

    #[test]
    fn a_session_that_has_ended_is_not_asked_about_for_ever_and_harms_no_other() {
        let mut addresses = Addresses::default();
        let (gone, alive) = (caller("S1"), caller("S2"));
        assert!(addresses.check(&gone, &ONE, 0).is_ok());
        let denial = addresses.denied(Refusal::not_authenticated().into(), &gone, &ONE, 0);
        assert_eq!(denial.problem.code, Code::NotAuthenticated);
        let refusal = addresses.check(&gone, &ONE, 0).unwrap_err();
        assert_eq!(refusal.retry_after_ms, Some(1_000));
        assert!(addresses.check(&alive, &ONE, 0).is_ok());
        assert!(addresses.check(&gone, &ONE, 1_000).is_ok());
    }
}
