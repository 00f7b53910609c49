//! An API request on its way in: what its headers, URL and body say.

use gateway_core::{
    address::Address,
    body::Body,
    credential::Credentials,
    origin::Origin,
    query::Fields,
    region::{Place, Region},
    settings::Settings,
};
use js_sys::Reflect;
use protocol::{
    api::Caller,
    call::{Answer, Request as Ask, UserOp},
    id::ChannelId,
};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::{Date, Env, Request, Result, Stub};

use crate::{
    addresses,
    channel_servers::{ChannelServers, unexpected},
    environment,
    fault::Fault,
    stream,
};

/// The binding of the gateways' namespace.
const GATEWAYS: &str = "GATEWAY";
/// Where a request came from: set by the platform, whatever the client says.
const ADDRESS_HEADER: &str = "cf-connecting-ip";

/// An API request.
pub struct Inbound {
    request: Request,
    url: String,
    /// The bindings.
    pub env: Env,
    /// Where it went.
    pub origin: Origin,
    /// What the Worker was deployed with.
    pub settings: Settings,
    /// Whom it may ask.
    pub servers: ChannelServers,
    /// When it came in, in milliseconds since the epoch.
    pub now_ms: u64,
    /// Where it came from.
    pub address: Address,
}

impl Inbound {
    /// Takes a request in.
    pub fn new(request: Request, env: Env) -> std::result::Result<Self, Fault> {
        let settings = environment::settings(&env)?;
        let url = request.inner().url();
        let origin = Origin::parse(&url)
            .ok_or_else(|| worker::Error::RustError(format!("no origin in {url}")))?;
        let address = request.headers().get(ADDRESS_HEADER)?;
        Ok(Self {
            address: Address::parse(address.as_deref()),
            request,
            url,
            origin,
            servers: ChannelServers::new(env.clone(), settings.channel_servers),
            settings,
            env,
            now_ms: Date::now().as_millis(),
        })
    }

    /// A header of the request.
    pub fn header(&self, name: &str) -> Result<Option<String>> {
        self.request.headers().get(name)
    }

