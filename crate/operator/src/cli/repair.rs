//! What ends what a run could not: acts under way, and lines of the journal that cannot be read.

use super::acts::{DISK, begin, hands};
use super::ending::{ended, failed};
use super::print::{self, say};
use super::{Failed, OfJournal, Opened};
use pinfold_operator::finish::finish;
use pinfold_operator::journal::{Acknowledged, Journal, Target};
use pinfold_operator::when::moment;
use std::fmt::Write as _;

pub(super) fn finish_all(store: &Opened, json: bool) -> Result<bool, Failed> {
    let (_lock, mut journal) = begin(store)?;
    let all = finish(&hands(store, "finish"), &mut journal)
        .map_err(|error| Failed::Stopped(format!("{error}. `finish` goes on")))?;
    say(json, &all, &print::finished(&all))?;
    ended(all.ended, None, 0)?;
    Ok(all.is_well())
}

pub(super) fn give_up(store: &Opened, id: &str, by: &str, why: &str, json: bool) -> Result<bool, Failed> {
    let target: Target = id.parse().map_err(|error| Failed::Usage(format!("{id}: {error}")))?;
    let (_lock, mut journal) = begin(store)?;
    if !journal.is_under_way(&target) {
        return Err(Failed::Refused(format!("{target}: nothing of it is under way")));
    }
    hands(store, "finish").give_up_by(&mut journal, &target, by, why).map_err(|error| {
        // The line may be on the disk all the same.
        failed(&journal, &target, &error)
    })?;
    let words = format!("{target}: given up. What lies at its places stays there; look with `conflicts`");
    say(json, &journal.last(&target), &words)
}

pub(super) fn journal(store: &Opened, what: &OfJournal, json: bool) -> Result<bool, Failed> {
    let state = &store.paths.state;
    match what {
        OfJournal::Damage => {
            let journal = Journal::open(&DISK, state).map_err(Failed::refused)?;
            let seen = Acknowledged::read(&DISK, state).map_err(Failed::refused)?;
            let mut words = format!("{} lines cannot be read\n", journal.damage().len());
            for damage in journal.damage() {
                let kind =
                    if damage.torn { "the beginning of a line, as a cut leaves it" } else { "spoiled" };
                let _ = writeln!(
                    words,
                    "  line {}, {} bytes, {kind}, digest {}",
                    damage.line, damage.bytes, damage.sha256
                );
                for id in &damage.unmarked {
                    let _ = writeln!(words, "    names {id}");
                }
                for seen in seen.iter().filter(|seen| seen.is_about(damage)) {
                    let _ =
                        writeln!(words, "    acknowledged by {}, {}: {}", seen.by, moment(seen.at), seen.why);
                }
            }
            let open = |damage| !seen.iter().any(|seen| seen.is_about(damage));
            let well = !journal.damage().iter().any(|damage| !damage.torn && open(damage));
            say(json, &serde_json::json!({ "damage": journal.damage(), "acknowledged": seen }), &words)?;
            Ok(well)
        }
        OfJournal::Acknowledge { line, digest, by, why } => {
            let (_lock, journal) = begin(store)?;
            let damage = journal.damage().iter().find(|damage| damage.line == *line);
            let damage = damage.ok_or_else(|| Failed::Refused(format!("line {line} can be read")))?;
            if damage.sha256 != *digest {
                return Err(Failed::Refused(format!(
                    "line {line} has the digest {}: look at it again",
                    damage.sha256
                )));
            }
            let seen = Acknowledged {
                line: *line,
                sha256: digest.clone(),
                by: by.clone(),
                why: why.clone(),
                at: store.now,
            };
            seen.note(&DISK, state).map_err(|error| {
                Failed::Stopped(format!("it is not known whether the disk has it: {error}"))
            })?;
            say(
                json,
                &seen,
                &format!("line {line}: acknowledged by {by}. Nothing of the journal was deleted"),
            )
        }
    }
}
