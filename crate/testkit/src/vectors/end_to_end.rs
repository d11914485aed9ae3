//! `end_to_end.json`: from a name, a password and a server's bytes to what has to be pinned.
//!
//! The whole [`Session`](pinfold_core::session::Session) runs against the recorded server: it signs in over
//! HTTP, reads the account document and every folder, and brings the server's list of pins, which held an
//! id too many, to its own. The list of the RESET that it sends for that is the one that is compared. Teams
//! are read with the parts of the engine that a session will use for them.

mod recorded;
mod team;

use pinfold_core::account::login::{LoginKeys, salt_bytes};
use pinfold_core::drive::complete::{Drive, Folder, FolderOutcome};
use pinfold_core::encoding::cesu8;
use pinfold_core::ids::{BlockId, PinId};
use pinfold_core::json::{Object, Text, Value, canonical};
use pinfold_core::net::unavailable::Unavailable;
use pinfold_core::pins::hash::list_hash;
use pinfold_core::pins::set::tagged;
use pinfold_core::session::effect::{Credentials, HttpReply};

use super::Verdict;
use super::login::stretched;
use super::support::{Problem, defined, field, hex, input, judge, object, or_null, string};
use crate::account::Built;
use crate::harness::{Harness, InOrder};

/// What the server's list holds too much before the session sees it.
const SURPLUS: &str = "ffffffffffffffffffffffffffffffff";

pub(super) fn check(case: &Value) -> Verdict {
    judge(case, compute(case))
}

fn login_keys(username: &str, password: &str) -> Result<LoginKeys, Problem> {
    Ok(LoginKeys::from_stretched(&stretched(&cesu8(password), &salt_bytes(username, ""))?)?)
}

fn compute(case: &Value) -> Result<Object, Problem> {
    let input = input(case)?;
    let (origin, username, password) =
        (string(input, "origin")?, string(input, "username")?, string(input, "password")?);
    let server = recorded::server(input, case.get("folderAnswers"))?;
    let (block_bytes, keys) = (hex(input, "blockHex")?, login_keys(username, password)?.block);
    let block = keys.open(&block_bytes)?;
    let user_hash = block.user_hash.expose();
    let ed_public = block.ed_public.clone().unwrap_or_default();

    let mut harness = Harness::new(Built::held_by(server, user_hash, &ed_public)?);
    harness.pages.insert(format!("{origin}/api/config"), ok(CONFIG.into()));
    harness.pages.insert(format!("{origin}{}", keys.path()), ok(block_bytes));
    harness.open(Credentials {
        origin: origin.into(),
        username: username.into(),
        password: password.into(),
        otp: None,
        login_salt: String::new(),
    })?;
    let drive = harness.load(&mut InOrder)?;
    let (reset, compare) = pin(&mut harness, &drive, &ed_public, &keys.id)?;

    let document = drive.root().document();
    let teams = team::all(document, &harness.built.server)?;
    let expect = field(case, "expect")?;
    let resets = expect.get("resetsTheRealClientSent").and_then(Value::as_array).unwrap_or_default();
    let of_teams = teams
        .values()
        .filter_map(|team| Some(signed_list(team.get("edPublic")?.clone(), team.get("resetList")?.clone())));
    let ours: Vec<Value> =
        [signed_list(ed_public.as_str().into(), reset.clone())].into_iter().chain(of_teams).collect();
    // Whichever it had to send, under whichever key, they were these.
    let resets: Vec<Value> =
        resets.iter().map(|sent| or_null(ours.iter().find(|own| *own == sent).cloned())).collect();
    let account = harness.session.account().map(|account| account.drive_channel().as_str().to_owned());
    let expect = object([
        ("blockHash", keys.block_hash(origin).expose().into()),
        ("userHash", user_hash.into()),
        ("driveChannel", or_null(account)),
        ("driveDocument", canonical(document).into()),
        ("sharedFolders", documents(&drive).into()),
        ("teams", teams.into()),
        ("pinListReset", reset),
        ("localHash", list_hash(compare.iter().filter_map(Text::as_str)).into()),
        ("pinListCompare", compare.into_iter().map(Value::from).collect::<Vec<_>>().into()),
        ("resetsTheRealClientSent", resets.into()),
    ]);
    Ok(object([
        ("expect", expect.into()),
        ("folderAnswers", answers(&drive, case.get("folderAnswers")).into()),
    ]))
}

/// A list and the key that it was sent under.
fn signed_list(key: Value, list: Value) -> Value {
    object([("publicKey", key), ("list", list)]).into()
}

