//! What each command does. Each answers whether all is well.

use super::print::{self, say};
use super::{Action, Failed, Opened, Program};
use pinfold_datadir::disk::{Disk, read_if_there};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::real::RealDisk;
use pinfold_datadir::walk::{Found, walk};
use pinfold_operator::archive::Hands;
use pinfold_operator::audit::Auditor;
use pinfold_operator::check::check;
use pinfold_operator::conflicts::{Winner, conflicts};
use pinfold_operator::hold::{self, Hold};
use pinfold_operator::journal::Journal;
use pinfold_operator::plan::{Grounds, Plan};
use pinfold_operator::run::{carry_out, finish};
use pinfold_operator::survey::{Survey, survey};
use pinfold_operator::waits::{WalkRecord, remember, walks};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

const DISK: RealDisk = RealDisk;

/// Runs one command.
pub(super) fn act(program: &Program, store: &Opened) -> Result<bool, Failed> {
    let json = program.store.json;
    match &program.action {
        Action::Audit => audit(store, json),
        Action::Plan { out, accept_fewer } => plan(program, store, out, *accept_fewer),
        Action::Archive { plan, consent } => archive(store, plan, consent.as_deref(), json),
        Action::Restore { ids, reason } => restore(store, ids, reason.as_deref(), json),
        Action::Conflicts => list_conflicts(store, json),
        Action::Aside { id } => aside(store, id, json),
        Action::Hold { why, by } => {
            let hold_of = Hold { by: by.clone(), why: why.clone(), since: store.now };
            hold::set(&DISK, &store.paths, &hold_of).map_err(Failed::refused)?;
            say(json, &hold_of, &format!("held by {by}: {why}"))
        }
        Action::Release => {
            hold::release(&DISK, &store.paths, store.now).map_err(Failed::refused)?;
            say(json, &serde_json::json!({ "held": false }), "the hold is ended")
        }
        Action::Finish => {
            let (_lock, mut journal) = begin(store)?;
            let finished = finish(&hands(store, "finish"), &mut journal).map_err(Failed::refused)?;
            say(json, &finished, &format!("{} acts were finished", finished.len()))
        }
        Action::Check => {
            let seen = look(store)?;
            let journal = Journal::open(&DISK, &store.paths.state).map_err(Failed::refused)?;
            let problems = check(&DISK, &store.paths, &seen, &journal).map_err(Failed::refused)?;
            say(json, &problems, &print::problems(&problems))?;
            Ok(problems.is_empty())
        }
    }
}

fn look(store: &Opened) -> Result<Survey, Failed> {
    survey(&DISK, &store.paths, store.now, &mut |_, _| ()).map_err(Failed::refused)
}

fn hands<'a>(store: &'a Opened, what: &str) -> Hands<'a> {
    Hands { disk: &DISK, paths: &store.paths, run: format!("{what}-{}", store.now), now: store.now }
}

/// The lock against a second run, held until it is dropped, and the journal.
fn begin(store: &Opened) -> Result<(File, Journal<'static>), Failed> {
    DISK.make_folder(&store.paths.state).map_err(Failed::refused)?;
    let lock = File::create(store.paths.state.join("lock")).map_err(Failed::refused)?;
    lock.try_lock().map_err(|_| Failed::Refused("another run is under way".into()))?;
    let journal = Journal::open(&DISK, &store.paths.state).map_err(Failed::refused)?;
    Ok((lock, journal))
}

fn audit(store: &Opened, json: bool) -> Result<bool, Failed> {
    let mut auditor = Auditor::default();
    let seen = survey(&DISK, &store.paths, store.now, &mut |key, change| auditor.hear(key, &change))
        .map_err(Failed::refused)?;
    let audit = auditor.finish(&seen);
    say(
        json,
        &serde_json::json!({ "audit": audit, "findings": seen.findings }),
        &print::audit(&audit, &seen.findings),
    )?;
    Ok(audit.accounts.is_empty() && audit.unpinned.is_empty() && seen.findings.is_empty())
}

