//! Drives that belong to no account: everything is read and can be edited, and nothing is pinned.

use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_core::error::{Blame, Code};
use pinfold_core::json::canonical;
use pinfold_core::secret::SecretText;
use pinfold_core::session::writing::Target;
use pinfold_testkit::account::{Built, Login, Plan, Variety, build_with};
use pinfold_testkit::harness::{Harness, InOrder};

const ORIGIN: &str = "https://drive.example";

fn account(seed: u64) -> Built {
    let plan = Plan { seed, documents: 12, folders: 3, per_folder: 5 };
    build_with(plan, &Variety { login: Login::Anonymous, ..Variety::default() }).unwrap()
}

fn opened(built: Built) -> Harness {
    let mut harness = Harness::new(built);
    harness.pages = harness.built.pages(ORIGIN);
    harness.open_anonymous(ORIGIN).unwrap();
    harness
}

#[test]
fn an_anonymous_drive_is_read_whole_and_its_set_computed() {
    let mut harness = opened(account(3));
    assert!(harness.session.account().unwrap().ed_public().is_none());
    let Drive::Complete(drive) = harness.load(&mut InOrder).unwrap() else { panic!("incomplete") };
    let set = drive.pin_set();
    assert_eq!(set.owner(), None);
    let ids: Vec<_> = set.ids().iter().map(ToString::to_string).collect();
    assert_eq!(ids, harness.built.pin_list());
}

#[test]
fn nothing_is_pinned_for_it_and_the_error_says_why() {
    let mut harness = opened(account(4));
    harness.session.follow_changes(harness.now);
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pass(harness.now + Duration::from_secs(5));
    let error = harness.pin(&drive, &mut InOrder).unwrap_err();
    assert_eq!((error.code(), error.code().blame()), (Code::DriveAnonymous, Blame::User));
    let added = harness.session.add_pins(harness.now, &drive.additions()).unwrap_err();
    assert_eq!(added.code(), Code::DriveAnonymous);
    let created = harness.session.create_folder(harness.now, &"mine".into(), Vec::new(), None).unwrap_err();
    assert_eq!(created.code(), Code::DriveAnonymous);
    assert_eq!(harness.plan(&drive).added.len(), harness.built.pin_list().len());
    assert!(harness.built.server.commands.is_empty() && harness.built.server.pins.is_empty());
}

#[test]
fn it_is_edited_and_what_was_written_is_read_by_others() {
    let mut harness = opened(account(5));
    harness.load(&mut InOrder).unwrap();
    let link = "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/";
    let put =
        Put::document(EntryId::new(77).unwrap(), link, None, &"Notes".into(), pinfold_core::UnixMillis(1))
            .unwrap();
    let ticket = harness.session.edit(harness.now, Target::Account, vec![Edit::Put(put)]).unwrap();
    harness.run(ticket, &mut InOrder).unwrap();
    let other = harness.built.device().unwrap().read(&harness.built.server).unwrap();
    assert!(other.get("drive").and_then(|drive| drive.get("filesData")?.get("77")).is_some());
    assert_eq!(canonical(&other), canonical(harness.session.document().unwrap().document()));
}

#[test]
fn a_link_that_opens_nothing_is_refused_before_anything_is_asked() {
    let mut harness = Harness::new(account(6));
    for (link, code) in [
        ("/drive/#/3/drive/edit/0123456789abcdef0123456789abcdef/", Code::HrefNoKeys),
        ("/2/drive/edit/tooshort/", Code::HrefMalformed),
        ("/drive/#", Code::HrefNoKeys),
    ] {
        let error = harness.session.open_anonymous(harness.now, ORIGIN, &SecretText::new(link.into()));
        assert_eq!(error.unwrap_err().code(), code, "{link}");
    }
    // Nobody has stored anything under this one.
    harness.pages = harness.built.pages(ORIGIN);
    let link = SecretText::new("/2/drive/edit/dwp81vGRSpB96Oh-2xXCwfsl/".into());
    let ticket = harness.session.open_anonymous(harness.now, ORIGIN, &link).unwrap();
    assert_eq!(harness.run(ticket, &mut InOrder).unwrap_err().code(), Code::DriveUnreadable);
}
