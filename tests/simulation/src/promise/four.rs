//! *4. A subscriber gets every event after its resume point exactly once, or an explicit `recovered: false`.*

use std::rc::Rc;

use super::{Log, Point, Socket};
use crate::{failure::Failure, line::Line};

/// So many of the newest events can always be recovered.
const RECOVERABLE: u64 = 1_000;

/// The next event of a log is the one after the last.
pub fn event(socket: &mut Socket, log: &Rc<str>, seq: u64) -> Result<(), Failure> {
    let user = socket.user.clone();
    let broken = |how: String| Err(Failure::Promise(4, how));
    let Some(point) = socket.points.get_mut(log) else {
        return broken(format!(
            "{user} got {log} {seq} with no resume point and before a sync mark"
        ));
    };
    if seq <= point.seq {
        return broken(format!(
            "{user} got {log} {seq} twice, being at {}",
            point.seq
        ));
    }
    if seq > point.seq + 1 {
        return broken(format!("{user} got {log} {seq} after {}", point.seq));
    }
    point.seq = seq;
    Ok(())
}

/// A sync mark says that everything is there where it is, and that it is not only where it may.
pub fn sync(
    socket: &mut Socket,
    log: &Log,
    name: &str,
    epoch: &str,
    seq: u64,
    recovered: bool,
) -> Result<(), Failure> {
    let user = socket.user.clone();
    let was_given = socket.joined.remove(name);
    let broken = |how: String| Err(Failure::Promise(4, how));
    let mark = Point {
        epoch: epoch.to_owned(),
        seq,
    };
    match socket.points.get(name) {
        Some(point) if recovered && *point != mark => {
            return broken(format!(
                "{user} is told to have {name} up to {seq}, being at {}",
                point.seq
            ));
        }
        None if recovered => {
            return broken(format!(
                "{user} has recovered {name} without a resume point"
            ));
        }
        Some(point) if !recovered && point.epoch == epoch => {
            if seq < point.seq {
                return broken(format!("{name} went back from {} to {seq}", point.seq));
            }
            // Boot may have told of a channel before a gateway that is behind knows of it.
            let is_ahead = socket.knows_by_boot && !socket.marks.contains_key(name);
            let begins = was_given || is_ahead || log.members.was_out(&user, point.seq);
            if seq - point.seq <= RECOVERABLE && !begins {
                return broken(format!(
                    "{user} could have recovered {name} from {} to {seq}, and did not",
                    point.seq
                ));
            }
        }
        Some(_) | None => {}
    }
    let name: Rc<str> = name.into();
    socket.left.remove(&name);
    socket.marks.insert(name.clone(), seq);
    socket.points.insert(name, mark);
    Ok(())
}

/// The user's own log gives channels and takes them away.
///
/// One that is given begins where it is, said aloud by its next sync mark, even where the client had heard of it otherwise and named
/// it in `hello`: it was not the user's yet when `hello` was taken. One that was taken away while it was named in `hello` and had
/// no sync mark is still to be resumed, where the user has come back meanwhile.
pub fn follow_membership(socket: &mut Socket, log: &Rc<str>, line: &Line) {
    if **log != *socket.user {
        return;
    }
    let (Some(event), Some(subject)) = (line.event.as_deref(), &line.subject) else {
        return;
    };
    let subject: Rc<str> = subject.as_str().into();
    if event == "joined" {
        socket.joined.insert(subject);
    } else if event == "left" {
        socket.joined.remove(&subject);
        if socket.marks.remove(&subject).is_some() {
            socket.points.remove(&subject);
            socket.left.insert(subject);
        }
    }
}
