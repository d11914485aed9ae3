//! Histories that no client writes, and what chainpad 5.3.1 makes of them. Found by `npm run interop`, and
//! written down with the document after each message.

use pinfold_core::chainpad::{
    CHECKPOINT_INTERVAL, Chain, Doubt, Fault, Hash, Message, Mode, Operation, Step,
};
use pinfold_core::json::Text;

const ELSEWHERE: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// A message with at most one operation, after a message or text, that names a document.
fn write(checkpoint: bool, change: Option<(u64, u64, &str)>, names: &str, after: &dyn ToString) -> Message {
    let operation = |(offset, remove, insert): (u64, u64, &str)| Operation {
        offset: offset as f64,
        remove: remove as f64,
        insert: units(insert),
    };
    Message {
        checkpoint,
        operations: change.into_iter().map(operation).collect(),
        document_hash: Hash::of_units(&units(names)).to_string().into(),
        parent: after.to_string().into(),
    }
}

fn patch(offset: u64, remove: u64, insert: &str, names: &str, after: &Message) -> Message {
    write(false, Some((offset, remove, insert)), names, &after.hash())
}

fn checkpoint(remove: u64, content: &str, names: &str, after: &Message) -> Message {
    write(true, Some((0, remove, content)), names, &after.hash())
}

/// The first message, which makes the document "ab".
fn first() -> Message {
    let root = Chain::new(Mode::Text).root_hash().unwrap();
    write(false, Some((0, 0, "ab")), "", &root)
}

/// Reads messages, each with the document that has to be there after it.
fn read(history: &[(&Message, &str)]) -> Chain {
    let mut chain = Chain::new(Mode::Text);
    for (at, (message, document)) in history.iter().enumerate() {
        let step = chain.push_message((*message).clone());
        assert_eq!(chain.document_text(), *document, "after message {at}: {step:?}");
    }
    chain
}

#[test]
fn of_a_checkpoint_the_first_operation_alone_has_to_be_json() {
    let mut chain = Chain::new(Mode::Pad);
    let mut several = write(true, Some((1, 0, "[]")), "", &chain.root_hash().unwrap());
    several.operations.push(Operation { offset: 0.0, remove: 0.0, insert: units("}") });
    chain.push_message(several);
    assert_eq!(chain.document_text(), "}[]");
    assert!(chain.to_json().is_err());
}

#[test]
fn what_was_put_beyond_the_end_stays_when_its_branch_is_left() {
    let a = first();
    let beyond = patch(5, 0, "x", "ab", &a);
    let other = patch(0, 0, "1", "ab", &a);
    // The other branch is read on top of what was left behind, so its honest continuation does not fit.
    let honest = patch(0, 0, "2", "1ab", &other);
    read(&[(&a, "ab"), (&beyond, "abx"), (&other, "abx"), (&honest, "abx")]);
    let drifted = patch(0, 0, "2", "1abx", &other);
    read(&[(&a, "ab"), (&beyond, "abx"), (&other, "abx"), (&drifted, "21abx")]);
}

#[test]
fn to_leave_a_checkpoint_is_to_apply_it_again() {
    let a = first();
    let falsehood = checkpoint(2, "xyz", "ab", &a);
    let other = patch(0, 0, "1", "ab", &a);
    let drifted = patch(0, 0, "2", "1xyzz", &other);
    read(&[(&a, "ab"), (&falsehood, "xyz"), (&other, "xyz"), (&drifted, "21xyzz")]);
}

