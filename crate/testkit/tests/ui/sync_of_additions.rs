//! Nor does the session replace the server's list by additions.
use pinfold_core::pins::set::Additions;
use pinfold_core::session::Session;

fn replace_all(session: &mut Session, additions: &Additions) {
    let _ = session.sync_pins(0, additions, None);
}

fn main() {}
