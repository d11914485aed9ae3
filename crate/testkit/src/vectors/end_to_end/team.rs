//! The teams of an account, read from a server's logs (PROTOCOL.md section 16).

use pinfold_core::channel::{Line, TxIds};
use pinfold_core::compact::SortedSet;
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::crypto::sign::{SigningKey, VerifyingKey};
use pinfold_core::document::{Tables, TeamDoc, TeamEntry};
use pinfold_core::drive::declared::folders_of;
use pinfold_core::href::{HrefCipher, secrets_from_hash};
use pinfold_core::ids::{ChannelId, IdSet, MessageHash};
use pinfold_core::json::{Object, Text, Value, canonical};
use pinfold_core::net::document::{DocumentReader, Existence, Input, SyncedDoc};
use pinfold_core::pins::hash::hash_in_order;
use pinfold_core::pins::rules::{FolderView, team_list};
use pinfold_core::pins::set::tagged;
use pinfold_core::roster::Roster;
use pinfold_core::team::TeamKeys;

use super::super::support::{Problem, field, object, optional, string};
use crate::server::{Channel, MemoryServer};

/// Every team that the document names, by its id there.
pub(super) fn all(document: &Value, server: &MemoryServer) -> Result<Object, Problem> {
    let mut teams = Object::new();
    for (id, entry) in document.get("teams").and_then(Value::as_object).into_iter().flat_map(|t| t.iter()) {
        let own = document.get("curvePublic").and_then(Value::as_str);
        teams.insert(id.clone(), team(entry, own, server)?);
    }
    Ok(teams)
}

fn team(entry: &Value, own: Option<&str>, server: &MemoryServer) -> Result<Object, Problem> {
    let hash = optional(entry, "hash")?.or(optional(entry, "roHash")?).unwrap_or_default();
    let secrets = secrets_from_hash("team", hash, optional(entry, "password")?)?;
    let channel = secrets.channel.as_deref().and_then(ChannelId::parse);
    let channel =
        channel.filter(|channel| entry.get("channel").and_then(Value::as_str) == Some(channel.as_str()));
    let channel = channel.ok_or_else(|| Problem::Failed("a team's hash leads to another channel".into()))?;
    let document = read(server, &channel, secrets.message_keys()?, !secrets.can_edit())?;
    let document = document.document();
    let links = secrets.keys.as_ref().and_then(|keys| keys.secondary_key.as_ref());
    let links = links.map(HrefCipher::new).transpose()?;

    let declared = folders_of(Tables::of_drive(document), links.as_ref(), None);
    let mut contents = Vec::new();
    for folder in &declared {
        let content = match &folder.opens {
            Some(opens) => Some(read(server, &opens.channel, opens.keys.clone(), opens.read_only)?),
            None => None,
        };
        contents.push(content);
    }
    let views: Vec<FolderView<'_>> = declared
        .iter()
        .zip(&contents)
        .map(|(folder, content)| FolderView {
            pinned: folder.pinned.as_ref(),
            content: content.as_ref().map(|content| Tables::of(content.document())),
            links: folder.opens.as_ref().and_then(|opens| opens.links.as_ref()),
            read_only: folder.opens.as_ref().is_none_or(|opens| opens.read_only),
        })
        .collect();

    let mut roster = roster(field(field(entry, "keys")?, "roster")?, server)?;
    describe_itself(&mut roster, own);
    let state = roster.state();
    let members = state.get("members").and_then(Value::as_object);
    let found = team_list(TeamEntry::of(entry), TeamDoc::of(document), members, links.as_ref(), &views);
    let ids: IdSet = found.ids.into_iter().map(|(_, id)| id).collect();
    let list = |ids: SortedSet<Text>| Value::from(ids.into_iter().map(Value::from).collect::<Vec<Value>>());
    Ok(object([
        ("channel", channel.as_str().into()),
        ("document", canonical(document).into()),
        ("rosterState", state),
        ("resetList", list(tagged(&ids, &channel, None))),
        ("localHash", hash_in_order(&ids).into()),
        ("compareList", list(ids.into_iter().map(Text::from).collect())),
        ("edPublic", signing_key(entry)?.into()),
    ]))
}

