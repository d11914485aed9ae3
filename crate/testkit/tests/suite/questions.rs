//! Questions of the host beside everything else: who is in a channel; and what the operator is told.

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::ids::ChannelId;
use pinfold_core::json::Value;
use pinfold_core::report::{Report, Signed};
use pinfold_core::session::effect::{Answer as Answered, Event, Outcome, Question};
use pinfold_testkit::account::{Plan, Variety, build_with};
use pinfold_testkit::harness::{Harness, InOrder, Schedule};
use pinfold_testkit::server::Answer;

fn opened() -> (Harness, ChannelId) {
    let plan = Plan { seed: 5, documents: 1, folders: 1, per_folder: 2 };
    let mut harness = Harness::new(build_with(plan, &Variety::default()).unwrap());
    harness.resume(&mut InOrder).unwrap();
    let folder = ChannelId::parse(&harness.built.folders[0].channel).unwrap();
    (harness, folder)
}

/// Answers to a JOIN of one channel come last.
struct JoinsLast(String);

impl Schedule for JoinsLast {
    fn choose(&mut self, pending: &[Answer]) -> usize {
        pending.iter().position(|answer| answer.about != self.0).unwrap_or(0)
    }
}

fn frames<'h>(harness: &'h Harness, word: &str, channel: &ChannelId) -> Vec<&'h String> {
    let of = |frame: &&String| {
        let frame = Value::parse(frame).unwrap();
        let part =
            |at| frame.at(at).and_then(Value::as_str) == Some(if at == 1 { word } else { channel.as_str() });
        part(1) && part(2)
    };
    harness.sent.iter().filter(of).collect()
}

#[test]
fn a_channel_is_left_again_only_if_nothing_else_is_in_it() {
    let (mut harness, folder) = opened();
    let asked = harness.session.question(harness.now, &Question::Members(folder.clone())).unwrap();
    let told = harness.run(asked, &mut InOrder);
    assert!(matches!(told, Ok(Outcome::Answered(Answered::Members(0)))), "{told:?}");
    assert_eq!(frames(&harness, "LEAVE", &folder).len(), 1, "it was in only to ask");

    // A load enters it while the question waits, and follows it from then on.
    let asked = harness.session.question(harness.now, &Question::Members(folder.clone())).unwrap();
    let loading = harness.session.load_drive(harness.now).unwrap();
    let mut last = JoinsLast(format!("JOIN {}", folder.as_str()));
    let told = harness.run(asked, &mut last);
    assert!(matches!(told, Ok(Outcome::Answered(Answered::Members(_)))), "{told:?}");
    assert!(
        matches!(harness.run(loading, &mut last), Ok(Outcome::Drive(drive)) if matches!(*drive, Drive::Complete(_)))
    );
    assert_eq!(frames(&harness, "JOIN", &folder).len(), 3, "both questions, and the load");
    assert_eq!(frames(&harness, "LEAVE", &folder).len(), 1, "the load stays in");
}

#[test]
fn a_refusal_is_told_by_its_own_code() {
    for (word, code) in [("ERESTRICTED", Code::FolderRestricted), ("EINVAL", Code::RpcRefused)] {
        let (mut harness, folder) = opened();
        let asked = harness.session.question(harness.now, &Question::Members(folder.clone())).unwrap();
        assert!(harness.ended(asked).is_none());
        let joined = Value::parse(frames(&harness, "JOIN", &folder).last().unwrap()).unwrap();
        let number = joined.at(0).and_then(Value::as_u64).unwrap();
        harness.interject(&format!("[{number},\"ERROR\",\"{word}\"]"));
        let error = harness.ended(asked).unwrap().unwrap_err();
        assert_eq!(error.code(), code);
        let says = error.detail().iter().any(|(name, said)| *name == "answer" && *said == word);
        assert_eq!(says, code == Code::RpcRefused, "{error}");
    }
}

/// What is written stays unwritten where the host closes too early. A question leaves nothing behind.
#[test]
fn it_is_not_safe_to_close_while_the_operator_is_told() {
    let (mut harness, folder) = opened();
    let signed = report(&mut harness);
    let asked = harness.session.question(harness.now, &Question::Exists(folder)).unwrap();
    assert!(harness.session.safe_to_close(), "it only asks");
    assert!(harness.run(asked, &mut InOrder).is_ok());
    for cut in [false, true] {
        harness.events.clear();
        let told = harness.session.tell_operator(harness.now, &signed).unwrap();
        assert!(!harness.session.safe_to_close());
        assert!(harness.ended(told).is_none());
        if cut {
            // Whether the server has it is not known: nothing is under way any more.
            harness.cut();
        }
        assert_eq!(matches!(harness.run(told, &mut InOrder), Ok(Outcome::Sent { .. })), !cut);
        assert!(harness.session.safe_to_close());
        let safe: Vec<bool> = harness.events.iter().filter_map(safe).collect();
        assert_eq!(safe, [false, true], "the host hears of both");
    }
}

const fn safe(event: &Event) -> Option<bool> {
    match event {
        Event::Safe(safe) => Some(*safe),
        _ => None,
    }
}

fn report(harness: &mut Harness) -> Signed {
    let account = harness.session.account().unwrap().ed_public().unwrap().to_string();
    let signed = harness.session.sign_report(Report {
        account,
        origin: "https://drive.example".into(),
        begun: 1,
        made: 2,
        complete: true,
        lists: Vec::new(),
        findings: Vec::new(),
        rows: None,
    });
    signed.unwrap()
}
