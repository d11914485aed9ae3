//! Putting back, and taking that back, over whole histories.

use crate::support::{ACCOUNT, FOLDER, Log, OTHER_FOLDER, channel, investigate, investigate_as};
use pinfold_core::document::{Kind, Tables};
use pinfold_core::drive::edit::Edit;
use pinfold_core::json::{Text, canonical};
use pinfold_recovery::{Investigation, KeyAt, Loss, RestorePlan, Wanted, Why, WhyKept, tag_of};
use proptest::prelude::*;

pub const TAG: &str = "RESTORED-20190614";

/// A file's channel, by a digit.
pub fn id(digit: u64) -> String {
    format!("{digit:032x}")
}

fn files(numbers: &[u64]) -> String {
    let row = |n: &u64| {
        let channel = id(*n);
        let link = format!(r#""roHref":"/code/#/1/view/{n}/k/""#);
        format!(r#""{n}":{{"channel":"{channel}",{link},"rtChannel":"{}","title":"T"}}"#, id(n + 100))
    };
    format!("{{{}}}", numbers.iter().map(row).collect::<Vec<_>>().join(","))
}

fn shown(numbers: &[u64]) -> String {
    let rows = numbers.iter().map(|n| format!(r#""k{n}":{n}"#));
    rows.collect::<Vec<_>>().join(",")
}

pub fn folder(numbers: &[u64]) -> String {
    format!(r#"{{"filesData":{},"root":{{{}}},"static":{{}},"version":2}}"#, files(numbers), shown(numbers))
}

/// A drive: files in the root, files in the plain folder `a`, shared folders, files in the trash.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drive {
    pub root: Vec<u64>,
    pub inner: Vec<u64>,
    pub folders: Vec<(u64, &'static str)>,
    pub trash: Vec<u64>,
    pub templates: Vec<u64>,
}

impl Drive {
    pub fn text(&self) -> String {
        let row = |(n, hash): &(u64, &str)| {
            format!(r#""{n}":{{"channel":"{}","href":"/drive/#{hash}","roHref":""}}"#, channel(hash))
        };
        let rows = self.folders.iter().map(row).collect::<Vec<_>>().join(",");
        let all = [&*self.root, &*self.inner, &*self.trash, &*self.templates].concat();
        let mut top = self.root.clone();
        top.extend(self.folders.iter().map(|(n, _)| *n));
        let thrown = self.trash.iter().map(|n| format!(r#""k{n}":[{{"element":{n},"path":["root"]}}]"#));
        let inner = format!(r#""a":{{{}}}"#, shown(&self.inner));
        let root = [vec![inner], top.iter().map(|n| shown(&[*n])).collect()].concat().join(",");
        format!(
            r#"{{"drive":{{"filesData":{},"sharedFolders":{{{rows}}},"root":{{{root}}},"trash":{{{}}},"template":{:?}}}}}"#,
            files(&all),
            thrown.collect::<Vec<_>>().join(","),
            self.templates
        )
    }
}

pub fn plan(investigation: &Investigation, losses: &[Loss]) -> RestorePlan {
    investigation.restore_plan(&Wanted { losses, marked: &[], tag: TAG.into(), make_folders: false })
}

fn carry_out(steps: impl Iterator<Item = (String, Vec<Edit>)>, logs: &mut [&mut Log], seconds: u64) {
    for (at, edits) in steps {
        let log = logs.iter_mut().find(|log| log.channel == at).unwrap();
        assert!(log.edit(&edits, seconds, 'e') <= 1, "one message");
    }
}

pub fn restore(logs: &mut [&mut Log], archived: &[&Log], seconds: u64) -> RestorePlan {
    let live: Vec<&Log> = logs.iter().map(|log| &**log).collect();
    let investigation = investigate_as(Investigation::of_account(ACCOUNT).unwrap(), &live, archived);
    let plan = plan(&investigation, &investigation.losses());
    let at = |document: usize| investigation.documents()[document].channel.as_str().to_owned();
    let steps: Vec<_> = plan.steps.iter().map(|step| (at(step.document), step.edits.clone())).collect();
    carry_out(steps.into_iter(), logs, seconds);
    plan
}

fn undo(logs: &mut [&mut Log], seconds: u64) -> Vec<WhyKept> {
    let live: Vec<&Log> = logs.iter().map(|log| &**log).collect();
    let watched = Investigation::of_account(ACCOUNT).unwrap().watch("#restored-20190614 ");
    let investigation = investigate_as(watched, &live, &[]);
    let plan = investigation.undo_plan();
    let at = |document: usize| investigation.documents()[document].channel.as_str().to_owned();
    let steps: Vec<_> = plan.steps.iter().map(|(at_, edits)| (at(*at_), edits.clone())).collect();
    carry_out(steps.into_iter(), logs, seconds);
    plan.left.iter().map(|kept| kept.why).collect()
}

fn drive(root: &[u64], folders: &[(u64, &'static str)]) -> Drive {
    Drive { root: root.to_vec(), folders: folders.to_vec(), ..Drive::default() }
}

#[test]
fn days_have_tags() {
    for (ms, tag) in [
        (0, "RESTORED-19700101"),
        (951_782_400_000, "RESTORED-20000229"),
        (1_560_470_400_000, "RESTORED-20190614"),
        (1_560_556_799_999, "RESTORED-20190614"),
        (1_767_225_599_999, "RESTORED-20251231"),
    ] {
        assert_eq!(tag_of(ms), Text::from(tag));
    }
}

#[test]
fn what_is_lost_returns_to_its_place_and_is_pinned_first() {
    let mut log = Log::new(ACCOUNT);
    let all = Drive { inner: vec![3], templates: vec![4], ..drive(&[1, 2], &[]) };
    log.write(&all.text(), 1, 'a');
    log.write(&drive(&[2], &[]).text(), 100, 'b');
    let plan = restore(&mut [&mut log], &[], 200);
    assert_eq!((plan.steps.len(), plan.left.len()), (1, 0));
    let pins: Vec<String> = plan.pins.iter().map(ToString::to_string).collect();
    let mut wanted: Vec<String> = [1, 3, 4].into_iter().flat_map(|n| [id(n), id(n + 100)]).collect();
    wanted.sort();
    assert_eq!(pins, wanted);
    let investigation = investigate(&[&log]);
    assert!(investigation.losses().is_empty());
    let tagged: Vec<String> =
        investigation.tagged(TAG).iter().map(|entry| entry.id.to_string_lossy().into_owned()).collect();
    assert_eq!(tagged, ["1", "3", "4"]);
    let document = log.document();
    let before = pinfold_core::json::parse(&all.text()).unwrap();
    let tree = |document| {
        let tree = Tables::of_drive(document).tree();
        let places = tree.standing().map(|(id, place)| {
            let names: Vec<Text> = place.names().into_iter().cloned().collect();
            (id, place.branch(), names)
        });
        let mut places: Vec<_> = places.collect();
        places.sort_by_key(|(id, ..)| *id);
        places
    };
    assert_eq!(tree(&document), tree(&before), "everything is where it was");
    assert_eq!(undo(&mut [&mut log], 300), []);
    assert_eq!(
        canonical(&log.document()),
        canonical(&pinfold_core::json::parse(&drive(&[2], &[]).text()).unwrap())
    );
}

#[test]
fn a_folder_returns_before_what_was_lost_in_it_and_brings_its_content() {
    let (mut log, mut inner) = (Log::new(ACCOUNT), Log::new(FOLDER));
    log.write(&drive(&[1], &[(9, FOLDER)]).text(), 1, 'a');
    inner.write(&folder(&[2, 3]), 1, 'a');
    log.write(&drive(&[1], &[]).text(), 100, 'b');
    let plan = restore(&mut [&mut log, &mut inner], &[], 200);
    assert_eq!((plan.steps.len(), plan.with_folders.len(), plan.left.len()), (1, 2, 0));
    for pinned in [channel(FOLDER), id(2), id(3), id(102)] {
        assert!(plan.pins.iter().any(|id| *id == *pinned), "{pinned}");
    }
    let investigation = investigate(&[&log, &inner]);
    assert!(investigation.losses().is_empty());
    assert_eq!(undo(&mut [&mut log, &mut inner], 300), []);
    let investigation = investigate(&[&log, &inner]);
    let losses = investigation.losses();
    assert_eq!(losses.len(), 3);
    let documents: Vec<Loss> = losses.into_iter().filter(|loss| loss.key_at == KeyAt::ViaFolder).collect();
    let alone = self::plan(&investigation, &documents);
    assert_eq!(alone.left.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Why::WithItsFolder; 2]);
}

#[test]
fn what_was_lost_in_a_folder_returns_there_and_leaves_again() {
    let (mut log, mut inner) = (Log::new(ACCOUNT), Log::new(FOLDER));
    log.write(&drive(&[1], &[(9, FOLDER)]).text(), 1, 'a');
    inner.write(&folder(&[2, 3]), 1, 'a');
    inner.write(&folder(&[3]), 100, 'd');
    let before = canonical(&inner.document());
    let plan = restore(&mut [&mut log, &mut inner], &[], 200);
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(investigate(&[&log, &inner]).tagged("restored-20190614").len(), 1);
    assert_eq!(undo(&mut [&mut log, &mut inner], 300), []);
    assert_eq!(canonical(&inner.document()), before);
}

/// The archived copy, from an operator, has the keys; the folder that was made anew takes them in.
#[test]
fn from_the_archive_into_the_folder_that_was_made_anew_or_else_into_the_drive() {
    let mut archived = Log::new(FOLDER);
    archived.write(&folder(&[2, 3]), 1, 'a');
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(9, FOLDER)]).text(), 1, 'a');
    let mut anew = Log::other_copy(FOLDER, pinfold_core::chainpad::Mode::ListMap);
    anew.write(r#"{"filesData":{},"root":{},"static":{}}"#, 9_000, 'b');
    let plan = restore(&mut [&mut log, &mut anew], &[&archived], 10_000);
    assert_eq!(plan.left.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Why::MadeAnew]);
    assert_eq!(Tables::of(&anew.document()).of_kind(Kind::File).count(), 2);

    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(9, FOLDER)]).text(), 1, 'a');
    let sealed = r#"{"filesData":{"2":{"channel":"00000000000000000000000000000002","href":"c2VhbGVk","roHref":"/pad/#/1/view/2/k/"}},"root":{"k2":2}}"#;
    let mut archived = Log::new(FOLDER);
    archived.write(sealed, 1, 'a');
    log.write(&drive(&[1], &[]).text(), 10_000, 'b');
    let plan = restore(&mut [&mut log], &[&archived], 20_000);
    assert_eq!(plan.left.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Why::FolderMissing]);
    let document = log.document();
    let entry = Tables::of_drive(&document).of_kind(Kind::File).find(|entry| entry.tags().next().is_some());
    assert_eq!(entry.unwrap().href(), None, "a link that no key opens stays behind");
}

#[test]
fn what_was_touched_moved_or_cannot_be_told_stays_when_it_is_taken_back() {
    let (mut log, mut inner) = (Log::new(ACCOUNT), Log::new(FOLDER));
    log.write(&drive(&[1, 2, 3, 4], &[(9, FOLDER)]).text(), 1, 'a');
    inner.write(&folder(&[]), 1, 'a');
    log.write(&drive(&[], &[(9, FOLDER)]).text(), 100, 'b');
    restore(&mut [&mut log, &mut inner], &[], 200);
    let tagged = canonical(&log.document());
    // The first gets another name, the second moves into a plain folder, the third into the shared one.
    let entry = |n: u64| {
        let (from, to) = (tagged.find(&format!(r#""{n}":{{"#)).unwrap(), format!(r#"k{n}"#));
        let end = from + tagged[from..].find('}').unwrap() + 1;
        (tagged[from..end].to_owned(), to)
    };
    let renamed = entry(1).0.replace(r#""title""#, r#""filename":"mine","title""#);
    let (moved, _) = entry(3);
    let changed = tagged
        .replace(&entry(1).0, &renamed)
        .replace(r#""a":{}"#, r#""a":{"k2":2}"#)
        .replace(r#""k2":2,"k3""#, r#""k3""#)
        .replace(&format!("{moved},"), "")
        .replace(r#","k3":3"#, "")
        .replace(r#""k3":3,"#, "");
    inner.write(&format!(r#"{{"filesData":{{{moved}}},"root":{{"k3":3}}}}"#), 299, 'c');
    log.write(&changed, 300, 'c');
    let mut left = undo(&mut [&mut log, &mut inner], 400);
    left.sort_by_key(|why| why.as_str());
    assert_eq!(left, [WhyKept::Moved, WhyKept::Touched, WhyKept::Touched], "{changed}");
    assert_eq!(Tables::of_drive(&log.document()).documents(), 2, "only the fourth left");

    let mut shortened = Log::new(ACCOUNT);
    shortened.write(&tagged, 500, 'c');
    assert_eq!(undo(&mut [&mut shortened], 600), [WhyKept::NotSince; 4]);
}

/// From a folder whose log does not tell any more, it may have been moved by somebody.
#[test]
fn what_may_have_been_moved_from_where_nothing_is_told_stays() {
    let (mut log, mut from, mut to) = (Log::new(ACCOUNT), Log::new(OTHER_FOLDER), Log::new(FOLDER));
    log.write(&drive(&[], &[(8, OTHER_FOLDER), (9, FOLDER)]).text(), 1, 'a');
    from.write(&folder(&[3, 4]), 1, 'a');
    to.write(&folder(&[]), 1, 'a');
    from.write(&folder(&[4]), 100, 'b');
    restore(&mut [&mut log, &mut from, &mut to], &[], 200);
    let tagged = from.document();
    let entry = Tables::of(&tagged).entry(Kind::File, pinfold_core::document::EntryId::new(3).unwrap());
    let entry = canonical(&entry.unwrap().fields().unwrap().clone().into());
    to.write(&format!(r#"{{"filesData":{{"3":{entry}}},"root":{{"k3":3}},"version":2}}"#), 299, 'c');
    from.write(&folder(&[4]), 300, 'c');
    let there = canonical(&to.document());
    assert_eq!(undo(&mut [&mut log, &mut from, &mut to], 400), [WhyKept::Moved]);
    // Of what was there before its last line nothing is told any more.
    let last = from.lines.len() - 1;
    from.lines.drain(..last);
    assert_eq!(undo(&mut [&mut log, &mut from, &mut to], 500), [WhyKept::NotSince]);
    assert_eq!(canonical(&to.document()), there);
}

/// The key of a folder that came back does not go again once somebody works in it.
#[test]
fn a_folder_that_came_back_stays_for_what_was_made_in_it_since() {
    let (mut log, mut inner) = (Log::new(ACCOUNT), Log::new(FOLDER));
    log.write(&drive(&[1], &[(9, FOLDER)]).text(), 1, 'a');
    inner.write(&folder(&[5]), 1, 'a');
    log.write(&drive(&[1], &[]).text(), 100, 'b');
    restore(&mut [&mut log, &mut inner], &[], 200);
    let tagged = canonical(&log.document());
    inner.write(&folder(&[5, 6]), 300, 'c');
    assert_eq!(undo(&mut [&mut log, &mut inner], 400), [WhyKept::Touched]);
    assert_eq!(canonical(&log.document()), tagged);
    // What was in it before does not hold it back.
    inner.write(&folder(&[5]), 500, 'c');
    assert_eq!(undo(&mut [&mut log, &mut inner], 600), []);
    assert_ne!(canonical(&log.document()), tagged);
}

/// An operator's notice: what was put back is tagged where it stands.
#[test]
fn what_an_operator_put_back_is_tagged_where_it_stands() {
    let (mut log, mut inner) = (Log::new(ACCOUNT), Log::new(FOLDER));
    log.write(&drive(&[1, 2], &[(9, FOLDER)]).text(), 1, 'a');
    inner.write(&folder(&[3]), 1, 'a');
    let investigation = investigate(&[&log, &inner]);
    let marked = [id(1), id(3), channel(FOLDER), id(77)];
    let wanted = Wanted { losses: &[], marked: &marked, tag: TAG.into(), make_folders: false };
    let plan = investigation.restore_plan(&wanted);
    let at = |document: usize| investigation.documents()[document].channel.as_str().to_owned();
    let steps: Vec<_> = plan.steps.iter().map(|step| (at(step.document), step.edits.clone())).collect();
    let before = [canonical(&log.document()), canonical(&inner.document())];
    carry_out(steps.into_iter(), &mut [&mut log, &mut inner], 100);
    assert_eq!(investigate(&[&log, &inner]).tagged(TAG).len(), 3);
    assert_eq!(undo(&mut [&mut log, &mut inner], 200), []);
    assert_eq!([canonical(&log.document()), canonical(&inner.document())], before);
}

fn any_drive() -> impl Strategy<Value = Drive> {
    let place = proptest::sample::select(vec![0u8, 1, 2, 3, 4]);
    (proptest::collection::vec(place, 6), any::<(bool, bool)>()).prop_map(|(places, (one, two))| {
        let at =
            |wanted: u8| (1..).zip(&places).filter(|(_, place)| **place == wanted).map(|(n, _)| n).collect();
        let folders = [(8, FOLDER, one), (9, OTHER_FOLDER, two)];
        Drive {
            root: at(1),
            inner: at(2),
            trash: at(3),
            templates: at(4),
            folders: folders.into_iter().filter(|(.., there)| *there).map(|(n, hash, _)| (n, hash)).collect(),
        }
    })
}

fn any_folder() -> impl Strategy<Value = String> {
    proptest::collection::btree_set(11u64..15, 0..4)
        .prop_map(|numbers| folder(&numbers.into_iter().collect::<Vec<_>>()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever was lost, in whatever order: all of it returns, once; done again it changes nothing; taken back, every
    /// document is as it was.
    #[test]
    fn all_of_it_returns_once_and_can_be_taken_back(
        drives in proptest::collection::vec(any_drive(), 1..6),
        one in proptest::collection::vec(any_folder(), 1..4),
        two in proptest::collection::vec(any_folder(), 1..4),
    ) {
        let (mut log, mut first, mut second) = (Log::new(ACCOUNT), Log::new(FOLDER), Log::new(OTHER_FOLDER));
        let whole = Drive { folders: vec![(8, FOLDER), (9, OTHER_FOLDER)], ..Drive::default() };
        log.write(&whole.text(), 1, 'a');
        for (at, text) in one.iter().enumerate() {
            first.write(text, 2 + 20 * at as u64, 'b');
        }
        for (at, text) in two.iter().enumerate() {
            second.write(text, 3 + 20 * at as u64, 'c');
        }
        for (at, state) in drives.iter().enumerate() {
            log.write(&state.text(), 100 + 20 * at as u64, 'd');
        }
        let before = [canonical(&log.document()), canonical(&first.document()), canonical(&second.document())];
        let mut logs = [&mut log, &mut first, &mut second];
        let trashed = !drives.last().unwrap().trash.is_empty();
        let plan = restore(&mut logs, &[], 1_000);
        // What returned with its folder may show what else was lost there.
        let more = restore(&mut logs, &[], 1_001);
        let left = investigate(&logs.each_ref().map(|log| &**log)).losses();
        prop_assert!(left.is_empty(), "{:?} {:?} {:?}", plan.left, more.left, left);
        let lines: Vec<usize> = logs.iter().map(|log| log.lines.len()).collect();
        restore(&mut logs, &[], 1_002);
        prop_assert_eq!(lines, logs.iter().map(|log| log.lines.len()).collect::<Vec<_>>());
        prop_assert_eq!(undo(&mut logs, 1_100), []);
        let after = logs.each_ref().map(|log| canonical(&log.document()));
        if !trashed {
            prop_assert_eq!(after, before);
        }
    }
}
