//! The same calendar with this project's clients and operator tool from the first day, played until the end of the year. The same people
//! come on the same days, and the same histories are late; the operator's runs are daily and weekly, as the guide says.

use super::each;
use crate::calendar::{DAY, HOUR, date, day};
use crate::failed::Done;
use crate::holder::Holder;
use crate::old::visitor;
use crate::operator::Operator;
use crate::safeguard::Safeguard;
use crate::script::{RELEASE, Visit, midnight};
use crate::stage::Stage;
use pinfold_datadir::disk::Disk;
use pinfold_datadir::pin_log::served::Served;
use pinfold_operator::journal::Target;
use pinfold_server::faults::FaultFile;
use pinfold_testkit::entropy::Seeded;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// How late a history is, in ms. The client of 2019 had sent its list by then.
const LATE: u64 = 60;
/// The last day.
const END: (i64, i64, i64) = (2019, 12, 31);
/// When everybody comes once more.
const LATER: [(i64, i64, i64); 2] = [(2019, 8, 20), (2019, 11, 5)];
/// When bad memory damages the lists of some people: one character of some ids.
const DAMAGED: (i64, i64, i64) = (2019, 11, 20);
/// When those people come again, and their clients send what is right.
const MENDED: (i64, i64, i64) = (2019, 12, 28);
/// One person in so many; no more of them than may be single accidents.
const UNLUCKY: usize = 60;
/// Ids of each that are damaged: fewer than one in a hundred of all ids, which would stop every run.
const GARBLED: usize = 2;
/// When more documents come that nobody's drive will name; for each account one.
const MORE: [(i64, i64, i64); 2] = [(2019, 6, 25), (2019, 7, 25)];
/// What must be true at the end, of a hundred: of the bytes that nobody wants so many have left their live places, and so many are
/// gone for ever; and the disk is less full than it was.
const COLD: u64 = 90;
const PURGED: u64 = 60;
const FULL: u64 = 80;

/// Plays it.
pub(super) async fn play(stage: &mut Stage) -> Done<()> {
    let devices = tempfile::tempdir_in(crate::stage::place())?;
    let mut visits: BTreeMap<i64, Vec<Visit>> = BTreeMap::new();
    for visit in stage.script.before.iter().chain(&stage.script.after) {
        visits.entry(visit.at.div_euclid(DAY)).or_default().push(visit.clone());
    }
    for at in LATER.map(midnight) {
        let all = (0..stage.town.people.len()).map(|person| Visit {
            at: at + 9 * HOUR,
            person,
            late: BTreeSet::new(),
        });
        visits.entry(at.div_euclid(DAY)).or_default().extend(all);
    }
    let unlucky: Vec<usize> = (3..stage.town.people.len()).step_by(UNLUCKY).collect();
    let mended = unlucky.iter().map(|person| Visit {
        at: midnight(MENDED) + 9 * HOUR,
        person: *person,
        late: BTreeSet::new(),
    });
    visits.entry(midnight(MENDED).div_euclid(DAY)).or_default().extend(mended);
    let mut year = Year { incomplete: 0, archived: 0, purged: 0, wrongly: 0, weeks: 0 };
    let mut chance = Seeded::new(stage.played.seed ^ 0x57a4);
    let mut today = midnight(RELEASE);
    while today <= midnight(END) {
        year.night(stage, today)?;
        if let Some(visits) = visits.get(&today.div_euclid(DAY)) {
            year.incomplete += come(stage, today + 9 * HOUR, visits, devices.path()).await?;
        }
        if today == midnight(DAMAGED) {
            for number in &unlucky {
                damage(stage, *number)?;
            }
            stage.step("bad memory damaged the lists of some people")?;
            stage.count("lists that are damaged", unlucky.len());
        }
        if MORE.map(midnight).contains(&today) {
            let (paths, calendar, people) =
                (stage.paths.clone(), stage.calendar.clone(), stage.town.people.len());
            stage.town.put_strays(&paths, &calendar, people, &mut chance)?;
        }
        if (today - midnight(RELEASE)).rem_euclid(7 * DAY) == 0 {
            stage.pass()?;
        }
        today += DAY;
        if date(today).ends_with("-01") || today > midnight(END) {
            let truth = stage.step(&format!("until {}", date(today - DAY)))?;
            stage.must(truth.lost() == 0, || format!("{} documents cannot be read", truth.lost()));
        }
    }
    year.end(stage)
}

/// What is counted over the year.
struct Year {
    /// Visits after which not everything was pinned.
    incomplete: usize,
    archived: usize,
    purged: usize,
    /// Documents that were moved although somebody wants them.
    wrongly: usize,
    weeks: i64,
}