/// The key of the team's pins; where its secret half is held, the halves must belong together.
fn signing_key(entry: &Value) -> Result<String, Problem> {
    let keys = field(field(entry, "keys")?, "drive")?;
    let public = string(keys, "edPublic")?;
    match optional(keys, "edPrivate")?.map(SigningKey::from_base64).transpose()? {
        Some(secret) if secret.verifying_key().to_base64() != public => {
            Err(Problem::Failed("the halves of a team's key do not belong together".into()))
        }
        _ => Ok(public.to_owned()),
    }
}

/// The state is recorded once the real client has opened the team. A member of whom nothing says whether the
/// invitation is pending then writes by itself that it is not; ours writes into no roster.
fn describe_itself(roster: &mut Roster, own: Option<&str>) {
    let unsaid = |own: &&str| roster.members().get(own).is_some_and(|member| member.get("pending").is_none());
    if let Some(own) = own.filter(unsaid) {
        let _ = roster.push("", own, &format!(r#"["DESCRIBE",{{"{own}":{{"pending":false}}}}]"#));
    }
}

fn roster(keys: &Value, server: &MemoryServer) -> Result<Roster, Problem> {
    let team_keys = match optional(keys, "edit")? {
        Some(seed) => TeamKeys::from_seed(seed)?,
        None => TeamKeys::from_view_key(string(keys, "view")?)?,
    };
    if keys.get("channel").and_then(Value::as_str) != Some(team_keys.channel.as_str()) {
        return Err(Problem::Failed("a roster's keys lead to another channel".into()));
    }
    let log = channel(server, &team_keys.channel)?;
    let claimed = validate_key(log).ok_or_else(|| Problem::Failed("a roster has no validateKey".into()))?;
    let team_keys = team_keys.with_validate_key(VerifyingKey::from_base64(&claimed)?)?;
    let mut roster = Roster::new();
    for stored in &log.messages {
        // What does not open or is refused changes nothing, in the real client as well (16.3).
        if let (Ok(letter), Some(hash)) = (team_keys.open(&stored.message), MessageHash::of(&stored.message))
        {
            let _ = roster.push(hash.as_str(), &letter.author, &letter.content);
        }
    }
    Ok(roster)
}

/// Reads a list-map channel as a session does, but for the socket.
fn read(
    server: &MemoryServer,
    id: &ChannelId,
    keys: MessageKeys,
    read_only: bool,
) -> Result<SyncedDoc, Problem> {
    let log = channel(server, id)?;
    let (mut reader, _) = DocumentReader::open(id.clone(), keys, read_only, TxIds::starting_at(1).pair());
    reader.handle(Input::Joined);
    reader.handle(Input::Existence(&Existence::Known));
    let claimed = validate_key(log);
    reader.handle(Input::Metadata { validate_key: claimed.as_deref(), created: None });
    for stored in &log.messages {
        reader.handle(Input::History { txid: 1, line: Line::new(&stored.message, None) });
    }
    reader.handle(Input::End { txid: 1 });
    match reader.outcome() {
        Some(Ok(document)) => Ok(document),
        other => Err(Problem::Failed(format!("a document of a team ends as {:?}", other.map(|o| o.is_ok())))),
    }
}

fn channel<'s>(server: &'s MemoryServer, id: &ChannelId) -> Result<&'s Channel, Problem> {
    let channel = server.channels.get(id.as_str());
    channel.ok_or_else(|| Problem::Failed(format!("the recording lacks the channel {}", id.short())))
}

fn validate_key(log: &Channel) -> Option<String> {
    let metadata = Value::parse(log.metadata.as_deref()?).ok()?;
    metadata.get("validateKey")?.as_str().map(str::to_owned)
}
