//! What each command does. Each answers whether all is well.

use super::ending::{ended, failed, finished};
use super::mounted::mounted;
use super::print::{self, OfRun, Restored, say};
use super::{Action, Failed, Opened, Program, columns, conflicts, elsewhere, repair, told};
use pinfold_datadir::disk::Disk;
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::real::RealDisk;
use pinfold_operator::account::only_pinned_by;
use pinfold_operator::archive::Hands;
use pinfold_operator::audit::Auditor;
use pinfold_operator::check::{Before, check};
use pinfold_operator::clock::Clock;
use pinfold_operator::cold::FirstSeen;
use pinfold_operator::cooling::GROUP;
use pinfold_operator::foreign::{moved_by_others, undisturbed};
use pinfold_operator::going::Going;
use pinfold_operator::hold;
use pinfold_operator::journal::{Acknowledged, Journal, Target};
use pinfold_operator::plan::{Does, Entry, Plan};
use pinfold_operator::purge;
use pinfold_operator::restore::Choice;
use pinfold_operator::run::carry_out;
use pinfold_operator::stop::Stop;
use pinfold_operator::survey::{Declared, Survey, looked};
use pinfold_operator::waits::{WalkRecord, remember, walks};
use pinfold_operator::whose::unpinned;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

pub(super) const DISK: RealDisk = RealDisk;

/// Runs one command.
pub(super) fn act(program: &Program, store: &Opened) -> Result<bool, Failed> {
    let json = program.store.json;
    match &program.action {
        Action::Audit => audit(store, json),
        Action::Plan { .. } => plan(program, store),
        Action::Archive { plan, consent } => archive(store, plan, consent.as_deref(), json),
        Action::Purge { plan, consent, hours, object_store } => {
            purged(store, plan, (consent.as_deref(), object_store.as_deref()), hours, json)
        }
        Action::Send { object_store } => elsewhere::send(store, object_store, json),
        Action::Fetch { ids, object_store } => elsewhere::fetch(store, ids, object_store, json),
        Action::Restore { .. } => restore(program, store),
        Action::Conflicts => conflicts::list(store, json),
        Action::Aside { id } => conflicts::aside(store, id, json),
        Action::Promote { id, number } => conflicts::promote(store, id, *number, json),
        Action::Expire => {
            let (_lock, mut journal) = begin(store)?;
            let hands = hands(store, "expire");
            held(store)?;
            let whole = finished(&hands, &mut journal)?;
            let all = hands.expire(&mut journal).map_err(Failed::refused)?;
            say(json, &all, &print::fates(&all))?;
            ended(all.ended, all.stop.as_ref(), all.not_reached as u64)?;
            Ok(whole && !all.fates.iter().any(|(_, fate)| fate.is_odd()))
        }
        Action::ArchiveAccount { key, block, reason } => {
            let (_lock, mut journal) = begin(store)?;
            let hands = hands(store, "archive-account");
            held(store)?;
            let whole = finished(&hands, &mut journal)?;
            let block = block.as_deref().map(named).transpose()?;
            let key = named(key)?;
            let done = hands
                .archive_account(&mut journal, &key, block.as_ref(), reason)
                .map_err(|error| failed(&journal, &Target::Report(key), &error))?;
            say(json, &done, &print::account(&done))?;
            ended(done.ended, done.stop.as_ref(), done.not_reached as u64)?;
            Ok(whole && done.failed.is_empty())
        }
        Action::RestoreAccount { key } => {
            let (_lock, mut journal) = begin(store)?;
            let hands = hands(store, "restore-account");
            let whole = finished(&hands, &mut journal)?;
            let key = named(key)?;
            mounted(&hands, hands.of_report(&key)?)?;
            let done = hands
                .restore_account(&mut journal, &key)
                .map_err(|error| failed(&journal, &Target::Report(key), &error))?;
            say(json, &done, &print::account(&done))?;
            ended(done.ended, done.stop.as_ref(), done.not_reached as u64)?;
            Ok(whole && done.failed.is_empty())
        }
        Action::OnlyPinnedBy { key } => {
            let key = named(key)?;
            let only = only_pinned_by(&look(store)?, &key)
                .ok_or_else(|| Failed::Refused(format!("{key} has no pin log")))?;
            let words: Vec<String> = only.iter().map(ToString::to_string).collect();
            say(json, &only, &words.join("\n"))
        }
        // Needs no store: printed before one is opened.
        Action::Man => Ok(true),
        Action::Preflight { html } => told::preflight(program, store, html.as_deref()),
        Action::Export { ids, out: Some(out), .. } => told::export(store, ids, out, json),
        Action::Export { parquet: Some(folder), .. } => columns::write(program, store, folder),
        Action::Export { .. } => Ok(false),
        Action::Settle { file } => told::settle(store, file, json),
        Action::Notices { out, sent } => told::notices(store, out.as_deref(), sent, json),
        Action::Hold { why, by, no_decrees } => told::hold(store, why, by, !no_decrees, json),
        Action::Release => told::release(store, json),
        Action::Finish { give_up, by, why } => match (give_up, by, why) {
            (Some(id), Some(by), Some(why)) => repair::give_up(store, id, by, why, json),
            _ => repair::finish_all(store, json),
        },
        Action::Journal { what } => repair::journal(store, what, json),
        Action::Check { plan, object_store } => {
            let seen = look(store)?;
            let journal = Journal::open(&DISK, &store.paths.state).map_err(Failed::refused)?;
            let known = walks(&DISK, &store.paths.state).map_err(Failed::refused)?;
            let plan = plan.as_deref().map(|plan| read_plan(store, plan, |_| true)).transpose()?;
            let before = Before { walk: known.last(), plan: plan.as_ref() };
            let problems = check(&DISK, &store.paths, &seen, &journal, before).map_err(Failed::refused)?;
            elsewhere::checked(store, &journal, object_store.as_deref(), &problems, json)
        }
    }
}

