//! How everybody gets to where they are, which takes no time.

use std::{collections::BTreeMap, rc::Rc};

use gateway_core::region::Region;
use protocol::{
    api::Caller,
    id::{ChannelId, NotAnId, SessionId, UserId, WorkspaceId},
    ring::Ring,
};

use super::{
    CHANNEL_SERVER, Event, Globe, HOME_SERVER, atlas,
    audience::Audience,
    channel::ChannelThread,
    cost::Costs,
    gateway::{GatewayThread, ToGateway},
    thread::Thread,
    town::{SOCKETS_MAX, Town},
};
use crate::{agenda::Agenda, failure::Failure, random::Random};

/// Names that are tried at the most until one belongs where it is to; one in two does.
const TRIES: u32 = 1_000;

impl Globe {
    /// A world in which everybody is connected and has the channel.
    pub fn new(town: Town) -> Result<Self, Failure> {
        let ring = Rc::new(Ring::new(1, 2));
        let mut random = Random::new(town.seed);
        let names: Vec<String> = Region::ALL
            .into_iter()
            .flat_map(|region| (0..town.slots).map(move |slot| format!("{region}/{slot}")))
            .collect();
        let channel_id = named(&ring, 'C', CHANNEL_SERVER, ChannelId::parse)?;
        let workspace = named(&ring, 'T', HOME_SERVER, WorkspaceId::parse)?;
        let session = named(&ring, 'S', HOME_SERVER, SessionId::parse)?;
        let channel_name: Rc<str> = channel_id.as_str().into();
        let gateways = names.iter().enumerate().map(|(index, name)| {
            GatewayThread::new(index, name, channel_name.clone(), &town, ring.clone())
        });
        let mut globe = Self {
            now_ns: 0,
            costs: Costs::NOTHING,
            agenda: Agenda::default(),
            channel_id,
            channel: ChannelThread::new(&town, ring.clone(), &names)?,
            channel_thread: Thread::default(),
            gateways: gateways.collect(),
            gateway_threads: names.iter().map(|_| Thread::default()).collect(),
            audience: Audience::new(&town, names.len()),
            random: Random::new(random.bits()),
            town,
        };
        let by_name: BTreeMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
        let mut users = Vec::new();
        for region in Region::ALL {
            for _ in 0..atlas::share(region, town.people) {
                let user = citizen(&ring, users.len())?;
                let caller = Caller {
                    workspace: workspace.clone(),
                    user: user.clone(),
                    session: session.clone(),
                    role: protocol::api::Role::Member,
                };
                users.push(user);
                let name = region.gateway_of(&caller.user, town.slots);
                let gateway = by_name.get(name.as_str()).copied().unwrap_or(0);
                if let Some(connection) = globe.audience.add(gateway, &mut random) {
                    let arrives = ToGateway::Arrives(connection, caller);
                    globe.agenda.put(0, Event::ToGateway(gateway, arrives));
                }
            }
        }
        if globe.audience.largest() > SOCKETS_MAX {
            let how = format!("{} browsers on one gateway", globe.audience.largest());
            return Err(Failure::Simulator(how));
        }
        let founder = users.pop().map(|user| Caller {
            workspace,
            user,
            session,
            role: protocol::api::Role::Member,
        });
        if let Some(founder) = founder {
            let id = globe.channel_id.clone();
            globe.channel.found(founder, id, users, &mut random)?;
        }
        globe.go_on_while(|globe| !globe.audience.is_ready())?;
        globe.costs = town.costs;
        Ok(globe)
    }
}

/// An id that belongs on this server.
fn named<T>(
    ring: &Ring,
    letter: char,
    server: u32,
    parse: impl Fn(&str) -> Result<T, NotAnId>,
) -> Result<T, Failure> {
    let id = (0..TRIES)
        .map(|number| format!("{letter}{number}"))
        .find(|id| ring.owner(id) == server)
        .unwrap_or_default();
    parse(&id).map_err(|error| Failure::Simulator(error.to_string()))
}

/// The id of a person, whose own log is not on the channel's server.
fn citizen(ring: &Ring, number: usize) -> Result<UserId, Failure> {
    let id = (0..TRIES)
        .map(|salt| format!("U{number}-{salt}"))
        .find(|id| ring.owner(id) == HOME_SERVER)
        .unwrap_or_default();
    UserId::parse(&id).map_err(|error| Failure::Simulator(error.to_string()))
}
