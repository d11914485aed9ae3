//! What must hold after every step, as functions over the server's pin log and what was delivered.
//!
//! I1: no id that was in the list and that somebody needs leaves it. I2: no RESET while the client was not given
//! the whole history of every declared folder, on this connection. I4: letters in the order of the log, each once.
//! I7: the same as I1, where another device needs it too. I8: what is stuck holds nothing else up. I9: a program that says
//! it may be closed has nothing left to bring to the server.

use std::collections::BTreeSet;
use std::fmt;

use pinfold_core::json::Value;
use pinfold_core::pins::log::Command;
use pinfold_recovery::PinStep;

use crate::account::Built;
use crate::device::Device;
use crate::world::World;
use crate::world::client::{Asked, Client, Ended};
use crate::world::fault::Fault;

/// Which invariant does not hold, and how it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its name in the design.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

impl Violation {
    pub(crate) fn new(invariant: &'static str, what: String) -> Self {
        Self { invariant, what }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// What one client was given on its present connection.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    whole: BTreeSet<String>,
}

impl Seen {
    /// An answer is delivered.
    pub fn delivered(&mut self, about: &str, fault: Option<Fault>) {
        if let Some(channel) = about.strip_prefix("GET_HISTORY ")
            && fault.is_none_or(Fault::leaves_whole)
        {
            self.whole.insert(channel.trim_end_matches(" again").to_owned());
        }
    }
}

/// I1 and I7.
pub fn nothing_left(
    before: &BTreeSet<String>,
    after: &BTreeSet<String>,
    needed: &BTreeSet<String>,
) -> Result<(), Violation> {
    let left: Vec<&str> =
        needed.iter().filter(|id| before.contains(*id) && !after.contains(*id)).map(|id| short(id)).collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(Violation::new("I1", format!("{} ids that are needed left the list: {}", left.len(), left.join(" "))))
}

/// I2.
pub fn settled_before_reset<'a>(
    mut declared: impl Iterator<Item = &'a str>,
    seen: &Seen,
) -> Result<(), Violation> {
    match declared.find(|channel| !seen.whole.contains(*channel)) {
        None => Ok(()),
        Some(channel) => {
            let what =
                format!("a RESET was sent before the history of {} was delivered whole", short(channel));
            Err(Violation::new("I2", what))
        }
    }
}

/// I4: each opening of the mailbox delivers a part of the log, in its order, without repeats.
pub fn letters_in_order(built: &Built, openings: &[Vec<String>]) -> Result<(), Violation> {
    for opening in openings {
        // What the server changed is in no log.
        let places: Vec<usize> =
            opening.iter().filter_map(|letter| log(built).position(|logged| logged == letter)).collect();
        if !places.is_sorted_by(|earlier, later| earlier < later) {
            return Err(Violation::new("I4", format!("letters came as {places:?}")));
        }
    }
    Ok(())
}

/// The hashes of the mailbox's log.
fn log(built: &Built) -> impl Iterator<Item = &String> {
    let mailbox = built.mailboxes.iter().find(|mailbox| mailbox.name == "notifications");
    mailbox.into_iter().flat_map(|mailbox| &mailbox.letters).map(|letter| &letter.hash)
}

/// I9: whoever closes the program when it says that this is safe loses nothing that was asked of it.
pub fn nothing_asked_is_lost(
    built: &Built,
    pinned: &BTreeSet<String>,
    asked: &Asked,
) -> Result<(), Violation> {
    let lost = |what: String| Err(Violation::new("I9", what));
    if let Some(id) = asked.pins.iter().find(|id| !pinned.contains(*id)) {
        return lost(format!("it is safe to close, it says, and {} is not pinned", short(id)));
    }
    if asked.title.is_none() && asked.folder.is_none() {
        return Ok(());
    }
    let document = built.device().and_then(|device| device.read(&built.server)).unwrap_or(Value::Null);
    let entry = |part: &str, name: &str, title: &str| {
        let entries = document.get("drive").and_then(|drive| drive.get(part)).and_then(Value::as_object);
        let titled = |entry: &&Value| entry.get(name).and_then(Value::as_str) == Some(title);
        entries.and_then(|entries| entries.iter().map(|(_, entry)| entry).find(titled))
    };
    if let Some(title) = asked.title.as_ref().filter(|title| entry("filesData", "title", title).is_none()) {
        return lost(format!("it is safe to close, it says, and {title:?} is not in the drive"));
    }
    let opens = |entry: &Value| {
        let hash = entry.get("href").and_then(Value::as_str).and_then(|href| href.split_once('#'));
        hash.is_some_and(|(_, hash)| {
            Device::new(hash, 0).is_ok_and(|holder| holder.read(&built.server).is_ok())
        })
    };
    match &asked.folder {
        Some(title) if !entry("sharedFolders", "lastTitle", title).is_some_and(opens) => lost(format!(
            "it is safe to close, it says, and the drive has no key that opens the folder {title:?}"
        )),
        _ => Ok(()),
    }
}

