//! Every number of the contract, with its unit, in one place.

/// A frame from a client, in bytes; a longer one closes the connection with 1009.
pub const FRAME_MAX_BYTES: usize = 128 * 1024;
/// The text of a message, in bytes of UTF-8.
pub const TEXT_MAX_BYTES: usize = 16 * 1024;
/// A `client_message_id`, in bytes.
pub const CLIENT_MESSAGE_ID_MAX_BYTES: usize = 128;
/// The emoji of a reaction, in bytes.
pub const EMOJI_MAX_BYTES: usize = 64;
/// Different emoji on one message.
pub const REACTION_EMOJI_MAX: u32 = 50;
/// People whom a reaction names in a page of history; its count is always that of all.
pub const REACTION_USERS_MAX: u32 = 50;
/// People whom a thread names at its root: those who replied last.
pub const REPLY_USERS_MAX: usize = 5;
/// Any id, in characters.
pub const ID_MAX_CHARS: usize = 64;
/// Commands of one connection that have no reply yet; further ones are refused as `overloaded`.
pub const COMMANDS_IN_FLIGHT_MAX: usize = 500;
/// Messages of one history page.
pub const HISTORY_LIMIT_MAX: u32 = 200;
/// Messages of a history page when no limit is given.
pub const HISTORY_LIMIT_DEFAULT: u32 = 50;
/// Entries of one page of users or channels.
pub const PAGE_LIMIT_MAX: u32 = 200;
/// Entries of a page of users or channels when no limit is given.
pub const PAGE_LIMIT_DEFAULT: u32 = 100;
/// The newest events of a log that can always be recovered.
pub const RECOVERY_MIN_EVENTS: u64 = 1_000;
/// Events younger than this can always be recovered, in milliseconds.
pub const RECOVERY_MIN_AGE_MS: u64 = 24 * 60 * 60 * 1_000;
/// How often a client says `ping`, in milliseconds.
pub const HEARTBEAT_MS: u64 = 25_000;
/// A workspace's or channel's name, in characters.
pub const NAME_MAX_CHARS: usize = 80;
/// A person's display name, in characters.
pub const DISPLAY_NAME_MAX_CHARS: usize = 80;
/// A person's title, in characters.
pub const TITLE_MAX_CHARS: usize = 120;
/// A channel's topic, in characters.
pub const TOPIC_MAX_CHARS: usize = 250;
/// People in one direct, the caller included.
pub const DIRECT_MAX_USERS: usize = 9;
/// Body of an HTTP request, in bytes.
pub const BODY_MAX_BYTES: usize = 128 * 1024;
/// How often one invite can be used at most.
pub const INVITE_USES_MAX: u32 = 10_000;
/// How often an invite can be used when nothing is said.
pub const INVITE_USES_DEFAULT: u32 = 100;
/// How long an invite can live at most, in seconds.
pub const INVITE_EXPIRES_MAX_S: u64 = 365 * 24 * 60 * 60;
/// How long an invite lives when nothing is said, in seconds.
pub const INVITE_EXPIRES_DEFAULT_S: u64 = 7 * 24 * 60 * 60;
/// How long a sign-in link lives, in milliseconds.
pub const SIGN_IN_LINK_MS: u64 = 10 * 60 * 1_000;
/// Ids that `GET /users` takes at once.
pub const USER_IDS_MAX: usize = 200;
/// People whose presence one connection watches at the most.
pub const WATCH_MAX: usize = 500;
/// For how long a gateway that says nothing is taken to be there with its people, in milliseconds; then they are offline.
pub const PRESENCE_LEASE_MS: u64 = 5 * 60 * 1_000;
/// A gateway passes one `typing` of a user in a channel on, and no other for so long, in milliseconds. A client that goes on typing
/// says so a little less often.
pub const TYPING_EVERY_MS: u64 = 3_000;
/// For how long a client shows that somebody is typing, in milliseconds.
pub const TYPING_SHOWN_MS: u64 = 5_000;
/// The largest integer that JSON numbers carry exactly everywhere.
pub const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;
