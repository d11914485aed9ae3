//! What today's tools make of it: the operator holds, audits and hands copies out, the holders of the keys judge, the operator
//! settles, everybody puts back and pins.

use super::each;
use crate::calendar::{DAY, HOUR};
use crate::failed::Done;
use crate::holder::{Holder, Judged};
use crate::old::scripts;
use crate::operator::Operator;
use crate::safeguard::Safeguard;
use crate::script::{RELEASE, RESTORE, midnight};
use crate::stage::Stage;
use pinfold_datadir::id::KeyName;
use pinfold_recovery::{Harm, NoticeFile, Verdict};
use pinfold_server::Running;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Plays it.
pub(super) async fn play(stage: &mut Stage) -> Done<()> {
    stage.calendar.go_to(midnight(RESTORE) + DAY + 8 * HOUR);
    let exports = tempfile::tempdir_in(crate::stage::place())?;
    let operator = Operator::of(stage)?;
    if stage.without != Some(Safeguard::Hold) {
        operator.hold("documents were archived that somebody wants")?;
    }
    let audit = operator.audit()?;
    let exported: BTreeSet<String> = operator.export(exports.path())?.into_iter().collect();
    let unexplained = audit.accounts.iter().filter(|account| !account.unexplained.is_empty()).count();
    stage.step("operator: hold, audit, copies handed out")?;
    stage.count("accounts whose list shrank without a reason", unexplained);

    let server = stage.serve().await?;
    let asked = everybody(stage, |number| asks(stage, &server, number, exports.path(), &exported)).await?;
    server.shutdown().await;
    let hurt = asked.iter().filter(|asked| asked.harmed > 0).count();
    // Of several members the first one decides; they all say the same.
    let mut judged: BTreeMap<String, (usize, Judged)> = BTreeMap::new();
    for (number, asked) in asked.iter().enumerate() {
        for (id, verdict) in &asked.judged {
            let mut verdict = verdict.clone();
            if let (Some(Safeguard::Verdict), Some(decision)) = (stage.without, &mut verdict.decision) {
                (verdict.verdict, decision.live) = (Verdict::Placeholder, None);
            }
            judged.entry(id.clone()).or_insert_with(|| (number, verdict));
        }
    }
    stage.step("everybody asked what became of their drive")?;
    stage.count("accounts told that they were affected", hurt);
    for (verdict, name) in [
        (Verdict::Placeholder, "folders found to be empty copies"),
        (Verdict::Merge, "folders with something in both copies"),
    ] {
        let count = judged.values().filter(|(_, judged)| judged.verdict == verdict).count();
        stage.count(name, count);
    }

    stage.calendar.go_to(midnight(RESTORE) + 2 * DAY + 4 * HOUR);
    let emptied = scripts::empty(&stage.disk, &stage.paths, stage.calendar.now())?;
    stage.step("CryptPad's script that empties the archive ran")?;
    stage.count("archived copies that it removed", emptied);

    stage.calendar.go_to(midnight(RESTORE) + 2 * DAY + 8 * HOUR);
    let decided: Vec<_> = judged.values().filter_map(|(_, judged)| judged.decision.clone()).collect();
    let settled = if stage.without == Some(Safeguard::NeverOverwrite) {
        let ids: Vec<String> = decided.iter().map(|decision| decision.id.clone()).collect();
        scripts::overwrite(&stage.disk, &stage.paths, &ids)?
    } else {
        Operator::of(stage)?.settle(&decided)?
    };
    stage.step("operator: settled as the holders decided")?;
    stage.count("conflicts settled", settled);

    let notices = Operator::of(stage)?.notices()?;
    let merges: BTreeMap<usize, Vec<&str>> = judged
        .iter()
        .filter(|(_, (_, judged))| judged.verdict == Verdict::Merge)
        .fold(BTreeMap::new(), |mut merges, (id, (number, _))| {
            merges.entry(*number).or_insert_with(Vec::new).push(id.as_str());
            merges
        });
    let server = stage.serve().await?;
    let restored = everybody(stage, |number| {
        let merges = merges.get(&number).cloned().unwrap_or_default();
        restores(stage, &server, number, &notices, exports.path(), merges)
    })
    .await?;
    let sum = |of: fn(&Restored) -> usize| restored.iter().map(of).sum::<usize>();
    stage.step("everybody put back, tagged and pinned")?;
    stage.count("folders put back into drives", sum(|it| it.returned));
    stage.count("documents brought in from the other copy", sum(|it| it.merged));
    stage.count("entries that a search for the tag finds", sum(|it| it.found));
    stage.must(sum(|it| it.left) == 0, || "something could not be put back".into());
    stage.must(restored.iter().all(|it| it.complete), || "somebody's drive is not complete".into());

    undone(stage, &server, &restored, &notices, (exports.path(), &merges)).await?;
    server.shutdown().await;
    let operator = Operator::of(stage)?;
    let (problems, left) = (operator.check()?, operator.conflicts()?.len());
    operator.release()?;
    let truth = stage.step("operator: checked, and the hold released")?;
    let untagged = stage.untagged("RESTORED-")?;
    stage.must(untagged == 0, || format!("{untagged} entries were there without their tag for a while"));
    stage.must(truth.lost() == 0, || format!("{} documents cannot be read", truth.lost()));
    stage.must(truth.conflicts == 0 && left == 0, || format!("{} conflicts are left", truth.conflicts));
    stage.must(truth.believed == truth.wanted, || "a list lacks what somebody wants".into());
    stage.must(problems.is_empty(), || format!("the operator's check: {problems:?}"));
    Ok(())
}