pub(super) fn named(key: &str) -> Result<KeyName, Failed> {
    key.parse().map_err(|error| Failed::Usage(format!("{key}: {error}")))
}

fn held(store: &Opened) -> Result<(), Failed> {
    match hold::read(&DISK, &store.paths).map_err(Failed::refused)? {
        Some(hold) => Err(Failed::Refused(format!("a hold is set: {hold}"))),
        None => Ok(()),
    }
}

pub(super) fn look(store: &Opened) -> Result<Survey, Failed> {
    Ok(looked(&DISK, &store.paths, store.now, &mut |_, _| (), &store.going)?)
}

pub(super) fn hands<'a>(store: &'a Opened, what: &str) -> Hands<'a> {
    Hands {
        disk: &DISK,
        paths: &store.paths,
        run: format!("{what}-{}", store.now),
        now: store.now,
        going: &store.going,
    }
}

/// The lock against a second run, held until it is dropped, and the journal.
pub(super) fn begin(store: &Opened) -> Result<(File, Journal<'static>), Failed> {
    DISK.make_folder(&store.paths.state).map_err(Failed::refused)?;
    let lock = File::create(store.paths.state.join("lock")).map_err(Failed::refused)?;
    lock.try_lock().map_err(|_| Failed::Refused("another run is under way".into()))?;
    let journal = Journal::open(&DISK, &store.paths.state).map_err(Failed::refused)?;
    let seen = Acknowledged::read(&DISK, &store.paths.state).map_err(Failed::refused)?;
    for damage in journal.damage().iter().filter(|damage| !seen.iter().any(|seen| seen.is_about(damage))) {
        eprintln!(
            "line {} of the journal: {} bytes cannot be read. Every other line counts",
            damage.line, damage.bytes
        );
    }
    Ok((lock, journal))
}

fn audit(store: &Opened, json: bool) -> Result<bool, Failed> {
    let mut auditor = Auditor::default();
    let mut hear = |key: &KeyName, change| auditor.hear(key, &change);
    let seen = looked(&DISK, &store.paths, store.now, &mut hear, &store.going)?;
    let audit = auditor.finish(&seen);
    say(
        json,
        &serde_json::json!({ "audit": audit, "findings": seen.findings }),
        &print::audit(&audit, &seen.findings),
    )?;
    Ok(audit.accounts.is_empty() && audit.unpinned.is_empty() && seen.findings.is_empty())
}