/// What is refused for not being JSON has done nothing yet: what it comes to is noted where it is met on the way to another.
#[test]
fn a_patch_that_was_refused_is_tried_again_where_it_is_met() {
    let mut chain = Chain::new(Mode::Pad);
    let start = write(false, Some((0, 0, "{}")), "", &chain.root_hash().unwrap());
    let refused = patch(1, 1, "]", "{}", &start);
    let falsehood = checkpoint(2, r#"{"a":1}"#, "{}", &start);
    let honest = patch(0, 2, "x", "{]", &refused);
    let drifted = patch(0, 2, "x", r#"{]a":1}a":1}"#, &refused);
    let steps = [&start, &refused, &falsehood, &honest, &drifted, &honest]
        .map(|message| chain.push_message(message.clone()));
    let forgotten = Step::Forgotten(Fault::DocumentHash);
    let not_json = Step::Refused(Fault::NotJson);
    assert_eq!(steps, [Step::Applied, not_json, Step::Applied, forgotten, not_json, forgotten]);
    assert_eq!(chain.document_text(), r#"{"a":1}"#);
}

#[test]
fn a_patch_without_operations_follows_no_false_checkpoint() {
    let a = first();
    let falsehood = checkpoint(2, "x", "ab", &a);
    let nothing = write(false, None, "ab", &falsehood.hash());
    let something = patch(0, 0, "1", "ab", &falsehood);
    read(&[(&a, "ab"), (&falsehood, "x"), (&nothing, "x"), (&something, "1x")]);
}

#[test]
fn a_way_that_breaks_off_leaves_the_document_there_and_nothing_can_follow() {
    let a = first();
    let ours = patch(2, 0, "c", "ab", &a);
    let one = patch(0, 0, "1", "ab", &a);
    let two = patch(0, 0, "2", "wrong", &one);
    let three = patch(0, 0, "3", "21ab", &two);
    let next = patch(0, 0, "4", "abc", &ours);
    let history = [(&a, "ab"), (&ours, "abc"), (&three, "abc"), (&two, "abc"), (&one, "1ab"), (&next, "1ab")];
    let chain = read(&history);
    assert_eq!(chain.best_hash(), Some(ours.hash()));
    assert!(chain.message_towards(&"x".into()).is_err());
}

#[test]
fn a_checkpoint_whose_root_has_nothing_before_it_waits() {
    let before = write(true, Some((0, 2, "ab")), "ab", &ELSEWHERE);
    let start = checkpoint(2, "ab", "ab", &before);
    let one = patch(0, 0, "1", "ab", &start);
    let next = checkpoint(3, "1ab", "1ab", &one);
    let two = patch(0, 0, "2", "1ab", &next);
    read(&[(&start, "ab"), (&before, "ab"), (&one, "1ab"), (&next, "1ab"), (&two, "21ab")]);
    let chain = read(&[(&start, "ab"), (&before, "ab"), (&one, "1ab"), (&next, "1ab")]);
    assert_eq!(chain.best_hash(), Some(one.hash()));
}

/// What was refused for the sake of a false child is known for good: the same bytes are never taken again.
fn refuse(chain: &mut Chain, message: &Message) {
    let document = chain.document_text();
    let falsehood = write(false, Some((0, 0, "x")), "elsewhere", &message.hash());
    for message in [&falsehood, message, message] {
        chain.push_message(message.clone());
        assert_eq!(chain.document_text(), document);
    }
}

#[test]
fn a_patch_that_was_refused_is_not_written_again() {
    let mut chain = read(&[(&first(), "ab")]);
    let patch = chain.message_towards(&"abc".into()).unwrap().unwrap();
    refuse(&mut chain, &patch);
    assert!(chain.message_towards(&"abc".into()).is_err());
    let other = chain.message_towards(&"cab".into()).unwrap().unwrap();
    chain.push_message(other);
    assert_eq!(chain.document_text(), "cab");
}

#[test]
fn a_checkpoint_that_was_refused_is_left_out() {
    let mut chain = Chain::new(Mode::Text);
    for edit in 0..2 * CHECKPOINT_INTERVAL {
        let wanted = Text::from(format!("{edit}"));
        while let Some(mut next) = chain.message_towards(&wanted).unwrap() {
            if next.checkpoint {
                refuse(&mut chain, &next);
                next = chain.message_towards(&wanted).unwrap().unwrap();
                assert!(!next.checkpoint);
            }
            chain.push_message(next);
        }
        assert_eq!(chain.document_text(), wanted);
    }
}

#[test]
fn what_is_no_json_is_in_no_checkpoint_of_ours() {
    let mut chain = Chain::new(Mode::Pad);
    let towards =
        |chain: &Chain, edit: u64| chain.message_towards(&Text::from(format!("[{edit}]"))).unwrap().unwrap();
    while chain.depth_since_root() + 2 < CHECKPOINT_INTERVAL {
        let next = towards(&chain, chain.depth_since_root());
        chain.push_message(next);
    }
    let before = chain.best_hash().unwrap();
    let whole = chain.document().len() as u64;
    let mut several =
        write(true, Some((1, whole - 1, "[]")), chain.document_text().as_str().unwrap(), &before);
    several.operations.push(Operation { offset: 0.0, remove: 1.0, insert: units("}") });
    chain.push_message(several);
    assert_eq!(chain.document_text(), "}[]");
    let next = towards(&chain, 1000);
    assert!(!next.checkpoint && chain.depth_since_root() + 1 == CHECKPOINT_INTERVAL);
    chain.push_message(next);
    assert_eq!(chain.document_text(), "[1000]");
}

#[test]
fn numbers_that_no_client_writes_are_read_as_the_published_library_reads_them() {
    // What chainpad makes of each on "abcdefgh", and after it has gone to a longer branch beside it: `None` where it
    // forgets the message. Found out by asking it.
    for (operations, taken, back) in [
        (r#"[-1,1,"x"]"#, Some("xabcdefgh"), "+xabcdefgh"),
        (r#"[-3,1,"xyzwv"]"#, Some("xyzwvabcdefgh"), "+zwvabcdefgh"),
        (r#"[-3,5,"x"]"#, Some("xcdefgh"), "+abxcdefgh"),
        (r#"[-0.5,1,"x"]"#, Some("xabcdefgh"), "+xabcdefgh"),
        (r#"[2,0.5,"x"]"#, Some("abxcdefgh"), "++abcdefgh"),
        (r#"[2.5,0.5,"x"]"#, None, "++abcdefgh"),
        (r#"[2.5,0.4,"x"]"#, Some("abxcdefgh"), "++abcdefgh"),
        (r#"[2.5,1.5,"x"]"#, Some("abxefgh"), "++abcdefgh"),
        (r#"[2,1.5,"x"]"#, None, "++abcdefgh"),
        (r#"[2,1.5,"xy"]"#, Some("abxydefgh"), "++abcdefgh"),
        (r#"[1e300,0,"x"]"#, Some("abcdefghx"), "+abcdefghx"),
        (r#"[2,1e300,""]"#, Some("ab"), "++abcdefgh"),
        (r#"[9,0.5,""]"#, None, "++abcdefgh"),
        (r#"[-3,5,""]"#, Some("cdefgh"), "++abcdefgh"),
        (r#"[-2,4,"ba"]"#, None, "++abcdefgh"),
        (r#"[-2,2.5,"q"]"#, Some("qabcdefgh"), "+qabcdefgh"),
        (r#"[1,0,"x"],[-1,0,"y"]"#, Some("yxabcdefgh"), "+xbcdefgh"),
        (r#"[5,1,"x"],[-2,3,"yyy"]"#, Some("yyybcxefgh"), "+ayybcdefgh"),
        (r#"[0.5,0,"x"],[5.5,1,"yy"]"#, Some("xabcdeyygh"), "++abcdefgh"),
        (r#"["2",0,"x"]"#, None, "++abcdefgh"),
        (r#"[true,1,"x"]"#, None, "++abcdefgh"),
        (r#"[2,"1","x"]"#, None, "++abcdefgh"),
    ] {
        let mut chain = Chain::new(Mode::Text);
        let root = chain.root_hash().unwrap();
        let first = write(false, Some((0, 0, "abcdefgh")), "", &root);
        chain.push_message(first.clone());
        let names = Hash::of_units(&units("abcdefgh"));
        chain.push(&format!(r#"[2,[{operations},"{names}"],"{}"]"#, first.hash()));
        assert_eq!(chain.document_text(), Text::from(taken.unwrap_or("abcdefgh")), "{operations}");
        let beside = patch(0, 0, "+", "abcdefgh", &first);
        chain.push_message(beside.clone());
        chain.push_message(patch(1, 0, "+", "+abcdefgh", &beside));
        assert_eq!(chain.document_text(), Text::from(back), "{operations} taken back");
    }
}

#[test]
fn any_number_of_operations_on_top_of_each_other_is_one_message() {
    let (line, space) = (r#"[1,0,"\n"],"#, r#"[1,0," "],"#);
    let mut chain = Chain::new(Mode::ListMap);
    let first = chain.best_message().unwrap().clone();
    let names = Hash::of_units(&units("{}"));
    let many = 100_000;
    let operations = format!("{line}{space}").repeat(many / 2);
    let text = format!(r#"[2,[{operations}"{names}"],"{}"]"#, first.hash());
    assert_eq!(chain.push(&text), pinfold_core::chainpad::Step::Applied);
    let document = format!("{{{}}}", "\n ".repeat(many / 2));
    assert_eq!(chain.document_text(), Text::from(document.as_str()));
    // Somebody else goes on from it, and a longer branch takes it back.
    let tip = chain.best_message().unwrap().clone();
    chain.push_message(patch(1, 0, r#""a":1"#, &document, &tip));
    assert!(chain.document().starts_with(&units(r#"{"a":1"#)));
    let mut before = (first, "{}".to_owned());
    for _ in 0..3 {
        let next = patch(1, 0, "\t", &before.1, &before.0);
        chain.push_message(next.clone());
        before = (next, before.1.replacen('{', "{\t", 1));
    }
    assert_eq!(chain.document_text(), Text::from(before.1.as_str()));
}

/// In each order of arrival, what hangs on a message that is forgotten is where the published library leaves it.
#[test]
fn what_hangs_on_a_message_that_is_forgotten_is_kept_and_followed_as_there() {
    let first = first();
    // One that names another document, and one that is not in simplest form. On each hang others.
    let f = patch(0, 0, "F", "elsewhere", &first);
    let c = patch(0, 0, "C", "Fab", &f);
    let g = patch(0, 0, "G", "CFab", &c);
    let s = patch(0, 1, "aS", "ab", &first);
    let t = patch(0, 0, "T", "aSb", &s);
    let n = patch(0, 0, "N", "ab", &first);
    let m = patch(0, 0, "M", "Nab", &n);
    for history in [
        &[(&f, "ab"), (&c, "ab")][..],
        &[(&f, "ab"), (&c, "ab"), (&g, "ab"), (&n, "Nab")],
        &[(&c, "ab"), (&f, "ab")],
        &[(&c, "ab"), (&n, "Nab"), (&f, "ab")],
        &[(&c, "ab"), (&f, "ab"), (&n, "Nab")],
        &[(&c, "ab"), (&g, "ab"), (&n, "Nab"), (&f, "ab")],
        &[(&c, "ab"), (&g, "ab"), (&f, "ab"), (&n, "Nab"), (&m, "MNab")],
        &[(&n, "Nab"), (&c, "Nab"), (&g, "Nab"), (&f, "ab"), (&m, "ab")],
        &[(&f, "ab"), (&c, "ab"), (&f, "ab"), (&n, "Nab")],
        &[(&s, "ab"), (&t, "ab"), (&n, "Nab")],
        &[(&t, "ab"), (&s, "TaSb"), (&n, "TaSb")],
        &[(&t, "ab"), (&n, "Nab"), (&s, "TaSb"), (&m, "MNab")],
    ] {
        let mut whole = vec![(&first, "ab")];
        whole.extend_from_slice(history);
        read(&whole);
    }
    // It raises no doubt: nothing that anybody could show is missing.
    let mut chain = read(&[(&first, "ab")]);
    let mut doubt = Doubt::default();
    for message in [&f, &c, &g, &n] {
        let step = chain.push_message(message.clone());
        doubt.note(Some(step), &chain);
        assert_eq!(doubt.why(), None, "{step:?}");
    }
}
