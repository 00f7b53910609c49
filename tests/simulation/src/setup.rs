//! How a world begins: a workspace, its people, their browsers and some channels, before anything goes wrong.

use gateway_core::region::Region;
use serde::Deserialize;
use serde_json::json;

use crate::{
    browser::Browser,
    calls::SETUP,
    failure::Failure,
    http::{HttpAnswer, HttpRequest},
    promise::SocketKey,
    shipped::FIRST,
    world::{Event, World},
};

/// When the last browser has connected, in microseconds.
const CONNECTED_US: u64 = 2_000_000;

/// Browsers whose people only listen, in thousandths: a gateway that has no others sleeps on when something comes.
const LISTENERS_PER_MILLE: u64 = 250;

/// People who have a single-channel socket as well, in thousandths.
const READERS_PER_MILLE: u64 = 500;

/// People who have the shipped client open as well, in thousandths.
const PAGES_PER_MILLE: u64 = 300;

#[derive(Deserialize)]
struct SignedIn {
    token: String,
    user: Id,
    workspace: Id,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Made {
    channel: Id,
}

impl World {
    /// Has the world begin.
    pub fn set_up(&mut self) -> Result<(), Failure> {
        let tokens = self.people()?;
        self.browsers_of(&tokens)?;
        self.channels(&tokens)?;
        self.readers(&tokens)?;
        self.open_pages(&tokens)?;
        for index in 0..self.browsers.len() {
            let at_us = self.now_us + self.random.below(CONNECTED_US);
            if !self.random.chance(LISTENERS_PER_MILLE) {
                self.agenda.put(at_us, Event::Acts(index));
            }
            if let Some(browser) = self.browsers.get_mut(index) {
                let wishes = browser.connect();
                self.fulfil(index, wishes);
            }
        }
        Ok(())
    }

    fn people(&mut self) -> Result<Vec<String>, Failure> {
        let founding = json!({"name": "town", "display_name": "founder"});
        let founder: SignedIn = self.now("/workspaces", None, &founding)?;
        self.town.workspace = founder.workspace.id.as_str().into();
        self.town.people.push(founder.user.id.as_str().into());
        let mut tokens = vec![founder.token];
        let founders = tokens.first().cloned();
        let Code { code } = self.now("/invites", founders.as_deref(), &json!({}))?;
        for number in 1..self.plan.people {
            let url = format!("/invites/{code}/accept");
            let newcomer = json!({"display_name": format!("person {number}")});
            let person: SignedIn = self.now(&url, None, &newcomer)?;
            self.town.people.push(person.user.id.as_str().into());
            tokens.push(person.token);
        }
        Ok(tokens)
    }

    fn browsers_of(&mut self, tokens: &[String]) -> Result<(), Failure> {
        for (person, token) in tokens.iter().enumerate() {
            let mut token = token.clone();
            for number in 0..self.plan.browsers {
                if number > 0 {
                    token = self.another_session(&token)?;
                }
                let region = self.random.pick(&self.plan.regions).copied();
                let region = region.unwrap_or(Region::Weur);
                let user = self.town.people.get(person).cloned().unwrap_or_default();
                let index = self.browsers.len();
                let mut browser = Browser::new(index, user, token.clone(), region);
                browser.key = SocketKey(0);
                self.browsers.push(browser);
            }
        }
        Ok(())
    }

    /// Some people read a channel straight from its server, too.
    fn readers(&mut self, tokens: &[String]) -> Result<(), Failure> {
        for (person, token) in tokens.iter().enumerate() {
            if !self.random.chance(READERS_PER_MILLE) {
                continue;
            }
            let channel = self.random.pick(&self.town.channels).cloned();
            let region = self.random.pick(&self.plan.regions).copied();
            let (Some((channel, _)), Some(region)) = (channel, region) else {
                continue;
            };
            let token = self.another_session(token)?;
            let user = self.town.people.get(person).cloned().unwrap_or_default();
            let mut reader = Browser::new(self.browsers.len(), user, token, region);
            reader.single = Some(channel);
            self.browsers.push(reader);
        }
        Ok(())
    }

    /// Some people use the client that is shipped.
    fn open_pages(&mut self, tokens: &[String]) -> Result<(), Failure> {
        for (person, token) in tokens.iter().enumerate() {
            if self.random.chance(PAGES_PER_MILLE) {
                let token = self.another_session(token)?;
                let user = self.town.people.get(person).cloned().unwrap_or_default();
                self.open_page(user, token);
            }
        }
        for page in 0..self.pages.len() {
            let at_us = self.now_us + self.random.below(CONNECTED_US);
            self.agenda.put(at_us, Event::Acts(FIRST + page));
        }
        Ok(())
    }

    fn another_session(&mut self, token: &str) -> Result<String, Failure> {
        let Code { code } = self.now("/sign-in-links", Some(token), &json!({}))?;
        let url = format!("/sign-in-links/{code}/accept");
        let session: SignedIn = self.now(&url, None, &json!({}))?;
        Ok(session.token)
    }

    fn channels(&mut self, tokens: &[String]) -> Result<(), Failure> {
        for number in 0..self.plan.channels {
            let Some(token) = self.random.pick(tokens).cloned() else {
                continue;
            };
            let is_public = number == 0 || self.random.chance(500);
            let kind = if is_public { "public" } else { "private" };
            let channel = json!({"name": format!("channel {number}"), "kind": kind});
            let made: Made = self.now("/channels", Some(&token), &channel)?;
            let id = made.channel.id;
            for person in self.town.people.clone() {
                if self.random.chance(700) {
                    let url = format!("/channels/{id}/members");
                    let body = json!({"user": &*person});
                    self.now::<serde_json::Value>(&url, Some(&token), &body)?;
                }
            }
            self.town.channels.push((id.into(), is_public));
        }
        Ok(())
    }

    /// Makes an HTTP call and lets the world go on until it is answered.
    fn now<T: for<'a> Deserialize<'a>>(
        &mut self,
        path: &str,
        token: Option<&str>,
        body: &serde_json::Value,
    ) -> Result<T, Failure> {
        let answer = self.ask_now("POST", path, token, Some(body.to_string()))?;
        serde_json::from_str(&answer).map_err(|error| failed(path, &error))
    }

    /// Makes an HTTP call that has to succeed, and lets the world go on until it is answered.
    pub(crate) fn ask_now(
        &mut self,
        method: &'static str,
        path: &str,
        token: Option<&str>,
        body: Option<String>,
    ) -> Result<String, Failure> {
        let request = HttpRequest {
            method,
            url: format!("/api/v1{path}"),
            body,
            token: token.map(str::to_owned),
            region: Region::Weur,
            dialler: None,
        };
        self.setup_answer = None;
        self.requested(SETUP, 0, 0, request);
        while self.setup_answer.is_none() && self.step()? {}
        match self.setup_answer.take() {
            Some(HttpAnswer::Came { status, body }) if (200..300).contains(&status) => Ok(body),
            other => Err(failed(path, &format!("{other:?}"))),
        }
    }
}

fn failed(path: &str, why: &dyn std::fmt::Display) -> Failure {
    Failure::Simulator(format!("a call of the simulation failed at {path}: {why}"))
}
