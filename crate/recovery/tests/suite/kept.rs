//! What only the vault knows of: its key is lost to the drive, and no history tells.

use crate::support::{
    ACCOUNT, FOLDER, Log, OTHER_FOLDER, channel, drive, folder, id, investigate, investigate_as,
};
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::drive::edit::Edit;
use pinfold_core::guard::entry::{EntryKeys, add_vault};
use pinfold_core::guard::vault::{Decision, Vanished, Vault};
use pinfold_core::json::{Text, Value, canonical};
use pinfold_core::ports::UnixMillis;
use pinfold_core::secret::Secret;
use pinfold_recovery::pin_log::import;
use pinfold_recovery::{
    Cause, Choice, Claim, Harm, Intent, Investigation, KeyAt, Need, NoticeFile, PinLog, Place, Question,
    Said, Signs, Wanted, What, Why,
};

const NOTICED: u64 = 1_600_000_000_000;
const SCRIPT: &str = "/2/code/edit/N-so2RrZzneCuAuWL12pGQiW/";

fn document(hash: &str) -> (String, String) {
    let of = pinfold_core::href::secrets_from_hash("code", hash, None).unwrap().channel.unwrap();
    let entry = format!(r#"{{"channel":"{of}","href":"/code/#{hash}","title":"Poem"}}"#);
    (of, entry)
}

fn kept(vault: &mut Vault, of: &str, entry: &str, is_folder: bool, holder: &str) {
    let entry = Value::parse(entry).unwrap();
    let vanished = Vanished { channel: of.into(), entry, shared_folder: is_folder };
    assert!(vault.keep(&vanished, &holder.into(), UnixMillis(NOTICED)));
}

fn with(vault: &Vault, logs: &[&Log]) -> Investigation {
    let mut begun = Investigation::of_account(ACCOUNT).unwrap();
    begun.vault(vault.clone());
    investigate_as(begun, logs, &[])
}

/// The account's log, which begins with a document that never names the one that the vault keeps.
fn account() -> Log {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[], &[]), 1, 'a');
    log
}

fn one(of: &str, entry: &str) -> Vault {
    let mut vault = Vault::default();
    kept(&mut vault, of, entry, false, &channel(ACCOUNT));
    vault
}

#[test]
fn a_key_that_only_the_vault_holds_is_lost_since_a_device_noticed_it() {
    let (of, entry) = document(SCRIPT);
    let log = account();
    assert_eq!(investigate(&[&log]).losses().len(), 0, "no history tells of it");
    let mut investigation = with(&one(&of, &entry), &[&log]);
    let losses = investigation.losses();
    let [loss] = &*losses else { panic!("{losses:?}") };
    assert_eq!((loss.what, loss.channel.as_str(), loss.cause), (What::File, of.as_str(), Cause::Unknown));
    assert_eq!((loss.key_at, loss.at, loss.since), (KeyAt::Vault, None, Some(NOTICED)));
    assert_eq!(
        (loss.cause.intent(), investigation.holder_of(loss.place)),
        (Intent::Doubtful, Some(&*channel(ACCOUNT)))
    );
    assert_eq!(investigation.presence_at(loss.place).unwrap().title().as_deref(), Some("Poem"));
    // The server is asked whether its channel is there.
    let asked = investigation.questions(Need::Losses);
    assert_eq!(asked.iter().map(|asked| asked.channel.as_str()).collect::<Vec<_>>(), [of.as_str()]);
    investigation.take_answer(&asked[0], Some(Said::Archived("INACTIVE".into())));
    assert_eq!(investigation.said(&of), Some(&Said::Archived("INACTIVE".into())));
    // Whoever asks after it hears of it.
    for claim in [Claim::Title("Poem"), Claim::Channel(&of)] {
        let fate = investigation.fate(claim, &[]);
        assert_eq!((fate.as_str(), fate.since()), ("lost", Some(NOTICED)), "{claim:?}");
    }
    assert_eq!(investigation.accidents(&Signs::default())[0].1, [], "nothing speaks for an accident");
    investigation.pins_regrew([of.clone()]);
    assert_eq!(investigation.accidents(&Signs::default())[0].1, [pinfold_recovery::Reason::PinsRegrew]);
}

