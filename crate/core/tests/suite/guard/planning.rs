//! I1 in every made-up situation: an id leaves for a recorded cause, after its wait, or not at all.

use std::time::Duration;

use super::made_up::{HOUR, Sightings, book, sightings, text};
use pinfold_core::guard::consent::Consent;
use pinfold_core::guard::ledger::{Book, Record, Sent, State};
use pinfold_core::guard::plan::{Moment, Policy, Why, plan};
use pinfold_core::guard::policy::Wait;
use pinfold_core::ids::PinId;
use pinfold_core::json::Text;
use pinfold_core::pins::seen::Sight;
use pinfold_core::ports::{UnixMillis, after};
use proptest::prelude::*;

fn policy() -> impl Strategy<Value = Policy> {
    (1u64..4, any::<bool>(), 0usize..3).prop_map(|(wait, hold, limit)| Policy {
        wait: hours(wait),
        hold,
        limit,
        give_up_unknown: false,
        in_drive: false,
    })
}

fn hours(hours: u64) -> Wait {
    Wait::of(Duration::from_millis(hours * HOUR)).unwrap()
}

/// A session that recorded nothing yet, whose clock and the server's agree.
fn moment(now: u64, policy: Policy) -> Moment<'static> {
    Moment { server: UnixMillis(now * HOUR), ..Moment::at(UnixMillis(now * HOUR), policy) }
}

/// Ids that have to be in the list, by the book alone.
fn wanted(book: &Book) -> Vec<Text> {
    let wanted = book.records().filter(|(_, record)| !matches!(record.state, State::Gone(_)));
    wanted.map(|(id, _)| id.clone()).collect()
}

