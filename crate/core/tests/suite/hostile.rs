//! Whatever a server sends: no panic, no wrong claim, and nothing is given up.

use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::error::Code;
use pinfold_core::href;
use pinfold_core::json::Value;
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::Session;
use pinfold_core::session::effect::{Credentials, Effect, HttpReply, Input};
use pinfold_core::wire::{frame, keeper};
use proptest::prelude::*;

struct Zeros;

impl pinfold_core::ports::Entropy for Zeros {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), pinfold_core::error::Error> {
        out.fill(7);
        Ok(())
    }
}

/// Texts that come close to what the protocol sends.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        Just("0".to_owned()),
        Just("null".to_owned()),
        Just("-1".to_owned()),
        Just("1e999".to_owned()),
        Just("\"MSG\"".to_owned()),
        Just("\"IDENT\"".to_owned()),
        Just("\"JOIN\"".to_owned()),
        Just("\"ERROR\"".to_owned()),
        Just("\"ERESTRICTED\"".to_owned()),
        Just("\"channel\"".to_owned()),
        Just("\"state\"".to_owned()),
        Just("\"txid\"".to_owned()),
        Just("\"\\ud800\"".to_owned()),
        Just("\"a6f4a62968f55dc9\"".to_owned()),
        Just("\"d79d927d76d836887ac54ba5a31ddc20\"".to_owned()),
        "[ -~]{0,6}",
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn frames_and_keeper_texts_never_panic(text in nearly()) {
        if let Err(error) = frame::decode(&text) {
            prop_assert_eq!(error.code(), Code::PeerMalformed);
        }
        let _ = keeper::read(&text);
    }

    #[test]
    fn messages_and_links_never_panic(texts in proptest::collection::vec(nearly(), 0..8), password in any::<Option<String>>()) {
        let mut chain = Chain::new(Mode::ListMap);
        for text in &texts {
            chain.push(text);
            let _ = href::href_to_channel(text, password.as_deref());
            let _ = href::secrets_from_hash("pad", text, password.as_deref());
        }
        prop_assert!(chain.to_json().is_ok(), "a list-map document is always JSON");
    }

    /// Garbage at any moment of a log-in ends in a coded error, and the session stays usable.
    #[test]
    fn a_session_survives_any_reply_and_any_frame(
        replies in proptest::collection::vec((any::<u16>(), proptest::collection::vec(any::<u8>(), 0..40)), 1..4),
        frames in proptest::collection::vec(nearly(), 0..6),
    ) {
        let mut session = Session::new(Box::new(Zeros));
        let credentials = Credentials {
            origin: "https://drive.example".into(),
            username: "alice".into(),
            password: "secret".into(),
            otp: None,
            login_salt: String::new(),
        };
        let ticket = session.open(UnixMillis(0), credentials).unwrap();
        let mut effects = Vec::new();
        for (status, body) in replies {
            effects.extend(std::iter::from_fn(|| session.poll()));
            let asked = effects.iter().rev().find_map(|effect| match effect {
                Effect::Http(id, _) => Some(*id),
                _ => None,
            });
            session.handle(UnixMillis(1), Input::Http(asked.unwrap(), Ok(HttpReply { status, body })));
        }
        session.handle(UnixMillis(2), Input::Opened);
        for text in &frames {
            session.handle(UnixMillis(3), Input::Frame(text));
        }
        session.handle(UnixMillis(4), Input::Closed);
        effects.extend(std::iter::from_fn(|| session.poll()));
        let mut ended = 0;
        for effect in effects {
            match effect {
                Effect::Done(done, result) => {
                    ended += 1;
                    prop_assert_eq!(done, ticket);
                    prop_assert!(result.is_err());
                }
                Effect::Send(text) => prop_assert!(!text.contains("RESET"), "nothing is ever replaced on garbage"),
                _ => {}
            }
        }
        prop_assert_eq!(ended, 1, "it ends once");
        prop_assert!(session.load_drive(UnixMillis(5)).is_err());
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let deep = "[".repeat(1_000_000);
    assert_eq!(frame::decode(&deep).map_err(|e| e.code()).err(), Some(Code::PeerMalformed));
    assert!(Value::parse(&deep).is_err());
    assert!(matches!(keeper::read(&deep), keeper::KeeperText::Other));
}

#[test]
fn an_oversized_frame_is_named_as_such() {
    let text = format!("[0,\"\",\"IDENT\",\"{}\"]", "x".repeat(frame::FRAME_LIMIT));
    assert_eq!(frame::decode(&text).map_err(|e| e.code()).err(), Some(Code::PeerOversized));
}
