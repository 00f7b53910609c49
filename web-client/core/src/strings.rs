//! Everything that a person reads, in one place.

use protocol::{api::Role, error::Code};

/// The product.
pub const PRODUCT: &str = "Heliograph";
/// What it is, on the first page.
pub const TAGLINE: &str = "Conversations at the speed of light.";
/// While the first answer is awaited.
pub const STARTING: &str = "Opening your workspace…";

/// Heading of the page that makes a workspace.
pub const SIGN_UP_TITLE: &str = "Create a workspace";
/// Below that heading.
pub const SIGN_UP_LEAD: &str = "A home for your team's conversations. It takes two names.";
/// Label of a field.
pub const WORKSPACE_NAME: &str = "Workspace name";
/// What such a field may hold.
pub const WORKSPACE_NAME_EXAMPLE: &str = "Acme Observatory";
/// Label of a field.
pub const YOUR_NAME: &str = "Your name";
/// What such a field may hold.
pub const YOUR_NAME_EXAMPLE: &str = "Ana Lovelace";
/// The button that makes the workspace.
pub const SIGN_UP_ACTION: &str = "Create workspace";
/// For those who came without a link.
pub const SIGN_UP_HINT: &str =
    "Joining a team that is already here? Open the invite link they sent you.";
/// Heading of the page behind an invite link.
pub const JOIN_TITLE: &str = "You are invited";
/// Below that heading.
pub const JOIN_LEAD: &str = "Say how the others should call you, and come in.";
/// The button that accepts an invite.
pub const JOIN_ACTION: &str = "Join workspace";
/// Heading of the page behind a sign-in link.
pub const SIGN_IN_TITLE: &str = "Sign in on this device";
/// Below that heading.
pub const SIGN_IN_LEAD: &str = "This link works once. It opens your workspace here.";
/// The button that uses the link.
pub const SIGN_IN_ACTION: &str = "Sign in";
/// While a form is on its way.
pub const BUSY: &str = "One moment…";

/// The channel that every workspace begins with.
pub const GENERAL: &str = "general";
/// Label of the sidebar.
pub const SIDEBAR: &str = "Channels and direct messages";
/// A section of the sidebar.
pub const CHANNELS: &str = "Channels";
/// A section of the sidebar.
pub const DIRECTS: &str = "Direct messages";
/// A button of the sidebar.
pub const ADD_CHANNELS: &str = "Add channels";
/// Where one has written to nobody yet.
pub const NO_DIRECTS: &str = "Nobody yet. The pen above begins a conversation.";
/// A button of the sidebar.
pub const NEW_DIRECT: &str = "New direct message";
/// A button of the sidebar.
pub const INVITE_PEOPLE: &str = "Invite people";
/// A button of the sidebar.
pub const SIGN_OUT: &str = "Sign out";
/// The button that leads from the timeline to the sidebar where there is room for one of them only.
pub const SHOW_SIDEBAR: &str = "Show channels";
/// The link past the sidebar.
pub const SKIP_TO_MESSAGES: &str = "Skip to messages";
/// Where a direct has nobody but oneself.
pub const JUST_YOU: &str = "Notes to yourself";
/// A person of whom nothing is known.
pub const SOMEBODY: &str = "Somebody";
/// In place of a name that is on its way.
pub const NAME_AWAITED: &str = "…";
/// A channel that is not known.
pub const SOME_CHANNEL: &str = "unknown-channel";
/// Behind one's own name.
pub const YOU: &str = "you";