proptest! {
    #[test]
    fn nothing_that_is_named_held_or_waiting_is_left_out(
        book in book(), sightings in sightings(), policy in policy(), now in 0u64..12
    ) {
        let (seen, moment) = (sightings.seen(), moment(now, policy));
        let plan = plan(&book, &seen, &moment);
        let list = plan.list(&seen);
        prop_assert!(sightings.ids.iter().all(|id| list.contains(id)));
        for id in wanted(&book) {
            let due = plan.due.iter().find(|removal| removal.id == id);
            prop_assert!(list.contains(&id) != due.is_some());
            if due.is_none() {
                continue;
            }
            // It left for the cause on record, after its wait, from a drive that was read as a whole.
            let record = book.record(&id).unwrap();
            prop_assert!(matches!(record.state, State::Leaving(_)) && !policy.hold);
            let (since, wait) = (record.since.unwrap(), policy.wait.span());
            prop_assert!(UnixMillis(now * HOUR) >= after(since.device, wait));
            prop_assert!(UnixMillis(now * HOUR) >= after(since.server.unwrap(), wait));
            prop_assert!(sightings.folders.iter().all(|folder| matches!(folder.sight, Sight::Read(_))));
        }
        let known = |id: &PinId| sightings.ids.contains(id) || wanted(&book).contains(id.text());
        prop_assert!(list.iter().all(known), "nothing is invented");
    }

    #[test]
    fn what_waited_is_due_and_what_needs_the_user_asks(
        book in book(), sightings in sightings(), policy in policy(), now in 0u64..12
    ) {
        let (seen, moment) = (sightings.seen(), moment(now, policy));
        let plan = plan(&book, &seen, &Moment { unknown: Some("a list"), ..moment });
        prop_assert_eq!(plan.unknown.as_deref(), Some("a list"));
        for kept in &plan.retained {
            prop_assert!(!matches!(kept.why, Why::Waiting(_, until) if until <= UnixMillis(now * HOUR)));
        }
        let whole = plan.removed.iter().any(|removal| removal.cause.asks());
        let doubtful = !plan.unsettled() && !plan.doubts.is_empty();
        let counted = plan.removed.iter().filter(|removal| removal.cause.counts()).count();
        prop_assert!(plan.asks || !(whole || doubtful || counted > policy.limit));
        prop_assert!(!plan.asks || doubtful || !plan.removed.is_empty(), "there is something to ask");
        let (list, everything) = (plan.list(&seen), plan.everything(&seen));
        for id in list.iter().map(PinId::text).chain(plan.due.iter().map(|removal| &removal.id)) {
            prop_assert!(everything.contains(id));
        }
        prop_assert_eq!(everything.len(), list.len() + plan.due.len());
    }

    /// Without consent whatever needs it stays held; with it, it begins to wait and stays in the list.
    #[test]
    fn consent_begins_the_wait_and_removes_nothing(
        book in book(), sightings in sightings(), policy in policy(), now in 0u64..12, agreed: bool
    ) {
        let (seen, moment) = (sightings.seen(), moment(now, policy));
        let shown = plan(&book, &seen, &moment);
        let consent = agreed.then(|| Consent::to(shown.digest()));
        let after = shown.record(&book, &seen, &moment, consent.as_ref(), &text("me")).unwrap();
        for removal in &shown.removed {
            let allowed = agreed || !shown.asks;
            let known = book.record(&removal.id).unwrap().state;
            let after = after.record(&removal.id).unwrap();
            prop_assert_eq!(after.state, if allowed { State::Leaving(removal.cause) } else { known });
            prop_assert!(!allowed || after.since.is_some_and(|since| since.agreed == agreed));
        }
        for id in sightings.ids.iter().map(PinId::text) {
            let (before, after) = (book.record(id), after.record(id).unwrap());
            prop_assert_eq!(after.state, State::Held);
            let same = |before: &&Record| (before.state, before.since) == (State::Held, None);
            let held = before.filter(same);
            prop_assert!(held.is_none_or(|before| after.at == before.at.max(UnixMillis(now * HOUR))), "it changed nothing");
        }
        for folder in &sightings.folders {
            let (Some(before), Sight::Read(place)) = (book.folder(&folder.channel), &folder.sight) else {
                continue;
            };
            if agreed || shown.doubts.iter().all(|doubt| doubt.channel != folder.channel) {
                let now_is = (folder.ids.len() as u64, &place.head, &place.base);
                let same = (before.count, &before.head, &before.base) == now_is;
                let least = if same { before.at } else { before.at.next() };
                prop_assert_eq!(after.folder(&folder.channel).unwrap().at, UnixMillis(now * HOUR).max(least));
            }
        }
        // What is recorded is never older than what it replaces: two devices agree on it.
        prop_assert_eq!(book.clone().merge(after.clone()), after.clone());
        let next = plan(&after, &seen, &moment);
        let list = next.list(&seen);
        prop_assert!(shown.removed.iter().all(|removal| list.contains(&removal.id)));
        prop_assert!(next.added.is_empty());
    }

    #[test]
    fn while_anything_is_unread_nothing_begins_to_wait_or_leaves(
        book in book(), sightings in sightings(), now in 0u64..12
    ) {
        let (seen, moment) = (sightings.seen(), moment(now, Policy { wait: hours(1), limit: 9, ..Policy::default() }));
        let plan = plan(&book, &seen, &moment);
        let unread = sightings.folders.iter().any(|folder| matches!(folder.sight, Sight::Unread(_)));
        prop_assert_eq!(plan.unsettled(), unread);
        if unread {
            prop_assert!(plan.removed.is_empty() && plan.due.is_empty() && !plan.asks);
            let after = plan.record(&book, &seen, &moment, None, &text("me")).unwrap();
            prop_assert!(wanted(&book).iter().all(|id| plan.list(&seen).contains(id)));
            prop_assert!(wanted(&book).iter().all(|id| after.record(id).is_some()));
        }
    }

    /// Whoever makes a folder look as if it had been made anew, or hides that it was not, can add a question and nothing else.
    #[test]
    fn a_folder_that_looks_made_anew_keeps_more_and_never_less(
        book in book(), sightings in sightings(), policy in policy(), now in 0u64..12, lies in any::<[bool; 4]>()
    ) {
        let moment = moment(now, policy);
        let mut honest = sightings.clone();
        honest.folders.iter_mut().for_each(|folder| folder.made_anew = false);
        let mut lied = honest.clone();
        for (folder, lie) in lied.folders.iter_mut().zip(lies) {
            folder.made_anew = lie && matches!(folder.sight, Sight::Read(_));
        }
        let (before, after) = (plan(&book, &honest.seen(), &moment), plan(&book, &lied.seen(), &moment));
        let list = after.list(&lied.seen());
        prop_assert!(before.list(&honest.seen()).iter().all(|id| list.contains(id.text())));
        prop_assert!(after.due.iter().all(|due| before.due.iter().any(|other| other.id == due.id)));
        prop_assert!(after.asks || !before.asks);
        prop_assert_eq!(before.unsettled(), after.unsettled());
    }

    #[test]
    fn a_consent_is_to_one_difference_only(
        book in book(), one in sightings(), other in sightings(), now in 0u64..12, later in 12u64..20
    ) {
        let policy = Policy { wait: hours(1000), ..Policy::default() };
        let (first, second) = (plan(&book, &one.seen(), &moment(now, policy)), plan(&book, &other.seen(), &moment(now, policy)));
        let causes = |plan: &pinfold_core::guard::plan::Plan| {
            let removed: Vec<_> = plan.removed.iter().map(|removal| (removal.id.clone(), removal.cause)).collect();
            let doubts: Vec<_> = plan.doubts.iter().map(|doubt| (doubt.channel.clone(), doubt.code)).collect();
            (removed, doubts)
        };
        let consent = Consent::to(first.digest());
        let result = second.record(&book, &other.seen(), &moment(now, policy), Some(&consent), &text("me"));
        prop_assert_eq!(result.is_ok(), causes(&first) == causes(&second));
        // The same difference, looked at again later, is still the one that was agreed to.
        let again = plan(&book, &one.seen(), &moment(later, policy));
        prop_assert_eq!(again.digest(), first.digest());
    }

    /// Whatever two devices see and record, and however they hear of each other: once both have merged, an id
    /// that either names is held, and one that either held is in the list unless a cause is on record.
    #[test]
    fn the_union_of_two_devices_stays_pinned(
        start in book(), mine in sightings(), theirs in sightings(), now in 0u64..12, skew in 0u64..4
    ) {
        let policy = Policy { wait: hours(1000), ..Policy::default() };
        let look = |sightings: &Sightings, at: u64, by: &str| {
            let shown = plan(&start, &sightings.seen(), &moment(at, policy));
            shown.record(&start, &sightings.seen(), &moment(at, policy), None, &text(by)).unwrap()
        };
        let merged = look(&mine, now, "a").merge(look(&theirs, now + skew, "b"));
        let mine_next = plan(&merged, &mine.seen(), &moment(now + 4, policy)).list(&mine.seen());
        for id in theirs.ids.iter().chain(&mine.ids).map(PinId::text).chain(&wanted(&start)) {
            prop_assert!(mine_next.contains(id));
        }
    }

    #[test]
    fn what_left_is_on_record_with_its_cause(book in book(), sightings in sightings(), now in 0u64..12) {
        let policy = Policy { wait: hours(1), ..Policy::default() };
        let shown = plan(&book, &sightings.seen(), &moment(now, policy));
        let sent = Sent { at: UnixMillis(now * HOUR), count: 0, hashes: Default::default(), by: text("me") };
        let after = book.clone().confirmed(&shown.due, sent);
        for removal in &shown.due {
            prop_assert_eq!(after.record(&removal.id).unwrap().state, State::Gone(removal.cause));
        }
        let next = plan(&after, &sightings.seen(), &moment(now, policy));
        prop_assert!(next.due.is_empty());
        prop_assert_eq!(next.list(&sightings.seen()), shown.list(&sightings.seen()));
    }

    #[test]
    fn the_hold_switch_stops_every_removal(book in book(), sightings in sightings(), now in 0u64..1 << 30) {
        let policy = Policy { wait: hours(1), hold: true, ..Policy::default() };
        let shown = plan(&book, &sightings.seen(), &moment(now, policy));
        prop_assert!(shown.due.is_empty());
        let held = shown.retained.iter().filter(|kept| matches!(kept.why, Why::OnHold(_))).count();
        let waiting = book.records().filter(|(id, record)| {
            matches!(record.state, State::Leaving(_)) && !sightings.ids.contains(*id)
        });
        prop_assert_eq!(held, waiting.count());
    }
}
