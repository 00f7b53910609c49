//! What holds once everything has come to rest: whatever two logs, a page, a client or a gateway say of the same is the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    browser::Phase, failure::Failure, fold::Messages, line::PageMessage, promise::capped,
    world::World,
};

/// Messages of a page.
const PAGE: usize = 200;

#[derive(Deserialize)]
struct Boot {
    user: BootUser,
    channels: Vec<BootChannel>,
}

#[derive(Deserialize)]
struct BootUser {
    role: String,
}

#[derive(Deserialize)]
struct BootChannel {
    id: String,
    last_read_seq: u64,
    unread: u32,
    mentions: u32,
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<PageMessage>,
    has_more: bool,
}

impl World {
    /// Has browsers ask once more whom they follow, and for what they may read or not by their role.
    pub(crate) fn ask_roles(&mut self) {
        let public: Vec<Rc<str>> = self
            .town
            .channels
            .iter()
            .filter(|(_, is_public)| *is_public)
            .map(|(channel, _)| channel.clone())
            .collect();
        for index in 0..self.browsers.len() {
            let Some(client) = self.browsers.get_mut(index) else {
                continue;
            };
            if client.single.is_some() || !client.is_signed_in() {
                continue;
            }
            let mut wishes = client.watch_all();
            for channel in &public {
                let is_guest = self.model.marks.role(&client.user) == "guest";
                let is_allowed = !is_guest || self.model.is_member(&client.user, channel);
                wishes.extend(client.probe(channel, is_allowed));
            }
            self.fulfil(index, wishes);
        }
    }

    /// Everything agrees.
    pub(crate) fn check_quiet(&mut self) -> Result<(), Failure> {
        self.check_tables()?;
        self.check_presence()?;
        let mut tokens: BTreeMap<Rc<str>, String> = BTreeMap::new();
        for browser in &self.browsers {
            if browser.single.is_none() && browser.is_signed_in() {
                tokens.insert(browser.user.clone(), browser.token.clone());
            }
        }
        let mut has_threads = BTreeSet::new();
        for (user, token) in tokens {
            self.check_boot(&user, &token)?;
            for channel in self.channels_of(&user) {
                let with_threads = has_threads.insert(channel.clone());
                self.check_history(&user, &token, &channel, with_threads)?;
            }
        }
        Ok(())
    }

    fn channels_of(&self, user: &str) -> Vec<Rc<str>> {
        let channels = self.model.logs().filter(|log| log.starts_with(['C', 'D']));
        let own = channels.filter(|log| self.model.is_member(user, log));
        own.cloned().collect()
    }

    fn read_now<T: DeserializeOwned>(&mut self, path: &str, token: &str) -> Result<T, Failure> {
        let body = self.ask_now("GET", path, Some(token), None)?;
        serde_json::from_str(&body).map_err(|error| {
            let how = format!("{path}: {error} in {body}");
            Failure::Rule("answers are what the call answers", how)
        })
    }

    // What is read and unread.

    fn check_boot(&mut self, user: &str, token: &str) -> Result<(), Failure> {
        let boot: Boot = self.read_now("/boot", token)?;
        if boot.user.role != self.model.marks.role(user) {
            let how = format!("{user} is {} by boot", boot.user.role);
            return Err(Failure::Rule("everybody has one role", how));
        }
        let channels = self.channels_of(user);
        let own: BTreeSet<&str> = channels.iter().map(|channel| &**channel).collect();
        let booted: BTreeSet<&str> = boot.channels.iter().map(|channel| &*channel.id).collect();
        let logged = self.model.marks.channels(user);
        if booted != own || logged != own {
            let how = format!(
                "{user} is in {own:?}, by boot in {booted:?}, by their own log in {logged:?}"
            );
            return Err(Failure::Rule("everybody knows where they are", how));
        }
        for channel in &boot.channels {
            let told = (channel.last_read_seq, channel.unread, channel.mentions);
            let is = self.unread(user, &channel.id);
            if told != is {
                let how = format!(
                    "{user} in {}: {told:?} by boot, {is:?} by the logs",
                    channel.id
                );
                return Err(Failure::Rule("what is unread is counted", how));
            }
        }
        for page in &self.pages {
            if *page.user != *user {
                continue;
            }
            for (channel, shown) in page.unread() {
                let (_, unread, mentions) = self.unread(user, &channel);
                let is_direct = channel.starts_with('D');
                let badge = if mentions > 0 && !is_direct {
                    mentions
                } else {
                    unread
                };
                let is = (unread > 0, mentions > 0 || is_direct && unread > 0, badge);
                if shown != is {
                    let how = format!(
                        "page {} of {user} shows {shown:?} for {channel}, which has {is:?}",
                        page.index
                    );
                    return Err(Failure::Rule("what is unread is shown", how));
                }
            }
        }
        Ok(())
    }

    /// How far a user has read a channel and what that leaves, recounted from the logs.
    fn unread(&self, user: &str, channel: &str) -> (u64, u32, u32) {
        let read = self.model.marks.read_up_to(user, channel).unwrap_or(0);
        let head = self.model.head(channel);
        let count = |truth: &Messages| truth.unread(user, read, head);
        let (messages, mentions) = capped(self.model.truth(channel).map_or((0, 0), count));
        (read, messages, mentions)
    }

    // What is written.

