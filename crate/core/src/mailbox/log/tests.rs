use super::*;
use crate::ports::UnixMillis;

fn hash(letter: &str) -> MessageHash {
    MessageHash::of(letter).unwrap()
}

/// A document that ends its prefix at a letter, which was stored at a time, and remembers what it passed before.
fn dismissed(passed: &[&str], last: &str, until: u64) -> Dismissed {
    let mut trail = Trail::default();
    passed.iter().for_each(|letter| trail.pass(&hash(letter), UnixMillis(1)));
    trail.pass(&hash(last), UnixMillis(until));
    Dismissed { last_known: Some(hash(last)), viewed: Vec::new(), trail }
}

/// A log of letters that were stored at 1, 2, ...
fn log(document: Dismissed, letters: &[&str]) -> Log {
    let mut log = Log::new(document);
    for (letter, time) in letters.iter().zip(1..) {
        log.take(&hash(letter), Some(UnixMillis(time)), false);
    }
    log
}

fn told(log: &mut Log, letter: &str) -> Vec<MessageHash> {
    log.dismiss(&hash(letter)).unwrap().log.iter().map(|letter| letter.hash.clone()).collect()
}

#[test]
fn reading_goes_on_from_the_last_letter_or_else_from_the_end_of_the_prefix() {
    assert_eq!(Log::new(Dismissed::default()).resumes_at(), None);
    let document = dismissed(&[], "a", 7);
    let mut log = Log::new(document.clone());
    assert_eq!((log.dismissed(), log.is_empty()), (&document, true));
    assert_eq!(log.resumes_at(), Some(Begin { hash: hash("a"), time: Some(UnixMillis(7)) }));
    log.take(&hash("a"), Some(UnixMillis(7)), false);
    log.take(&hash("b"), None, false);
    assert!(!log.is_empty());
    assert_eq!(log.resumes_at(), Some(Begin { hash: hash("b"), time: None }));
}

#[test]
fn a_copy_of_the_first_letter_is_not_the_first() {
    let first = log(Dismissed::default(), &["a", "b"]);
    assert!(first.is_first(&hash("a"), Some(UnixMillis(1))));
    for (letter, time) in [("b", Some(1)), ("b", Some(2)), ("a", Some(2)), ("a", None)] {
        assert!(!first.is_first(&hash(letter), time.map(UnixMillis)), "{letter} {time:?}");
    }
    let mut untimed = Log::new(Dismissed::default());
    untimed.take(&hash("a"), None, false);
    assert!(!untimed.is_first(&hash("a"), None));
}

#[test]
fn a_log_that_is_read_anew_tells_what_stands_where_it_stood() {
    let mut again = log(Dismissed::default(), &["a", "b", "c"]);
    again.read_anew();
    assert!(!again.holds(&hash("a")));
    assert_eq!(again.take(&hash("a"), Some(UnixMillis(1)), false), Arrival::Again);
    assert!(again.holds(&hash("a")) && !again.holds(&hash("b")));
    assert_eq!(again.take(&hash("c"), Some(UnixMillis(2)), false), Arrival::Again);
    assert_eq!(again.take(&hash("b"), Some(UnixMillis(3)), false), Arrival::Replayed);
    assert_eq!(again.take(&hash("b"), Some(UnixMillis(2)), false), Arrival::Repeated);
    again.read_anew();
    again.take(&hash("c"), Some(UnixMillis(3)), false);
    assert_eq!(again.take(&hash("a"), Some(UnixMillis(1)), false), Arrival::Moved);
    again.forget(&hash("b"));
    assert_eq!(again.take(&hash("b"), Some(UnixMillis(2)), false), Arrival::New);
}

#[test]
fn where_the_end_of_the_prefix_is_gone_the_trail_tells_where_it_was() {
    let mut log = log(dismissed(&["a"], "gone", 5), &["a", "b"]);
    assert!(log.read(true));
    assert!(!log.is_past(&hash("a")));
    assert!(!log.read(false));
    assert!(log.is_past(&hash("a")) && !log.is_past(&hash("b")));
    assert_eq!(log.dismiss(&hash("b")).unwrap().lost, Some(hash("gone")));
}

#[test]
fn where_the_end_of_the_prefix_is_met_the_trail_tells_nothing() {
    let mut document = dismissed(&["b"], "a", 5);
    document.trail.add(&hash("b"));
    let mut log = log(document, &["a", "b"]);
    assert!(log.read(false));
    assert!(log.is_past(&hash("a")) && !log.is_past(&hash("b")));
}