fn plan(program: &Program, store: &Opened, out: &Path, accept_fewer: bool) -> Result<bool, Failed> {
    let (declared, json) = (program.store.no_pin_logs, program.store.json);
    let (_lock, journal) = begin(store)?;
    let began = store.now;
    let seen = look(store)?;
    let mut known = walks(&DISK, &store.paths.state).map_err(Failed::refused)?;
    let pins = seen.accounts.iter().map(|account| account.log.pins.len() as u64).sum();
    let bytes = seen.live.iter().map(pinfold_datadir::walk::Item::bytes).sum();
    let record =
        WalkRecord { began, ended: clock().max(began), logs: seen.accounts.len() as u64, pins, bytes };
    let before = known.last().copied();
    known.push(record);
    let grounds = Grounds {
        survey: &seen,
        paths: &store.paths,
        policy: &store.policy,
        journal: &journal,
        walks: &known,
        reports: &BTreeMap::new(),
        declared,
        now: store.now,
    };
    let mut plan = Plan::make(&grounds);
    plan.refuse(before.filter(|_| !accept_fewer).and_then(|before| record.fewer_than(&before)));
    let mut file =
        File::create_new(out).map_err(|error| Failed::Refused(format!("{}: {error}", out.display())))?;
    plan.write(&mut file).and_then(|()| file.sync_all()).map_err(Failed::refused)?;
    if plan.head.refusals.is_empty() {
        remember(&DISK, &store.paths.state, &record).map_err(Failed::refused)?;
    }
    say(
        json,
        &serde_json::json!({ "head": plan.head, "digest": plan.digest, "findings": seen.findings }),
        &print::plan(&plan, &seen.findings),
    )?;
    Ok(plan.head.refusals.is_empty())
}

fn clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn archive(store: &Opened, plan: &Path, consent: Option<&str>, json: bool) -> Result<bool, Failed> {
    let (_lock, mut journal) = begin(store)?;
    let bytes = std::fs::read(plan).map_err(|error| Failed::Usage(format!("{}: {error}", plan.display())))?;
    let plan = Plan::read(&bytes).map_err(Failed::refused)?;
    if plan.head.paths != store.paths {
        return Err(Failed::Refused("the plan was made for other folders".into()));
    }
    let hands = hands(store, "archive");
    finish(&hands, &mut journal).map_err(Failed::refused)?;
    let done = carry_out(&hands, &mut journal, &plan, consent).map_err(Failed::refused)?;
    say(json, &done, &print::done(&done))?;
    Ok(done.skipped.is_empty() && done.late_writes.is_empty())
}

fn restore(store: &Opened, ids: &[String], reason: Option<&str>, json: bool) -> Result<bool, Failed> {
    let (_lock, mut journal) = begin(store)?;
    let mut chosen: Vec<ItemId> = Vec::new();
    for id in ids {
        chosen.push(id.parse().map_err(|error| Failed::Usage(format!("{id}: {error}")))?);
    }
    if let Some(reason) = reason {
        chosen = archived_for(store, reason).map_err(Failed::refused)?;
    } else if chosen.is_empty() {
        return Err(Failed::Usage("name ids, or a reason with --reason".into()));
    }
    let hands = hands(store, "restore");
    finish(&hands, &mut journal).map_err(Failed::refused)?;
    let mut results = Vec::new();
    for id in chosen {
        let error = hands.restore(&mut journal, &id).err().map(|error| error.to_string());
        results.push((id, error));
    }
    let well = results.iter().all(|(_, error)| error.is_none());
    say(json, &results, &print::restored(&results))?;
    Ok(well)
}

/// What lies in cold storage for a reason, as the live placeholder tells it.
fn archived_for(store: &Opened, reason: &str) -> io::Result<Vec<ItemId>> {
    let mut archived = Vec::new();
    walk(&DISK, &store.paths, &mut |found| {
        if let Found::Archived(item) = found {
            archived.push(item.id);
        }
    });
    let mut chosen = Vec::new();
    for id in archived {
        let placeholder = read_if_there(&DISK, &store.paths.live(&id).placeholder, 1 << 16)?;
        if placeholder.as_deref() == Some(reason.as_bytes()) {
            chosen.push(id);
        }
    }
    Ok(chosen)
}

fn list_conflicts(store: &Opened, json: bool) -> Result<bool, Failed> {
    let all = conflicts(&DISK, &store.paths).map_err(Failed::refused)?;
    say(json, &all, &print::conflicts(&all))?;
    Ok(all.iter().all(|conflict| conflict.winner == Winner::Live))
}

fn aside(store: &Opened, id: &str, json: bool) -> Result<bool, Failed> {
    let (_lock, mut journal) = begin(store)?;
    let id: ItemId = id.parse().map_err(|error| Failed::Usage(format!("{id}: {error}")))?;
    let n = hands(store, "aside").aside(&mut journal, &id).map_err(Failed::refused)?;
    let folder = store.paths.generations(&id).join(n.to_string());
    say(
        json,
        &serde_json::json!({ "id": id, "generation": n }),
        &format!("{id}: the live side lies in {} now", folder.display()),
    )
}
