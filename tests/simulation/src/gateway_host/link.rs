//! Links and dials, which die with the memory of their object.

use gateway_core::gateway::Server;

use super::GatewayHost;
use crate::{
    action::{Action, Ask, Asker, Object},
    tamper,
    wire::{Parcel, Post, Side, WireId},
};

/// A link or a dial on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub generation: u64,
    pub wire: Option<WireId>,
}

impl GatewayHost {
    pub(super) fn dial(&mut self, server: Server, generation: u64, actions: &mut Vec<Action>) {
        let link = Link {
            generation,
            wire: None,
        };
        self.links.insert(server, link);
        let (gateway, life) = (self.index, self.life);
        actions.push(Action::Ask {
            asker: Asker::Dial {
                gateway,
                life,
                server: server.0,
                generation,
            },
            to: Object::Server(server.0),
            ask: Ask::OpenLink {
                dialler: Post::GatewayLink {
                    gateway,
                    life,
                    server: server.0,
                    generation,
                },
                gateway: self.name.clone(),
            },
        });
    }

    pub(super) fn send_up(
        &self,
        server: Server,
        generation: u64,
        bytes: &[u8],
        actions: &mut Vec<Action>,
    ) -> bool {
        let wire = self
            .links
            .get(&server)
            .filter(|link| link.generation == generation)
            .and_then(|link| link.wire);
        let Some(wire) = wire else {
            return false;
        };
        actions.push(Action::Send {
            wire,
            from: Side::Dialler,
            parcel: Parcel::Binary(tamper::up(bytes, self.mistake).into()),
        });
        true
    }

    /// Forgets a link or dial, and gives it.
    pub(super) fn forget_link(&mut self, server: Server, generation: u64) -> Option<Link> {
        let link = self.links.get(&server)?;
        if link.generation != generation {
            return None;
        }
        self.links.remove(&server)
    }
}
