//! Whoever invites writes the entry of a team, and may write anything there: a team acts under a key and in documents of
//! its own or not at all, and nothing else is harmed (I1, I2).

use std::time::Duration;

use pinfold_core::drive::complete::{CompleteDrive, Drive};
use pinfold_core::error::{Code, Error};
use pinfold_core::json::{Object, Value, parse};
use pinfold_core::session::effect::Outcome;
use pinfold_testkit::account::{Built, Plan, Variety, build_with};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 21, documents: 3, folders: 2, per_folder: 2 };

fn built() -> Built {
    build_with(PLAN, &Variety { teams: 2, ..Variety::default() }).unwrap()
}

/// Changes the entry of the second team, which is at hand with that of the first.
fn second_names(built: &mut Built, change: impl FnOnce(&mut Object, &Value)) -> String {
    let [first, second] = [0, 1].map(|at| built.teams[at].id.clone());
    let mut device = built.device().unwrap();
    device
        .edit(&mut built.server, |document| {
            let teams = document.as_object_mut().unwrap().get_mut("teams").unwrap().as_object_mut().unwrap();
            let first = teams.get(&first).unwrap().clone();
            change(teams.get_mut(&second).unwrap().as_object_mut().unwrap(), &first);
        })
        .unwrap();
    second
}

fn keys<'e>(entry: &'e mut Object, part: &str) -> &'e mut Object {
    entry.get_mut("keys").unwrap().as_object_mut().unwrap().get_mut(part).unwrap().as_object_mut().unwrap()
}

fn session(built: Built, seed: u64) -> Harness {
    let mut harness = Harness::with_entropy(built, Seeded::new(seed));
    harness.resume(&mut InOrder).unwrap();
    harness
}

fn load_team(harness: &mut Harness, id: &str) -> Result<Drive, Error> {
    let ticket = harness.session.load_team(harness.now, id)?;
    match harness.run(ticket, &mut InOrder)? {
        Outcome::Drive(drive) => Ok(*drive),
        other => panic!("{other:?}"),
    }
}

fn complete(drive: &Drive) -> &CompleteDrive {
    let Drive::Complete(drive) = drive else { panic!("something is missing") };
    drive
}

/// The second team is refused with this code, and the account and the first team are as they were.
fn only_the_second_is_refused(mut built: Built, code: Code, change: impl FnOnce(&mut Object, &Value)) {
    let second = second_names(&mut built, change);
    let mut harness = session(built, 1);
    for _ in 0..2 {
        assert_eq!(load_team(&mut harness, &second).err().map(|error| error.code()), Some(code));
        let drive = harness.load(&mut InOrder).unwrap();
        complete(&drive);
        assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
        let first = harness.built.teams[0].id.clone();
        let team = load_team(&mut harness, &first).unwrap();
        complete(&team);
        assert!(harness.pin(&team, &mut InOrder).unwrap().confirmed());
    }
    // Also for a session that stays current.
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + Duration::from_secs(200));
    let pins = |owner: &String| harness.built.server.pins[owner].pinned();
    let foreign = harness.built.teams[1].pins.iter().filter(|id| !harness.built.pins.contains(*id));
    for id in foreign {
        assert!(!pins(&harness.built.ed_public).contains(id));
    }
    assert!(
        harness.built.teams[0].pins.iter().all(|id| pins(&harness.built.teams[0].ed_public).contains(id))
    );
}

#[test]
fn a_team_that_names_the_accounts_key() {
    let built = built();
    let own = built.ed_public.clone();
    only_the_second_is_refused(built, Code::TeamForeignKey, |entry, _| {
        keys(entry, "drive").insert("edPublic", own);
    });
}

/// The last character of base64 has bits that nobody reads.
#[test]
fn a_team_that_spells_a_key_in_another_way() {
    let built = built();
    let own = built.ed_public.clone();
    only_the_second_is_refused(built, Code::TeamMalformed, |entry, _| {
        let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
        let at = letters.iter().position(|letter| own.chars().nth(42) == Some(*letter)).unwrap();
        let other = format!("{}{}=", &own[..42], letters[at ^ 1]);
        keys(entry, "drive").insert("edPublic", other);
    });
}

