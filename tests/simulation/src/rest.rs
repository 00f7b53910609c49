//! The end of a run: faults stop, everything comes to rest, and everybody has everything.

use std::rc::Rc;

use crate::{
    browser::{Browser, Draft},
    failure::Failure,
    promise::{Point, SocketKey},
    shipped::FIRST,
    world::World,
};

impl World {
    /// Has somebody write to each channel once more: by now everything sleeps, and whoever listens has to be woken.
    pub fn last_words(&mut self) {
        let logs: Vec<Rc<str>> = self.model.logs().cloned().collect();
        for log in logs {
            let text = self.next_text();
            let speaker = self.browsers.iter().position(|b| b.channels.contains(&log));
            if let Some(client) = speaker.and_then(|index| self.browsers.get_mut(index)) {
                let index = client.index;
                let wishes = client.write(&log, Draft { text, reply: None }, &mut self.model);
                self.fulfil(index, wishes);
            }
        }
    }

    /// Has each person open one more browser that reads every log from its beginning.
    pub fn read_all_again(&mut self) {
        let people: Vec<(Rc<str>, String)> = self
            .town
            .people
            .iter()
            .filter_map(|user| {
                let of_user = |browser: &&Browser| {
                    browser.user == *user && browser.single.is_none() && browser.is_signed_in()
                };
                let browser = self.browsers.iter().find(of_user)?;
                Some((user.clone(), browser.token.clone()))
            })
            .collect();
        let logs: Vec<Rc<str>> = self.model.logs().cloned().collect();
        for (user, token) in people {
            let index = self.browsers.len();
            let Some(region) = self.plan.regions.first().copied() else {
                return;
            };
            let mut reader = Browser::new(index, user.clone(), token, region);
            for log in &logs {
                if let Some(epoch) = self
                    .model
                    .epoch(log)
                    .filter(|_| self.should_have(&user, log))
                {
                    let epoch = epoch.to_owned();
                    reader.points.insert(log.clone(), Point { epoch, seq: 0 });
                }
            }
            let wishes = reader.connect();
            self.browsers.push(reader);
            self.fulfil(index, wishes);
        }
    }

    /// Whether a user's browsers follow a log.
    pub(crate) fn should_have(&self, user: &str, log: &str) -> bool {
        match log.as_bytes().first() {
            Some(b'T') => *log == *self.town.workspace,
            Some(b'U') => log == user,
            _ => self.model.is_member(user, log),
        }
    }

    /// Everybody has everything that is theirs, and nothing else.
    pub fn check_everybody(&self) -> Result<(), Failure> {
        for browser in &self.browsers {
            browser.is_at_rest()?;
            match &browser.single {
                Some(channel) if browser.is_signed_in() => {
                    self.has_channel(browser, channel)?;
                }
                None if browser.is_signed_in() => {
                    self.has_all((browser.index, &browser.user, browser.key))?;
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// What was acknowledged is stored, and nothing was seen that is not.
    pub fn check_stored(&mut self) -> Result<(), Failure> {
        let mut stored = Vec::new();
        for server in &self.servers {
            stored.extend(server.storage().events()?);
        }
        self.model.rested(&stored)
    }

    fn has_channel(&self, browser: &Browser, channel: &str) -> Result<(), Failure> {
        let at = self
            .model
            .point(browser.key, channel)
            .map(|point| point.seq);
        let head = self.model.head(channel);
        if browser.is_refused || at == Some(head) {
            return Ok(());
        }
        let (index, user) = (browser.index, &browser.user);
        let how = format!("reader {index} of {user} has {channel} to {at:?} of {head}");
        Err(Failure::Promise(4, how))
    }

    pub(crate) fn has_all(
        &self,
        (index, user, key): (usize, &str, SocketKey),
    ) -> Result<(), Failure> {
        for log in self.model.logs() {
            let at = self.model.point(key, log).map(|point| point.seq);
            let head = self.model.head(log);
            match (at, self.should_have(user, log)) {
                (Some(at), true) if at == head => {}
                (None, false) => {}
                // Boot has told a page that it is out; what its next `hello` says is looked at later.
                (Some(_), false) if index >= FIRST => {}
                (at, true) => {
                    let how = format!("browser {index} of {user} has {log} to {at:?} of {head}");
                    return Err(Failure::Promise(4, how));
                }
                (Some(_), false) => {
                    let how = format!("browser {index} of {user} still has {log}");
                    return Err(Failure::Rule(
                        "whoever is out of a channel learns of it",
                        how,
                    ));
                }
            }
        }
        Ok(())
    }
}
