//! The machine that reads channels: whatever comes, in whatever order, nothing is taken for what it is not.

use std::collections::BTreeSet;

use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::channel::{
    Ask, At, Existence, Input, Line, Log, Machine, Manner, Next, Progress, Trouble, TxIds,
};
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::ids::{ChannelId, MessageHash};
use pinfold_core::json::Text;
use pinfold_core::net::document::DocumentReader;
use pinfold_core::ports::Entropy;
use pinfold_core::secret::Secret;
use proptest::prelude::*;

/// What may happen. Numbers of requests are named by how many were drawn since: 0 is the newest.
#[derive(Debug, Clone)]
enum Event {
    Joined,
    Existence(Existence),
    Restricted,
    Refused,
    Admitted,
    Denied,
    Metadata,
    History(usize, u8),
    End(usize),
    Error(Option<usize>, &'static str, Option<&'static str>),
    Live(u8),
    Deadline,
    Recalled,
    Lost,
    Resume,
    ReadAgain,
}

fn event() -> impl Strategy<Value = Event> {
    let code = prop_oneof![Just("EUNKNOWN"), Just("EDELETED"), Just("ECLEARED"), Just("ERESTRICTED")];
    let reason = prop_oneof![2 => Just(None), 1 => Just(Some("INACTIVE"))];
    let existence = prop_oneof![
        6 => Just(Existence::Known),
        1 => Just(Existence::New { reason: None }),
        1 => Just(Existence::New { reason: Some("INACTIVE".into()) }),
        1 => Just(Existence::Unanswered),
    ];
    let late = || prop_oneof![8 => Just(0_usize), 1 => 0_usize..4];
    prop_oneof![
        4 => Just(Event::Joined),
        4 => existence.prop_map(Event::Existence),
        1 => Just(Event::Restricted),
        1 => Just(Event::Refused),
        2 => Just(Event::Admitted),
        1 => Just(Event::Denied),
        1 => Just(Event::Metadata),
        8 => (late(), 0_u8..6).prop_map(|(ago, line)| Event::History(ago, line)),
        4 => late().prop_map(Event::End),
        2 => (proptest::option::of(late()), code, reason).prop_map(|(ago, code, why)| Event::Error(ago, code, why)),
        3 => (0_u8..6).prop_map(Event::Live),
        1 => Just(Event::Deadline),
        2 => Just(Event::Recalled),
        1 => Just(Event::Lost),
        3 => Just(Event::Resume),
        1 => Just(Event::ReadAgain),
    ]
}

/// What the server was asked and has not answered.
#[derive(Debug, Default)]
struct Wire {
    drawn: Vec<u64>,
    open: BTreeSet<u64>,
    joined: bool,
    known: bool,
    new: bool,
}

impl Wire {
    fn asked(&mut self, ask: &Ask, outside: bool) {
        let (txid, creates) = match ask {
            Ask::History { txid, .. } => (*txid, false),
            Ask::Create { txid, .. } => (*txid, true),
            _ => return,
        };
        assert!(self.open.insert(txid), "{txid} is asked under while it is not answered");
        assert!(self.joined || outside, "the history is asked for in the channel");
        assert!(if creates { self.new } else { self.known }, "it is known whether the channel exists");
        self.drawn.push(txid);
    }

    fn number(&self, ago: usize) -> u64 {
        let at = self.drawn.len().checked_sub(ago + 1);
        at.and_then(|at| self.drawn.get(at)).copied().unwrap_or(900)
    }

    fn lost(&mut self) {
        *self = Self { drawn: std::mem::take(&mut self.drawn), ..Self::default() };
    }
}

/// A log that wants what its lines say.
#[derive(Debug, Default)]
struct Notes {
    lines: Vec<String>,
    ended: usize,
    anew: usize,
    follows_new: bool,
}

impl Notes {
    fn next(&mut self, line: Line<'_>) -> Next {
        self.lines.push(line.text.to_owned());
        match line.text {
            "line 4" => Next::BeginAnew,
            "line 5" => Next::End(Trouble::Log("it is line 5")),
            _ => Next::GoOn,
        }
    }
}

impl Log for Notes {
    fn begins_at(&mut self) -> Option<MessageHash> {
        self.lines.last().and_then(|line| MessageHash::of(line))
    }

    fn take(&mut self, line: Line<'_>) -> Next {
        self.next(line)
    }

