//! What the holder of a key writes the operator's program reads, and the other way round: one format, two programs.

use pinfold_core::exchange::{Decision, Right, decisions};
use pinfold_operator::notices::{Event, Item, Notice};
use pinfold_operator::settle::{Decisions, Right as Carried};
use pinfold_recovery::NoticeFile;

#[test]
fn a_decision_is_read_as_it_was_written() {
    let all = [Right::ArchivedWins, Right::LiveWins, Right::Merge];
    let written: Vec<Decision> = (0..)
        .zip(all)
        .map(|(n, right)| Decision {
            id: format!("{n:032x}"),
            right,
            live: (n > 0).then(|| format!("{n:064x}")),
        })
        .collect();
    let read: Decisions = serde_json::from_str(&decisions(&written)).unwrap();
    assert_eq!((read.version, read.verdicts.len()), (1, 3));
    for (read, written) in read.verdicts.iter().zip(&written) {
        let right = match read.right {
            Carried::ArchivedWins => Right::ArchivedWins,
            Carried::LiveWins => Right::LiveWins,
            Carried::Merge => Right::Merge,
        };
        assert_eq!(
            (read.id.to_string(), right, &read.live),
            (written.id.clone(), written.right, &written.live)
        );
    }
}

#[test]
fn a_notice_is_read_as_it_was_written() {
    let item = |n: u32, event, at, away: &[_]| Item {
        id: format!("{n:032x}").parse().unwrap(),
        event,
        at,
        away: away.to_vec(),
        bytes: 1,
    };
    let notice = Notice {
        version: 1,
        account: format!("{}=", "a".repeat(43)).parse().unwrap(),
        made: 1,
        search: vec!["#RESTORED-20190614".into()],
        items: vec![
            item(1, Event::Restored, Some(1_560_470_400_000), &[(1_560_470_000_000, 1_560_470_400_000)]),
            item(2, Event::Archived, Some(1), &[]),
            item(3, Event::Conflict, None, &[]),
            item(4, Event::Marked, Some(1), &[]),
        ],
    };
    let read = NoticeFile::read(&serde_json::to_string(&notice).unwrap()).unwrap();
    assert_eq!(read.restored().collect::<Vec<_>>(), [format!("{:032x}", 1)]);
    assert_eq!(read.items().len(), 4);
    let (first, second) = (format!("{:032x}", 1), format!("{:032x}", 2));
    let away = [(first.as_str(), 1_560_470_000_000, Some(1_560_470_400_000)), (second.as_str(), 1, None)];
    assert_eq!(read.times_away(), away);
    let tag = read.tag().unwrap();
    assert_eq!(
        format!("#{}", tag.to_string_lossy()),
        notice.search[0],
        "the operator tells people to search for it"
    );
}
