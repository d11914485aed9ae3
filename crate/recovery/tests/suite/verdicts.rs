//! Every verdict about two copies of one channel, and the start document of each application.

use crate::support::{FOLDER, Log, keys};
use pinfold_core::chainpad::Mode;
use pinfold_core::href::{HrefCipher, secrets_from_hash};
use pinfold_recovery::{App, LogLine, Of, Side, Verdict, judge};

const EMPTY: &str = r#"{"filesData":{},"root":{},"static":{}}"#;

fn file(number: u64) -> String {
    format!(r#""{number}":{{"channel":"{number:032x}","title":"{number}"}}"#)
}

fn folder(numbers: &[u64]) -> String {
    let rows: Vec<String> = numbers.iter().map(|number| file(*number)).collect();
    let shown: Vec<String> = numbers.iter().map(|number| format!(r#""k{number}":{number}"#)).collect();
    format!(
        r#"{{"filesData":{{{}}},"root":{{{}}},"static":{{}},"version":2}}"#,
        rows.join(","),
        shown.join(",")
    )
}

fn links() -> Option<HrefCipher> {
    let secrets = secrets_from_hash("drive", FOLDER, None).unwrap();
    HrefCipher::new(secrets.keys.unwrap().secondary_key.as_ref().unwrap()).ok()
}

fn side(of: &Of, lines: &[LogLine]) -> Side {
    let mut side = Side::new(of.clone(), keys(FOLDER));
    lines.iter().for_each(|stored| side.line(stored.line()));
    side
}

fn written(mode: Mode, other: bool, states: &[String]) -> Vec<LogLine> {
    let mut log = if other { Log::other_copy(FOLDER, mode) } else { Log::in_mode(FOLDER, mode) };
    for (number, state) in (1..).zip(states) {
        log.write(state, number, 'a');
    }
    log.lines
}

fn of_folders(archived: &[String], live: &[String], links: Option<HrefCipher>) -> Verdict {
    let of = Of::Folder(links);
    let copies =
        [(false, archived), (true, live)].map(|(other, states)| written(Mode::ListMap, other, states));
    judge(&side(&of, &copies[0]), &side(&of, &copies[1]))
}

fn of_documents(app: App, archived: &[&str], live: &[&str]) -> Verdict {
    let of = Of::Document(app);
    let states = |states: &[&str]| states.iter().map(|state| (*state).to_owned()).collect::<Vec<_>>();
    let copies =
        [(false, archived), (true, live)].map(|(other, list)| written(Mode::Pad, other, &states(list)));
    judge(&side(&of, &copies[0]), &side(&of, &copies[1]))
}

#[test]
fn folders() {
    let titled = r#"{"filesData":{},"metadata":{"title":"New"},"root":{},"static":{}}"#.to_owned();
    let names = r#"{"filesData":{},"root":{"Letters":{}},"static":{}}"#.to_owned();
    let cases: [(&[String], Verdict); 8] = [
        (&[EMPTY.into()], Verdict::Placeholder),
        (&[], Verdict::SameChain),
        (&[EMPTY.into(), titled], Verdict::PlaceholderTitled),
        // Somebody put something in and took it out: it carries history.
        (&[EMPTY.into(), folder(&[9]), EMPTY.into()], Verdict::Within),
        (&[folder(&[1])], Verdict::Within),
        (&[folder(&[1, 2])], Verdict::Equal),
        (&[folder(&[1, 3])], Verdict::Merge),
        (&[EMPTY.into(), names], Verdict::Within),
    ];
    for (live, verdict) in cases {
        assert_eq!(of_folders(&[folder(&[1, 2])], live, links()), verdict, "{live:?}");
    }
    assert_eq!(of_folders(&[folder(&[1])], &[folder(&[2])], None), Verdict::MergeNeedsEditor);
}

#[test]
fn copies_of_one_log_are_no_conflict() {
    let of = Of::Folder(links());
    let states: Vec<String> = (1..=9).map(|number| folder(&[number])).collect();
    let lines = written(Mode::ListMap, false, &states);
    for (what, archived, live) in [
        ("torn", &lines[..], &lines[..4]),
        ("the archive holds what a trim took", &lines[..7], &lines[5..]),
        ("within", &lines[..], &lines[3..6]),
        ("the same", &lines[..], &lines[..]),
    ] {
        assert_eq!(judge(&side(&of, archived), &side(&of, live)), Verdict::SameChain, "{what}");
    }
    let mut broken = lines[..4].to_vec();
    broken.push(written(Mode::ListMap, true, &states).pop().unwrap());
    assert_ne!(judge(&side(&of, &lines), &side(&of, &broken)), Verdict::SameChain);
}

#[test]
fn what_cannot_be_read_is_never_called_empty() {
    let of = Of::Folder(links());
    let archived = written(Mode::ListMap, false, &[folder(&[1])]);
    let mut live = written(Mode::ListMap, true, &[EMPTY.into()]);
    assert_eq!(judge(&side(&of, &archived), &side(&of, &live)), Verdict::Placeholder);
    live[1].message = "garbage".into();
    assert_eq!(judge(&side(&of, &archived), &side(&of, &live)), Verdict::Unknown);
    // One line of a folder with content is lost: nothing that hangs on it may count as never written.
    let mut hole = written(Mode::ListMap, true, &[EMPTY.into(), folder(&[1]), folder(&[1, 2])]);
    hole.remove(2);
    assert_eq!(judge(&side(&of, &archived), &side(&of, &hole)), Verdict::Unknown);
    let wrong = Side::new(of.clone(), keys(crate::support::ACCOUNT));
    let mut wrong = wrong;
    archived.iter().for_each(|stored| wrong.line(stored.line()));
    assert_eq!(judge(&wrong, &side(&of, &written(Mode::ListMap, true, &[folder(&[2])]))), Verdict::Unknown);
}

const METADATA: &str = r#""metadata":{"chat2":"c","cursor":"d","defaultTitle":"Code - Monday","title":"","type":"code","users":{"u":{"name":"A"}}}"#;

#[test]
fn the_start_document_of_each_application_is_a_placeholder() {
    let code = format!(r#"{{"authormarks":{{}},"content":"","highlightMode":"gfm",{METADATA}}}"#);
    let slide = code.replace(r#""users""#, r##""backColor":"#FFF","color":"#000","users""##);
    let pad = format!(
        r#"["BODY",{{"class":"cke_editable","contenteditable":"true","spellcheck":"false"}},[["P",{{}},[]]],{{{}}}]"#,
        METADATA.replace(r#""users""#, r#""comments":{"authors":{"x":{}},"data":{}},"users""#)
    );
    let kanban = format!(
        r#"{{"content":{{"data":{{"11":{{"id":11,"item":[1,2],"title":"À faire"}},"12":{{"id":12,"item":[],"title":"B"}},"13":{{"id":13,"item":[],"title":"C"}}}},"items":{{"1":{{"id":1,"title":"a"}},"2":{{"id":2,"title":"b"}}}},"list":[11,12,13]}},{METADATA}}}"#
    );
    let keys = r#""answers":{"anonymous":true,"channel":"c","publicKey":"p","validateKey":"v","version":2}"#;
    let first = format!(r#"{{{keys},{METADATA},"version":1}}"#);
    let form = format!(
        r#"{{{keys},"form":{{"1":{{"type":"md"}},"2":{{"opts":{{"values":["Option 1","Option 2"]}},"type":"radio"}}}},{METADATA},"order":["1","2"],"version":1}}"#
    );
    let whiteboard = format!(
        r##"{{"content":{{"objects":[],"version":"4.6.0"}},{}}}"##,
        METADATA.replace(r#""users""#, r##""palette":["#FFF"],"users""##)
    );
    let dear = r#"{"content":"dear","metadata":{}}"#;
    let apps: [(App, Vec<&str>, [&str; 2]); 6] = [
        (App::Code, vec![&code], [r#""content":"""#, r#""content":"x""#]),
        (App::Slide, vec![&slide], [r#""content":"""#, r#""content":"x""#]),
        (App::Pad, vec![&pad], [r#"["P",{},[]]"#, r#"["P",{},["x"]]"#]),
        (App::Kanban, vec![&kanban], [r#""item":[1,2]"#, r#""item":[1]"#]),
        (App::Form, vec![&first, &form], [r#"["Option 1","Option 2"]"#, r#"["Option 1","Option 2","x"]"#]),
        (App::Whiteboard, vec![&whiteboard], [r#""objects":[]"#, r#""objects":[1]"#]),
    ];
    for (app, start, [was, is]) in apps {
        assert_eq!(of_documents(app, &[dear], &start), Verdict::Placeholder, "{app:?}");
        let last = *start.last().unwrap();
        let renamed = last.replace(r#""title":"""#, r#""title":"Mine""#);
        let changed = last.replace(was, is);
        assert_ne!(changed, last, "{app:?}");
        assert_eq!(
            of_documents(app, &[dear], &[&start[..], &[&changed]].concat()),
            Verdict::KeepBoth,
            "{app:?} with content"
        );
        assert_eq!(
            of_documents(app, &[dear], &[&start[..], &[&changed, last]].concat()),
            Verdict::KeepBoth,
            "{app:?} touched"
        );
        assert_eq!(
            of_documents(app, &[dear], &[&start[..], &[&renamed]].concat()),
            Verdict::PlaceholderTitled,
            "{app:?} with a title"
        );
        let online = last.replace(r#"{"u":{"name":"A"}}"#, "{}");
        assert_eq!(
            of_documents(app, &[dear], &[&start[..], &[&online]].concat()),
            Verdict::Placeholder,
            "{app:?} left"
        );
    }
    for sheet in [&code[..], "{}", r#"{"metadata":{"title":"Mine"}}"#] {
        let verdict = of_documents(App::Other, &[dear], &[sheet]);
        assert_eq!(verdict, Verdict::KeepBoth, "nobody knows how a sheet begins: {sheet}");
    }
    let titled = code.replace(r#""title":"""#, r#""title":"Mine""#);
    let verdict = of_documents(App::Code, &[dear], &[&code, &titled, &code]);
    assert_eq!(verdict, Verdict::PlaceholderTitled, "a title that was typed, and taken away again");
    assert_eq!(of_documents(App::Code, &[&code, dear], &[&code, dear]), Verdict::Equal);
    assert_eq!(App::of_link("/pad/#/2/pad/edit/x/"), App::Pad);
    assert_eq!(App::of_link("/sheet/#/2/sheet/edit/x/"), App::Other);
}

#[test]
fn an_archived_copy_without_a_line_is_unknown_and_never_empty() {
    let of = Of::Folder(links());
    let none = side(&of, &[]);
    for live in [folder(&[1]), EMPTY.to_owned()] {
        let live = side(&of, &written(Mode::ListMap, true, &[live]));
        assert_eq!(judge(&none, &live), Verdict::Unknown);
    }
}

/// Which of two copies a log is, its lines say, whatever both hold.
#[test]
fn a_log_goes_on_where_one_copy_ends_and_not_where_the_other_does() {
    let of = Of::Folder(links());
    let archived = written(Mode::ListMap, false, &[folder(&[1])]);
    let live = written(Mode::ListMap, true, &[folder(&[1, 2])]);
    let grown = written(Mode::ListMap, false, &[folder(&[1]), folder(&[1, 3])]);
    let is_in =
        |copy: &[LogLine], log: &[LogLine]| side(&of, copy).is_in(log.iter().map(|line| &*line.message));
    assert!(is_in(&archived, &archived) && is_in(&archived, &grown));
    assert!(!is_in(&archived, &live) && !is_in(&live, &grown));
    assert!(!is_in(&grown, &archived), "it does not end there yet");
    assert!(!is_in(&[], &live));
}

/// A title that a person typed is content of the lowest kind, whatever the application: the archived copy returns, and it is offered.
#[test]
fn a_document_that_was_only_given_a_title_is_a_placeholder() {
    let code = |content: &str, title: &str| {
        format!(
            r#"{{"authormarks":{{}},"content":"{content}","highlightMode":"gfm","metadata":{{"defaultTitle":"Code - today","title":"{title}","type":"code","users":{{}}}}}}"#
        )
    };
    let page = |inner: &str, title: &str| {
        format!(
            r#"["BODY",{{"class":"cke"}},[["P",{{}},[{inner}]]],{{"metadata":{{"defaultTitle":"Text - today","title":"{title}","type":"pad"}}}}]"#
        )
    };
    let board = |title: &str| {
        format!(
            r#"{{"content":{{"list":[11,12,13],"data":{{"11":{{"id":11,"title":"A","item":[1,2]}},"12":{{"id":12,"title":"B","item":[]}},"13":{{"id":13,"title":"C","item":[]}}}},"items":{{"1":{{"id":1,"title":"x"}},"2":{{"id":2,"title":"y"}}}}}},"metadata":{{"title":"{title}","type":"kanban"}}}}"#
        )
    };
    let old = code("old", "Old");
    for (app, states) in [
        (App::Code, [code("", ""), code("", "Mine")]),
        (App::Pad, [page("", ""), page("", "Mine")]),
        (App::Kanban, [board(""), board("Mine")]),
    ] {
        let states = states.each_ref().map(String::as_str);
        assert_eq!(of_documents(app, &[&old], &states[..1]), Verdict::Placeholder, "{app:?}");
        assert_eq!(of_documents(app, &[&old], &states), Verdict::PlaceholderTitled, "{app:?}");
    }
    let written = [code("", "Mine"), code("new", "Mine")];
    assert_eq!(of_documents(App::Code, &[&old], &[&written[0], &written[1]]), Verdict::KeepBoth);
    let titled = [code("old", "Old"), code("old", "New")];
    assert_eq!(of_documents(App::Code, &[&old], &[&titled[1]]), Verdict::KeepBoth, "two titles");
    assert_eq!(of_documents(App::Code, &[&old], &[&titled[1], &titled[0]]), Verdict::Equal);
}
