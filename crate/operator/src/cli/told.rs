//! The commands that tell, hand out, and hold.

use super::acts::{DISK, begin, hands, look, named};
use super::ending::{ended, finished};
use super::mounted::mounted;
use super::print::say;
use super::{Failed, Opened, Program};
use pinfold_core::exchange::VERSION;
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::real::free_bytes;
use pinfold_operator::audit::Auditor;
use pinfold_operator::conflicts::conflicts;
use pinfold_operator::going::Going;
use pinfold_operator::hold::{self, Hold};
use pinfold_operator::journal::{Journal, Target};
use pinfold_operator::notices::{self, Sent, note_sent};
use pinfold_operator::page::page;
use pinfold_operator::plan::Plan;
use pinfold_operator::preflight::{self, Months};
use pinfold_operator::settle::{Decisions, Right};
use pinfold_operator::stop::Stop;
use pinfold_operator::survey::{Declared, looked};
use pinfold_operator::waits::walks;
use pinfold_operator::words;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

pub(super) fn preflight(program: &Program, store: &Opened, html: Option<&Path>) -> Result<bool, Failed> {
    let mut auditor = Auditor::default();
    let mut months = Months::before(store.now);
    let mut hear = |key: &KeyName, change| {
        auditor.hear(key, &change);
        months.hear(&change);
    };
    let seen = looked(&DISK, &store.paths, store.now, &mut hear, &store.going)?;
    let audit = auditor.finish(&seen);
    let journal = Journal::open(&DISK, &store.paths.state).map_err(Failed::refused)?;
    let known = walks(&DISK, &store.paths.state).map_err(Failed::refused)?;
    let declared = Declared { no_pin_logs: program.store.no_pin_logs, ..Declared::default() };
    let told = store.reports(&seen);
    let grounds = store.grounds(&seen, &journal, &known, &told, declared)?;
    let plan = Plan::make(&grounds).map_err(Failed::refused)?;
    let free = free_bytes(&store.paths.channels).ok().flatten();
    let report = preflight::preflight(&seen, &plan, &audit, months, &known, free);
    if let Some(path) = html {
        fs::write(path, page(&report))
            .map_err(|error| Failed::Refused(format!("{}: {error}", path.display())))?;
    }
    let mut text = String::new();
    for part in &report.kinds {
        let _ = writeln!(text, "{}: {}, {} bytes", part.name, part.sum.count, part.sum.bytes);
    }
    for refusal in &report.refusals {
        let _ = writeln!(text, "no run would begin: {refusal}");
    }
    let _ = writeln!(text, "could go now: {}, {} bytes", report.could_go.count, report.could_go.bytes);
    for part in report.could_go_kinds.iter().chain(&report.could_go_ages).filter(|part| part.sum.count > 0) {
        let _ = writeln!(text, "  go, {}: {}, {} bytes", part.name, part.sum.count, part.sum.bytes);
    }
    for (wait, (ids, bytes)) in &report.waits {
        let _ = writeln!(text, "  wait for {}: {ids}, {bytes} bytes", words::waits(wait));
    }
    for (reason, (ids, bytes)) in &report.stays {
        let _ = writeln!(text, "  stays, {}: {ids}, {bytes} bytes", reason.words());
    }
    for (name, parts) in
        [("last change", &report.ages), ("size", &report.sizes), ("last line of the pin log", &report.visits)]
    {
        let _ = writeln!(text, "by {name}:");
        for part in parts {
            let _ = writeln!(text, "  {}: {}, {} bytes", part.name, part.sum.count, part.sum.bytes);
        }
    }
    for (key, sum) in report.work_list.iter().take(20) {
        let team = if report.teams.contains(key) { " (a team: nobody reports for it)" } else { "" };
        let _ = writeln!(text, "{key}{team}: {} documents wait for it, {} bytes", sum.count, sum.bytes);
    }
    for doubt in report.doubts.iter().take(20) {
        let _ = writeln!(
            text,
            "doubtful {}: {}. It protects {}",
            doubt.key,
            words::doubtful(&doubt.why, doubt.old_team),
            doubt.protects
        );
    }
    let _ = writeln!(text, "{} odd names, {} accounts with bursts", report.findings.len(), report.bursts);
    match &report.trend {
        Some(trend) => {
            let full = trend.full_in_days.map_or_else(
                || "it is never full".into(),
                |days| format!("the disk is full in {days:.0} days"),
            );
            let _ = writeln!(
                text,
                "{:.0} bytes a day over {:.0} days: at this rate {full}",
                trend.bytes_a_day, trend.days
            );
        }
        None => text.push_str("no trend yet: it needs two complete walks a day apart\n"),
    }
    say(program.store.json, &report, &text)?;
    Ok(report.refusals.is_empty())
}

