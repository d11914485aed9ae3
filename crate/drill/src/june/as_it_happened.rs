//! The story as the post-mortem tells it, up to the refused restore.

use crate::calendar::{DAY, HOUR, date};
use crate::failed::{Done, Failed};
use crate::old::{pen, scripts, visitor};
use crate::script::{EVICTION, Finds, RESTORE, Visit, midnight};
use crate::stage::Stage;
use pinfold_datadir::id::ItemId;
use pinfold_server::Running;
use pinfold_testkit::entropy::Seeded;
use std::collections::BTreeSet;

/// Plays it. Answers the documents that could not be moved back.
pub(super) async fn play(stage: &mut Stage) -> Done<BTreeSet<ItemId>> {
    let before = stage.script.before.clone();
    visits(stage, &before).await?;
    stage.step("people came with the client that pins too early")?;

    stage.calendar.go_to(midnight(EVICTION) + 3 * HOUR);
    let taken = scripts::archive(&stage.disk, &stage.paths, stage.calendar.now(), None)?;
    let wrongly = taken.iter().filter(|id| !stage.town.strays.contains(&id.to_string())).count();
    stage.step("the archival script ran")?;
    stage.count("documents archived", taken.len());
    stage.count("of them in somebody's drive", wrongly);

    let after = stage.script.after.clone();
    visits(stage, &after).await?;
    stage.step("people came, and clients made folders anew")?;

    stage.calendar.go_to(midnight(RESTORE) + 3 * HOUR);
    let (restored, refused) = scripts::restore(&stage.disk, &stage.paths)?;
    let truth = stage.step("moved back, but over nothing")?;
    stage.count("documents moved back", restored.len());
    stage.count("conflicts", refused.len());
    stage.must(truth.conflicts == refused.len(), || "the disk has another number of conflicts".into());
    let reckoned = stage.script.conflicts(&stage.town);
    stage.must(reckoned == refused.len(), || {
        format!("the script comes to {reckoned} conflicts, and the disk has {}", refused.len())
    });
    Ok(refused)
}

/// Plays visits day by day.
async fn visits(stage: &mut Stage, visits: &[Visit]) -> Done<()> {
    for day in visits.chunk_by(|one, other| one.at.div_euclid(DAY) == other.at.div_euclid(DAY)) {
        let Some(first) = day.first() else { continue };
        stage.calendar.go_to(first.at);
        let server = stage.serve().await?;
        for visit in day {
            let came = come(stage, &server, visit).await;
            came.map_err(|error| error.while_(&format!("person {} on {}", visit.person, date(visit.at))))?;
        }
        server.shutdown().await;
        stage.pass()?;
    }
    Ok(())
}

/// One visit, and what the person does about what they find.
async fn come(stage: &mut Stage, server: &Running, visit: &Visit) -> Done<()> {
    let (seed, number) = (stage.played.seed, visit.person);
    let person = stage.town.people.get(number).ok_or("nobody")?;
    let of = |folder: &usize| stage.town.folders.get(*folder).map(|folder| folder.channel.clone());
    let late: BTreeSet<String> = visit.late.iter().filter_map(of).collect();
    let mut chance = Seeded::new(seed ^ (number as u64) << 20 ^ visit.at.unsigned_abs());
    visitor::visit(server, person, &late, chance.next_u64()).await?;
    if visit.at < midnight(EVICTION) {
        return Ok(());
    }
    let truth = stage.script.unpinned(&stage.town);
    let mut filled = Vec::new();
    for number_of_folder in person.folders.iter().filter(|folder| truth.contains(*folder)) {
        let folder = stage.town.folders.get(*number_of_folder).ok_or("no folder")?;
        match stage.script.finds.get(&(number, *number_of_folder)) {
            Some(Finds::Removes) => pen::remove_folder(server, person, folder, chance.next_u64()).await?,
            Some(Finds::Fills) => {
                let document = format!("{:016x}{:016x}", chance.next_u64(), chance.next_u64());
                pen::fill_folder(server, folder, &document, chance.next_u64()).await?;
                filled.push((*number_of_folder, document));
            }
            Some(Finds::Nothing) | None => {}
        }
    }
    for (folder, document) in filled {
        let (paths, calendar) = (stage.paths.clone(), stage.calendar.clone());
        stage
            .town
            .put_document(&paths, &calendar, &document, &mut chance, 1)
            .map_err(|error: Failed| error)?;
        stage.added.entry(folder).or_default().push(document);
    }
    Ok(())
}