/// Divider of the current day.
pub const TODAY: &str = "Today";
/// Divider of the day before.
pub const YESTERDAY: &str = "Yesterday";
/// Divider at the first unread message.
pub const NEW_MESSAGES: &str = "New messages";
/// While older messages are on their way.
pub const LOADING_OLDER: &str = "Loading older messages…";
/// While a channel is on its way.
pub const LOADING_MESSAGES: &str = "Loading messages…";
/// The button that leads down.
pub const JUMP_TO_LATEST: &str = "Jump to latest";
/// In place of a text that was deleted.
pub const DELETED: &str = "This message was deleted.";
/// A limit is reached: what was refused goes again by itself.
pub const TOO_FAST: &str = "You are sending too fast; trying again in a moment.";
/// Behind a text that was changed.
pub const EDITED: &str = "(edited)";
/// A thing to do with a message.
pub const ADD_REACTION: &str = "Add reaction";
/// A thing to do with a message.
pub const REPLY_IN_THREAD: &str = "Reply in thread";
/// A thing to do with a message.
pub const EDIT_MESSAGE: &str = "Edit message";
/// A thing to do with a message.
pub const MARK_UNREAD: &str = "Mark unread";
/// A thing to do with a message, and the title of the dialog that asks once more.
pub const DELETE_MESSAGE: &str = "Delete message";
/// The button that shows all that can be done with a message.
pub const MORE_ACTIONS: &str = "More actions";
/// Label of what can be done with a message.
pub const MESSAGE_ACTIONS: &str = "Message actions";
/// Label of the reactions to a message.
pub const REACTIONS: &str = "Reactions";
/// In the dialog that asks whether to delete a message.
pub const DELETE_LEAD: &str = "It goes for everybody. This can't be undone.";
/// Label of the field in which a message is changed.
pub const EDIT_LABEL: &str = "Edit message";
/// The button that saves a changed message.
pub const SAVE: &str = "Save";
/// Below the field in which a message is changed.
pub const EDIT_HINT: &str = "Enter to save, Esc to cancel";
/// Heading of a thread.
pub const THREAD: &str = "Thread";
/// The button that closes a thread.
pub const CLOSE_THREAD: &str = "Close thread";
/// Placeholder and label of the composer of a thread.
pub const REPLY: &str = "Reply…";
/// In front of what a reply in the channel replies to.
pub const REPLIED_TO: &str = "replied to a thread: ";
/// The link to a thread whose root is not at hand.
pub const SHOW_THREAD: &str = "show thread";
/// In front of the time of the last reply.
pub const LAST_REPLY: &str = "Last reply ";
/// Label of a field.
pub const SEARCH_EMOJI: &str = "Search emoji";
/// Where a search of emoji finds nothing.
pub const NO_EMOJI: &str = "No emoji matches.";
/// A section of emoji.
pub const EMOJI_FOUND: &str = "Found";
/// A section of emoji.
pub const EMOJI_USED_LAST: &str = "Used last";
/// Emoji for those who have used none yet.
pub const USUAL_EMOJI: [&str; 8] = ["👍", "❤️", "😂", "🎉", "👀", "✅", "🙏", "🚀"];
/// Characters of a text that stands for a message.
pub const EXCERPT_MAX: usize = 80;
/// A link led to nothing.
pub const NO_SUCH_MESSAGE: &str = "There is no such message here.";
/// A link led to a deleted message.
pub const MESSAGE_IS_DELETED: &str = "That message was deleted.";
/// Said after marking a message unread.
pub const MARKED_UNREAD: &str = "Marked unread.";
/// Why something that wants a connection is not done.
pub const OFFLINE_NOW: &str = "You are offline. Try again when you are back.";
/// A message on its way.
pub const SENDING: &str = "Sending…";
/// A message that waits for a connection.
pub const NOT_SENT_YET: &str = "Waiting to send";
/// The button that sends a failed message again.
pub const RETRY: &str = "Retry";
/// The button that throws a failed message away.
pub const DELETE: &str = "Delete";
/// The button that loads again.
pub const TRY_AGAIN: &str = "Try again";
/// The send button.
pub const SEND: &str = "Send message";
/// The button for those who read without being in.
pub const JOIN_CHANNEL: &str = "Join channel";
/// Above that button.
pub const PREVIEW: &str = "You are looking at a channel you are not in.";
/// In an archived channel.
pub const ARCHIVED: &str = "This channel is archived. It can be read, not written to.";
/// Below the heading at the first message of a channel without topic.
pub const PUBLIC_LEAD: &str = "Everybody in the workspace can find, read and join this channel.";
/// The same of a private channel.
pub const PRIVATE_LEAD: &str = "Only people who were added can find and read this channel.";
/// In a channel without messages.
pub const FIRST_MESSAGE_HINT: &str =
    "Nothing here yet. Say hello below, or invite the people you work with.";

