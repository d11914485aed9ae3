//! What is signed, what reads back, what is refused, and what two reports tell.

use super::*;
use crate::secret::Secret;

fn key(fill: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::derive_with(|out| out.fill(fill)))
}

fn row(id: &str, state: Standing, head: Option<&str>) -> Row {
    Row { id: id.into(), kind: Subject::Document, state, head: head.map(Into::into), time: head.map(|_| 7) }
}

fn report(made: u64, rows: Vec<Row>) -> Report {
    Report {
        account: key(3).verifying_key().to_base64(),
        origin: "https://pad.example".into(),
        begun: made - 5,
        made,
        complete: true,
        lists: vec![List {
            key: key(3).verifying_key().to_base64(),
            count: 2,
            digest: "ab+/=".into(),
            server: None,
            confirmed: false,
        }],
        findings: vec![Count { name: "document-missing".into(), count: 1 }],
        rows: Some(rows),
    }
}

fn two() -> Vec<Row> {
    vec![row("aa", Standing::Read, Some("cp|1|x")), row("bb", Standing::Missing, None)]
}

#[test]
fn the_signed_text_is_the_one_in_the_documentation() {
    let key = key(3).verifying_key().to_base64();
    let wanted = format!(
        "pinfold completeness report, version 1\naccount {key}\norigin https://pad.example\nbegun 5\nmade 10\n\
         complete yes\nlist {key} 2 ab+/= - no\nfinding document-missing 1\nrow aa document read cp|1|x 7\n\
         row bb document missing - -\nrows 2\n"
    );
    assert_eq!(report(10, two()).text().unwrap(), wanted);
    let withheld = report(10, two()).without_rows().text().unwrap();
    assert!(withheld.ends_with("finding document-missing 1\nrows withheld\n"), "{withheld}");
}

#[test]
fn a_report_reads_back_and_no_word_of_it_can_be_changed() {
    for report in [report(10, two()), report(10, two()).without_rows(), report(10, Vec::new())] {
        let signed = report.sign(&key(3)).unwrap();
        let json = signed.to_json();
        assert_eq!(Signed::read(&json).unwrap(), signed);
        for (old, new) in [
            ("\"complete\":true", "\"complete\":false"),
            ("\"made\":10", "\"made\":11"),
            ("pad.example", "pad.exampla"),
            ("\"count\":2", "\"count\":3"),
            ("\"confirmed\":false", "\"confirmed\":true"),
            ("\"server\":null", "\"server\":\"x\""),
            ("missing\",\"count\":1", "missing\",\"count\":2"),
            ("\"state\":\"missing\"", "\"state\":\"read\""),
            ("cp|1|x", "cp|1|y"),
            ("\"time\":7", "\"time\":8"),
        ] {
            if json.contains(old) {
                let refused = Signed::read(&json.replacen(old, new, 1)).unwrap_err();
                assert_eq!(refused.code(), Code::CryptoSignature, "{new}");
            }
        }
    }
}

#[test]
fn rows_cannot_be_left_out_added_or_exchanged() {
    let signed = report(10, two()).sign(&key(3)).unwrap();
    let changed = |change: &dyn Fn(&mut Vec<Row>)| {
        let mut changed = signed.clone();
        change(changed.report.rows.as_mut().unwrap());
        Signed::read(&changed.to_json()).unwrap_err().code()
    };
    assert_eq!(changed(&|rows| _ = rows.pop()), Code::CryptoSignature);
    assert_eq!(changed(&|rows| rows.push(row("cc", Standing::Read, None))), Code::CryptoSignature);
    assert_eq!(changed(&|rows| rows.reverse()), Code::MisuseBadArgument);
    let withheld = Signed { report: signed.report.without_rows(), ..signed.clone() };
    assert_eq!(Signed::read(&withheld.to_json()).unwrap_err().code(), Code::CryptoSignature);
}

#[test]
fn a_word_cannot_bring_a_line_of_its_own() {
    for id in ["", "-", "a b", "a\nrow bb document read - -", "ä", &"a".repeat(401)] {
        let refused = report(10, vec![row(id, Standing::Read, None)]).sign(&key(3)).unwrap_err();
        assert_eq!(refused.code(), Code::MisuseBadArgument, "{id:?}");
    }
    let twice = vec![row("aa", Standing::Read, None), row("aa", Standing::Missing, None)];
    assert!(report(10, twice).sign(&key(3)).is_err());
    assert!(report(10, two()).sign(&key(4)).is_err(), "another account's key");
}

#[test]
fn what_is_no_report_is_refused() {
    let json = report(10, two()).sign(&key(3)).unwrap().to_json();
    for (old, new) in [
        ("\"version\":1", "\"version\":2"),
        ("pinfold-completeness", "pinfold-other"),
        ("\"made\":10", "\"made\":-10"),
        ("\"made\":10", "\"made\":\"10\""),
        ("\"kind\":\"document\"", "\"kind\":\"thing\""),
        (",\n\"rows\"", ",\n\"rowz\""),
        ("\"signature\"", "\"signatura\""),
    ] {
        assert_eq!(
            Signed::read(&json.replacen(old, new, 1)).unwrap_err().code(),
            Code::MisuseBadArgument,
            "{new}"
        );
    }
    for text in ["", "[]", "null", "{}", &json[..json.len() - 3]] {
        assert_eq!(Signed::read(text).unwrap_err().code(), Code::MisuseBadArgument, "{text}");
    }
}

#[test]
fn two_reports_tell_what_went_and_between_which_times() {
    use Standing::{Archived, Empty, Missing, Read, There, Unanswered};
    let earlier = report(
        100,
        vec![
            row("a", Read, Some("1")),
            row("b", Read, Some("1")),
            row("c", Read, Some("1")),
            row("d", There, None),
            row("e", Read, Some("1")),
            row("f", Missing, None),
            row("h", Missing, None),
            row("i", Read, Some("1")),
        ],
    );
    let later = report(
        200,
        vec![
            row("a", Read, Some("1")),
            row("b", Read, Some("2")),
            row("c", Archived, None),
            row("d", Unanswered, None),
            row("f", Empty, None),
            row("g", Read, Some("1")),
            row("h", Missing, None),
            // Its entry is gone, and its pin is kept.
            Row { kind: Subject::Other, ..row("i", Read, Some("1")) },
        ],
    );
    let difference = Difference::of(&later, &earlier).unwrap();
    assert_eq!((difference.since, difference.until, difference.same), (100, 195, 2));
    let told: Vec<(&str, Fate)> =
        difference.changes.iter().map(|change| (change.id.as_str(), change.fate)).collect();
    let wanted = [
        ("c", Fate::Lost),
        ("d", Fate::Untold),
        ("e", Fate::Unnamed),
        ("i", Fate::Unnamed),
        ("f", Fate::Back),
        ("g", Fate::Added),
        ("b", Fate::Changed),
    ];
    assert_eq!(told, wanted);
    assert_eq!(difference.count(Fate::Lost), 1);
    assert!(Difference::of(&earlier, &earlier).unwrap().changes.is_empty());
    assert!(Difference::of(&earlier, &later.without_rows()).is_err());
    let other = Report { account: key(4).verifying_key().to_base64(), ..later };
    assert!(Difference::of(&earlier, &other).is_err());
}
