//! An answer belongs to its question, however late it comes.

use std::time::Duration;

use pinfold_core::error::{Code, Error};
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::deadlines::Deadlines;
use pinfold_core::session::effect::{Credentials, Effect, HttpReply, Input, RequestId};
use pinfold_core::session::{AT_ONCE, Session};

struct Sevens;

impl pinfold_core::ports::Entropy for Sevens {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        out.fill(7);
        Ok(())
    }
}

fn credentials(name: &str) -> Credentials {
    Credentials {
        origin: "https://drive.example".into(),
        username: name.into(),
        password: "long enough".into(),
        otp: None,
        login_salt: String::new(),
    }
}

fn config() -> Result<HttpReply, Error> {
    let body = b"define(function(){;\nreturn {\"adminKeys\":[]};\n});".to_vec();
    Ok(HttpReply { status: 200, body })
}

fn asked(session: &mut Session) -> Option<(RequestId, String)> {
    let effects: Vec<Effect> = std::iter::from_fn(|| session.poll()).collect();
    effects.into_iter().find_map(|effect| match effect {
        Effect::Http(id, request) => Some((id, request.url)),
        _ => None,
    })
}

/// Computes until something is asked for, on a machine on which each step takes an hour. Nothing is awaited meanwhile.
fn computed(session: &mut Session, mut now: UnixMillis) -> (RequestId, String) {
    loop {
        assert_eq!(session.deadline(), Some(AT_ONCE));
        now += Duration::from_secs(3600);
        session.handle(now, Input::Tick);
        if let Some(asked) = asked(session) {
            assert_eq!(
                session.deadline(),
                Some(now + Deadlines::default().connect),
                "counted from the question on"
            );
            return asked;
        }
    }
}

fn ended(session: &mut Session) -> Vec<Code> {
    std::iter::from_fn(|| session.poll())
        .filter_map(|effect| match effect {
            Effect::Done(_, result) => result.err().map(|error| error.code()),
            _ => None,
        })
        .collect()
}

/// A log-in was given up; what its server answers later says nothing to the next one.
#[test]
fn a_late_answer_over_http_is_not_handed_to_another_log_in() {
    let mut session = Session::new(Box::new(Sevens));
    let first = session.open(UnixMillis(0), credentials("alice")).unwrap();
    let (late, _) = asked(&mut session).unwrap();
    session.cancel(UnixMillis(1), first);
    assert_eq!(ended(&mut session), [Code::NetClosed]);

    session.open(UnixMillis(2), credentials("bob")).unwrap();
    let (id, url) = asked(&mut session).unwrap();
    assert!(url.ends_with("/api/config") && id != late);
    session.handle(UnixMillis(3), Input::Http(late, Ok(HttpReply { status: 500, body: Vec::new() })));
    session.handle(UnixMillis(3), Input::Http(late, config()));
    assert!(session.poll().is_none(), "nothing came of it");

    session.handle(UnixMillis(4), Input::Http(id, config()));
    let (block, url) = computed(&mut session, UnixMillis(4));
    assert!(url.contains("/block/"));
    // An answer that comes twice is one answer.
    session.handle(UnixMillis(u64::MAX), Input::Http(id, Ok(HttpReply { status: 500, body: Vec::new() })));
    assert!(session.poll().is_none());
    session.handle(UnixMillis(u64::MAX), Input::Http(block, Ok(HttpReply { status: 500, body: Vec::new() })));
    assert_eq!(ended(&mut session), [Code::NetHttp]);
}

/// A request that was too late ends its log-in; its answer finds nobody, not even a registration of the same name.
#[test]
fn an_answer_after_the_deadline_changes_nothing() {
    let mut session = Session::new(Box::new(Sevens));
    session.open(UnixMillis(0), credentials("alice")).unwrap();
    let (late, _) = asked(&mut session).unwrap();
    let at = session.deadline().unwrap();
    session.handle(at, Input::Tick);
    assert_eq!(ended(&mut session), [Code::NetTimeout]);
    session.handle(at.next(), Input::Http(late, config()));
    session.register(UnixMillis(at.0 + 2), credentials("alice")).unwrap();
    asked(&mut session).unwrap();
    session.handle(UnixMillis(at.0 + 3), Input::Http(late, config()));
    assert!(session.poll().is_none());
}

/// Whoever no longer wants to log in does not wait until the keys are derived.
#[test]
fn a_log_in_can_be_given_up_while_keys_are_derived() {
    let mut session = Session::new(Box::new(Sevens));
    let ticket = session.open(UnixMillis(0), credentials("alice")).unwrap();
    let (id, _) = asked(&mut session).unwrap();
    session.handle(UnixMillis(1), Input::Http(id, config()));
    session.handle(UnixMillis(2), Input::Tick);
    assert_eq!(session.deadline(), Some(AT_ONCE));
    session.cancel(UnixMillis(3), ticket);
    assert_eq!((ended(&mut session), session.deadline()), (vec![Code::NetClosed], None));
}