/// I8, I7 and I4 once nothing is left to happen: every client came to an end that a fault explains, and what it
/// could read is pinned.
pub fn at_the_end(world: &World) -> Result<(), Violation> {
    let struck = |of: fn(&str) -> bool| world.struck.iter().any(|(_, about, _)| of(about));
    let signed = struck(|about| !about.contains(' ') && about != "PING");
    let about = |channel: &str| world.struck.iter().any(|(_, about, _)| about.ends_with(channel));
    for (at, ended) in world.ended().unwrap_or_default().into_iter().enumerate() {
        match ended {
            Ended::Failed(code) => {
                return Err(Violation::new("I8", format!("client {at} gave up: {}", code.as_str())));
            }
            Ended::Partial if world.built.folders.iter().all(|folder| !about(&folder.channel)) => {
                return Err(Violation::new("I8", format!("client {at} misses a folder nothing happened to")));
            }
            Ended::Partial | Ended::Complete => {}
        }
    }
    let stuck = world.built.folders.iter().filter(|folder| about(&folder.channel));
    let excused: BTreeSet<&String> = stuck.flat_map(|folder| &folder.documents).collect();
    let missing = world.needed.iter().filter(|id| !world.pinned().contains(*id) && !excused.contains(id));
    let missing: Vec<&str> = missing.map(|id| short(id)).collect();
    if !signed && !missing.is_empty() {
        return Err(Violation::new(
            "I8",
            format!("{} ids were not pinned: {}", missing.len(), missing.join(" ")),
        ));
    }
    nothing_made_up(world)?;
    letters_arrived(world)
}

/// B5: the log of a client holds no change that the server did not make, unless it said that it had.
fn nothing_made_up(world: &World) -> Result<(), Violation> {
    if world.struck.iter().any(|key| world.faults.get(key) == Some(&Fault::Ignored)) {
        return Ok(());
    }
    let commands = &world.built.server.commands;
    for change in world.seats.iter().flat_map(|seat| seat.client.changes()) {
        let ids = change.ids.unwrap_or_default();
        let is_it = |(command, sent): &(String, Vec<String>)| {
            let sends = |id: &String| sent.iter().any(|sent| sent.split('#').next() == Some(id.as_str()));
            command == change.command.as_str()
                && match (change.step, change.command) {
                    (PinStep::Went, Command::Reset) => !ids.iter().any(sends),
                    _ => ids.iter().all(sends),
                }
        };
        if !commands.iter().any(is_it) {
            let what = format!("the log has a {} that the server did not carry out", change.command.as_str());
            return Err(Violation::new("B5", what));
        }
    }
    Ok(())
}

/// How a client ended. One whose connection was cut after that and that connects anew by itself has not.
pub fn ended(client: &dyn Client, connected: bool) -> Option<Ended> {
    client.ended().filter(|_| connected || client.deadline().is_none())
}

fn letters_arrived(world: &World) -> Result<(), Violation> {
    let Some(mailbox) = world.built.mailboxes.iter().find(|mailbox| mailbox.name == "notifications") else {
        return Ok(());
    };
    if world.struck.iter().any(|(_, about, _)| about.ends_with(&mailbox.channel)) {
        return Ok(());
    }
    for last in world.seats.iter().filter_map(|seat| seat.client.letters().last()) {
        if !last.iter().eq(log(&world.built)) {
            let all = mailbox.letters.len();
            return Err(Violation::new("I8", format!("{} of {all} letters came", last.len())));
        }
    }
    Ok(())
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}