    /// The query of the request.
    pub fn query(&self) -> Fields<'_> {
        Fields::of_url(&self.url)
    }

    /// Who asks, by a token that may belong to a session that has ended; not where that was found too often.
    pub fn caller(&self, needs_origin: bool) -> std::result::Result<Caller, Fault> {
        let authorization = self.header("authorization")?;
        let cookie = self.header("cookie")?;
        let origin = self.header("origin")?;
        let credentials = Credentials {
            authorization: authorization.as_deref(),
            cookie: cookie.as_deref(),
            origin: origin.as_deref(),
        };
        let key = &self.settings.key;
        let caller = credentials.caller(&self.origin, needs_origin, key, self.now_ms);
        let (rates, now_ms) = (&self.settings.rates, self.now_ms);
        addresses::with(|addresses| {
            let caller = caller
                .map_err(|refusal| addresses.refused(refusal, self.address, rates, now_ms))?;
            addresses.check(&caller, rates, now_ms)?;
            Ok(caller)
        })
    }

    /// A fault behind the door, as a caller is told it whose session may have ended.
    pub fn behind_the_door(&self, fault: Fault, caller: &Caller) -> Fault {
        match fault {
            Fault::Denied(denial) => {
                let (rates, now_ms) = (&self.settings.rates, self.now_ms);
                addresses::with(|addresses| addresses.denied(denial, caller, rates, now_ms)).into()
            }
            other => other,
        }
    }

    /// Refuses an address that has tried to get in too often.
    pub fn check_entry(&self) -> std::result::Result<(), Fault> {
        let (rates, now_ms) = (&self.settings.rates, self.now_ms);
        Ok(addresses::with(|addresses| {
            addresses.enter(self.address, rates, now_ms)
        })?)
    }

    /// Refuses an address that has asked for too many sockets.
    pub fn check_upgrades(&self) -> std::result::Result<(), Fault> {
        let (rates, now_ms) = (&self.settings.rates, self.now_ms);
        Ok(addresses::with(|addresses| {
            addresses.upgrade(self.address, rates, now_ms)
        })?)
    }

    /// Refuses a page of another origin.
    pub fn check_not_foreign(&self) -> std::result::Result<(), Fault> {
        let origin = self.header("origin")?;
        Ok(self.origin.check_not_foreign(origin.as_deref())?)
    }

    /// The caller with the role that they have now, unless their session has ended.
    pub async fn authenticate(&self, caller: Caller) -> std::result::Result<Caller, Fault> {
        self.alive(caller, None).await
    }

    /// The same; if the session ends later, so does its socket to `channel`.
    pub async fn authenticate_socket(
        &self,
        caller: Caller,
        channel: &ChannelId,
    ) -> std::result::Result<Caller, Fault> {
        self.alive(caller, Some(channel.clone())).await
    }

    async fn alive(
        &self,
        caller: Caller,
        socket: Option<ChannelId>,
    ) -> std::result::Result<Caller, Fault> {
        let request = Ask::User {
            caller: caller.clone(),
            op: UserOp::Authenticate { socket },
        };
        match self.servers.ask(&request).await? {
            Answer::Alive { role } => Ok(Caller { role, ..caller }),
            other => Err(unexpected(&other)),
        }
    }

    /// Asks the caller's own log for something that is then done.
    pub async fn ask_own(&self, caller: &Caller, op: UserOp) -> std::result::Result<(), Fault> {
        let caller = caller.clone();
        match self.servers.ask(&Ask::User { caller, op }).await? {
            Answer::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// The fields in the body.
    pub async fn body<T: DeserializeOwned>(&self) -> std::result::Result<T, Fault> {
        let content_type = self.header("content-type")?;
        Ok(self.read().await?.parse(content_type.as_deref())?)
    }

    /// The fields in the body, if there is one.
    pub async fn body_or_default<T: DeserializeOwned + Default>(
        &self,
    ) -> std::result::Result<T, Fault> {
        let content_type = self.header("content-type")?;
        let body = self.read().await?;
        Ok(body.parse_or_default(content_type.as_deref())?)
    }

    async fn read(&self) -> Result<Body> {
        stream::read(self.request.inner()).await
    }

    /// The region that the request chooses for itself, in development only.
    pub fn chosen_region(&self) -> std::result::Result<Option<Region>, Fault> {
        let header = self.header("x-heliograph-region")?;
        Ok(self
            .settings
            .chosen_region(&self.query(), header.as_deref())?)
    }

    /// The region of the request.
    pub fn region(&self) -> std::result::Result<Region, Fault> {
        let header = self.header("x-heliograph-region")?;
        Ok(self
            .settings
            .region(&self.query(), header.as_deref(), &self.place())?)
    }

    /// Where the request came in.
    fn place(&self) -> Place {
        // Read by hand: the crate's own accessors unwrap what they find.
        let cf = Reflect::get(self.request.inner(), &JsValue::from_str("cf"));
        let field = |name| {
            let cf = cf.as_ref().ok().filter(|cf| cf.is_object())?;
            Reflect::get(cf, &JsValue::from_str(name)).ok()?.as_string()
        };
        Place {
            continent: field("continent"),
            country: field("country"),
            longitude: field("longitude").and_then(|text| text.parse().ok()),
        }
    }

    /// The gateway of this name, placed in `region` when it is new.
    pub fn gateway(&self, name: &str, region: Region) -> Result<Stub> {
        self.env
            .durable_object(GATEWAYS)?
            .get_by_name_with_location_hint(name, region.as_str())
    }

    /// Whether the request asks for a WebSocket.
    pub fn is_upgrade(&self) -> Result<bool> {
        let upgrade = self.header("upgrade")?;
        Ok(upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")))
    }
}