/// While the browser has no connection.
pub const OFFLINE: &str = "You are offline. What you write is kept and sent when you are back.";
/// The button that reconnects.
pub const CONNECT_NOW: &str = "Connect now";
/// Said once the connection is back.
pub const BACK_ONLINE: &str = "You are connected again.";
/// After the session has ended.
pub const SIGNED_OUT: &str = "You are signed out.";
/// After the server has said that this page is not understood.
pub const OUT_OF_DATE: &str = "This page is out of date. Reload it to go on.";
/// For an address that leads nowhere.
pub const NO_SUCH_CHANNEL: &str = "There is no such channel, or you are not allowed to see it. Choose another one in the sidebar.";
/// For guests who are in no channel.
pub const GUEST_IN_NO_CHANNEL: &str =
    "You are in no channel yet. Somebody of the team has to add you to one.";
/// For those who are in no channel.
pub const IN_NO_CHANNEL: &str =
    "You are in no channel yet. Add one in the sidebar, or write somebody a direct message.";
/// The button that takes a message away.
pub const DISMISS: &str = "Dismiss";
/// The button that closes a dialog.
pub const CLOSE: &str = "Close";

/// Title of a dialog.
pub const CREATE_CHANNEL: &str = "Create a channel";
/// Label of a field.
pub const CHANNEL_NAME: &str = "Channel name";
/// What such a field may hold.
pub const CHANNEL_NAME_EXAMPLE: &str = "project-sunrise";
/// Label of a field.
pub const CHANNEL_TOPIC: &str = "Topic (optional)";
/// Label of a tick box.
pub const MAKE_PRIVATE: &str = "Private: only people who are added can find and read it";
/// The button that makes the channel.
pub const CREATE: &str = "Create channel";
/// Label of a field.
pub const SEARCH_CHANNELS: &str = "Search channels";
/// Where a search of channels finds nothing.
pub const NO_CHANNELS: &str = "No channel matches. Create one?";
/// A button in a list.
pub const OPEN: &str = "Open";
/// A button in a list.
pub const JOIN: &str = "Join";
/// Label of a field.
pub const SEARCH_PEOPLE: &str = "Search people";
/// Where a search of people finds nothing.
pub const NO_PEOPLE: &str = "Nobody matches. Invite them?";
/// The button that opens the direct.
pub const START_DIRECT: &str = "Start conversation";
/// Where there is nobody to search for.
pub const NOBODY_ELSE: &str =
    "Nobody else is in this workspace yet. Invite the people you work with.";
/// A button above the messages.
pub const ADD_PEOPLE: &str = "Add people";
/// A button in a list.
pub const ADD: &str = "Add";
/// That button while the person is on the way.
pub const ADDING: &str = "Adding…";
/// In place of that button.
pub const IS_IN: &str = "In channel";
/// A button above the messages.
pub const LEAVE_CHANNEL: &str = "Leave channel";
/// The button that leaves, once asked.
pub const LEAVE: &str = "Leave";
/// The button that does nothing.
pub const CANCEL: &str = "Cancel";
/// What leaving a public channel means.
pub const LEAVE_PUBLIC: &str =
    "It goes from your sidebar, on all your devices. You can join it again at any time.";