/// What left before the incident was noticed before it as well; what was noticed later may have left then.
#[test]
fn in_an_incident_it_may_have_left_unless_that_was_noticed_before() {
    let (of, entry) = document(SCRIPT);
    let investigation = with(&one(&of, &entry), &[&account()]);
    let harms = |from: u64, folders_only| {
        let question = Question { from, to: from + 10, folders_only, ..Question::default() };
        let found = investigation.affected(&question).into_iter().filter(|one| one.channel == of);
        found.map(|one| (one.harm, one.by, one.cause)).collect::<Vec<_>>()
    };
    let gone = (Harm::KeyGone, None, Some(Cause::Unknown));
    assert_eq!(harms(NOTICED - 10_000, false), [gone]);
    assert_eq!(harms(NOTICED, false), [gone]);
    assert_eq!(harms(NOTICED + 1, false), []);
    assert_eq!(harms(NOTICED - 10_000, true), [], "it is no folder");
}

#[test]
fn what_was_given_up_stands_or_is_told_by_a_history_is_no_loss_of_the_vault() {
    let (of, entry) = document(SCRIPT);
    let log = account();
    let mut given_up = one(&of, &entry);
    given_up.decide(&of.as_str().into(), Decision::Discarded, UnixMillis(NOTICED + 1)).unwrap();
    assert_eq!(with(&given_up, &[&log]).losses().len(), 0, "the user gave it up");
    // On another device, whose vault comes later.
    let mut investigation = with(&one(&of, &entry), &[&log]);
    investigation.vault(given_up.clone());
    assert_eq!(investigation.losses().len(), 0);
    // The view link of what was given up is not wanted either.
    let view = entry
        .replace("\"href\":", "\"other\":")
        .replace("title", &format!(r#"roHref":"/code/#/1/view/{of}/k/","title"#));
    kept(&mut given_up, &of, &view, false, &channel(ACCOUNT));
    assert_eq!(with(&given_up, &[&log]).losses().len(), 0, "a weaker key of it");

    let (mut there, mut left) = (account(), Log::new(ACCOUNT));
    let state = drive(&[1, 2], &[], &[]).replace(&id(2), &of);
    there.write(&state, 2, 'a');
    assert_eq!(with(&one(&of, &entry), &[&there]).losses().len(), 0, "it is in the drive");
    left.write(&state, 1, 'a');
    left.write(&drive(&[1], &[], &[]), 50, 'b');
    let losses = with(&one(&of, &entry), &[&left]).losses();
    let told: Vec<_> = losses.iter().map(|loss| (loss.cause, loss.key_at, loss.since)).collect();
    assert_eq!(told, [(Cause::UserRemoved, KeyAt::HistoryDrive, Some(50_000))], "the history tells more");
}

/// A device found it in the drive again: if it is gone once more, that says nothing as long as a folder could not be read.
#[test]
fn what_was_back_is_lost_only_where_all_was_read() {
    let (of, entry) = document(SCRIPT);
    let mut vault = one(&of, &entry);
    vault.decide(&of.as_str().into(), Decision::Restored, UnixMillis(NOTICED + 1)).unwrap();
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(9, FOLDER)], &[]), 1, 'a');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[]), 1, 'a');
    let since: Vec<_> = with(&vault, &[&log, &inner]).losses().iter().map(|loss| loss.since).collect();
    assert_eq!(since, [None]);
    assert_eq!(with(&vault, &[&log]).losses().len(), 0, "it may be in the folder");
}

