//! At the door: signing up, joining by an invite, signing in, and leaving.

use protocol::{
    api::{SessionAnswer, SignedIn},
    error::Code,
};

use super::{End, Turn, boot::REPEAT_MS};
use crate::{
    call::{Answer, Call, Failure},
    effect::{Effect, Timer},
    input::Intent,
    route::Route,
    state::{Arrival, Entry, Stage, State},
    storage::{PREFIX, draft_key, has_been_here, recent_emoji_key, recent_key},
    strings,
};

/// The page shows what its address says, as far as one can see that from outside.
pub fn arrive(state: &mut State, turn: &mut Turn) {
    match state.route {
        Route::Invite(_) | Route::SignIn(_) => state.stage = Stage::Entry(Entry::default()),
        _ => {
            state.stage = Stage::Starting { failure: None };
            // Who was here before mostly still is; of others it is asked first, as browsers take a refusal for a fault of the page.
            turn.call(if has_been_here(&state.stored) {
                Call::Boot
            } else {
                Call::Session
            });
        }
    }
}

/// It is known whether there is a session.
pub fn session_known(state: &mut State, answer: &Answer, turn: &mut Turn) {
    let Stage::Starting { failure } = &mut state.stage else {
        return;
    };
    match answer.read::<SessionAnswer>() {
        Ok(SessionAnswer { signed_in: true }) => turn.call(Call::Boot),
        Ok(_) => state.stage = Stage::Entry(Entry::default()),
        Err(refused) => {
            *failure = Some(refused.message());
            if refused.passes() {
                let wait_ms = refused.retry_after_ms().unwrap_or(REPEAT_MS);
                turn.wake(Timer::Repeat(Call::Session), wait_ms);
            }
        }
    }
}

/// What somebody at the door wants.
pub fn intend(state: &mut State, intent: Intent, turn: &mut Turn) {
    let call = match (&mut state.stage, intent, &state.route) {
        (Stage::Starting { failure }, Intent::Reload, _) => {
            *failure = None;
            Call::Boot
        }
        (Stage::Entry(entry), intent, route) if !entry.busy => {
            let call = match (intent, route) {
                (Intent::SignUp { workspace, name }, _) => Call::CreateWorkspace {
                    name: workspace.trim().to_owned(),
                    display_name: name.trim().to_owned(),
                },
                (Intent::AcceptInvite { name }, Route::Invite(code)) => Call::AcceptInvite {
                    code: code.clone(),
                    display_name: name.trim().to_owned(),
                },
                (Intent::SignIn, Route::SignIn(code)) => Call::AcceptSignIn { code: code.clone() },
                _ => return,
            };
            *entry = Entry {
                busy: true,
                ..Entry::default()
            };
            call
        }
        _ => return,
    };
    turn.call(call);
}

/// A call that was made at the door has been answered.
pub fn answered(state: &mut State, call: &Call, answer: &Answer, turn: &mut Turn) {
    let arrival = match call {
        Call::CreateWorkspace { .. } => Arrival::Founder,
        Call::AcceptInvite { .. } => Arrival::Guest,
        Call::AcceptSignIn { .. } => Arrival::Returning,
        _ => return,
    };
    match answer.read::<SignedIn>() {
        Ok(_) => {
            state.arrival = arrival;
            state.stage = Stage::Starting { failure: None };
            turn.navigate(Route::Home, true);
            turn.call(Call::Boot);
        }
        Err(failure) => {
            state.stage = Stage::Entry(Entry {
                failure: Some(reason(call, &failure)),
                ..Entry::default()
            });
        }
    }
}

fn reason(call: &Call, failure: &Failure) -> &'static str {
    match (call, failure.code()) {
        (Call::CreateWorkspace { .. }, Some(Code::Forbidden)) => strings::SIGN_UP_CLOSED,
        (Call::AcceptInvite { .. } | Call::AcceptSignIn { .. }, Some(Code::NotFound)) => {
            strings::LINK_OVER
        }
        _ => failure.message(),
    }
}

/// The session is over: back to the door.
pub fn leave(state: &mut State, turn: &mut Turn, end: End) {
    let before = std::mem::replace(
        &mut state.stage,
        Stage::Entry(Entry {
            notice: Some(strings::SIGNED_OUT),
            ..Entry::default()
        }),
    );
    state.arrival = Arrival::Returning;
    turn.navigate(Route::Home, true);
    let Stage::Inside(mut session) = before else {
        return;
    };
    session.connection.off(&mut turn.effects);
    if end == End::SignedOut {
        let me = &session.me.id;
        turn.effects.push(Effect::Forget {
            key: recent_emoji_key(me),
        });
        for channel in session.drafts.keys() {
            turn.effects.push(Effect::Forget {
                key: draft_key(me, channel),
            });
        }
        for pending in session.outbox.drain() {
            turn.effects.push(Effect::Forget {
                key: pending.storage_key(me),
            });
        }
        turn.effects.push(Effect::Forget {
            key: recent_key(me),
        });
    } else {
        for pending in session.outbox.drain() {
            let key = pending.storage_key(&session.me.id);
            debug_assert!(key.starts_with(PREFIX));
            state.stored.push((key, pending.to_stored()));
        }
        for (channel, draft) in &session.drafts {
            state
                .stored
                .push((draft_key(&session.me.id, channel), draft.to_stored()));
        }
    }
}