fn plan(program: &Program, store: &Opened) -> Result<bool, Failed> {
    let Action::Plan { out, purge, accept_fewer, accept_strays, accept_doubtful } = &program.action else {
        return Ok(false);
    };
    let declared = Declared {
        no_pin_logs: program.store.no_pin_logs,
        strays: *accept_strays,
        doubtful: *accept_doubtful,
    };
    let (_lock, journal) = begin(store)?;
    let (seen, began) = undisturbed(&DISK, &store.paths, &store.clock, &store.going, &journal)?;
    let mut known = walks(&DISK, &store.paths.state).map_err(Failed::refused)?;
    let record = WalkRecord::of(&seen, began, store.clock.wall().max(began));
    let before = known.last().copied();
    known.push(record);
    let mut first_seen = FirstSeen::read(&DISK, &store.paths.state).map_err(Failed::refused)?;
    let told = store.reports(&seen);
    let grounds = store.grounds(&seen, &journal, &known, &told, declared)?;
    let made = if *purge { purge::plan(&grounds, &first_seen) } else { Plan::make(&grounds) };
    let mut plan = made.map_err(Failed::refused)?;
    let taken = |before: &WalkRecord| journal.bytes_taken_after(before.began);
    plan.refuse(
        before.filter(|_| !accept_fewer).and_then(|before| record.fewer_than(&before, taken(&before))),
    );
    let file =
        File::create_new(out).map_err(|error| Failed::Refused(format!("{}: {error}", out.display())))?;
    let mut file = BufWriter::new(file);
    plan.write(&mut file)
        .and_then(|()| file.flush())
        .and_then(|()| file.get_ref().sync_all())
        .map_err(Failed::refused)?;
    let well = plan.head.refusals.is_empty();
    if well {
        // Only a look after which something may be taken counts as complete.
        remember(&DISK, &store.paths.state, &record)
            .and_then(|()| first_seen.remember(&DISK, &store.paths.state, &seen, store.now))
            .map_err(|error| {
                let out = out.display();
                Failed::Stopped(format!("{out} is written, and this look at the store is not noted: {error}"))
            })?;
    }
    let others = match before {
        Some(before) => moved_by_others(&DISK, &store.paths, &seen, &journal, before.ended),
        None => Ok(Vec::new()),
    }
    .map_err(Failed::refused)?;
    say(
        program.store.json,
        &serde_json::json!({
            "head": plan.head, "digest": plan.digest, "findings": seen.findings, "movedByOthers": others,
        }),
        &print::plan(&plan, &seen.findings, &others),
    )?;
    Ok(well)
}

/// A plan file for these folders, and of its lines those that are needed.
fn read_plan(store: &Opened, plan: &Path, needed: impl FnMut(&Entry) -> bool) -> Result<Plan, Failed> {
    let file = File::open(plan).map_err(|error| Failed::Usage(format!("{}: {error}", plan.display())))?;
    let plan = Plan::read_some(BufReader::new(file), needed).map_err(Failed::refused)?;
    if plan.head.paths != store.paths {
        return Err(Failed::Refused("the plan was made for other folders".into()));
    }
    Ok(plan)
}

fn archive(store: &Opened, plan: &Path, consent: Option<&str>, json: bool) -> Result<bool, Failed> {
    let (_lock, mut journal) = begin(store)?;
    let plan = read_plan(store, plan, |entry| entry.is_for_a_run(&journal))?;
    let hands = hands(store, "archive");
    let whole = finished(&hands, &mut journal)?;
    let done = carry_out(&hands, &store.clock, &mut journal, &plan, consent)?;
    say(json, &OfRun { run: &hands.run, done: &done }, &print::done(&hands.run, &done))?;
    ended(done.ended, done.stop.as_ref().or(done.not_looked_back.as_ref()), done.not_reached)?;
    let back = done.late_writes.is_empty() && done.not_moved_back.is_empty();
    Ok(whole && done.skipped.is_empty() && back && done.damaged.is_empty())
}