/// A link that claims to lead there is no key, and a key that is kept under its link has no id.
#[test]
fn what_leads_nowhere_is_not_put_back_and_a_link_is_no_id() {
    let made_up = format!(r#"{{"channel":"{}","href":"/code/#{SCRIPT}"}}"#, id(7));
    let mut vault = one(&id(7), &made_up);
    // An encrypted link that no key at hand opens, beside a view link that leads elsewhere.
    let sealed = sealed_for(OTHER_FOLDER, &format!("/drive/#{FOLDER}"));
    let elsewhere = format!("/drive/#{OTHER_FOLDER}");
    let row = format!(r#"{{"channel":"{}","href":"{sealed}","roHref":"{elsewhere}"}}"#, channel(FOLDER));
    kept(&mut vault, &channel(FOLDER), &row, true, &id(9));
    kept(&mut vault, "/2/code/edit/secret/", r#"{"href":"/2/code/edit/secret/"}"#, false, &channel(ACCOUNT));
    let investigation = with(&vault, &[&account()]);
    let losses = investigation.losses();
    let ids: Vec<_> = losses.iter().map(|loss| loss.channel.clone()).collect();
    assert_eq!(ids, [id(7), channel(FOLDER)]);
    let wanted = Wanted { losses: &losses, marked: &[], tag: "T".into(), make_folders: false };
    assert_eq!(investigation.restore_plan(&wanted).left, [(0, Why::NoKey), (1, Why::NoKey)]);
}

/// A link as it is stored in a folder or in the drive of a team.
fn sealed_for(hash: &str, link: &str) -> String {
    let secrets = pinfold_core::href::secrets_from_hash("drive", hash, None).unwrap();
    let links = pinfold_core::href::HrefCipher::new(&secrets.keys.unwrap().secondary_key.unwrap()).unwrap();
    links.encrypt(link, &mut crate::support::Counting::new()).unwrap()
}

/// The links of a team's folders are opened by the team's key, once the account's document told that. And what a device notices between two
/// readings is wanted then.
#[test]
fn a_folder_is_read_whenever_its_key_is_known() {
    let (team, inside) = (channel(FOLDER), channel(OTHER_FOLDER));
    let seat = format!(r#""teams":{{"7":{{"channel":"{team}","hash":"{FOLDER}"}}}},"drive""#);
    let mut account = Log::new(ACCOUNT);
    account.write(&drive(&[1], &[], &[]).replacen(r#""drive""#, &seat, 1), 1, 'a');
    let mut of_team = Log::new(FOLDER);
    of_team.write(&drive(&[5], &[], &[]), 2, 'a');
    let mut inner = Log::new(OTHER_FOLDER);
    inner.write(&folder(&[6]), 3, 'a');
    let mut vault = Vault::default();
    let sealed = sealed_for(FOLDER, &format!("/drive/#{OTHER_FOLDER}"));
    kept(&mut vault, &inside, &format!(r#"{{"channel":"{inside}","href":"{sealed}"}}"#), true, &team);
    let told = |investigation: &Investigation| {
        let losses = investigation.losses();
        losses.into_iter().map(|loss| (loss.channel, loss.key_at)).collect::<Vec<_>>()
    };
    let wanted = [(inside.clone(), KeyAt::Vault), (id(6), KeyAt::ViaFolder)];
    // Of what is in it nobody knows either who took it: neither is put back unless somebody asks for it.
    let losses = with(&vault, &[&account, &of_team, &inner]).losses();
    assert!(losses.iter().all(|loss| loss.cause == Cause::Unknown), "{losses:?}");
    assert_eq!(Choice { accidents: true, ..Choice::default() }.of(losses).unwrap().len(), 0);
    let logs = [&account, &of_team, &inner];
    assert_eq!(told(&with(&vault, &logs)), wanted);
    let mut read = investigate(&logs);
    assert_eq!(told(&read), []);
    read.vault(vault);
    assert_eq!(told(&investigate_as(read, &logs, &[])), wanted);
}

fn put_back(investigation: &Investigation) -> pinfold_recovery::RestorePlan {
    let losses = investigation.losses();
    investigation.restore_plan(&Wanted { losses: &losses, marked: &[], tag: "T".into(), make_folders: false })
}

#[test]
fn it_returns_with_its_tag_into_the_document_it_left_and_is_pinned_first() {
    let (of, entry) = document(SCRIPT);
    let mut log = account();
    let investigation = with(&one(&of, &entry), &[&log]);
    let plan = put_back(&investigation);
    assert!(plan.left.is_empty() && plan.pins.iter().any(|pin| pin.as_str() == of), "{plan:?}");
    let [step] = &*plan.steps else { panic!("{plan:?}") };
    assert_eq!((step.document, log.edit(&step.edits, 9, 'e')), (0, 1), "entry and tag in one message");
    let after = with(&one(&of, &entry), &[&log]);
    assert_eq!(after.losses().len(), 0);
    assert_eq!(
        after.tagged("#t").iter().map(|tagged| tagged.channel.clone()).collect::<Vec<_>>(),
        [Some(Text::from(of.as_str()))]
    );
}

/// The vault may have grown since the losses were told: no other entry is taken for the one that was meant.
#[test]
fn a_place_in_the_vault_is_that_of_its_channel() {
    let mut two = [document(SCRIPT), document("/2/code/edit/Tbc-4FKr-ovBfDXO-nX1h8Ph/")];
    two.sort();
    let [(first, first_entry), (of, entry)] = two;
    let mut investigation = with(&one(&of, &entry), &[&account()]);
    let losses = investigation.losses();
    let plan = |investigation: &Investigation| {
        let wanted = Wanted { losses: &losses, marked: &[], tag: "T".into(), make_folders: false };
        let plan = investigation.restore_plan(&wanted);
        (plan.steps.len(), plan.left)
    };
    assert_eq!(plan(&investigation), (1, vec![]));
    investigation.vault(one(&first, &first_entry));
    assert_eq!(plan(&investigation), (0, vec![(0, Why::NoKey)]));
}

/// The key of a shared folder: the folder is read, what is in it is told and returns with it. And a document that left a folder whose
/// log is gone comes into the drive.
#[test]
fn the_folder_behind_a_kept_key_is_read_and_returns_with_what_is_in_it() {
    let (inside, outside) = (channel(FOLDER), channel(OTHER_FOLDER));
    let (of, entry) = document(SCRIPT);
    let mut vault = Vault::default();
    let row = format!(r#"{{"channel":"{inside}","href":"/drive/#{FOLDER}"}}"#);
    kept(&mut vault, &inside, &row, true, &channel(ACCOUNT));
    kept(&mut vault, &of, &entry, false, &outside);
    let mut log = account();
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[5]).replace(r#""title""#, r#""roHref":"/code/#/1/view/x/k/","title""#), 3, 'a');
    let investigation = with(&vault, &[&log, &inner]);
    let losses = investigation.losses();
    let told = |of: &str| {
        let loss = losses.iter().find(|loss| loss.channel == of).unwrap();
        (loss.cause, loss.key_at, investigation.holder_of(loss.place).unwrap().to_owned())
    };
    assert_eq!(losses.len(), 3, "{losses:?}");
    assert_eq!(told(&inside), (Cause::Unknown, KeyAt::Vault, channel(ACCOUNT)));
    assert_eq!(told(&id(5)), (Cause::Unknown, KeyAt::ViaFolder, inside.clone()));
    assert_eq!(told(&of), (Cause::Unknown, KeyAt::Vault, outside));
    let plan = put_back(&investigation);
    assert_eq!((plan.left.len(), plan.with_folders.len(), plan.steps.len()), (0, 1, 1), "{plan:?}");
    let pinned: Vec<&str> = plan.pins.iter().map(|pin| pin.as_str()).collect();
    assert!([&inside, &of, &id(5)].iter().all(|wanted| pinned.contains(&wanted.as_str())), "{pinned:?}");
    log.edit(&plan.steps[0].edits, 9, 'e');
    assert_eq!(with(&vault, &[&log, &inner]).losses().len(), 0);
    // Where the server does not have the folder, every client would erase its entry again.
    let gone = with(&vault, &[&account()]);
    let plan = put_back(&gone);
    assert_eq!(plan.left.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Why::FolderMissing]);
}

/// An edit link that was encrypted for a folder is opened by the folder's key, also on its way into the drive.
#[test]
fn a_link_that_was_sealed_for_a_folder_is_opened_with_its_key() {
    let (of, _) = document(SCRIPT);
    let sealed = sealed_for(FOLDER, &format!("/code/#{SCRIPT}"));
    let entry = format!(r#"{{"channel":"{of}","href":"{sealed}","title":"Poem"}}"#);
    let mut vault = Vault::default();
    kept(&mut vault, &of, &entry, false, &channel(FOLDER));
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(9, FOLDER)], &[]), 1, 'a');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[]), 1, 'a');
    let plan = put_back(&with(&vault, &[&log, &inner]));
    assert_eq!(plan.steps.iter().map(|step| step.document).collect::<Vec<_>>(), [1], "into the folder");
    inner.edit(&plan.steps[0].edits, 9, 'e');
    let text = canonical(&inner.document());
    assert!(!text.contains(SCRIPT) && text.contains(&of), "{text}");
    // The folder left the drive as well: the drive takes the document, with its link in plain.
    log.write(&drive(&[1], &[], &[]), 50, 'b');
    inner = Log::new(FOLDER);
    inner.write(&folder(&[]), 1, 'a');
    let investigation = with(&vault, &[&log, &inner]);
    let only: Vec<_> = investigation.losses().into_iter().filter(|loss| loss.channel == of).collect();
    assert!(matches!(only[0].place, Place::Vault { document: Some(_), .. }));
    let plan = investigation.restore_plan(&Wanted {
        losses: &only,
        marked: &[],
        tag: "T".into(),
        make_folders: false,
    });
    let Edit::Restore(restore) = &plan.steps[0].edits[0] else { panic!("{plan:?}") };
    let href = restore.put.entry.get("href").and_then(Value::as_str);
    assert_eq!((plan.steps[0].document, href), (0, Some(&*format!("/code/#{SCRIPT}"))));
}

/// The log of pin changes says that the user removed it on a device of their own: that was deliberate.
#[test]
fn what_the_user_removed_here_is_no_riddle() {
    let (of, entry) = document(SCRIPT);
    let mut investigation = with(&one(&of, &entry), &[&account()]);
    let key = "k".repeat(43) + "=";
    let text = format!(
        r#"{{"v":1,"rows":{{"5000 d/s 1 {key} RESET - removed-here unasked {} 1 1":"{of}"}}}}"#,
        channel(ACCOUNT)
    );
    investigation.pins_changed(&PinLog::of(&import(&text).unwrap()));
    investigation.noticed(&NoticeFile::default());
    assert_eq!(investigation.losses()[0].cause, Cause::UserRemoved);
}

/// Devices leave each other their vaults in the account's own document: whoever reads that knows them, without any store.
#[test]
fn the_vault_in_the_accounts_document_is_known_without_a_store() {
    let (of, entry) = document(SCRIPT);
    let key = SigningKey::from_seed(&Secret::from_slice(&[7; 32]).unwrap());
    let (public, private) = (key.verifying_key().to_base64(), key.to_base64());
    let state = drive(&[1], &[], &[]);
    let own = format!(r#"{{"edPublic":"{public}","edPrivate":"{}","drive""#, private.expose());
    let mut state = Value::parse(&state.replacen(r#"{"drive""#, &own, 1)).unwrap();
    let keys = EntryKeys::of_document(&state).unwrap();
    add_vault(&mut state, &keys, &one(&of, &entry)).unwrap();
    let told = |state: &Value| {
        let mut log = Log::new(ACCOUNT);
        log.write(&canonical(state), 1, 'a');
        let losses = investigate(&[&log]).losses();
        losses.iter().map(|loss| (loss.channel.clone(), loss.key_at)).collect::<Vec<_>>()
    };
    assert_eq!(told(&state), [(of.clone(), KeyAt::Vault)]);
    // The user gave it up on another device, which said so there.
    let mut given_up = one(&of, &entry);
    given_up.decide(&of.as_str().into(), Decision::Discarded, UnixMillis(NOTICED + 1)).unwrap();
    add_vault(&mut state, &keys, &given_up).unwrap();
    assert_eq!(told(&state), []);
    // A key that is not that of the account opens nothing.
    state.as_object_mut().unwrap().insert("edPublic", "k".repeat(43) + "=");
    assert!(EntryKeys::of_document(&state).is_none());
}
