//! Forms: bodies whose fields are checked, as channel servers take them.

use protocol::{
    api::{
        AcceptInvite, ChannelKind, CreateChannel, CreateInvite, CreateWorkspace, Role,
        UpdateChannel, UpdateMe, check_name, check_note,
    },
    call::ChannelCall,
    error::Refusal,
    limits::{
        DISPLAY_NAME_MAX_CHARS, INVITE_EXPIRES_DEFAULT_S, INVITE_EXPIRES_MAX_S,
        INVITE_USES_DEFAULT, INVITE_USES_MAX, NAME_MAX_CHARS, TITLE_MAX_CHARS, TOPIC_MAX_CHARS,
    },
};

/// A workspace that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founding {
    /// Its name.
    pub name: String,
    /// What the others call its founder.
    pub display_name: String,
}

/// How far an invite goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InviteBounds {
    /// How many may use it.
    pub max_uses: u32,
    /// When it is over, in milliseconds since the epoch.
    pub expires_ms: u64,
    /// What it makes of whoever comes by it.
    pub role: Role,
}

/// Checks `POST /workspaces`.
pub fn founding(body: &CreateWorkspace) -> Result<Founding, Refusal> {
    Ok(Founding {
        name: check_name("name", &body.name, NAME_MAX_CHARS)?,
        display_name: display_name(&body.display_name)?,
    })
}

/// Checks `POST /invites/{code}/accept`, of which it gives the display name.
pub fn newcomer(body: &AcceptInvite) -> Result<String, Refusal> {
    display_name(&body.display_name)
}

/// Checks `POST /invites`.
pub fn invite(body: CreateInvite, now_ms: u64) -> Result<InviteBounds, Refusal> {
    let max_uses = body.max_uses.unwrap_or(INVITE_USES_DEFAULT);
    if !(1..=INVITE_USES_MAX).contains(&max_uses) {
        return Err(Refusal::invalid(format!(
            "max_uses is 1 to {INVITE_USES_MAX}"
        )));
    }
    let expires_in_s = body.expires_in_s.unwrap_or(INVITE_EXPIRES_DEFAULT_S);
    if !(1..=INVITE_EXPIRES_MAX_S).contains(&expires_in_s) {
        return Err(Refusal::invalid(format!(
            "expires_in_s is 1 to {INVITE_EXPIRES_MAX_S}"
        )));
    }
    let role = body.role.unwrap_or_default();
    if role > Role::Member {
        return Err(Refusal::invalid("role is member or guest"));
    }
    Ok(InviteBounds {
        role,
        max_uses,
        expires_ms: now_ms.saturating_add(expires_in_s * 1_000),
    })
}

/// Checks `PATCH /me`. A blank title takes the title away.
pub fn update_me(body: &UpdateMe) -> Result<UpdateMe, Refusal> {
    let note = |title: &str| check_note("title", title, TITLE_MAX_CHARS);
    Ok(UpdateMe {
        display_name: body.display_name.as_deref().map(display_name).transpose()?,
        title: clearable(body.title.as_deref(), note)?,
    })
}

/// Checks `POST /channels`. Directs are made of people alone, by `POST /directs`.
pub fn create_channel(body: &CreateChannel) -> Result<ChannelCall, Refusal> {
    if body.kind == ChannelKind::Direct {
        return Err(Refusal::invalid("kind is public or private"));
    }
    let topic = body.topic.as_deref().map(topic).transpose()?;
    Ok(ChannelCall::Create {
        name: Some(check_name("name", &body.name, NAME_MAX_CHARS)?),
        kind: body.kind,
        topic: topic.flatten(),
        members: Vec::new(),
    })
}

/// Checks `PATCH /channels/{id}`. A blank topic takes the topic away.
pub fn update_channel(body: &UpdateChannel) -> Result<UpdateChannel, Refusal> {
    let name = |name: &str| check_name("name", name, NAME_MAX_CHARS);
    Ok(UpdateChannel {
        name: body.name.as_deref().map(name).transpose()?,
        topic: clearable(body.topic.as_deref(), topic)?,
        archived: body.archived,
    })
}

fn display_name(text: &str) -> Result<String, Refusal> {
    check_name("display_name", text, DISPLAY_NAME_MAX_CHARS)
}

fn topic(text: &str) -> Result<Option<String>, Refusal> {
    check_note("topic", text, TOPIC_MAX_CHARS)
}

/// A note that is not given stays as it is, a blank one is given on as empty.
fn clearable(
    text: Option<&str>,
    check: impl Fn(&str) -> Result<Option<String>, Refusal>,
) -> Result<Option<String>, Refusal> {
    let checked = text.map(check).transpose()?;
    Ok(checked.map(Option::unwrap_or_default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        let with = |name: &str| {
            founding(&CreateWorkspace {
                name: name.to_owned(),
                display_name: " Ana ".to_owned(),
            })
        };
        assert_eq!(with(" N ").unwrap().name, "N");
        assert_eq!(with("N").unwrap().display_name, "Ana");
        assert!(with(&"ä".repeat(NAME_MAX_CHARS)).is_ok());
        for bad in ["", " ", "a\0b", "a\nb", &"ä".repeat(NAME_MAX_CHARS + 1)] {
            assert!(with(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_invite_has_bounds_even_when_none_are_given() {
        let bounds = invite(CreateInvite::default(), 1_000).unwrap();
        assert_eq!(bounds.max_uses, INVITE_USES_DEFAULT);
        assert_eq!(bounds.expires_ms, 1_000 + INVITE_EXPIRES_DEFAULT_S * 1_000);
    }

    #[test]
    fn an_invite_that_nobody_could_use_is_refused() {
        for (max_uses, expires_in_s) in [
            (Some(0), None),
            (Some(INVITE_USES_MAX + 1), None),
            (None, Some(0)),
            (None, Some(u64::MAX)),
        ] {
            let body = CreateInvite {
                max_uses,
                expires_in_s,
                role: None,
            };
            assert!(invite(body, 0).is_err(), "{body:?}");
        }
    }

    #[test]
    fn an_invite_makes_members_or_guests() {
        let with = |role| {
            let body = CreateInvite {
                role,
                ..CreateInvite::default()
            };
            invite(body, 0).map(|bounds| bounds.role)
        };
        assert_eq!(with(None).unwrap(), Role::Member);
        assert_eq!(with(Some(Role::Guest)).unwrap(), Role::Guest);
        assert!(with(Some(Role::Admin)).is_err());
    }

    #[test]
    fn a_blank_note_takes_the_note_away() {
        let body = UpdateMe {
            display_name: None,
            title: Some(" ".to_owned()),
        };
        assert_eq!(update_me(&body).unwrap().title.as_deref(), Some(""));
        assert_eq!(update_me(&UpdateMe::default()).unwrap().title, None);
    }

    #[test]
    fn a_direct_is_not_made_as_a_channel() {
        let with = |kind| {
            create_channel(&CreateChannel {
                name: "N".to_owned(),
                kind,
                topic: Some(String::new()),
            })
        };
        assert!(with(ChannelKind::Direct).is_err());
        let made = with(ChannelKind::Private).unwrap();
        assert!(matches!(made, ChannelCall::Create { topic: None, .. }));
    }
}
