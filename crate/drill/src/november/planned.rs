//! The same people with clients of this project: they are shown how many documents a row stands for before anything goes, what goes leaves its key
//! behind, and the operator's removals wait.

use super::as_it_happened::person;
use super::rows::{ROW, Script};
use super::{DELETED, PUT_BACK};
use crate::calendar::{DAY, HOUR, date, day};
use crate::failed::Done;
use crate::holder::Holder;
use crate::june::each;
use crate::old::pen;
use crate::operator::Operator;
use crate::safeguard::Safeguard;
use crate::script::midnight;
use crate::stage::Stage;
use pinfold_operator::journal::Target;
use pinfold_server::Running;
use std::path::{Path, PathBuf};

/// The first day of the operator's runs, and the last.
const FIRST: (i64, i64, i64) = (2012, 11, 5);
const LAST: (i64, i64, i64) = (2012, 12, 31);

/// Over so many days the histories are deleted.
const FORGETTING: i64 = 8;

/// Plays it.
pub(super) async fn play(stage: &mut Stage, script: &Script) -> Done<()> {
    let devices = tempfile::tempdir_in(crate::stage::place())?;
    let mut wrongly = 0;
    let mut today = midnight(FIRST);
    while today <= midnight(LAST) {
        wrongly += night(stage, today)?;
        forgets(stage, script, today)?;
        if today == midnight(DELETED) {
            deletions(stage, script, devices.path()).await?;
        }
        if today == midnight(PUT_BACK) {
            sorry(stage, script, devices.path()).await?;
        }
        if (today - midnight(FIRST)).rem_euclid(7 * DAY) == 0 {
            stage.pass()?;
        }
        today += DAY;
    }
    let truth = stage.step(&format!("until {}", date(today - DAY)))?;
    let problems = Operator::of(stage)?.check()?;
    stage.count("documents that were moved although somebody wants them", wrongly);
    stage.must(wrongly == 0, || format!("{wrongly} wanted documents were moved"));
    stage.must(truth.lost() == 0, || format!("{} documents cannot be read", truth.lost()));
    stage.must(truth.believed == truth.wanted, || "a list lacks what somebody wants".into());
    stage.must(problems.is_empty(), || format!("the operator's check: {problems:?}"));
    Ok(())
}

/// The operator's runs. Answers how many documents were moved that somebody wants.
fn night(stage: &Stage, today: i64) -> Done<usize> {
    let weeks = (today - day(2012, 11, 4)) / (7 * DAY);
    stage.calendar.go_to(today + 2 * HOUR + weeks * HOUR / 60);
    let operator = Operator::of(stage)?;
    let ran = operator.archive().map_err(|error| error.while_(&date(today)))?;
    let wanted = stage.town.wanted();
    let wrongly = ran.archived.iter().filter(|target: &&Target| wanted.contains(target.to_string().as_str()));
    let wrongly = wrongly.count();
    if super::is_sunday(today) {
        operator.purge().map_err(|error| error.while_(&date(today)))?;
    }
    Ok(wrongly)
}

/// The history of these drives is deleted, so that no key that left is in it any more: on some days of the next week, since a store that is
/// smaller by more than a hundredth stops every run.
fn forgets(stage: &Stage, script: &Script, today: i64) -> Done<()> {
    let after = (today - midnight(DELETED)) / DAY;
    let is_one = (1..=FORGETTING).contains(&after);
    let whose =
        script.agrees.iter().enumerate().filter(|(at, _)| is_one && *at as i64 % FORGETTING == after - 1);
    for (_, number) in whose {
        pen::forget_history(stage, person(stage, *number)?)?;
    }
    Ok(())
}

/// Where the client of a person keeps its vault; nowhere, where the vault was taken away.
fn device(stage: &Stage, devices: &Path, number: usize) -> Option<PathBuf> {
    (stage.without != Some(Safeguard::Vault)).then(|| devices.join(number.to_string()))
}

/// What somebody did with the plan of a deletion.
struct Deleted {
    documents: usize,
    agreed: bool,
}

async fn deletions(stage: &mut Stage, script: &Script, devices: &Path) -> Done<()> {
    stage.calendar.go_to(midnight(DELETED) + 9 * HOUR);
    let server = stage.serve().await?;
    let deleted = each(script.deletes.iter().copied(), |number| {
        deletes(stage, &server, number, script, device(stage, devices, number))
    })
    .await?;
    server.shutdown().await;
    let agreed = deleted.iter().filter(|it| it.agreed).count();
    stage.step("people were told what their row stands for")?;
    stage.count("documents that these rows stand for", deleted.iter().map(|it| it.documents).sum());
    stage.count("people who were asked", deleted.len());
    stage.count("people who agreed all the same", agreed);
    Ok(())
}

/// Whoever is asked mostly says no. Where nobody is asked, what they did is done.
async fn deletes(
    stage: &Stage,
    server: &Running,
    number: usize,
    script: &Script,
    device: Option<PathBuf>,
) -> Done<Deleted> {
    let mut holder = Holder::open(server, person(stage, number)?, device).await?;
    holder.pin().await?;
    let shown = holder.plan_row(ROW)?;
    let (documents, asks) = (shown.documents(), shown.asks());
    let is_asked = asks && stage.without != Some(Safeguard::Consent);
    let agreed = !is_asked || script.agrees.contains(&number);
    if agreed {
        holder.carry_out(&shown).await?;
        holder.pin().await?;
    }
    holder.close().await;
    Ok(Deleted { documents, agreed })
}

/// Whoever had agreed is sorry. The others believe that nothing went.
async fn sorry(stage: &mut Stage, script: &Script, devices: &Path) -> Done<()> {
    stage.calendar.go_to(midnight(PUT_BACK) + 9 * HOUR);
    let server = stage.serve().await?;
    let returned = each(script.agrees.iter().copied(), |number| {
        puts_back(stage, &server, number, device(stage, devices, number))
    })
    .await?;
    server.shutdown().await;
    stage.step("whoever had agreed put it back from the vault")?;
    stage.count("keys put back from the vault", returned.iter().sum());
    Ok(())
}

async fn puts_back(stage: &Stage, server: &Running, number: usize, device: Option<PathBuf>) -> Done<usize> {
    let mut holder = Holder::open(server, person(stage, number)?, device).await?;
    let returned = holder.put_back_kept().await?;
    holder.reload().await?;
    holder.pin().await?;
    holder.close().await;
    Ok(returned)
}
