//! No key leaves without the user's word (I3).

use super::made_up::text;
use pinfold_core::guard::vault::{Decision, Vault, vanished};
use pinfold_core::json::{Value, canonical, parse, stringify};
use pinfold_core::ports::UnixMillis;
use proptest::prelude::*;

fn drive(channels: &[String]) -> Value {
    let entry = |channel: &String| {
        format!("\"{}\":{{\"channel\":\"{channel}\",\"href\":\"/pad/#{channel}\"}}", channel.len())
    };
    let files: Vec<String> = channels
        .iter()
        .enumerate()
        .map(|(n, c)| entry(c).replacen(&c.len().to_string(), &n.to_string(), 1))
        .collect();
    parse(&format!("{{\"filesData\":{{{}}},\"sharedFolders\":{{}}}}", files.join(","))).unwrap()
}

#[derive(Debug, Clone)]
enum Step {
    Keep(String, u64),
    Decide(String, Decision, u64),
    Bury(String, String, u64),
}

fn step() -> impl Strategy<Value = Step> {
    let decision = proptest::sample::select(vec![Decision::Open, Decision::Restored, Decision::Discarded]);
    prop_oneof![
        ("[a-d]", 0u64..6).prop_map(|(c, at)| Step::Keep(c, at)),
        ("[a-d]", decision, 0u64..6).prop_map(|(c, d, at)| Step::Decide(c, d, at)),
        ("[a-d]", "[RS]", 0u64..6).prop_map(|(c, r, at)| Step::Bury(c, r, at)),
    ]
}

fn vault(steps: &[Step], by: &str) -> Vault {
    let mut vault = Vault::default();
    for step in steps {
        match step {
            Step::Keep(channel, at) => {
                for entry in vanished(&drive(std::slice::from_ref(channel)), &drive(&[])) {
                    vault.keep(&entry, &text("root"), UnixMillis(*at));
                }
            }
            Step::Decide(channel, decision, at) => {
                drop(vault.decide(&text(channel.as_str()), *decision, UnixMillis(*at)))
            }
            Step::Bury(channel, reason, at) => {
                vault.bury(&text(channel.as_str()), UnixMillis(*at), reason, &text(by));
            }
        }
    }
    vault
}

#[test]
fn what_is_written_fills_the_room_that_there_is() {
    let channels: Vec<String> = (0..100).map(|n| format!("{n:032}")).collect();
    let mut vault = Vault::default();
    for entry in vanished(&drive(&channels), &drive(&[])) {
        vault.keep(&entry, &text("root"), UnixMillis(1));
    }
    for room in [1_000, 5_000, 9_000] {
        let written = stringify(&vault.write_within(room)).len();
        assert!(written <= room && written > room - 300, "{written} of {room}");
    }
}

#[test]
fn many_short_rows_stay_within_the_room_as_well() {
    let mut vault = Vault::default();
    for n in 0..600 {
        vault.bury(&text(format!("{n}")), UnixMillis(1), "R", &text("x"));
    }
    for room in (1_000..9_000).step_by(7) {
        let written = stringify(&vault.write_within(room)).len();
        assert!(written <= room && written + 80 > room, "{written} of {room}");
    }
}

proptest! {
    #[test]
    fn two_vaults_become_one_in_any_order(
        a in proptest::collection::vec(step(), 0..8), b in proptest::collection::vec(step(), 0..8)
    ) {
        let (a, b) = (vault(&a, "x"), vault(&b, "y"));
        let text = |vault: &Vault| stringify(&vault.write());
        let ab = a.clone().merge(b.clone());
        prop_assert_eq!(text(&ab), text(&b.clone().merge(a.clone())));
        prop_assert_eq!(text(&a.clone().merge(a.clone())), text(&a));
        prop_assert_eq!(text(&ab.clone().merge(b)), text(&ab));
        prop_assert_eq!(text(&Vault::read(&parse(&text(&ab)).unwrap()).unwrap()), text(&ab));
        // A key that either keeps is there, and open or restored unless somebody discarded it.
        for (channel, key) in a.keys() {
            let merged = ab.key(channel).unwrap();
            prop_assert!(merged.at >= key.at);
            prop_assert_eq!(merged.entry().is_null(), merged.decision == Decision::Discarded);
        }
    }

    #[test]
    fn every_entry_that_vanished_is_found_and_no_other(
        before in proptest::collection::btree_set("[a-z]{2}", 0..120),
        after in proptest::collection::btree_set("[a-z]{2}", 0..120)
    ) {
        let list = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
        let gone = vanished(&drive(&list(&before)), &drive(&list(&after)));
        let mut gone: Vec<String> = gone.iter().map(|v| v.channel.to_string_lossy().into_owned()).collect();
        gone.sort();
        prop_assert_eq!(gone, before.difference(&after).cloned().collect::<Vec<_>>());
    }
}