/// What leaving a private channel means.
pub const LEAVE_PRIVATE: &str = "It goes from your sidebar, on all your devices. You can't find or read it again until one of its members adds you.";
/// What leaving a private channel means where nobody else is in it.
pub const LEAVE_LAST: &str = "You are the last one in this private channel. Once you have left, nobody can open it any more.";
/// Said after leaving.
pub const LEFT: &str = "You have left the channel.";
/// Above the invite link.
pub const INVITE_LEAD: &str =
    "Whoever opens this link can join the workspace. It works for 100 people and for a week.";
/// Label of a field.
pub const INVITE_LINK: &str = "Invite link";
/// The button that puts the link on the clipboard.
pub const COPY_LINK: &str = "Copy link";
/// Said once it is there.
pub const COPIED: &str = "Link copied.";
/// Said where the clipboard is closed to us.
pub const NOT_COPIED: &str = "The link could not be copied. Select it and copy it by hand.";
/// While the link is on its way.
pub const MAKING_LINK: &str = "Making a link…";

/// Label of a tick box.
pub const INVITE_GUESTS: &str = "As guests: they see only the channels that they are added to";

/// What a click on a channel's name shows.
pub const DETAILS: &str = "Channel details";
/// The button that opens the direct with somebody.
pub const MESSAGE: &str = "Message";
/// The button that takes somebody out of a channel.
pub const REMOVE: &str = "Remove";
/// Said once it is done.
pub const REMOVED: &str = "Removed.";
/// The button that archives a channel.
pub const ARCHIVE: &str = "Archive channel";
/// The button that ends that.
pub const BRING_BACK: &str = "Bring back";
/// In front of the size of an archived channel.
pub const IS_ARCHIVED: &str = "Archived";
/// Heading of the list of members.
pub const MEMBERS: &str = "Members";
/// What somebody is in a channel.
pub const CHANNEL_OWNER: &str = "channel owner";
/// Why the last owner stays one.
pub const OWNER_NEEDED: &str = "A workspace needs an owner. Make somebody else an owner first.";
/// Why somebody can't be removed.
pub const NOT_REMOVED: &str = "This person is not in this channel any more.";

/// A role in the workspace.
#[must_use]
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "workspace owner",
        Role::Admin => "admin",
        Role::Member => "member",
        Role::Guest => "guest",
    }
}

/// Title of the dialog of details.
#[must_use]
pub fn details_of(channel: &str) -> String {
    ["Details of ", channel].concat()
}

/// Label of the choice of somebody's role.
#[must_use]
pub fn role_of(name: &str) -> String {
    ["Role of ", name, " in the workspace"].concat()
}

/// What is asked before a channel is archived.
#[must_use]
pub fn archive_channel(channel: &str) -> String {
    [
        "Archive ",
        channel,
        "? It can still be read. Nobody can write to it until it is brought back.",
    ]
    .concat()
}

/// What is asked before somebody is removed.
#[must_use]
pub fn remove_from(name: &str, channel: &str) -> String {
    ["Remove ", name, " from ", channel, "?"].concat()
}

/// How many are in a channel.
#[must_use]
pub fn size(count: u32, is_archived: bool) -> String {
    let members = members(count);
    if is_archived {
        [IS_ARCHIVED, " · ", &members].concat()
    } else {
        members
    }
}

/// The button below a list of which there is more.
pub const MORE: &str = "Show more";
/// Title of the switcher, and label of its field.
pub const SWITCH: &str = "Go to a channel or person";
/// Placeholder of that field.
pub const SWITCH_HINT: &str = "Where to?";
/// Where the switcher finds nothing.
pub const NOTHING_FOUND: &str = "Nothing matches.";
/// About a channel that one is not in.
pub const NOT_JOINED: &str = "Not joined";
/// About everybody who is in the channel.
pub const EVERYBODY_ABOUT: &str = "Everybody in this channel";
/// About everybody who is in the channel and there.
pub const HERE_ABOUT: &str = "Everybody here who is active";
/// Label of the list of what may be meant in the composer.
pub const SUGGESTIONS: &str = "Suggestions";
/// Title of the dialog before everybody is named.
pub const EVERYBODY_TITLE: &str = "Notify everybody?";
/// The button that sends all the same.
pub const SEND_ANYWAY: &str = "Send it";