impl Year {
    /// The operator's runs: every night, and on Sundays the one that empties cold storage, a minute later each week.
    fn night(&mut self, stage: &mut Stage, today: i64) -> Done<()> {
        stage.calendar.go_to(today + 2 * HOUR + self.weeks * HOUR / 60);
        let operator = Operator::of(stage)?;
        let ran = operator.archive().map_err(|error| error.while_(&date(today)))?;
        let wanted = stage.town.wanted();
        self.archived += ran.archived.len();
        let is_wanted = |target: &&Target| wanted.contains(target.to_string().as_str());
        self.wrongly += ran.archived.iter().filter(is_wanted).count();
        if (today - day(2019, 6, 2)).rem_euclid(7 * DAY) == 0 {
            self.weeks += 1;
            let ran = operator.purge().map_err(|error| error.while_(&date(today)))?;
            self.purged += ran.removed.len();
        }
        Ok(())
    }

    fn end(self, stage: &mut Stage) -> Done<()> {
        let operator = Operator::of(stage)?;
        let (problems, conflicts) = (operator.check()?, operator.conflicts()?.len());
        let truth = stage.look()?;
        let all = stage.town.stray_bytes;
        let of_all = |bytes: u64| (bytes * 100).checked_div(all).unwrap_or(0);
        let left = of_all(all.saturating_sub(truth.unwanted_live));
        let gone = of_all(all.saturating_sub(truth.unwanted_live + truth.unwanted_cold));
        stage.count("documents moved to cold storage", self.archived);
        stage.count("of them in somebody's drive", self.wrongly);
        stage.count("documents purged", self.purged);
        stage.count("% of the unwanted bytes in cold storage or purged", usize::try_from(left)?);
        stage.count("% of the unwanted bytes purged", usize::try_from(gone)?);
        stage.must(self.incomplete == 0, || format!("{} visits did not pin everything", self.incomplete));
        stage.must(self.wrongly == 0, || format!("{} wanted documents were moved", self.wrongly));
        stage.must(conflicts == 0 && truth.conflicts == 0, || "there are conflicts".into());
        stage.must(truth.believed == truth.wanted, || "a list lacks what somebody wants".into());
        stage.must(left >= COLD && gone >= PURGED, || "the operator's runs took too little".into());
        let disk = stage.played.last().map_or(0, |last| last.disk);
        stage.must(disk < FULL, || format!("the disk is {disk} % full"));
        stage.must(problems.is_empty(), || format!("the operator's check: {problems:?}"));
        Ok(())
    }
}

/// The list of a person is written anew, and some ids in it come out wrong by a character. Of those the server knows nothing from now on.
fn damage(stage: &Stage, number: usize) -> Done<()> {
    let person = stage.town.people.get(number).ok_or("nobody")?;
    let log = stage.paths.pin_log(&person.key()?);
    let pins = Served::read(BufReader::new(File::open(&log)?))?.log.pins;
    let mut pins: Vec<String> = pins.iter().map(|id| id.to_string_lossy().into_owned()).collect();
    // Old documents of the drive itself, which nobody else has: those would go.
    for id in person.own.iter().take(GARBLED) {
        for pin in pins.iter_mut().filter(|pin| **pin == *id) {
            pin.replace_range(4..5, "?");
        }
    }
    let line = json!(["RESET", pins, stage.calendar.now()]);
    Ok(stage.disk.append(&log, format!("{line}\n").as_bytes())?)
}

/// The visits of a day. Answers how many did not pin everything.
async fn come(stage: &Stage, at: i64, visits: &[Visit], devices: &Path) -> Done<usize> {
    stage.calendar.go_to(at);
    let server = stage.serve().await?;
    let late: BTreeSet<&str> = visits
        .iter()
        .flat_map(|visit| &visit.late)
        .filter_map(|folder| stage.town.folders.get(*folder))
        .map(|folder| folder.channel.as_str())
        .collect();
    let delay = |channel: &str| json!({"on": {"channel": channel, "command": "GET_HISTORY"}, "do": {"kind": "delay", "ms": LATE}});
    let faults = json!({ "faults": late.into_iter().map(delay).collect::<Vec<_>>() });
    server.set_faults(FaultFile::parse(&faults.to_string())?.faults).await?;
    if stage.without == Some(Safeguard::SettleGate) {
        for visit in visits {
            let person = stage.town.people.get(visit.person).ok_or("nobody")?;
            let of = |folder: &usize| stage.town.folders.get(*folder).map(|folder| folder.channel.clone());
            let late = visit.late.iter().filter_map(of).collect();
            visitor::visit(&server, person, &late, visit.at.unsigned_abs()).await?;
        }
        server.shutdown().await;
        return Ok(0);
    }
    let pinned = each(visits.iter().map(|visit| visit.person), |number| {
        let (person, server) = (stage.town.people.get(number), &server);
        async move {
            let device = devices.join(number.to_string());
            let holder = Holder::open(server, person.ok_or("nobody")?, Some(device)).await?;
            let complete = holder.pin().await?;
            holder.close().await;
            Ok(complete)
        }
    })
    .await?;
    server.shutdown().await;
    Ok(pinned.iter().filter(|complete| !**complete).count())
}
