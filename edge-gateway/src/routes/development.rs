//! What is there in development only.

use channel_object::census;
use gateway_core::route::NoRoute;
use worker::{Env, Response};

use crate::{answer, environment, fault::Fault};

/// `GET /dev/census`: what the objects of this isolate have had to do.
pub fn census(env: &Env) -> Result<Response, Fault> {
    if is_development(env) {
        Ok(answer::json(200, &census::take())?)
    } else {
        Err(NoRoute::Path.into())
    }
}

/// `POST /dev/panic`, fault injection: every object of the isolate loses its memory while its sockets stay open.
pub fn panic(env: &Env) -> Result<Response, Fault> {
    assert!(!is_development(env), "asked for by POST /dev/panic");
    Err(NoRoute::Path.into())
}

fn is_development(env: &Env) -> bool {
    environment::settings(env).is_ok_and(|settings| settings.is_development)
}