/// Title of the dialog of keys.
pub const KEYS_TITLE: &str = "Keyboard shortcuts";
/// Heading of the keys that do something with a message.
pub const KEYS_ON_MESSAGE: &str = "On a message";
/// What the arrows do there.
pub const KEY_MESSAGES: &str = "Go to the message above or below";
/// What a key does.
pub const KEY_SWITCH: &str = "Go to a channel or person";
/// What a key does.
pub const KEY_PREVIOUS: &str = "Channel above";
/// What a key does.
pub const KEY_NEXT: &str = "Channel below";
/// What a key does.
pub const KEY_PREVIOUS_UNREAD: &str = "Unread channel above";
/// What a key does.
pub const KEY_NEXT_UNREAD: &str = "Unread channel below";
/// What a key does.
pub const KEY_READ: &str = "Mark this channel read, jump to latest";
/// What a key does.
pub const KEY_READ_ALL: &str = "Mark all channels read";
/// What a key does.
pub const KEY_EDIT_LAST: &str = "Edit your last message (while nothing is written)";
/// What a key does.
pub const KEY_SHOW_KEYS: &str = "Show these shortcuts";
/// Said after all channels were marked read.
pub const ALL_READ: &str = "Everything is marked read.";

/// Title of the profile, and label of the button that opens it.
pub const PROFILE: &str = "Your profile";
/// Label of a field.
pub const YOUR_TITLE: &str = "What you do (optional)";
/// What such a field may hold.
pub const YOUR_TITLE_EXAMPLE: &str = "Astronomer";
/// Said once it is saved.
pub const SAVED: &str = "Saved.";
/// Label of the choice between light and dark.
pub const THEME: &str = "Theme";
/// As the system is.
pub const THEME_SYSTEM: &str = "System";
/// Light.
pub const THEME_LIGHT: &str = "Light";
/// Dark.
pub const THEME_DARK: &str = "Dark";
/// A button of the profile.
pub const OTHER_DEVICE: &str = "Sign in on another device";
/// A button of the profile.
pub const SIGN_OUT_EVERYWHERE: &str = "Sign out everywhere";
/// Above the sign-in link.
pub const SIGN_IN_LINK_LEAD: &str = "Open this link on your other device. It works once, for ten minutes, and signs that device in as you: show it to nobody.";
/// Label of a field.
pub const SIGN_IN_LINK: &str = "Sign-in link";

/// Somebody is there.
pub const ACTIVE: &str = "active";
/// Somebody is connected, but not at it.
pub const AWAY: &str = "away";
/// Somebody is not connected.
pub const OFFLINE_PERSON: &str = "offline";

/// A call found no server.
pub const UNREACHABLE: &str = "Heliograph can't be reached. Check your connection and try again.";
/// An answer made no sense.
pub const BROKEN_ANSWER: &str =
    "The server gave an answer this page does not understand. Reload and try again.";
/// An invite or sign-in link that is spent.
pub const LINK_OVER: &str = "This link is unknown, used up or has run out. Ask for a new one.";
/// Sign-up is not open to everybody.
pub const SIGN_UP_CLOSED: &str =
    "New workspaces can't be made on this server. Ask for an invite link.";
/// A name is taken.
pub const NAME_TAKEN: &str = "That name is already taken. Choose another one.";

/// What a refusal means to somebody who adds a person to a channel.
#[must_use]
pub fn not_added(code: Code) -> &'static str {
    match code {
        Code::Forbidden => "You are not allowed to add people here.",
        Code::NotAMember => "You are not in this channel any more, so you can't add people to it.",
        Code::NotFound => "This channel or this person can't be found any more.",
        Code::Conflict => "This person is in the channel already.",
        Code::Archived => "This channel is archived. Nobody can be added to it.",
        other => refusal(other),
    }
}

