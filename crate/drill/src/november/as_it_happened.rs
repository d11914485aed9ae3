//! Today's scope: the row goes with everything below it, and nobody is told how much that is.

use super::rows::{self, Script};
use super::{DELETED, END, FOUND_OUT, THROWN, is_sunday};
use crate::calendar::{DAY, HOUR};
use crate::failed::Done;
use crate::old::{caller, pen, scripts, visitor};
use crate::script::midnight;
use crate::stage::Stage;
use crate::town::Person;
use pinfold_server::Running;
use std::collections::BTreeSet;

/// What CryptPad's own script leaves behind.
const WORD: &str = "INACTIVE";

/// Plays it until the first night after the deletions.
pub(super) async fn play(stage: &mut Stage, script: &Script) -> Done<()> {
    stage.calendar.go_to(midnight(THROWN) + 9 * HOUR);
    let server = stage.serve().await?;
    for (number, channel) in &script.thrown {
        let hash = person(stage, *number)?.built.user_hash();
        pen::change(&server, hash, *number as u64, |document| rows::throw(document, channel)).await?;
    }
    server.shutdown().await;
    stage.pass()?;

    stage.calendar.go_to(midnight(DELETED) + 9 * HOUR);
    let server = stage.serve().await?;
    for number in &script.deletes {
        deletes(stage, &server, *number, script).await?;
    }
    for (folder, number) in &script.empties {
        let folder = stage.town.folders.get(*folder).ok_or("no folder")?;
        pen::change(&server, &folder.hash, *number as u64, rows::empty_folder).await?;
        caller::unpin(&server, person(stage, *number)?, &folder.documents).await?;
    }
    server.shutdown().await;
    // On purpose, and at another hour.
    stage.calendar.go_to(midnight(DELETED) + 12 * HOUR);
    let server = stage.serve().await?;
    for (number, channel) in &script.thrown {
        let who = person(stage, *number)?;
        let seed = *number as u64 ^ 0x7a5;
        pen::change(&server, who.built.user_hash(), seed, |document| rows::empty_trash(document, channel))
            .await?;
        caller::unpin(&server, who, std::slice::from_ref(channel)).await?;
    }
    server.shutdown().await;
    for (number, channel) in &script.thrown {
        if let Some(person) = stage.town.people.get_mut(*number) {
            person.own.retain(|own| own != channel);
        }
    }
    stage.step("people deleted a row each")?;
    stage.count("people who did", script.deletes.len());
    stage.count("shared folders that somebody emptied", script.empties.len());

    // Whoever comes again sends a list of what is left.
    stage.calendar.go_to(midnight(DELETED) + 18 * HOUR);
    let server = stage.serve().await?;
    for number in script.hurt(&stage.town) {
        let who = left_with(stage, number, script)?;
        visitor::visit(&server, &who, &BTreeSet::new(), number as u64).await?;
    }
    server.shutdown().await;
    stage.step("they came again, with lists of what was left")?;

    stage.calendar.go_to(midnight(FOUND_OUT) + 3 * HOUR);
    let taken = scripts::archive(&stage.disk, &stage.paths, stage.calendar.now(), Some(WORD))?;
    let wanted = stage.town.wanted();
    let wrongly = taken.iter().filter(|id| wanted.contains(id.to_string().as_str())).count();
    stage.step("the first night: the archival script ran")?;
    stage.count("documents archived", taken.len());
    stage.count("of them wanted", wrongly);
    stage.must(wrongly > 0, || "nothing that somebody wants was archived, so nothing is shown".into());
    Ok(())
}

/// Nobody finds out: every night the script that archives runs, and on Sundays the one that empties the archive.
pub(super) fn goes_on(stage: &mut Stage) -> Done<()> {
    let (mut today, mut gone) = (midnight(FOUND_OUT) + DAY, 0);
    while today <= midnight(END) {
        stage.calendar.go_to(today + 3 * HOUR);
        scripts::archive(&stage.disk, &stage.paths, stage.calendar.now(), Some(WORD))?;
        if is_sunday(today) {
            stage.calendar.go_to(today + 4 * HOUR);
            gone += scripts::empty(&stage.disk, &stage.paths, stage.calendar.now())?;
        }
        stage.pass()?;
        today += DAY;
    }
    let truth = stage.step("nobody found out")?;
    stage.count("archived copies that are gone for ever", gone);
    stage.must(truth.lost() > 0 && gone > 0, || "nothing was lost".into());
    Ok(())
}

pub(super) fn person(stage: &Stage, number: usize) -> Done<&Person> {
    stage.town.people.get(number).ok_or_else(|| "nobody".into())
}

/// One row, with all that stood below it: the drive first, then the list, as CryptPad's client does it. What is in the folders stays on the
/// list until the next log-in.
async fn deletes(stage: &Stage, server: &Running, number: usize, script: &Script) -> Done<()> {
    let who = person(stage, number)?;
    let own = script.own.get(number).ok_or("no row")?;
    let hash = who.built.user_hash();
    pen::change(server, hash, number as u64, |document| rows::delete_row(document, own)).await?;
    let folders = who.folders.iter().filter_map(|folder| stage.town.folders.get(*folder));
    let ids: Vec<String> = own.iter().cloned().chain(folders.map(|folder| folder.channel.clone())).collect();
    caller::unpin(server, who, &ids).await
}

/// A person as their next client sees them: without what is no longer in the drive.
fn left_with(stage: &Stage, number: usize, script: &Script) -> Done<Person> {
    let mut who = person(stage, number)?.clone();
    let mut gone: BTreeSet<&String> = script.thrown.get(&number).into_iter().collect();
    if script.deletes.contains(&number) {
        gone.extend(script.own.get(number).into_iter().flatten());
    }
    who.built.pins.retain(|id| !gone.contains(id));
    Ok(who)
}