#[test]
fn a_team_that_names_the_key_of_another_team() {
    only_the_second_is_refused(built(), Code::TeamForeignKey, |entry, first| {
        let named = first.get("keys").unwrap().get("drive").unwrap().get("edPublic").unwrap().clone();
        keys(entry, "drive").insert("edPublic", named);
    });
}

/// Somebody who holds the other team's secret key puts it there: the pins were those of the team that was known before.
#[test]
fn a_team_that_holds_the_key_of_another_team() {
    let mut harness = session(built(), 1);
    let first = harness.built.teams[0].id.clone();
    let team = load_team(&mut harness, &first).unwrap();
    assert!(harness.pin(&team, &mut InOrder).unwrap().confirmed());
    harness.drain();
    let (mut built, store) = (harness.built, harness.store);
    let second = second_names(&mut built, |entry, first| {
        let theirs = first.get("keys").unwrap().get("drive").unwrap().clone();
        entry.get_mut("keys").unwrap().as_object_mut().unwrap().insert("drive", theirs);
    });
    let mut known = Harness::with_entropy(built, Seeded::new(3));
    known.store = store;
    known.resume(&mut InOrder).unwrap();
    assert_eq!(load_team(&mut known, &second).err().map(|error| error.code()), Some(Code::TeamForeignKey));
    let team = load_team(&mut known, &first).unwrap();
    assert!(known.pin(&team, &mut InOrder).unwrap().confirmed());
}

/// Two entries of one team are one team: whoever accepts twice has harmed nobody.
#[test]
fn a_team_that_is_named_twice_is_one_team() {
    let mut built = built();
    let second = second_names(&mut built, |entry, first| *entry = first.as_object().unwrap().clone());
    let mut harness = session(built, 1);
    let first = harness.built.teams[0].id.clone();
    for id in [&first, &second] {
        let team = load_team(&mut harness, id).unwrap();
        assert!(harness.pin(&team, &mut InOrder).unwrap().confirmed());
    }
}

/// A link of the first version leads wherever it says. As a folder of the account it can name the roster or the document
/// of a team: what is read with the right keys goes on being that.
#[test]
fn a_folder_that_names_the_channels_of_a_team() {
    for roster in [true, false] {
        let mut built = built();
        let team = built.teams[0].clone();
        let account = built.device().unwrap().read(&built.server).unwrap();
        let entry = account.get("teams").unwrap().get(&team.id).unwrap();
        let channel = match roster {
            true => entry.get("keys").unwrap().get("roster").unwrap().get("channel").unwrap(),
            false => entry.get("channel").unwrap(),
        };
        let channel = pinfold_core::encoding::hex_to_link(channel.as_str().unwrap()).unwrap();
        let link = format!("/drive/#/1/edit/{channel}/{}/", "k".repeat(24));
        built
            .device()
            .unwrap()
            .edit(&mut built.server, |document| {
                let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap();
                let folders = drive.as_object_mut().unwrap().get_mut("sharedFolders").unwrap();
                let mut folder = Object::new();
                folder.insert("href", link.as_str());
                folders.as_object_mut().unwrap().insert("901", folder);
            })
            .unwrap();
        let mut harness = session(built, 1);
        for _ in 0..2 {
            assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Partial(_) | Drive::Complete(_)));
            let loaded = load_team(&mut harness, &team.id).unwrap();
            assert!(harness.pin(&loaded, &mut InOrder).unwrap().confirmed(), "roster: {roster}");
            complete(&loaded);
        }
    }
}