/// What a refusal means to somebody who leaves a channel.
#[must_use]
pub fn not_left(code: Code) -> &'static str {
    match code {
        Code::Forbidden => "You are not allowed to leave this channel.",
        Code::NotAMember | Code::NotFound => "You are not in this channel any more.",
        Code::Conflict => "You can't leave this channel at the moment. Try again later.",
        Code::Archived => "This channel is archived. It can't be left.",
        other => refusal(other),
    }
}

/// What a refusal means to a person.
#[must_use]
pub fn refusal(code: Code) -> &'static str {
    match code {
        Code::InvalidRequest | Code::InvalidFrame | Code::UnknownOp => {
            "The server did not take that. Check what you entered."
        }
        Code::NotAuthenticated => SIGNED_OUT,
        Code::Forbidden => "You are not allowed to do that.",
        Code::NotAMember => "Only members of the channel can do that. Join it first.",
        Code::NotFound => "That does not exist, or you are not allowed to see it.",
        Code::Conflict => "That clashes with something that is already there.",
        Code::Archived => ARCHIVED,
        Code::TooLarge => "That is too long.",
        Code::RateLimited => "That was too fast. Wait a moment and try again.",
        Code::Overloaded => "The server is busy. Try again in a moment.",
        Code::Internal => "Something went wrong on the server. Try again.",
    }
}

/// Placeholder and label of the composer; `target` is `#name` or the people.
#[must_use]
pub fn message_to(target: &str) -> String {
    format!("Message {target}")
}

/// Label of the timeline.
#[must_use]
pub fn timeline_of(target: &str) -> String {
    format!("Messages in {target}")
}

/// Label of a message; `time` is local.
#[must_use]
pub fn message_label(author: &str, time: &str) -> String {
    format!("{author}, {time}")
}

/// Heading at the first message of a channel.
#[must_use]
pub fn beginning_of(target: &str) -> String {
    format!("This is the beginning of {target}")
}

/// Below the heading at the first message of a direct.
#[must_use]
pub fn beginning_of_direct(people: &str) -> String {
    format!("Only you and {people} can read this.")
}

/// How many are in a channel.
#[must_use]
pub fn members(count: u32) -> String {
    count_of(count, "member", "members")
}

/// How many messages wait below.
#[must_use]
pub fn new_below(count: u32) -> String {
    count_of(count, "new message", "new messages")
}

/// What a badge says to those who do not see it.
#[must_use]
pub fn unread(count: u32, mentions: u32) -> String {
    match (count, mentions) {
        (0, 0) => String::new(),
        (count, 0) => format!("{count} unread"),
        (count, mentions) => format!(
            "{count} unread, {}",
            count_of(mentions, "mention", "mentions")
        ),
    }
}

/// Label of a channel in the sidebar with something unread.
#[must_use]
pub fn with_unread(name: &str, unread: &str) -> String {
    format!("{name}, {unread}")
}

/// Below the messages, while people write: `names` of one or two, none where there are more.
#[must_use]
pub fn typing(names: &[&str]) -> String {
    match names {
        [] => "Several people are typing…".to_owned(),
        [one] => [one, " is typing…"].concat(),
        [one, other] => [one, " and ", other, " are typing…"].concat(),
        _ => typing(&[]),
    }
}

/// What a dot says of somebody who is not connected; `time` is local.
#[must_use]
pub fn last_seen(time: &str) -> String {
    [OFFLINE_PERSON, ", last seen ", time].concat()
}

/// Label of the button that opens the profile.
#[must_use]
pub fn profile_of(name: &str) -> String {
    [name, ": ", PROFILE].concat()
}

/// What comes of a message that names everybody in a channel.
#[must_use]
pub fn notifies(members: u32, channel: &str) -> String {
    let mut words = "This message notifies ".to_owned();
    words.push_str(&count_of(members, "person", "people"));
    words.push_str(" in ");
    words.push_str(channel);
    words.push('.');
    words
}