/// One document may stand in a drive twice, once to be edited and once to be read.
#[test]
fn an_edit_link_is_lost_with_its_entry_also_where_another_entry_reads_the_same_channel() {
    let edit = r#"{"href":"/pad/#/2/pad/edit/x/","roHref":"/pad/#/2/pad/view/y/","channel":"c"}"#;
    let view = r#"{"roHref":"/pad/#/2/pad/view/y/","channel":"c"}"#;
    let old_view = r#"{"href":"/pad/#/2/pad/view/y/","channel":"c"}"#;
    let sealed = r#"{"href":"c2VhbGVk","channel":"c"}"#;
    let drive = |entries: &[&str]| {
        let entries = entries.iter().enumerate().map(|(at, entry)| format!(r#""{at}":{entry}"#));
        parse(&format!(r#"{{"filesData":{{{}}}}}"#, entries.collect::<Vec<_>>().join(","))).unwrap()
    };
    let lost = |before: &[&str], after: &[&str]| vanished(&drive(before), &drive(after)).len();
    for one in [edit, sealed] {
        assert_eq!((lost(&[one, view], &[view]), lost(&[one], &[old_view]), lost(&[one], &[one])), (1, 1, 0));
        assert_eq!(
            (lost(&[view], &[one]), lost(&[view, one], &[one]), lost(&[old_view], &[view])),
            (0, 0, 0)
        );
    }
    let [kept] = &vanished(&drive(&[view, edit]), &drive(&[view]))[..] else { panic!("another number") };
    assert_eq!(kept.entry, parse(edit).unwrap());
}

#[test]
fn an_entry_is_kept_as_it_stood_with_its_password() {
    let entry = r#"{"channel":"c","href":"/drive/#/2/drive/edit/k/","lastTitle":"T","password":"p"}"#;
    let before = parse(&format!("{{\"filesData\":{{}},\"sharedFolders\":{{\"7\":{entry}}}}}")).unwrap();
    let gone = vanished(&before, &parse("{}").unwrap());
    assert!(gone[0].shared_folder);
    let mut vault = Vault::default();
    vault.keep(&gone[0], &text("root"), UnixMillis(5));
    // Once more, from another snapshot: what is open stays as it is.
    vault.keep(&gone[0], &text("elsewhere"), UnixMillis(9));
    let key = vault.key(&text("c")).unwrap();
    assert_eq!((canonical(&key.entry()), key.at), (entry.to_owned(), UnixMillis(5)));
    assert!(!format!("{vault:?}").contains("edit/k"), "a key is no debugging aid");
    vault.decide(&text("c"), Decision::Discarded, UnixMillis(5)).unwrap();
    assert!(vault.key(&text("c")).unwrap().entry().is_null());
    assert!(vault.decide(&text("other"), Decision::Discarded, UnixMillis(5)).is_err());
    // It vanishes again: that is a new key, and a new decision.
    vault.keep(&gone[0], &text("root"), UnixMillis(5));
    assert_eq!(vault.key(&text("c")).unwrap().decision, Decision::Open);
}

#[test]
fn a_notice_makes_a_tombstone_and_the_same_notice_no_second_one() {
    let mut vault = Vault::default();
    vault.bury(&text("c"), UnixMillis(5), &"x".repeat(500), &text("server"));
    vault.bury(&text("c"), UnixMillis(9), &"x".repeat(64), &text("server"));
    let stones: Vec<_> = vault.tombstones().collect();
    assert_eq!((stones.len(), stones[0].1.at, stones[0].1.reason.utf16_len()), (1, UnixMillis(5), 64));
    vault.bury(&text("c"), UnixMillis(9), "EXPIRED", &text("server"));
    assert_eq!(vault.tombstones().next().unwrap().1.reason, "EXPIRED");
}
