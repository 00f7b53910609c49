//! The gateways' links that are open now.

use fnv::FnvHashMap;

use crate::{fault::Fault, io::LinkId, sql::Sql};

/// A gateway, as this server numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GatewayId(pub u32);

/// The open links.
#[derive(Debug, Default)]
pub struct Links {
    gateways: FnvHashMap<LinkId, GatewayId>,
    links: FnvHashMap<GatewayId, LinkId>,
}

impl Links {
    /// The number of a gateway, a new one where it has none.
    pub fn number(sql: &impl Sql, name: &str) -> Result<GatewayId, Fault> {
        const FIND: &str = "SELECT id FROM gateways WHERE name = ?";
        if let Some(row) = sql.exec(FIND, &[name.into()])?.first() {
            return Ok(GatewayId(row.int(0)?));
        }
        sql.exec("INSERT INTO gateways (name) VALUES (?)", &[name.into()])?;
        match sql.exec(FIND, &[name.into()])?.first() {
            Some(row) => Ok(GatewayId(row.int(0)?)),
            None => Err(crate::sql::SqlError("a gateway has no number".to_owned()).into()),
        }
    }

    /// Takes a link in and gives the one whose place it takes.
    pub fn open(&mut self, link: LinkId, gateway: GatewayId) -> Option<LinkId> {
        self.gateways.insert(link, gateway);
        let old = self.links.insert(gateway, link);
        if let Some(old) = old {
            self.gateways.remove(&old);
        }
        old
    }

    /// Forgets a link and gives its gateway, unless another link took its place before.
    pub fn close(&mut self, link: LinkId) -> Option<GatewayId> {
        let gateway = self.gateways.remove(&link)?;
        self.links.remove(&gateway);
        Some(gateway)
    }

    /// The gateway at the other end.
    pub fn gateway(&self, link: LinkId) -> Option<GatewayId> {
        self.gateways.get(&link).copied()
    }

    /// The link of a gateway.
    pub fn of(&self, gateway: GatewayId) -> Option<LinkId> {
        self.links.get(&gateway).copied()
    }
}