/// By how many bytes a text is too long.
#[must_use]
pub fn too_long(by_bytes: usize) -> String {
    let kib = by_bytes.div_ceil(1024);
    format!("This message is too long by about {kib} KiB. Shorten or split it to send it.")
}

/// What an alert says about a message that was not sent.
#[must_use]
pub fn not_sent(why: &str) -> String {
    format!("Not sent. {why}")
}

/// What an alert says about a message that was not changed.
#[must_use]
pub fn not_changed(why: &str) -> String {
    format!("Not changed. {why}")
}

/// How many replied.
#[must_use]
pub fn replies(count: u32) -> String {
    count_of(count, "reply", "replies")
}

/// Label of the messages of a thread.
#[must_use]
pub fn thread_in(target: &str) -> String {
    format!("{THREAD} in {target}")
}

/// Label of a tick box.
#[must_use]
pub fn also_to(target: &str) -> String {
    format!("Also send to {target}")
}

/// Who reacted with an emoji; `unnamed` are more than are named.
#[must_use]
pub fn reacted(emoji: &str, count: u32, names: &[&str], unnamed: usize) -> String {
    let mut label = format!("{emoji} {count}: ");
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            let is_last = index + 1 == names.len() && unnamed == 0;
            label += if is_last { " and " } else { ", " };
        }
        label += name;
    }
    if unnamed > 0 {
        label += " and ";
        label += &count_of(
            u32::try_from(unnamed).unwrap_or(u32::MAX),
            "other",
            "others",
        );
    }
    label
}

/// Title of the dialog that adds people.
#[must_use]
pub fn add_people_to(channel: &str) -> String {
    format!("{ADD_PEOPLE} to {channel}")
}

/// Title of the dialog that asks whether to leave.
#[must_use]
pub fn leave_channel(channel: &str) -> String {
    format!("{LEAVE} {channel}?")
}

/// After somebody was added.
#[must_use]
pub fn is_in(name: &str, channel: &str) -> String {
    format!("{name} is in {channel}.")
}

/// What an alert says about somebody who was not added.
#[must_use]
pub fn not_added_because(name: &str, why: &str) -> String {
    format!("{name} was not added. {why}")
}

/// After one was removed.
#[must_use]
pub fn left(channel: &str) -> String {
    format!("You are no longer in {channel}.")
}

/// The page's title.
#[must_use]
pub fn title(attention: u32, place: &str, workspace: &str) -> String {
    match attention {
        0 => format!("{place} · {workspace}"),
        count => format!("({count}) {place} · {workspace}"),
    }
}

/// Label of a tick box in the list of people.
#[must_use]
pub fn with_you(name: &str) -> String {
    format!("{name} ({YOU})")
}

/// `1 thing`, `2 things`.
fn count_of(count: u32, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(members(1), "1 member");
        assert_eq!(members(0), "0 members");
        assert_eq!(unread(3, 1), "3 unread, 1 mention");
    }

    #[test]
    fn one_two_and_several_are_typing() {
        assert_eq!(typing(&["Ana"]), "Ana is typing…");
        assert_eq!(typing(&["Ana", "Ben"]), "Ana and Ben are typing…");
        assert_eq!(
            typing(&["Ana", "Ben", "Cleo"]),
            "Several people are typing…"
        );
    }

    #[test]
    fn those_who_reacted_are_listed_as_people_list_them() {
        assert_eq!(reacted("👍", 1, &["you"], 0), "👍 1: you");
        assert_eq!(reacted("👍", 2, &["Ana", "you"], 0), "👍 2: Ana and you");
        assert_eq!(
            reacted("👍", 9, &["Ana", "Ben"], 7),
            "👍 9: Ana, Ben and 7 others"
        );
    }

    #[test]
    fn the_title_counts_what_wants_attention() {
        assert_eq!(title(3, "#general", "Acme"), "(3) #general · Acme");
        assert_eq!(title(0, "#general", "Acme"), "#general · Acme");
    }
}
