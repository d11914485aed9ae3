//! The log of what changed the lists of pins, as plain objects of ids, counts and times.

use pinfold_core::guard::changes::Changes;
use pinfold_recovery::pin_log::{PinChange, PinLog};
use serde::Serialize;

#[derive(Serialize)]
struct Change {
    time: u64,
    device: String,
    session: String,
    number: u64,
    key: String,
    command: &'static str,
    step: &'static str,
    cause: &'static str,
    agreed: bool,
    document: Option<String>,
    of: u64,
    count: u64,
    ids: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Gap {
    change: usize,
    ids: Vec<String>,
}

#[derive(Serialize)]
struct Short {
    change: usize,
    missing: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PinChangeLog {
    changes: Vec<Change>,
    regrown: Vec<Gap>,
    shrunk: Vec<Short>,
    ids_since: Option<u64>,
    unread: usize,
}

pub(super) fn told(log: &Changes) -> PinChangeLog {
    let log = PinLog::of(log);
    let regrown = log.regrown().into_iter().map(|gap| Gap { change: gap.change, ids: gap.ids });
    let shrunk = log.shrunk().into_iter().map(|list| Short { change: list.change, missing: list.missing });
    PinChangeLog {
        changes: log.changes().iter().map(change).collect(),
        regrown: regrown.collect(),
        shrunk: shrunk.collect(),
        ids_since: log.ids_since(),
        unread: log.unread(),
    }
}

fn change(change: &PinChange) -> Change {
    let PinChange { time, device, session, number, key, document, ids, .. } = change.clone();
    Change {
        time,
        device,
        session,
        number,
        key,
        command: change.command.as_str(),
        step: change.step.as_str(),
        cause: change.cause.as_str(),
        agreed: change.agreed,
        document,
        of: change.of,
        count: change.count,
        ids,
    }
}