async fn everybody<T, F: Future<Output = Done<T>>>(stage: &Stage, act: impl Fn(usize) -> F) -> Done<Vec<T>> {
    each(0..stage.town.people.len(), act).await
}

/// What somebody found out about their drive.
struct Asked {
    harmed: usize,
    judged: Vec<(String, Judged)>,
}

async fn asks(
    stage: &Stage,
    server: &Running,
    number: usize,
    exports: &Path,
    exported: &BTreeSet<String>,
) -> Done<Asked> {
    let person = stage.town.people.get(number).ok_or("nobody")?;
    let holder = Holder::open(server, person, None).await?;
    let (investigation, found) = holder.affected((midnight(RELEASE), stage.calendar.now())).await?;
    holder.close().await;
    let harmed =
        found.iter().filter(|one| matches!(one.harm, Harm::Missing | Harm::MadeAnew | Harm::KeyGone)).count();
    let mut judged = Vec::new();
    for id in exported {
        if let Some(verdict) = Holder::judge(&investigation, exports, id)? {
            judged.push((id.clone(), verdict));
        }
    }
    Ok(Asked { harmed, judged })
}

/// What somebody got back.
struct Restored {
    merged: usize,
    returned: usize,
    left: usize,
    found: usize,
    complete: bool,
}

async fn restores(
    stage: &Stage,
    server: &Running,
    number: usize,
    notices: &BTreeMap<KeyName, String>,
    exports: &Path,
    merges: Vec<&str>,
) -> Done<Restored> {
    let person = stage.town.people.get(number).ok_or("nobody")?;
    let mut holder = Holder::open(server, person, None).await?;
    let notice = notices.get(&person.key()?).map(|text| NoticeFile::read(text)).transpose()?;
    let notice = notice.unwrap_or_default();
    let in_one_step = stage.without != Some(Safeguard::TagInOneStep);
    let (returned, left) = holder.restore(&notice, in_one_step).await?;
    let (mut merged, mut found) = (0, 0);
    if let Some(tag) = notice.tag() {
        holder.reload().await?;
        for id in merges {
            merged += holder.merge(exports, id, &tag).await?;
        }
        found = holder.search(&tag.to_string_lossy()).await?;
    }
    holder.reload().await?;
    let complete = holder.pin().await?;
    holder.close().await;
    Ok(Restored { merged, returned, left, found, complete })
}

/// One person takes the restoring back, sees that it is gone, and changes their mind. Documents that they had brought in from another copy have the
/// same tag: they go and return as well. Where there is such a person, it is they.
async fn undone(
    stage: &mut Stage,
    server: &Running,
    restored: &[Restored],
    notices: &BTreeMap<KeyName, String>,
    (exports, merges): (&Path, &BTreeMap<usize, Vec<&str>>),
) -> Done<()> {
    let has_both = restored.iter().position(|it| it.returned > 0 && it.merged > 0);
    let Some(number) = has_both.or_else(|| restored.iter().position(|it| it.returned > 0)) else {
        return Ok(());
    };
    let person = stage.town.people.get(number).ok_or("nobody")?;
    let notice = NoticeFile::read(notices.get(&person.key()?).ok_or("no notice")?)?;
    let tag = notice.tag().ok_or("a notice without a tag")?.to_string_lossy().into_owned();
    let mut holder = Holder::open(server, person, None).await?;
    let (written, left) = holder.undo(&tag).await?;
    let found = holder.search(&tag).await?;
    let (again, _) = holder.restore(&notice, true).await?;
    holder.reload().await?;
    let (mut merged, tag) = (0, notice.tag().ok_or("a notice without a tag")?);
    for id in merges.get(&number).into_iter().flatten() {
        merged += holder.merge(exports, id, &tag).await?;
    }
    holder.reload().await?;
    holder.pin().await?;
    holder.close().await;
    stage.step("one took it back, and then wanted it after all")?;
    let before = restored.get(number).map_or((0, 0), |it| (it.returned, it.merged));
    stage.must(written > 0 && found == left && (again, merged) == before, || {
        format!(
            "undone in {written} documents, {left} left, {found} found, {again} and {merged} of {before:?} back again"
        )
    });
    Ok(())
}