fn purged(
    store: &Opened,
    plan: &Path,
    (consent, object_store): (Option<&str>, Option<&str>),
    hours: &str,
    json: bool,
) -> Result<bool, Failed> {
    let wrong = || Failed::Usage(format!("{hours}: hours are written like 1-5 or 22-4"));
    let (from, to) = hours.split_once('-').ok_or_else(wrong)?;
    let hour = |text: &str| text.parse::<i64>().ok().filter(|hour| (0..=24).contains(hour)).ok_or_else(wrong);
    let (from, to, now) = (hour(from)?, hour(to)?, store.now.rem_euclid(86_400_000) / 3_600_000);
    let within = if from <= to { (from..to).contains(&now) } else { now >= from || now < to };
    if !within {
        return Err(Failed::Refused(format!(
            "it is {now} o'clock UTC, and cold storage is emptied from {from} to {to}"
        )));
    }
    let shelf = object_store.map(elsewhere::shelf).transpose()?;
    let (_lock, mut journal) = begin(store)?;
    let plan = read_plan(store, plan, |entry| entry.is_for_a_run(&journal))?;
    let hands = hands(store, "purge");
    let whole = finished(&hands, &mut journal)?;
    let done = purge::carry_out_with(&hands, &store.clock, &mut journal, &plan, consent, shelf.as_deref())?;
    say(json, &OfRun { run: &hands.run, done: &done }, &print::done(&hands.run, &done))?;
    ended(done.ended, done.stop.as_ref(), done.not_reached)?;
    Ok(whole && done.skipped.is_empty())
}

fn restore(program: &Program, store: &Opened) -> Result<bool, Failed> {
    let Action::Restore { ids, reason, without_reason, run, account, plan, object_store } = &program.action
    else {
        return Ok(false);
    };
    let (_lock, mut journal) = begin(store)?;
    let mut chosen: Vec<ItemId> = Vec::new();
    for id in ids {
        chosen.push(id.parse().map_err(|error| Failed::Usage(format!("{id}: {error}")))?);
    }
    let takes = |entry: &Entry| matches!(entry.does, Does::Take { .. });
    let (plan, account) = (
        plan.as_deref().map(|plan| read_plan(store, plan, takes)).transpose()?,
        account.as_deref().map(named).transpose()?,
    );
    let choice = match (reason, run, &account, &plan) {
        (Some(reason), ..) => Some(Choice::Reason(reason)),
        (_, Some(run), ..) => Some(Choice::Run(run)),
        (_, _, Some(key), _) => Some(Choice::Account(key)),
        (.., Some(plan)) => Some(Choice::Plan(plan)),
        _ => without_reason.then_some(Choice::WithoutReason),
    };
    if choice.is_none() && chosen.is_empty() {
        return Err(Failed::Usage(
            "name ids, or one of --reason, --without-reason, --run, --account, --plan".into(),
        ));
    }
    let hands = hands(store, "restore");
    let whole = finished(&hands, &mut journal)?;
    elsewhere::bring_back(&hands, &mut journal, object_store.as_deref(), &chosen)?;
    let mut unread = Vec::new();
    if let Some(choice) = &choice {
        let all = hands.choose(&journal, choice).map_err(Failed::refused)?;
        (chosen, unread) = (all.ids, all.unread);
    }
    mounted(&hands, chosen.iter().cloned().map(Target::Item))?;
    let (mut results, mut stop) = (Vec::new(), None);
    let of = chosen.len();
    for some in chosen.chunks(GROUP) {
        if store.going.ends() {
            break;
        }
        store.going.told("moving back", results.len(), of);
        let each = match hands.restore_together(&mut journal, some) {
            Ok(each) => each,
            Err(error) => {
                stop = Some(Stop::Disk(error));
                break;
            }
        };
        let each = each.into_iter().map(|done| done.err().map(|error| error.to_string()));
        results.extend(some.iter().cloned().zip(each));
    }
    store.going.told("moving back", of, of);
    let well = results.iter().all(|(_, error)| error.is_none());
    let back = results.iter().filter(|(_, error)| error.is_none()).map(|(id, _)| id.clone());
    let pins = unpinned(&DISK, &store.paths, store.now, back).map_err(|error| error.to_string());
    let told = Restored {
        results: &results,
        unread: &unread,
        unpinned: pins.as_ref().ok(),
        pins_unread: pins.as_ref().err(),
    };
    say(program.store.json, &told, &print::restored(&results, &unread, &pins))?;
    let left = of - results.len();
    ended(left > 0, stop.as_ref(), left as u64)?;
    Ok(whole && well && unread.is_empty())
}
