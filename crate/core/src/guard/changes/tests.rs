use super::*;
use proptest::prelude::*;

fn id(number: usize) -> PinId {
    PinId::parse(&format!("{number:032x}")).unwrap()
}

/// A command of one session, at a time of thirteen digits.
fn log(session: usize, number: usize, time: u64, sign: char, ids: &[usize]) -> Changes {
    let mut log = Changes::default();
    let front = format!("{} device/{session} {number} key PIN", 1_800_000_000_000 + time);
    let row =
        (Text::from(format!("{sign} loading unasked document")), ids.iter().map(|at| id(*at)).collect());
    log.note(&front, ids.len(), vec![row]);
    log
}

fn rows(log: &Changes) -> Vec<(String, usize)> {
    let ids = |ids: &Text| ids.as_str().unwrap().split(' ').filter(|id| !id.is_empty()).count();
    log.rows().map(|(head, text)| (head.as_str().unwrap().to_owned(), ids(text))).collect()
}

#[test]
fn a_row_holds_what_it_says() {
    let mut log = Changes::default();
    let row = |folder: &str, at| (Text::from(format!("+ followed - {folder}")), vec![id(at)]);
    log.note("1800000000000 d/s 1 key PIN", 3, vec![row("a", 1), row("b", 2), row("a", 3)]);
    let heads: Vec<_> = rows(&log);
    let front = "1800000000000 d/s 1 key PIN + followed -";
    assert!(heads.contains(&(format!("{front} a 3 2"), 2)) && heads.contains(&(format!("{front} b 3 1"), 1)));
    assert_eq!(heads.len(), 2);
    assert_eq!(Changes::read(&log.write()).unwrap(), log);
    // Nothing of it is seen in debug output.
    assert!(!format!("{log:?}").contains("1800000000000"));
}

#[test]
fn old_rows_keep_their_sums_and_the_oldest_go() {
    let mut log = Changes::default();
    let ids: Vec<usize> = (0..IDS / 4).collect();
    for number in 0..6 {
        log = log.merge(super::tests::log(0, number, number as u64, '+', &ids));
        log = log.merge(super::tests::log(1, number, number as u64, '-', &[number]));
    }
    let told = rows(&log);
    assert_eq!(told.len(), 12);
    let stripped: Vec<_> = told.iter().filter(|(_, ids)| *ids == 0).map(|(head, _)| head.as_str()).collect();
    assert_eq!(stripped.len(), 2, "{stripped:?}");
    assert!(stripped.iter().all(|head| head.starts_with("180000000000") && head.ends_with(" 1024 1024")));
    assert!(
        stripped.iter().all(|head| head.starts_with("1800000000000") || head.starts_with("1800000000001"))
    );
    // What went is counted apart: all of it is still there.
    assert_eq!(told.iter().filter(|(head, ids)| head.contains(" - loading") && *ids == 1).count(), 6);
    for number in 0..ROWS {
        log = log.merge(super::tests::log(2, number, 10 + number as u64, '=', &[]));
    }
    assert_eq!(rows(&log).len(), ROWS);
    assert!(rows(&log).iter().all(|(head, _)| head.contains("device/2")));
}

#[test]
fn what_is_no_log_is_unreadable() {
    for text in ["null", "{}", r#"{"v":2,"rows":{}}"#, r#"{"v":1,"rows":[]}"#, r#"{"v":1,"rows":{"a":1}}"#] {
        let refused = Changes::read(&Value::parse(text).unwrap()).unwrap_err();
        assert_eq!(refused.code(), crate::error::Code::GuardUnreadable, "{text}");
    }
}

fn logs() -> impl Strategy<Value = Changes> {
    let sizes = prop_oneof![Just(0usize), 1usize..4, Just(IDS / 2), Just(IDS / 2 + 1), Just(IDS)];
    let one = (0usize..3, 0usize..4, 0u64..6, any::<bool>(), sizes).prop_map(
        |(session, number, time, went, size)| {
            // The same command has the same content wherever it is known.
            let size = if (session + number) % 2 == 0 { size } else { number };
            log(session, number, time, if went { '-' } else { '+' }, &(0..size).collect::<Vec<_>>())
        },
    );
    proptest::collection::vec(one, 0..8)
        .prop_map(|logs| logs.into_iter().fold(Changes::default(), Changes::merge))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn logs_merge_without_loss_or_doubles_whoever_is_first(a in logs(), b in logs(), c in logs()) {
        let ab = a.clone().merge(b.clone());
        prop_assert_eq!(&ab, &b.clone().merge(a.clone()));
        prop_assert_eq!(&ab, &ab.clone().merge(a.clone()));
        prop_assert_eq!(a.clone().merge(a.clone()), a.clone());
        prop_assert_eq!(ab.clone().merge(c.clone()), a.clone().merge(b.clone().merge(c)));
        let all: std::collections::BTreeSet<String> =
            rows(&a).into_iter().chain(rows(&b)).map(|(head, _)| head).collect();
        prop_assert!(rows(&ab).into_iter().map(|(head, _)| head).collect::<std::collections::BTreeSet<_>>() == all);
        prop_assert_eq!(Changes::read(&ab.write()).unwrap(), ab);
    }
}
