//! Words for people. Everything that is printed here is printed by `--json` as well.

use super::Failed;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::walk::Finding;
use pinfold_operator::account::AccountDone;
use pinfold_operator::audit::{Audit, LastPin, Removal};
use pinfold_operator::check::Problem;
use pinfold_operator::conflicts::{Conflict, Winner};
use pinfold_operator::finish::Finished;
use pinfold_operator::plan::Plan;
use pinfold_operator::run::Done;
use pinfold_operator::tasks::{Expired, Fate};
use pinfold_operator::when::moment;
use pinfold_operator::whose::Unpinned;
use pinfold_operator::words;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};

/// Prints one or the other. A closed pipe is no failure of the command.
pub(super) fn say(json: bool, value: &impl Serialize, words: &str) -> Result<bool, Failed> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    if !json {
        let _ = out.write_all(words.trim_end().as_bytes());
    } else if let Err(error) = serde_json::to_writer(&mut out, value)
        && !error.is_io()
    {
        return Err(Failed::refused(error));
    }
    // Whoever reads may have gone.
    let _ = writeln!(out).and_then(|()| out.flush());
    Ok(true)
}

/// What a run did, by its name.
#[derive(Serialize)]
pub(super) struct OfRun<'a, T> {
    pub(super) run: &'a str,
    pub(super) done: &'a T,
}

/// What was moved back.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Restored<'a> {
    pub(super) results: &'a [(ItemId, Option<String>)],
    pub(super) unread: &'a [Finding],
    pub(super) unpinned: Option<&'a Vec<Unpinned>>,
    pub(super) pins_unread: Option<&'a String>,
}

/// Adds a line. Writing to a text cannot fail.
macro_rules! line {
    ($to:expr, $($arguments:tt)*) => {{ let _ = writeln!($to, $($arguments)*); }};
}

fn findings(text: &mut String, findings: &[Finding]) {
    for finding in findings {
        let reason = finding.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        line!(text, "  {}: {}{reason}", finding.path.display(), words::odd(finding.what));
    }
}

pub(super) fn audit(audit: &Audit, odd: &[Finding]) -> String {
    let mut text =
        format!("{} pin logs read, {} with something to say\n", audit.looked_at, audit.accounts.len());
    for account in &audit.accounts {
        line!(
            text,
            "{}{}",
            account.key,
            if account.misplaced { " (in a folder where no reader looks)" } else { "" }
        );
        for finding in &account.damage {
            line!(text, "  line {}, byte {}: {}", finding.line, finding.offset, words::oddity(finding.what));
        }
        let mut removals = |what: &str, removals: &[Removal]| {
            for removal in removals {
                let time = removal.time.map(moment).unwrap_or_else(|| "no date".into());
                let some: Vec<String> = removal.ids.iter().take(3).map(ToString::to_string).collect();
                let more = if removal.ids.len() > 3 { ", ..." } else { "" };
                let (line, count, some) = (removal.line, removal.ids.len(), some.join(", "));
                line!(text, "  line {line} ({time}): {what}, {count} documents: {some}{more}");
            }
        };
        removals("taken off within ten seconds", &account.bursts);
        removals("taken off and back later", &account.regrown);
        removals("left out by a RESET that no UNPIN explains", &account.unexplained);
    }
    line!(text, "{} live documents were pinned once and are pinned by nobody now", audit.unpinned.len());
    for LastPin { id, account, line, time } in audit.unpinned.iter().take(SOME) {
        match (account, line) {
            (Some(account), Some(line)) => {
                let time = time.map(moment).unwrap_or_else(|| "no date".into());
                line!(text, "  {id}: last by {account}, line {line} ({time})");
            }
            _ => line!(text, "  {id}: only a damaged line names it"),
        }
    }
    if audit.unpinned.len() > SOME {
        line!(text, "  and {} more: --json has all of them", audit.unpinned.len() - SOME);
    }
    line!(text, "{} odd names", odd.len());
    findings(&mut text, odd);
    text
}

pub(super) fn plan(plan: &Plan, odd: &[Finding], others: &[ItemId]) -> String {
    let totals = &plan.head.totals;
    let mut text = format!("{} documents, {} bytes\n", totals.ids, totals.bytes);
    for refusal in &plan.head.refusals {
        line!(text, "REFUSED: {refusal}");
    }
    line!(
        text,
        "{} would be moved, {} bytes; {} are marked by this run",
        totals.take_ids,
        totals.take_bytes,
        totals.mark_ids
    );
    if totals.remove_ids > 0 {
        line!(
            text,
            "{} copies would be removed from cold storage for ever, {} bytes",
            totals.remove_ids,
            totals.remove_bytes
        );
    }
    for (wait, (ids, bytes)) in &totals.waits {
        line!(text, "  wait for {}: {ids}, {bytes} bytes", words::waits(wait));
    }
    for (reason, (ids, bytes)) in &totals.kept {
        line!(text, "  stay, {}: {ids}, {bytes} bytes", reason.words());
    }
    if plan.needs_consent() {
        line!(
            text,
            "more than the cap of one run, or sooner than 90 days: carrying it out needs the consent below"
        );
    }
    if !others.is_empty() {
        line!(
            text,
            "{} documents were moved by CryptPad's own evict-inactive since the last walk: take it out of the cron table",
            others.len()
        );
    }
    line!(text, "digest {}", plan.digest);
    line!(text, "{} odd names", odd.len());
    findings(&mut text, odd);
    text
}