#[test]
fn what_is_older_than_where_reading_began_is_dismissed_and_no_copy_of_what_was_seen() {
    let mut log = log(Dismissed::default(), &["b", "c"]);
    log.read_anew();
    log.take(&hash("a"), Some(UnixMillis(0)), false);
    assert_eq!(log.take(&hash("b"), Some(UnixMillis(3)), false), Arrival::Replayed);
    assert_eq!(log.take(&hash("c"), Some(UnixMillis(2)), false), Arrival::Again);
    log.rest_is_old();
    assert!(log.read(false));
    assert!(log.is_past(&hash("a")) && !log.is_past(&hash("b")));
    assert_eq!((log.is_dismissed(&hash("a")), log.unread()), (true, 2));
}

#[test]
fn the_prefix_of_a_reading_under_way_counts_as_well() {
    let mut log = log(dismissed(&[], "b", 2), &["b", "c"]);
    log.read_anew();
    for (letter, time) in [("a", 1), ("b", 2), ("new", 3)] {
        log.take(&hash(letter), Some(UnixMillis(time)), false);
    }
    assert!(log.is_past(&hash("a")) && log.is_past(&hash("b")));
    assert!(!log.is_past(&hash("new")) && !log.is_past(&hash("c")));
    // It can be dismissed before that reading is done.
    assert_eq!(told(&mut log, "new"), [hash("b"), hash("new")]);
}

#[test]
fn a_dismissal_tells_the_log_from_the_end_of_the_prefix_on_as_it_was() {
    let mut run = log(Dismissed::default(), &["a", "b", "c"]);
    let first = run.dismiss(&hash("c")).unwrap();
    run.take(&hash("d"), Some(UnixMillis(4)), false);
    assert_eq!(first.at, 2);
    assert_eq!(
        first.log,
        Stretch::of(
            [("a", 1), ("b", 2), ("c", 3)].map(|(letter, time)| (hash(letter), Some(UnixMillis(time))))
        )
    );
    assert_eq!(told(&mut run, "b"), ["a", "b", "c", "d"].map(hash));
    assert_eq!(run.dismiss(&hash("b")), None);
    run.document_says(dismissed(&["a"], "b", 2));
    assert_eq!(told(&mut run, "d"), ["b", "c", "d"].map(hash));
}

/// The counters must equal a count of the whole log.
fn check_counts(log: &Log) {
    let counted = (log.unread(), log.news());
    log.counted.take();
    assert_eq!(counted, (log.unread(), log.news()));
}

#[test]
fn counts_are_kept_up_as_the_document_changes() {
    let names: Vec<String> = (0..60).map(|number| number.to_string()).collect();
    let letters: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut log = log(Dismissed::default(), &letters[..50]);
    (0..10).for_each(|at| log.hush(Mark::of(&hash(letters[at * 4]))));
    let says = |viewed: &[usize], last: Option<usize>| Dismissed {
        last_known: last.map(|last| hash(letters[last])),
        viewed: viewed.iter().map(|at| hash(letters[*at])).collect(),
        trail: Trail::default(),
    };
    check_counts(&log);
    for (viewed, last, dismiss) in [
        (&[3, 5, 7, 9][..], None, 4),
        (&[3, 5, 9, 4], None, 11),
        (&[3, 3, 5, 9, 4, 55], Some(0), 12),
        (&[3, 5, 9, 4, 55], Some(1), 12),
        (&[9, 11], Some(6), 30),
        (&[11, 30, 9], Some(2), 29),
        (&[], Some(57), 49),
        (&[49], Some(40), 48),
    ] {
        log.document_says(says(viewed, last));
        check_counts(&log);
        log.dismiss(&hash(letters[dismiss]));
        check_counts(&log);
        let mut trailed = says(viewed, last);
        (0..40).for_each(|at| trailed.trail.add(&hash(letters[(at * 7 + dismiss) % 60])));
        log.document_says(trailed);
        check_counts(&log);
    }
    assert!(log.pending.iter().all(|mark| !log.is_marked(*mark) && !log.is_passed(*mark)));
}

#[test]
fn what_the_document_says_takes_the_place_of_what_was_asked() {
    let mut log = log(Dismissed::default(), &["a", "b"]);
    assert!(log.dismiss(&hash("a")).is_some());
    log.document_says(Dismissed { viewed: vec![hash("a")], ..Dismissed::default() });
    assert!(log.is_dismissed(&hash("a")));
    log.document_says(Dismissed::default());
    assert!(!log.is_dismissed(&hash("a")));
}

#[test]
fn a_later_copy_of_the_end_of_the_prefix_is_not_its_end() {
    // The letter was stored at 2.
    for (until, past) in [(1, false), (2, true), (3, true)] {
        let mut log = log(Dismissed::default(), &["a", "b"]);
        log.document_says(dismissed(&[], "b", until));
        assert_eq!(log.is_past(&hash("b")), past, "{until}");
    }
}
