//! An account and a shared folder from nothing.

use std::time::Duration;

use pinfold_core::account::login::derive_login;
use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_core::error::{Code, Error};
use pinfold_core::json::Text;
use pinfold_core::session::effect::{Credentials, HttpReply, Outcome, Phase};
use pinfold_core::session::writing::Target;
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::{Channel, MemoryServer, Stored, Whim};

const ORIGIN: &str = "https://drive.example";

fn credentials() -> Credentials {
    Credentials {
        origin: ORIGIN.into(),
        username: "  Eve ".into(),
        password: "long enough".into(),
        otp: None,
        login_salt: String::new(),
    }
}

fn reply(status: u16, body: &str) -> HttpReply {
    HttpReply { status, body: body.as_bytes().to_vec() }
}

/// Nobody is registered; the instance answers as one does.
fn nobody() -> Harness {
    nobody_with(Seeded::new(0xe0e))
}

fn nobody_with(entropy: Seeded) -> Harness {
    let built = Built::held_by(MemoryServer::default(), build(PLAN).unwrap().user_hash(), "").unwrap();
    let mut harness = Harness::with_entropy(built, entropy);
    let config = "define(function(){;\nreturn {\"adminKeys\":[]};\n});";
    harness.pages.insert(format!("{ORIGIN}/api/config"), reply(200, config));
    harness.posts.1.extend([reply(200, r#"{"txid":"t1","date":"d1"}"#), reply(200, "")]);
    harness
}

const PLAN: Plan = Plan { seed: 21, documents: 1, folders: 1, per_folder: 1 };

fn register(harness: &mut Harness) -> Result<(), Error> {
    let ticket = harness.session.register(harness.now, credentials())?;
    harness.run(ticket, &mut InOrder).map(|outcome| assert!(matches!(outcome, Outcome::Opened)))
}

#[test]
fn a_registered_account_is_there_at_the_next_log_in() {
    let mut harness = nobody();
    register(&mut harness).unwrap();
    assert_eq!(harness.session.account().unwrap().display_name(), Some("Eve"));
    let Drive::Complete(drive) = harness.load(&mut InOrder).unwrap() else { panic!("incomplete") };
    assert!(harness.pin(&Drive::Complete(drive), &mut InOrder).unwrap().confirmed());
    // The next log-in is given the block that was written.
    assert_eq!(register(&mut harness).unwrap_err().code(), Code::LoginTaken);
    harness.open(Credentials { username: "Eve".into(), ..credentials() }).unwrap();
    assert_eq!(harness.session.mailboxes().len(), 1);
}

#[test]
fn a_folder_and_a_document_from_nothing_are_pinned() {
    let mut harness = nobody();
    register(&mut harness).unwrap();
    let title = Text::from("Together");
    let ticket =
        harness.session.create_folder(harness.now, &title, vec!["shared".into()], Some("pw")).unwrap();
    let Outcome::Created(folder) = harness.run(ticket, &mut InOrder).unwrap() else { panic!() };
    let Drive::Complete(_) = harness.load(&mut InOrder).unwrap() else { panic!("incomplete") };
    let put = Put::document(
        EntryId::new(5).unwrap(),
        "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/",
        None,
        &title,
        pinfold_core::UnixMillis(1),
    );
    let edits = vec![Edit::Put(put.unwrap()), Edit::FolderTitle("Renamed".into())];
    let ticket = harness.session.edit(harness.now, Target::Folder(folder), edits).unwrap();
    harness.run(ticket, &mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    let declared = &drive.folders()[0].declared;
    assert!(declared.owned && declared.password_protected && !declared.opens.as_ref().unwrap().read_only);
    let ids = drive.additions().ids().clone();
    let channel = declared.pinned.clone().unwrap();
    assert!(ids.contains(&channel) && ids.contains(&Text::from("4f919e08f542b3d817ac196016c3fd87")));
    let metadata = harness.built.server.channels[channel.as_str().unwrap()].metadata.clone().unwrap();
    assert!(
        metadata.contains("validateKey")
            && metadata.contains(harness.session.account().unwrap().ed_public().unwrap().as_str())
    );
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
}

/// Deriving keys and everything else takes longer than anybody waits for an answer.
#[test]
fn a_slow_machine_registers_as_any_other() {
    let mut harness = nobody();
    harness.slow = Some((Seeded::new(3), Duration::from_secs(100)));
    register(&mut harness).unwrap();
    harness.open(Credentials { username: "Eve".into(), ..credentials() }).unwrap();
}

fn block_address() -> String {
    format!("{ORIGIN}{}", derive_login("eve", "long enough", "").unwrap().block.path())
}

/// Whatever the answer to the request that stores the block is: registered is who can log in.
#[test]
fn a_registration_is_what_can_be_read_back() {
    for answer in [
        reply(200, ""),
        reply(200, r#"{"blockId":"x"}"#),
        reply(200, "<html>"),
        reply(204, ""),
        reply(500, r#"{"error":"Execution error"}"#),
        reply(502, "<html>bad gateway"),
        reply(0, ""),
    ] {
        let mut harness = nobody();
        harness.posts.1[1] = answer.clone();
        register(&mut harness).unwrap_or_else(|error| panic!("{answer:?}: {error}"));
        harness.open(Credentials { username: "Eve".into(), ..credentials() }).unwrap();
        assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Complete(_)));
    }
    for (answer, code) in [
        // The server's own words, and there is nothing.
        (reply(500, r#"{"error":"E_NO"}"#), Code::NetHttp),
        // Anybody's words, or none: it may arrive yet.
        (reply(502, "<html>bad gateway"), Code::LoginUnconfirmed),
        (reply(0, ""), Code::LoginUnconfirmed),
        // Taken, and not there where blocks are.
        (reply(200, ""), Code::LoginBlockHidden),
    ] {
        let mut harness = nobody();
        harness.stores_blocks = false;
        harness.posts.1[1] = answer.clone();
        assert_eq!(register(&mut harness).unwrap_err().code(), code, "{answer:?}");
    }
}

#[test]
fn something_that_stands_before_the_blocks_is_named() {
    // Before anything was created.
    let mut harness = nobody();
    harness.pages.insert(block_address(), reply(200, "<html>Welcome"));
    assert_eq!(register(&mut harness).unwrap_err().code(), Code::LoginBlockHidden);
    assert!(harness.posts.0.is_empty() && harness.built.server.channels.is_empty());
    harness.pages.insert(block_address(), reply(403, "no"));
    assert_eq!(register(&mut harness).unwrap_err().code(), Code::NetHttp);
    harness.pages.insert(block_address(), reply(401, "<html>who are you"));
    assert_eq!(register(&mut harness).unwrap_err().code(), Code::NetHttp);
    harness.pages.insert(block_address(), reply(401, r#"{"sso":false,"method":"TOTP","code":401}"#));
    assert_eq!(register(&mut harness).unwrap_err().code(), Code::LoginTaken);
}

/// Each finds nobody there, and each block replaces the one before.
#[test]
fn of_two_who_register_the_same_at_once_one_is_told_so() {
    let other = {
        let mut other = nobody_with(Seeded::new(0xe0f));
        register(&mut other).unwrap();
        other.pages[&block_address()].clone()
    };
    // The other's block comes while the account document is written, or between two looks at our own.
    for (after, told) in [(Phase::Block, true), (Phase::Drive, true)] {
        let mut harness = nobody();
        let ticket = harness.session.register(harness.now, credentials()).unwrap();
        let ended = loop {
            if let Some(ended) = harness.ended(ticket) {
                break ended;
            }
            let stored = harness.pages.contains_key(&block_address());
            let comes = match after {
                Phase::Block => !harness.built.server.channels.is_empty(),
                _ => stored,
            };
            if comes {
                harness.pages.insert(block_address(), other.clone());
            }
            assert!(harness.go_on(&mut InOrder));
        };
        assert_eq!(ended.is_err(), told, "{after:?}");
        assert_eq!(ended.unwrap_err().code(), Code::LoginTaken);
    }
}

/// What ends the session from outside while the block is on its way says nothing of the block.
#[test]
fn a_connection_that_ends_while_the_block_is_written_does_not_end_the_registration() {
    let mut harness = nobody();
    let ticket = harness.session.register(harness.now, credentials()).unwrap();
    while !harness.pages.contains_key(&block_address()) {
        assert!(harness.go_on(&mut InOrder));
    }
    harness.cut();
    assert!(matches!(harness.run(ticket, &mut InOrder), Ok(Outcome::Opened)));

    let mut harness = nobody();
    let ticket = harness.session.register(harness.now, credentials()).unwrap();
    while !harness.pages.contains_key(&block_address()) {
        assert!(harness.go_on(&mut InOrder));
    }
    harness.session.cancel(harness.now, ticket);
    assert_eq!(harness.run(ticket, &mut InOrder).unwrap_err().code(), Code::LoginUnconfirmed);
}

#[test]
fn what_cannot_be_registered_says_why_and_leaves_nobody_signed_in() {
    let mut short = nobody();
    let error = short
        .session
        .register(pinfold_core::UnixMillis(1), Credentials { password: "seven77".into(), ..credentials() })
        .unwrap_err();
    assert_eq!(error.code(), Code::MisuseBadArgument);
    let error = short
        .session
        .register(pinfold_core::UnixMillis(1), Credentials { username: "  ".into(), ..credentials() })
        .unwrap_err();
    assert_eq!(error.code(), Code::MisuseBadArgument);

    let mut closed = nobody();
    let config = "define(function(){;\nreturn {\"restrictRegistration\":true};\n});";
    closed.pages.insert(format!("{ORIGIN}/api/config"), reply(200, config));
    assert_eq!(register(&mut closed).unwrap_err().code(), Code::LoginClosed);

    // An account from before blocks.
    let mut legacy = nobody();
    let old = derive_login("eve", "long enough", "").unwrap().legacy.channel;
    let messages = vec![Stored { message: "x".into(), time: 1 }];
    legacy.built.server.channels.insert(old, Channel { messages, ..Channel::default() });
    assert_eq!(register(&mut legacy).unwrap_err().code(), Code::LoginTaken);
    assert!(legacy.posts.0.is_empty(), "no block leads past it");

    let mut refused = nobody();
    refused.built.server.whims.push_back(Some(Whim::Refuse));
    assert_eq!(register(&mut refused).unwrap_err().code(), Code::EditRefused);
    assert!(refused.posts.0.is_empty());
    refused.posts.1[1] = reply(500, r#"{"error":"E_NO"}"#);
    refused.stores_blocks = false;
    assert_eq!(register(&mut refused).unwrap_err().code(), Code::NetHttp);
    let error = refused.session.load_drive(refused.now).unwrap_err();
    assert_eq!(error.code(), Code::MisuseClosed);
}

/// A server that lives and never says whether an old account is there.
#[test]
fn a_registration_does_not_wait_for_ever_for_an_answer() {
    let mut harness = nobody();
    let old = derive_login("eve", "long enough", "").unwrap().legacy.channel;
    harness.built.server.channels.insert(old, Channel { silent: true, ..Channel::default() });
    let began = harness.now;
    assert_eq!(register(&mut harness).unwrap_err().code(), Code::NetTimeout);
    assert!(harness.now - began < Duration::from_secs(60) && harness.posts.0.is_empty());
    assert_eq!(harness.session.load_drive(harness.now).unwrap_err().code(), Code::MisuseClosed);
}

#[test]
fn a_cut_at_every_point_ends_with_a_code_and_the_next_attempt_goes_through() {
    for cut in 0..14 {
        let mut harness = nobody();
        harness.posts.1.extend([reply(200, r#"{"txid":"t1","date":"d1"}"#), reply(200, "")]);
        harness.cut_at = Some(cut);
        if let Err(error) = register(&mut harness) {
            assert_eq!(error.code(), Code::NetClosed, "cut {cut}");
            register(&mut harness).unwrap();
        }
        harness.cut_at = Some(harness.delivered + cut);
        let create = |harness: &mut Harness| {
            let ticket = harness.session.create_folder(harness.now, &"T".into(), Vec::new(), None)?;
            harness.run(ticket, &mut InOrder)
        };
        let created = create(&mut harness);
        harness.cut_at = None;
        if let Err(error) = &created {
            assert_eq!(error.code(), Code::NetClosed, "cut {cut}");
            harness.pass(harness.now + Duration::from_secs(60));
        }
        harness.load(&mut InOrder).unwrap();
        create(&mut harness).unwrap();
        let drive = harness.load(&mut InOrder).unwrap();
        assert!(
            matches!(drive, Drive::Complete(_)),
            "cut {cut}: an entry leads to a folder that is not there"
        );
    }
}
