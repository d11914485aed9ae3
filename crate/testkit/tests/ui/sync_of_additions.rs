//! Nor does the session replace the server's list by additions.
use pinfold_core::pins::set::Additions;
use pinfold_core::session::Session;
use pinfold_core::UnixMillis;

fn replace_all(session: &mut Session, now: UnixMillis, additions: &Additions) {
    let _ = session.sync_pins(now, additions, None);
}

fn main() {}