    fn check_history(
        &mut self,
        user: &str,
        token: &str,
        channel: &str,
        with_threads: bool,
    ) -> Result<(), Failure> {
        let messages = self.read_all(token, channel, "")?;
        self.model
            .page(channel, &messages, self.model.deletions())?;
        let Some(truth) = self.model.truth(channel) else {
            return Ok(());
        };
        let standing = truth.messages().filter(|(_, message)| message.stands);
        if standing.count() != messages.len() {
            let how = format!("{channel} has {} messages by its history", messages.len());
            return Err(Failure::Rule("history has every message", how));
        }
        let roots: Vec<u64> = messages
            .iter()
            .filter(|message| message.reply_count > 0)
            .map(|message| message.seq)
            .collect();
        self.agrees(user, channel, &messages)?;
        for root in roots {
            if with_threads {
                let thread = self.read_all(token, channel, &format!("&thread={root}"))?;
                self.agrees(user, channel, &thread)?;
            }
        }
        Ok(())
    }

    /// Every message of a channel or of a thread, page by page.
    fn read_all(
        &mut self,
        token: &str,
        channel: &str,
        more: &str,
    ) -> Result<Vec<PageMessage>, Failure> {
        let mut messages = Vec::new();
        let mut after = 0;
        loop {
            let path = format!("/channels/{channel}/messages?limit={PAGE}&after={after}{more}");
            let page: Page = self.read_now(&path, token)?;
            after = page.messages.last().map_or(after, |message| message.seq);
            let is_over = page.messages.is_empty() || !page.has_more;
            messages.extend(page.messages);
            if is_over {
                return Ok(messages);
            }
        }
    }

    /// The logs and all clients of a user say of messages what history says.
    fn agrees(&self, user: &str, channel: &str, read: &[PageMessage]) -> Result<(), Failure> {
        let own = self.browsers.iter().filter(|client| *client.user == *user);
        let copies = own.filter(|client| client.is_signed_in() && !client.is_refused);
        let copies = copies.filter_map(|client| client.copies.get(channel));
        for copy in self.model.truth(channel).into_iter().chain(copies) {
            for message in read {
                if let Some(how) = copy.differs(message, user) {
                    let how = format!("{channel} {} for {user}: {how}", message.seq);
                    return Err(Failure::Rule("events make what history has", how));
                }
            }
        }
        Ok(())
    }

    // Who is where, and what they are.

    fn facts(&self, query: &str) -> Result<BTreeSet<String>, Failure> {
        let mut facts = BTreeSet::new();
        for server in &self.servers {
            facts.extend(server.storage().facts(query)?);
        }
        Ok(facts)
    }

    fn check_tables(&self) -> Result<(), Failure> {
        const SAME: [(&str, &str, &str); 3] = [
            (
                "members are those who know it",
                "SELECT l.id || ' ' || m.user FROM members m JOIN logs l ON l.num = m.num",
                "SELECT m.channel || ' ' || l.id FROM memberships m JOIN logs l ON l.num = m.num",
            ),
            (
                "the directory is up to date",
                "SELECT id || ' ' || (state ->> '$.channel.name') || ' ' || (state ->> '$.channel.archived') FROM logs
                 WHERE id LIKE 'C%' AND state ->> '$.channel.kind' = 'public'",
                "SELECT channel || ' ' || name || ' ' || archived FROM directory",
            ),
            (
                "everybody has one role",
                "SELECT p.user || ' ' || CASE p.role WHEN 1 THEN 'owner' WHEN 2 THEN 'admin' WHEN 3 THEN 'guest' ELSE 'member' END
                 FROM people p",
                "SELECT id || ' ' || (state ->> '$.user.role') FROM logs WHERE id LIKE 'U%'",
            ),
        ];
        for (rule, here, there) in SAME {
            let (here, there) = (self.facts(here)?, self.facts(there)?);
            if let Some(odd) = here.symmetric_difference(&there).next() {
                let how = format!(
                    "{odd} is here {} and there {}",
                    here.contains(odd),
                    there.contains(odd)
                );
                return Err(Failure::Rule(rule, how));
            }
        }
        for browser in &self.browsers {
            if let Some(channel) = &browser.single
                && browser.is_signed_in()
                && self.model.marks.role(&browser.user) == "guest"
                && !self.model.is_member(&browser.user, channel)
                && !browser.is_refused
            {
                let how = format!("guest {} still reads {channel}", browser.user);
                return Err(Failure::Rule("guests read what they are in", how));
            }
        }
        Ok(())
    }

    // Who is there.

    /// What somebody is: `None` where they have a page, which knows by itself whether anybody is at it.
    fn status(&self, user: &str) -> Option<&'static str> {
        let clients = self.browsers.iter();
        let own = clients.filter(|client| {
            *client.user == *user && client.single.is_none() && client.phase == Phase::Ready
        });
        let mut status = "offline";
        for client in own {
            if !client.is_away {
                return Some("active");
            }
            status = "away";
        }
        let has_page = self
            .pages
            .iter()
            .any(|page| *page.user == *user && page.wire.is_some());
        (!has_page).then_some(status)
    }

    /// Whoever follows somebody knows what they are.
    pub(crate) fn check_presence(&self) -> Result<(), Failure> {
        for browser in &self.browsers {
            if browser.phase != Phase::Ready || !browser.is_signed_in() {
                continue;
            }
            for (user, known) in &browser.watched {
                let is = self.status(user);
                if is.is_some() && known.as_deref() != is {
                    let how = format!(
                        "browser {} of {} takes {user} to be {known:?}, who is {is:?}",
                        browser.index, browser.user
                    );
                    return Err(Failure::Rule(
                        "whoever follows somebody knows what they are",
                        how,
                    ));
                }
            }
        }
        Ok(())
    }
}