pub(super) fn finished(all: &Finished) -> String {
    let mut text = format!("{} acts were finished\n", all.finished.len());
    for (id, why) in &all.taken_back {
        line!(text, "  {id} was taken back: {why}");
    }
    for (id, why) in &all.conflicts {
        line!(text, "  {id} lies in both places now: {why}. `conflicts` lists it");
    }
    for (id, why) in &all.left {
        line!(text, "  {id} is still under way: {why}");
    }
    text
}

pub(super) fn fates(all: &Expired) -> String {
    let fates = &all.fates;
    let archived = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Archived(_))).count();
    let mut text = format!("{} tasks, {archived} channels moved to cold storage\n", fates.len());
    for (path, fate) in fates.iter().filter(|(_, fate)| fate.is_odd()) {
        line!(text, "  {}: {}", path.display(), fate.words());
    }
    not_reached(&mut text, all.not_reached as u64);
    text
}

pub(super) fn account(done: &AccountDone) -> String {
    let mut text =
        format!("{} moved, {} stay, {} not moved\n", done.moved.len(), done.left.len(), done.failed.len());
    for (id, left) in &done.left {
        line!(text, "  {id} stays: {}", left.words());
    }
    for (id, error) in &done.failed {
        line!(text, "  {id}: {error}");
    }
    not_reached(&mut text, done.not_reached as u64);
    text
}

fn not_reached(text: &mut String, count: u64) {
    if count > 0 {
        line!(text, "{count} were not reached");
    }
}

pub(super) fn done(run: &str, done: &Done) -> String {
    let mut text = format!(
        "{run}: {} moved to cold storage, {} removed for ever, {} marked, {} left where they are; {} copies read back\n",
        done.archived.len(),
        done.removed.len(),
        done.marked,
        done.skipped.len(),
        done.read_back
    );
    for id in &done.moved_back {
        line!(text, "  {id}: an account began to name it meanwhile; it is back");
    }
    for (id, why) in &done.not_moved_back {
        line!(
            text,
            "  {id}: an account began to name it meanwhile, and it could not be moved back: {why}. Restore it"
        );
    }
    if let Some(stop) = &done.not_looked_back {
        line!(text, "  the last look at what was moved did not come to its end: {stop}. Run `check`");
    }
    for id in &done.damaged {
        line!(text, "  {id}: the copy in cold storage is not what was moved");
    }
    for (id, why) in &done.skipped {
        line!(text, "  {id}: {why}");
    }
    for id in &done.late_writes {
        line!(text, "  {id}: somebody wrote on after it was moved; it is a conflict now");
    }
    not_reached(&mut text, done.not_reached);
    text
}

/// So many of a long list are printed for people.
const SOME: usize = 20;

pub(super) fn restored(
    results: &[(ItemId, Option<String>)],
    unread: &[Finding],
    pins: &Result<Vec<Unpinned>, String>,
) -> String {
    let failed = results.iter().filter(|(_, error)| error.is_some()).count();
    let mut text = format!("{} restored, {failed} not\n", results.len() - failed);
    for (id, error) in results {
        if let Some(error) = error {
            line!(text, "  {id}: {error}");
        }
    }
    for finding in unread {
        let reason = finding.reason.as_deref().unwrap_or_default();
        line!(text, "  {} could not be read: {reason}. What lies there stays there", finding.path.display());
    }
    match pins {
        Ok(unpinned) => nobody_pins(&mut text, unpinned),
        Err(error) => line!(
            text,
            "CryptPad's own eviction takes again what no account pins; who does is not known: {error}"
        ),
    }
    text
}

fn nobody_pins(text: &mut String, unpinned: &[Unpinned]) {
    if unpinned.is_empty() {
        return;
    }
    line!(
        text,
        "{} of them are pinned by no account: CryptPad's own eviction takes those again. Who had them in a list can pin them again",
        unpinned.len()
    );
    for Unpinned { id, named_by } in unpinned.iter().take(SOME) {
        let keys: Vec<String> = named_by.iter().map(ToString::to_string).collect();
        line!(
            text,
            "  {id}: {}",
            if keys.is_empty() { "nobody ever had it".into() } else { keys.join(", ") }
        );
    }
    if unpinned.len() > SOME {
        line!(text, "  and {} more: --json has all of them", unpinned.len() - SOME);
    }
}

pub(super) fn conflicts(all: &[Conflict]) -> String {
    let count = |winner| all.iter().filter(|conflict| conflict.winner == winner).count();
    let (live, archived, key) = (count(Winner::Live), count(Winner::Archived), count(Winner::KeyHolder));
    let mut text = format!(
        "{} ids in both places: {live} where the live side holds all, {archived} where the archived side does, {key} for a holder of the key\n",
        all.len()
    );
    for conflict in all {
        let side =
            |side: &pinfold_operator::conflicts::Side| format!("{} lines, {} bytes", side.lines, side.bytes);
        line!(
            text,
            "  {} {}: live {}; archived {}",
            conflict.id,
            words::sides(conflict.sides),
            side(&conflict.live),
            side(&conflict.archived)
        );
    }
    text
}

pub(super) fn problems(problems: &[Problem]) -> String {
    let mut text = format!("{} problems\n", problems.len());
    for problem in problems {
        line!(text, "  {problem}");
    }
    text
}