#[test]
fn a_team_whose_roster_is_its_own_document() {
    only_the_second_is_refused(built(), Code::TeamMalformed, |entry, _| {
        let hash = entry.get("hash").unwrap().as_str().unwrap().to_owned();
        let key = hash.split('/').nth(4).unwrap().to_owned();
        let channel = pinfold_core::team::TeamKeys::from_seed(&key).unwrap().channel.as_str().to_owned();
        // The seed of a roster and the key of a document lead to different channels: the text alone can say so.
        entry.remove("password");
        entry.insert("channel", channel.as_str());
        let roster = keys(entry, "roster");
        roster.insert("edit", key);
        roster.insert("channel", channel);
    });
}

/// A link of the first version leads wherever it says.
#[test]
fn a_team_whose_link_names_the_account_document() {
    let built = built();
    let channel = built.drive_channel.clone();
    only_the_second_is_refused(built, Code::TeamMalformed, |entry, _| {
        let link = pinfold_core::encoding::hex_to_link(&channel).unwrap();
        entry.insert("hash", format!("/1/edit/{link}/{}/", "k".repeat(24)));
        entry.insert("channel", channel);
    });
}

/// Whoever writes to the account knows where its letters go.
#[test]
fn a_team_whose_mailbox_is_the_accounts() {
    let mut built = built();
    let account = built.device().unwrap().read(&built.server).unwrap();
    let own = account.get("mailboxes").unwrap().get("notifications").unwrap().get("channel").unwrap().clone();
    let second = second_names(&mut built, |entry, _| {
        keys(entry, "mailbox").insert("channel", own);
    });
    let mut harness = session(built, 1);
    harness.load(&mut InOrder).unwrap();
    let names: Vec<String> = harness.session.mailboxes().into_iter().map(|mailbox| mailbox.name).collect();
    assert!(names.contains(&"notifications".to_owned()), "{names:?}");
    assert!(!names.contains(&format!("team-{second}")), "{names:?}");
}

#[test]
fn entries_that_are_anything() {
    for odd in ["null", "7", "[]", "{}", r#"{"keys":7}"#, r#"{"keys":{"drive":[]},"hash":[],"channel":{}}"#] {
        only_the_second_is_refused(built(), Code::TeamMalformed, |entry, _| {
            // In place, field by field: a table of teams holds objects.
            let Value::Object(odd) = parse(odd).unwrap() else {
                entry.insert("keys", parse(odd).unwrap());
                entry.insert("hash", parse(odd).unwrap());
                return;
            };
            *entry = odd;
        });
    }
}

/// A drive may name itself among its folders: it is read once.
#[test]
fn a_team_in_its_own_drive_and_the_account_in_its_own() {
    let mut harness = session(built(), 1);
    let team = harness.built.teams[0].clone();
    let own = format!("/drive/#{}", harness.built.user_hash());
    let mut device = harness.built.device().unwrap();
    let frames = device
        .edit(&mut harness.built.server, |document| {
            let hash = document.get("teams").unwrap().get(&team.id).unwrap().get("hash").unwrap().clone();
            let password =
                document.get("teams").unwrap().get(&team.id).unwrap().get("password").unwrap().clone();
            let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap().as_object_mut().unwrap();
            let folders = drive.get_mut("sharedFolders").unwrap().as_object_mut().unwrap();
            let mut itself = Object::new();
            itself.insert("href", own.as_str());
            folders.insert("901", itself);
            let mut theirs = Object::new();
            theirs.insert("href", format!("/drive/#{}", hash.as_str().unwrap()));
            theirs.insert("password", password);
            folders.insert("902", theirs);
        })
        .unwrap();
    frames.iter().for_each(|frame| harness.interject(frame));
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    let team = load_team(&mut harness, &team.id).unwrap();
    assert!(harness.pin(&team, &mut InOrder).unwrap().confirmed());
    complete(&harness.load(&mut InOrder).unwrap());
    // What would be written there as into a folder would end in the account document.
    use pinfold_core::drive::edit::{Edit, EntryId};
    use pinfold_core::session::writing::Target;
    let target = Target::Folder(EntryId::parse("901").unwrap());
    let written = harness.session.edit(harness.now, target, vec![Edit::FolderTitle("x".into())]);
    assert_eq!(written.unwrap_err().code(), Code::EditUnfit);
}
