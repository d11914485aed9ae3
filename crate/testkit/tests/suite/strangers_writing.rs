//! Frames of strangers while something is written: an entry, a key that is put back, a folder that is made. Nothing is
//! held up, nothing is lost, and nothing of the frames is kept.

use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Kind, Put};
use pinfold_core::guard::vault::Decision;
use pinfold_core::json::Text;
use pinfold_core::session::effect::{Outcome, Ticket};
use pinfold_core::session::inbox::Reading;
use pinfold_core::session::writing::Target;
use pinfold_testkit::account::{Variety, build_with};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

use crate::strangers::{PLAN, among_strangers, closed, entry, frame, is_pinned};

/// Carries something on among strangers; how it ended.
fn written(harness: &mut Harness, entropy: &mut Seeded, ticket: Ticket) -> Outcome {
    let outcome = std::cell::RefCell::new(None);
    among_strangers(harness, entropy, ticket, |harness, ticket| {
        let ended = harness.ended(ticket);
        let is_over = ended.is_some();
        *outcome.borrow_mut() = ended;
        is_over
    });
    outcome.into_inner().unwrap().unwrap()
}

fn put(harness: &mut Harness, id: &str) -> Edit {
    let place = harness.session.draw_entry().unwrap();
    Edit::Put(Put::new(Kind::File, place, entry(id).as_object().unwrap().clone()))
}

#[test]
fn frames_into_whatever_is_being_written_change_nothing_of_it() {
    for seed in 0..40 {
        let mut entropy = Seeded::new(1_000 + seed);
        let built = build_with(PLAN, &Variety { mixed: true, letters: 3, ..Variety::default() }).unwrap();
        let mut harness = Harness::new(built);
        harness.resume(&mut InOrder).unwrap();
        harness.session.open_mailbox(harness.now, "notifications", Reading::default()).unwrap();
        let drive = harness.load(&mut InOrder).unwrap();
        harness.pin(&drive, &mut InOrder).unwrap();
        harness.drain();
        let level = harness.session.waiting_bytes();

        // An entry in the account's own drive, and one in a folder.
        let folder = harness.built.folders[0].clone();
        let within = Target::Folder(EntryId::parse(&folder.id).unwrap());
        let (own, theirs) = ("c".repeat(32), "d".repeat(32));
        for (target, id) in [(Target::Account, &own), (within.clone(), &theirs)] {
            let edits = vec![put(&mut harness, id)];
            let ticket = harness.session.edit(harness.now, target, edits).unwrap();
            assert!(matches!(written(&mut harness, &mut entropy, ticket), Outcome::Written), "seed {seed}");
        }
        // A key that goes and is put back.
        let files = folder.document.as_ref().unwrap().get("filesData").unwrap().as_object().unwrap();
        let (id, held) = files.iter().next().map(|(id, held)| (id.clone(), held.clone())).unwrap();
        let erase = Edit::Erase { entry: EntryId::parse(id.as_str().unwrap()).unwrap() };
        let ticket = harness.session.edit(harness.now, within, vec![erase]).unwrap();
        written(&mut harness, &mut entropy, ticket);
        harness.load(&mut InOrder).unwrap();
        let channel = held.get("channel").unwrap().as_text().unwrap().clone();
        let ticket = harness.session.put_back(harness.now, &channel).unwrap();
        written(&mut harness, &mut entropy, ticket);
        assert_eq!(harness.session.vault().key(&channel).unwrap().decision, Decision::Restored);
        // A folder from nothing.
        let title = Text::from("Together");
        let ticket = harness.session.create_folder(harness.now, &title, Vec::new(), None).unwrap();
        let Outcome::Created(made) = written(&mut harness, &mut entropy, ticket) else { panic!() };

        let drive = harness.load(&mut InOrder).unwrap();
        assert!(matches!(drive, Drive::Complete(_)), "seed {seed}");
        for _ in 0..20 {
            let frame = frame(&mut entropy, &harness.built);
            harness.interject(&frame);
        }
        assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed(), "seed {seed}");
        harness.drain();
        let document = harness.session.document().unwrap();
        let folders = document.document().get("drive").and_then(|drive| drive.get("sharedFolders"));
        let made = folders.and_then(|folders| folders.get(&made.key())?.get("channel")?.as_str());
        for id in [own.as_str(), theirs.as_str(), channel.as_str().unwrap(), made.unwrap()] {
            assert!(is_pinned(&harness, id), "seed {seed}: {id}");
        }
        assert!(!closed(&harness), "seed {seed}");
        assert!(harness.session.ignored() > 0);
        assert_eq!(harness.session.waiting_bytes(), level, "seed {seed}");
    }
}
