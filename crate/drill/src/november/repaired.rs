//! The same deletions, found out on the next morning: the operator stops every removal, the lists tell whose row it was, everything doubtful is
//! put back in its place with a tag, and one takes that back.

use super::as_it_happened::person;
use super::rows::Script;
use super::{FOUND_OUT, PUT_BACK};
use crate::calendar::{DAY, HOUR};
use crate::failed::Done;
use crate::holder::Holder;
use crate::june::each;
use crate::old::scripts;
use crate::operator::Operator;
use crate::script::midnight;
use crate::stage::Stage;
use pinfold_datadir::id::KeyName;
use pinfold_recovery::{NoticeFile, tag_of};
use pinfold_server::Running;
use std::collections::{BTreeMap, BTreeSet};

/// Plays it.
pub(super) async fn play(stage: &mut Stage, script: &Script) -> Done<()> {
    stage.calendar.go_to(midnight(FOUND_OUT) + 9 * HOUR);
    let operator = Operator::of(stage)?;
    operator.hold("people deleted more than they meant")?;
    let audit = operator.audit()?;
    let bursts: BTreeSet<KeyName> = audit
        .accounts
        .iter()
        .filter(|account| !account.bursts.is_empty())
        .map(|account| account.key.clone())
        .collect();
    let hurt = script.hurt(&stage.town);
    let planted: BTreeSet<KeyName> =
        hurt.iter().map(|number| person(stage, *number)?.key()).collect::<Done<_>>()?;
    stage.step("operator: hold, and who lost many at once")?;
    stage.count("accounts that lost more than one document within ten seconds", bursts.len());
    stage.must(bursts == planted, || {
        let (told, missed) = (bursts.difference(&planted).count(), planted.difference(&bursts).count());
        format!("{missed} accidents were not found, and {told} were told that were none")
    });

    // The nights until then, which the hold keeps from removing anything.
    let mut today = midnight(FOUND_OUT) + DAY;
    let mut removed = 0;
    while today <= midnight(PUT_BACK) {
        stage.calendar.go_to(today + 3 * HOUR);
        removed += scripts::archive(&stage.disk, &stage.paths, stage.calendar.now(), None)?.len();
        removed += scripts::empty(&stage.disk, &stage.paths, stage.calendar.now())?;
        today += DAY;
    }
    stage.step("nine nights, in which the hold stood")?;
    stage.count("documents that the scripts took or removed meanwhile", removed);
    stage.must(removed == 0, || format!("{removed} documents were removed although there was a hold"));

    stage.calendar.go_to(midnight(PUT_BACK) + 9 * HOUR);
    let back = Operator::of(stage)?.restore_inactive()?;
    let notices = Operator::of(stage)?.notices()?;
    stage.step("operator: what the first night took is back")?;
    stage.count("documents put back by the operator", back);

    let server = stage.serve().await?;
    let people = 0..stage.town.people.len();
    let returned = each(people, |number| restores(stage, &server, number, &notices)).await?;
    stage.step("everybody put back what was doubtful, tagged")?;
    let all = || returned.iter().flat_map(|it| &it.returned);
    let on_purpose = all().filter(|id| script.thrown.values().any(|thrown| thrown == *id)).count();
    stage.count("folders and documents put back into drives and folders", all().count());
    stage.count("entries that a search for the tag finds", returned.iter().map(|it| it.found).sum());
    stage.count("put back although they were thrown away on purpose", on_purpose);
    let left: usize = returned.iter().map(|it| it.left).sum();
    stage.must(left == 0, || format!("{left} could not be put back"));
    stage.must(on_purpose == 0, || "something came back that somebody had thrown away on purpose".into());
    stage.must(returned.iter().all(|it| it.complete), || "somebody's drive is not complete".into());

    undone(stage, &server, script, &notices).await?;
    server.shutdown().await;
    let operator = Operator::of(stage)?;
    let problems = operator.check()?;
    operator.release()?;
    let truth = stage.step("operator: checked, and the hold released")?;
    let untagged = stage.untagged("RESTORED-")?;
    stage.must(untagged == 0, || format!("{untagged} entries were there without their tag for a while"));
    stage.must(truth.lost() == 0, || format!("{} documents cannot be read", truth.lost()));
    stage.must(truth.conflicts == 0, || format!("{} conflicts are left", truth.conflicts));
    stage.must(truth.believed == truth.wanted, || "a list lacks what somebody wants".into());
    stage.must(problems.is_empty(), || format!("the operator's check: {problems:?}"));
    Ok(())
}

/// What somebody got back.
struct Returned {
    returned: Vec<String>,
    left: usize,
    found: usize,
    complete: bool,
}

async fn restores(
    stage: &Stage,
    server: &Running,
    number: usize,
    notices: &BTreeMap<KeyName, String>,
) -> Done<Returned> {
    let who = person(stage, number)?;
    let notice = notices.get(&who.key()?).map(|text| NoticeFile::read(text)).transpose()?.unwrap_or_default();
    let tag = tag_of(u64::try_from(stage.calendar.now())?);
    let mut holder = Holder::open(server, who, None).await?;
    let (returned, left) = holder.restore_accidents(&notice, &tag).await?;
    let found = if returned.is_empty() { 0 } else { holder.search(&tag.to_string_lossy()).await? };
    holder.reload().await?;
    let complete = holder.pin().await?;
    holder.close().await;
    Ok(Returned { returned, left, found, complete })
}

/// One person takes the restoring back, sees that it is gone, and changes their mind.
async fn undone(
    stage: &mut Stage,
    server: &Running,
    script: &Script,
    notices: &BTreeMap<KeyName, String>,
) -> Done<()> {
    let number = script.deletes.first().copied().ok_or("nobody deleted a row")?;
    let who = person(stage, number)?;
    let notice = notices.get(&who.key()?).map(|text| NoticeFile::read(text)).transpose()?.unwrap_or_default();
    let tag = tag_of(u64::try_from(stage.calendar.now())?);
    let mut holder = Holder::open(server, who, None).await?;
    let before = holder.search(&tag.to_string_lossy()).await?;
    let (written, left) = holder.undo(&tag.to_string_lossy()).await?;
    let found = holder.search(&tag.to_string_lossy()).await?;
    let (again, _) = holder.restore_accidents(&notice, &tag).await?;
    holder.reload().await?;
    holder.pin().await?;
    holder.close().await;
    stage.step("one took it back, and then wanted it after all")?;
    stage.must(written > 0 && found == left && !again.is_empty(), || {
        format!(
            "undone in {written} documents, {left} of {before} left, {found} found, {} back again",
            again.len()
        )
    });
    Ok(())
}
