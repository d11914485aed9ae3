use super::*;
use proptest::prelude::*;

const NOW: i64 = 1_780_000_000_000;
const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const C: &str = "cccccccccccccccccccccccccccccccc";

fn read(log: &str) -> PinLog {
    PinLog::read(log.as_bytes(), NOW, |_| ()).unwrap()
}

fn ids(ids: &[&str]) -> IdSet {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

fn what(log: &PinLog) -> Vec<(usize, Oddity)> {
    log.findings.iter().map(|finding| (finding.line, finding.what)).collect()
}

#[test]
fn a_torn_line_hides_nothing_that_can_be_seen_in_it() {
    let log = format!(
        "[\"PIN\",[\"{A}\"],1779000000000]\n[\"PIN\",[\"{B}\",\"cc[\"PIN\",[\"{C}\"],1779000000001]\n"
    );
    let log = read(&log);
    assert_eq!(log.pins, ids(&[A]));
    assert_eq!(log.named().collect::<IdSet>(), ids(&[A, B, C]));
    assert_eq!(log.cut, BTreeSet::from(["cc".into()]));
    assert_eq!(what(&log), [(2, Oddity::NotJson)]);
    assert!(log.is_doubtful());
}

#[test]
fn a_whole_line_without_a_line_break_counts() {
    let log = read(&format!("[\"PIN\",[\"{A}\"],1779000000000]\n[\"PIN\",[\"{B}\"],1779000000001]"));
    assert_eq!(log.pins, ids(&[A, B]));
    assert_eq!(what(&log), [(2, Oddity::Unterminated)]);
}

#[test]
fn line_ends_marks_and_blank_lines_are_harmless() {
    let log = read(&format!(
        "\u{feff}[\"PIN\",[\"{A}\"],1779000000000]\r\n\n  \n[\"PIN\",[\"{B}\"],1779000000001]\n"
    ));
    assert_eq!(log.pins, ids(&[A, B]));
    assert_eq!(what(&log), [(1, Oddity::ByteOrderMark)]);
    assert!(!log.is_doubtful());
}

#[test]
fn dates_that_say_nothing_are_doubts() {
    let line = |date: &str| format!("[\"PIN\",[\"{A}\"]{date}]\n");
    for (date, expected) in [
        ("", Oddity::Undated),
        (",1779000000", Oddity::OddDate),
        (",\"1779000000000\"", Oddity::OddDate),
        (",1880000000000", Oddity::Future),
    ] {
        assert_eq!(what(&read(&line(date))), [(1, expected)], "{date}");
    }
    let back = line(",1779000000000") + &line(",1778000000000");
    let back = read(&back);
    assert_eq!(what(&back), [(2, Oddity::Backwards)]);
    assert_eq!(back.latest, Some(1_779_000_000_000));
}

#[test]
fn a_reset_that_leaves_out_what_nobody_took_off_is_a_doubt() {
    let head = format!("[\"PIN\",[\"{A}\",\"{B}\"],1779000000000]\n");
    let shrunk = read(&(head.clone() + &format!("[\"RESET\",[\"{A}\"],1779000000001]\n")));
    assert_eq!(what(&shrunk), [(2, Oddity::UnexplainedShrink)]);
    let explained = format!("[\"UNPIN\",[\"{B}\"],1779000000001]\n[\"RESET\",[\"{A}\"],1779000000002]\n");
    assert!(!read(&(head + &explained)).is_doubtful());
}

#[test]
fn tags_are_looked_at_and_cut_off() {
    let block = "yPgrDZfT2p-9pW5RmsnaRExuWgFftDf9WFQOfiRNlKA=";
    let log =
        read(&format!("[\"RESET\",[\"{A}#drive\",\"{B}#team\",\"{block}#block\",null,7],1779000000000]\n"));
    assert_eq!(log.pins, ids(&[A, B]));
    assert_eq!((log.drive, log.block), (A.parse().ok(), block.parse().ok()));
    assert!(log.begins_with_reset);
}

proptest! {
    /// Whatever is cut or overwritten: what was ever on a whole line is still named.
    #[test]
    fn damage_never_hides_the_other_lines(at in 0_usize..400, byte: u8, cut: bool) {
        let lines: Vec<String> = "0123456789".chars().map(|c| format!("[\"PIN\",[\"{}\"],1779000000000]", c.to_string().repeat(32))).collect();
        let whole = lines.join("\n") + "\n";
        let mut bytes = whole.clone().into_bytes();
        let at = at % bytes.len();
        if cut { bytes.remove(at); } else { bytes[at] = byte; }
        let log = PinLog::read(bytes.as_slice(), NOW, |_| ()).unwrap();
        let hit = whole.as_bytes()[..at].iter().filter(|b| **b == b'\n').count();
        for digit in 0..10 {
            let id: ItemId = digit.to_string().repeat(32).parse().unwrap();
            prop_assert!(log.has_named(&id) || digit == hit || digit == hit + 1, "{digit} at {at}");
        }
        prop_assert!(log.named().count() == 10 || log.is_doubtful());
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = PinLog::read(bytes.as_slice(), NOW, |_| ()).unwrap();
    }
}

/// Lines as a server, a crash or a stranger may have written them.
fn a_line() -> impl Strategy<Value = String> {
    let id = prop_oneof![
        "[ab]".prop_map(|letter| letter.repeat(32)),
        "[cd]".prop_map(|letter| letter.repeat(48)),
        "[ab]".prop_map(|letter| format!("\u{e9}{letter}")),
    ];
    let tag = prop_oneof![
        Just(""),
        Just("#drive"),
        Just("#block"),
        Just("#drive#block"),
        Just("#other"),
        Just("#")
    ];
    let id = (id, tag).prop_map(|(id, tag)| format!("\"{id}{tag}\""));
    let ids = proptest::collection::vec(
        prop_oneof![8 => id, 1 => Just("7".into()), 1 => Just("null".into())],
        0..4,
    )
    .prop_map(|ids| format!("[{}]", ids.join(",")));
    let ids = prop_oneof![8 => ids, 1 => Just("{}".to_owned()), 1 => Just("null".to_owned())];
    let command = prop_oneof![Just("PIN"), Just("UNPIN"), Just("RESET"), Just("TRIM")];
    let date =
        prop_oneof![Just(""), Just(",1779000000000"), Just(",1778000000000"), Just(",0"), Just(",\"x\"")];
    prop_oneof![
        8 => (command, ids, date).prop_map(|(command, ids, date)| format!("[\"{command}\",{ids}{date}]")),
        1 => Just("[\"RESET\"]".to_owned()),
        1 => "[\"\\[{}a ,]{0,6}",
    ]
}

proptest! {
    /// The operator's evidence and the server's list come out of one set of rules: of the ids that a store can hold they name
    /// the same, and what one calls damage the other calls odd.
    #[test]
    fn both_views_of_a_log_agree(lines in proptest::collection::vec(a_line(), 0..10)) {
        let log: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let evidence = read(&log);
        let served = served::Served::read(log.as_bytes()).unwrap();
        let pins: BTreeSet<ItemId> =
            served.log.pins.iter().filter_map(|id| id.as_str()?.parse().ok()).collect();
        prop_assert_eq!(evidence.pins.iter().collect::<BTreeSet<_>>(), pins);
        prop_assert!(!evidence.gone.iter().any(|id| evidence.pins.contains(&id)));
        let unread = [Oddity::NotJson, Oddity::NotAList, Oddity::UnknownCommand, Oddity::IdsNotAList];
        let odd: Vec<u64> =
            evidence.findings.iter().filter(|f| unread.contains(&f.what)).map(|f| f.offset).collect();
        prop_assert_eq!(odd, served.damage.iter().map(|damage| damage.offset).collect::<Vec<_>>());
    }
}