pub(super) fn ids(texts: &[String]) -> Result<Vec<ItemId>, Failed> {
    texts.iter().map(|id| id.parse().map_err(|error| Failed::Usage(format!("{id}: {error}")))).collect()
}

pub(super) fn export(store: &Opened, texts: &[String], out: &Path, json: bool) -> Result<bool, Failed> {
    let hands = hands(store, "export");
    let mut all = BTreeMap::new();
    for id in ids(texts)? {
        let files = hands.export(&id, &out.join(id.to_string())).map_err(|error| match all.len() {
            0 => Failed::Refused(format!("{id}: {error}")),
            n => Failed::Stopped(format!("{n} documents are in {}; {id}: {error}", out.display())),
        })?;
        all.insert(id.to_string(), files);
    }
    let manifest = serde_json::to_vec_pretty(&all).map_err(Failed::refused)?;
    let name = out.join(format!("manifest-{}.json", store.now));
    fs::write(&name, manifest).map_err(|error| Failed::Stopped(format!("{}: {error}", name.display())))?;
    let count: usize = all.values().map(Vec::len).sum();
    say(json, &all, &format!("{count} files of {} documents in {}", all.len(), out.display()))
}

pub(super) fn settle(store: &Opened, file: &Path, json: bool) -> Result<bool, Failed> {
    let bytes = fs::read(file).map_err(|error| Failed::Usage(format!("{}: {error}", file.display())))?;
    let decisions: Decisions =
        serde_json::from_slice(&bytes).map_err(|error| Failed::Usage(error.to_string()))?;
    if decisions.version != VERSION {
        return Err(Failed::Usage(format!("verdicts of version {} are not known", decisions.version)));
    }
    let (_lock, mut journal) = begin(store)?;
    let hands = hands(store, "settle");
    let whole = finished(&hands, &mut journal)?;
    let back = decisions.verdicts.iter().filter(|decision| decision.right == Right::ArchivedWins);
    mounted(&hands, back.map(|decision| Target::Item(decision.id.clone())))?;
    let (mut results, mut stop) = (Vec::new(), None);
    for decision in &decisions.verdicts {
        if store.going.ends() {
            break;
        }
        let error = match hands.settle(&mut journal, decision) {
            Err(error) if error.ends_the_run() => {
                stop = Some(Stop::from(error));
                break;
            }
            done => done.err().map(|error| error.to_string()),
        };
        // Where the side that did not win lies: its number takes the verdict back.
        let older = hands.older_copies(&decision.id).ok().and_then(|there| there.last().copied());
        let older = older.filter(|_| error.is_none() && decision.right != Right::Merge);
        results.push((decision.id.clone(), decision.right.as_str(), error, older));
    }
    let failed = results.iter().filter(|(_, _, error, _)| error.is_some()).count();
    let mut words = format!("{} conflicts settled, {failed} not\n", results.len() - failed);
    for ((id, _, error, older), decision) in results.iter().zip(&decisions.verdicts) {
        let right = match decision.right {
            Right::ArchivedWins => "the archived side wins",
            Right::LiveWins => "the live side wins",
            Right::Merge => "both stay as they are, for the holder of the key to merge",
        };
        let older = older.map(|n| format!("; the other side is older copy {n}")).unwrap_or_default();
        let _ = writeln!(words, "  {id}, {right}: {}{older}", error.as_deref().unwrap_or("done"));
    }
    say(json, &results, &words)?;
    let left = decisions.verdicts.len() - results.len();
    ended(left > 0, stop.as_ref(), left as u64)?;
    Ok(whole && failed == 0)
}