    fn early(&mut self, _line: Line<'_>) {}

    fn live(&mut self, line: Line<'_>) -> Next {
        assert!(self.ended > 0, "a line is live when the history is complete");
        self.next(line)
    }

    fn end(&mut self, _created: bool) -> Result<(), Trouble> {
        self.ended += 1;
        Ok(())
    }

    fn begin_anew(&mut self) {
        self.anew += 1;
        self.lines.clear();
    }

    fn lost(&mut self, whole: bool) -> bool {
        whole && !self.lines.is_empty()
    }

    fn absent(&mut self, reason: Option<String>) -> Result<(), Trouble> {
        if self.follows_new {
            self.ended += 1;
            return Ok(());
        }
        Err(Trouble::Absent { reason })
    }
}

fn run(manner: Manner, creates: bool, recalls: bool, events: &[Event]) {
    let mut ids = TxIds::default();
    let (mut machine, mut asks) = Machine::open(manner, &ids.pair());
    if creates {
        machine.create("{}".to_owned());
    }
    if recalls {
        machine.wait_for_store();
    }
    let mut notes = Notes { follows_new: manner == Manner::InTurn, ..Notes::default() };
    let mut wire = Wire { joined: false, ..Wire::default() };
    let keys = ["key".to_owned()];
    for event in events {
        for ask in std::mem::take(&mut asks) {
            wire.asked(&ask, manner == Manner::Outside);
        }
        let (before, ended) = (machine.at(), notes.ended);
        let text;
        let input = match event {
            Event::Joined => {
                wire.joined = true;
                Input::Joined
            }
            Event::Existence(existence) => {
                wire.known |= *existence == Existence::Known;
                wire.new |= *existence == Existence::New { reason: None };
                Input::Existence(existence)
            }
            Event::Restricted => {
                wire.open.clear();
                Input::Restricted { keys: &keys }
            }
            Event::Refused => {
                wire.open.clear();
                Input::Refused { code: "EINVAL" }
            }
            Event::Admitted => Input::Admitted,
            Event::Denied => Input::Denied,
            Event::Metadata => Input::Metadata { validate_key: None, created: None },
            Event::History(ago, line) => {
                // Of what is answered with a line there is a log.
                wire.known |= machine.expects(wire.number(*ago));
                text = format!("line {line}");
                Input::History { txid: wire.number(*ago), line: Line::new(&text, None) }
            }
            Event::End(ago) => {
                wire.open.remove(&wire.number(*ago));
                // What was created is there.
                wire.known |= creates && machine.expects(wire.number(*ago));
                Input::End { txid: wire.number(*ago) }
            }
            Event::Error(ago, code, reason) => {
                let txid = ago.map(|ago| wire.number(ago));
                txid.iter().for_each(|txid| {
                    wire.open.remove(txid);
                });
                Input::ChannelError { txid, code, reason: *reason }
            }
            Event::Live(line) => {
                // What was written is there.
                wire.known = true;
                text = format!("line {line}");
                Input::Live { line: Line::new(&text, None) }
            }
            Event::Deadline => Input::Deadline,
            Event::Lost => {
                wire.lost();
                Input::Lost
            }
            Event::Recalled => {
                asks.extend(machine.recalled(&mut notes));
                continue;
            }
            Event::Resume => {
                asks = machine.resume(&ids.pair());
                continue;
            }
            // Only documents are read again, and those are not followed where they are new.
            Event::ReadAgain if notes.follows_new => continue,
            Event::ReadAgain => {
                asks.extend(machine.read_again(&ids.pair(), &mut notes));
                continue;
            }
        };
        let expected = matches!(input, Input::End { txid } if machine.expects(txid));
        let known = notes.lines.len();
        asks.extend(machine.handle(input, &mut notes));
        if notes.ended > ended {
            let new = matches!(event, Event::Existence(Existence::New { .. })) && notes.follows_new;
            assert!(expected || new, "only the end of what was asked ends a history: {event:?}");
        }
        if machine.at() == At::Live && before != At::Live {
            assert!(notes.ended > ended, "live after {event:?}");
        }
        if notes.lines.len() > known {
            assert!(matches!(event, Event::History(..) | Event::Live(_)));
            assert!(matches!(before, At::Reading | At::Live));
        }
        if before == At::Ended {
            assert_eq!(machine.at(), At::Ended, "what ended stays so");
        }
        assert_eq!(machine.trouble().is_some(), machine.at() == At::Ended);
    }
}

/// A member's keys.
fn keys() -> MessageKeys {
    let sign = SigningKey::from_seed(&Secret::derive_with(|seed: &mut [u8; 32]| seed.fill(3)));
    let verify = sign.verifying_key();
    MessageKeys { crypt_key: Secret::derive_with(|key| key.fill(5)), sign: Some(sign), verify: Some(verify) }
}

/// A channel of six messages, as the server stores them.
fn stored() -> Vec<String> {
    let (mut chain, keys) = (Chain::new(Mode::ListMap), keys());
    let wanted = |entries: usize| {
        let entries: Vec<String> =
            (0..entries).map(|at| format!(r#""{at}":{{"channel":"c{at}"}}"#)).collect();
        Text::from(format!(r#"{{"filesData":{{{}}}}}"#, entries.join(",")))
    };
    let mut messages = Vec::new();
    while messages.len() < 6 {
        let message = chain.message_towards(&wanted(messages.len())).unwrap().unwrap();
        messages.push(keys.seal(&message.to_json(), &mut Counting(messages.len() as u8)).unwrap());
        chain.push(&message.to_json());
    }
    messages
}

struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), pinfold_core::error::Error> {
        out.fill(self.0);
        Ok(())
    }
}

fn read(stored: &[String], events: &[Event]) {
    let mut ids = TxIds::default();
    let channel = ChannelId::parse(&"a".repeat(32)).unwrap();
    let (mut reader, _) = DocumentReader::open(channel, keys(), false, ids.pair());
    let (mut drawn, mut complete) = (Vec::new(), false);
    for event in events {
        let number = |ago: &usize| {
            let at = drawn.len().checked_sub(ago + 1);
            at.and_then(|at| drawn.get(at)).copied().unwrap_or(900)
        };
        let line = |at: &u8| Line::new(&stored[usize::from(*at)], None);
        let keys = ["key".to_owned()];
        let input = match event {
            Event::Joined => Input::Joined,
            Event::Existence(existence) => Input::Existence(existence),
            Event::Restricted => Input::Restricted { keys: &keys },
            Event::Refused => Input::Refused { code: "EINVAL" },
            Event::Admitted => Input::Admitted,
            Event::Denied => Input::Denied,
            Event::Metadata | Event::Recalled => Input::Metadata { validate_key: None, created: None },
            Event::History(ago, at) => Input::History { txid: number(ago), line: line(at) },
            Event::End(ago) => Input::End { txid: number(ago) },
            Event::Error(ago, code, reason) => {
                Input::ChannelError { txid: ago.as_ref().map(number), code, reason: *reason }
            }
            Event::Live(at) => Input::Live { line: line(at) },
            Event::Deadline => Input::Deadline,
            Event::Lost => Input::Lost,
            Event::Resume => {
                complete &= reader.resume(ids.pair()).is_empty();
                continue;
            }
            Event::ReadAgain => {
                if let Some(Ask::History { txid, .. }) = reader.read_again(ids.pair()) {
                    drawn.push(txid);
                    complete = false;
                }
                continue;
            }
        };
        complete |= matches!(input, Input::End { .. }) && reader.is_answer(&input);
        if let Some(Ask::History { txid, .. }) = reader.handle(input) {
            drawn.push(txid);
            complete = false;
        }
        if let Some(Ok(_)) = reader.outcome() {
            assert!(complete, "a document after {event:?}");
            assert_eq!(reader.progress(), Progress::Following);
        }
    }
}

#[test]
fn a_history_in_order_is_a_document_at_its_end() {
    let (stored, mut ids) = (stored(), TxIds::default());
    let channel = ChannelId::parse(&"a".repeat(32)).unwrap();
    let (mut reader, asks) = DocumentReader::open(channel, keys(), false, ids.pair());
    assert_eq!(asks, [Ask::Join, Ask::Existence]);
    assert_eq!(reader.handle(Input::Joined), None);
    let asked = reader.handle(Input::Existence(&Existence::Known));
    assert_eq!(asked, Some(Ask::History { txid: 1, from: None }));
    for text in &stored {
        reader.handle(Input::History { txid: 1, line: Line::new(text, None) });
        assert!(reader.outcome().is_none());
    }
    reader.handle(Input::End { txid: 2 });
    assert!(reader.outcome().is_none(), "the end of another request");
    reader.handle(Input::End { txid: 1 });
    let document = reader.outcome().unwrap().unwrap();
    assert_eq!(document.document().get("filesData").and_then(|table| table.as_object()).unwrap().len(), 5);
    // Error notices that answer another request end nothing.
    reader.handle(Input::ChannelError { txid: Some(9), code: "EDELETED", reason: None });
    assert!(reader.outcome().unwrap().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_order_of_inputs_ends_a_history_only_by_its_end(
        manner in prop_oneof![Just(Manner::Together), Just(Manner::InTurn), Just(Manner::Outside)],
        creates in prop::bool::weighted(0.2),
        recalls in prop::bool::weighted(0.2),
        events in proptest::collection::vec(event(), 0..60),
    ) {
        run(manner, creates && manner == Manner::Together, recalls, &events);
    }

    #[test]
    fn no_document_comes_of_a_history_that_did_not_end(
        events in proptest::collection::vec(event(), 0..60),
    ) {
        read(&stored(), &events);
    }
}