/// What a client reads of `/api/config`, which is no part of the recording.
const CONFIG: &str = "define(function(){\nreturn {\"websocketPath\": \"/cryptpad_websocket\"};\n});";

fn ok(body: Vec<u8>) -> HttpReply {
    HttpReply { status: 200, body }
}

/// Pins what the drive names and checks that the server then holds that; the two lists of the account.
fn pin(
    harness: &mut Harness,
    drive: &Drive,
    owner: &str,
    block: &BlockId,
) -> Result<(Value, Vec<Text>), Problem> {
    let pins = harness.built.server.pins.entry(owner.to_owned()).or_default();
    pins.apply("PIN", &[SURPLUS.to_owned()]);
    // The recorded client gives up whatever it does not know: only so is there a RESET to compare.
    harness.give_up_unknown();
    let receipt = harness.pin(drive, &mut InOrder)?;
    let failed = |what: &str| Problem::Failed(what.to_owned());
    let mut held = harness.built.server.pins.entry(owner.to_owned()).or_default().pinned();
    let sent = harness.built.server.commands.iter().find(|(command, _)| command == "RESET");
    let reset: Vec<Text> = match (drive, sent) {
        (Drive::Complete(_), Some((_, ids))) if receipt.confirmed() => {
            ids.iter().map(|id| id.as_str().into()).collect()
        }
        (Drive::Partial(_), None) if held.remove(SURPLUS) => {
            tagged(drive.additions().ids(), drive.root().channel(), Some(block)).to_vec()
        }
        _ => return Err(failed("a surplus must go with a complete drive, and only then")),
    };
    // A folder that is gone is no longer listed by the real client; ours never gives its channel up.
    let gone: Vec<&Text> =
        drive.folders().iter().filter(is_gone).filter_map(|f| f.declared.pinned.as_ref()).collect();
    let listed = |ids: &[Text]| ids.iter().filter(|id| !gone.contains(id)).cloned().collect::<Vec<Text>>();
    let additions = drive.additions();
    if !additions.ids().iter().map(PinId::as_str).eq(held.iter().map(String::as_str)) {
        return Err(failed("the server does not hold what the drive names"));
    }
    let reset = listed(&reset).into_iter().map(Value::from).collect::<Vec<_>>();
    Ok((reset.into(), listed(&additions.ids().iter().cloned().map(Text::from).collect::<Vec<_>>())))
}

fn is_gone(folder: &&Folder) -> bool {
    use Unavailable::{Deleted, PasswordChanged};
    matches!(folder.outcome, FolderOutcome::Unavailable(PasswordChanged | Deleted { .. }))
}

fn documents(drive: &Drive) -> Object {
    let mut documents = Object::new();
    for folder in drive.folders() {
        let document = match &folder.outcome {
            FolderOutcome::Loaded(document) => Value::from(canonical(document.document())),
            FolderOutcome::Unavailable(_) => Value::Null,
        };
        documents.insert(folder.declared.id.as_str(), document);
    }
    documents
}

/// What the server must have answered for each folder, from what became of it.
fn answers(drive: &Drive, recorded: Option<&Value>) -> Object {
    let mut answers = Object::new();
    for folder in drive.folders() {
        let join = recorded.and_then(|r| r.get(&folder.declared.id)?.get("joinAnswer")).cloned();
        let (new, reason, join) = match &folder.outcome {
            FolderOutcome::Loaded(_) => (false, None, Some("ok".into())),
            FolderOutcome::Unavailable(Unavailable::PasswordChanged) => (true, Some("PASSWORD_CHANGE"), join),
            FolderOutcome::Unavailable(Unavailable::Deleted { reason }) => {
                (true, Some(reason.as_str()), join)
            }
            FolderOutcome::Unavailable(Unavailable::Missing) => (true, None, join),
            FolderOutcome::Unavailable(Unavailable::Restricted) => {
                (false, None, join.filter(|join| join.as_str() != Some("ok")))
            }
            FolderOutcome::Unavailable(_) => continue,
        };
        let opens = folder.declared.opens.as_ref().map(|opens| opens.channel.as_str().to_owned());
        let answer = defined([
            ("channel", opens.map(Value::from)),
            (
                "isNewChannelAnswer",
                Some(defined([("isNew", Some(new.into())), ("reason", reason.map(Value::from))])),
            ),
            ("joinAnswer", join),
        ]);
        answers.insert(folder.declared.id.as_str(), answer);
    }
    answers
}