pub(super) fn notices(
    store: &Opened,
    out: Option<&Path>,
    sent: &[String],
    json: bool,
) -> Result<bool, Failed> {
    if !sent.is_empty() {
        let (_lock, _journal) = begin(store)?;
        for key in sent {
            let sent = Sent { account: named(key)?, at: store.now };
            note_sent(&DISK, &store.paths.state, &sent).map_err(Failed::refused)?;
        }
        return say(json, &sent, &format!("{} notices noted as sent", sent.len()));
    }
    let Some(out) = out else { return Ok(false) };
    let seen = look(store)?;
    let journal = Journal::open(&DISK, &store.paths.state).map_err(Failed::refused)?;
    let both = conflicts(&DISK, &store.paths).map_err(Failed::refused)?;
    let named = seen.accounts.iter().map(|account| (&account.key, &account.log));
    let made = notices::notices(named, &journal, &both, store.now);
    let write = |name: String, text: String| {
        let path = out.join(name);
        fs::write(&path, text).map_err(|error| Failed::Stopped(format!("{}: {error}", path.display())))
    };
    fs::create_dir_all(out).map_err(Failed::refused)?;
    for notice in &made {
        write(
            format!("{}.json", notice.account),
            serde_json::to_string(notice).map_err(Failed::refused)? + "\n",
        )?;
        write(format!("{}.txt", notice.account), notice.text())?;
        write(format!("{}.html", notice.account), notice.html())?;
    }
    say(json, &made, &format!("{} notices in {}", made.len(), out.display()))
}

pub(super) fn hold(store: &Opened, why: &str, by: &str, decrees: bool, json: bool) -> Result<bool, Failed> {
    // The times that are put back later: those that the scripts go by now.
    let before = store.policy().ok().map(|policy| (policy.inactive_days, policy.archive_days));
    let hold_of =
        Hold { by: by.into(), why: why.into(), since: store.now, before: before.filter(|_| decrees) };
    hold::set(&DISK, &store.paths, &hold_of).map_err(Failed::refused)?;
    if decrees {
        hold::stop_scripts(&DISK, &store.paths, store.now).map_err(|error| {
            Failed::Stopped(format!("the hold is set, and CryptPad's own eviction is not stopped: {error}"))
        })?;
    }
    let set = hold::read(&DISK, &store.paths).map_err(Failed::refused)?.unwrap_or(hold_of);
    let scripts =
        if decrees { "; CryptPad's own eviction is stopped by decree (restart the server)" } else { "" };
    say(json, &set, &format!("held: {set}{scripts}"))
}

pub(super) fn release(store: &Opened, json: bool) -> Result<bool, Failed> {
    let scripts = match hold::read(&DISK, &store.paths).map_err(Failed::refused)? {
        Some(hold) => {
            hold::release_scripts(&DISK, &store.paths, &hold, store.now).map_err(Failed::refused)?
        }
        None => false,
    };
    hold::release(&DISK, &store.paths, store.now).map_err(|error| {
        let decrees = if scripts { "its decrees are ended, and " } else { "" };
        Failed::Stopped(format!("{decrees}it is not known whether the hold is: {error}"))
    })?;
    let words = if scripts { "the hold is ended, and so are its decrees" } else { "the hold is ended" };
    say(json, &serde_json::json!({ "held": false, "decreesEnded": scripts }), words)
}
