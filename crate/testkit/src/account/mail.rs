//! Mailboxes and their letters, in the order in which they must come out (PROTOCOL.md section 18).

use pinfold_core::crypto::curve::{CurvePair, CurvePublic};
use pinfold_core::encoding::encode_hex;
use pinfold_core::error::Error;
use pinfold_core::ids::MessageHash;
use pinfold_core::json::{Object, Value, stringify};
use pinfold_core::mailbox::letter::seal;
use pinfold_core::ports::Entropy;

use super::maker::Maker;
use super::parts::{self, EPOCH, curve, impossible, number, object, pad, texts};
use crate::server::{Channel, Stored};

/// A letter that was stored.
#[derive(Debug, Clone)]
pub struct BuiltLetter {
    /// Its hash.
    pub hash: String,
    /// When the server stored it, in milliseconds since the epoch.
    pub time: u64,
    /// Its `type`.
    pub kind: String,
    /// The text that was sealed; `None` where it was sealed to somebody else.
    pub text: Option<String>,
    /// The curve key of its author; nobody for a broadcast.
    pub author: Option<String>,
    /// Whether the account has dismissed it.
    pub dismissed: bool,
}

/// A mailbox that was built.
#[derive(Debug, Clone)]
pub struct BuiltMailbox {
    /// `notifications`, `supportteam`, `broadcast`, or `team-` and the number of a team.
    pub name: String,
    /// Its channel.
    pub channel: String,
    /// All letters in the server's order.
    pub letters: Vec<BuiltLetter>,
    /// Everything up to this letter is dismissed.
    pub last_known: Option<usize>,
}

/// Somebody who writes letters.
pub(super) struct Sender {
    pub(super) name: String,
    pub(super) curve: CurvePair,
    pub(super) ed_public: String,
    pub(super) notifications: String,
    pub(super) profile: String,
}

impl Sender {
    pub(super) fn new(name: &str, maker: &mut Maker) -> Result<Self, Error> {
        Ok(Self {
            name: name.to_owned(),
            curve: curve(&mut maker.entropy)?,
            ed_public: parts::stranger(&mut maker.entropy)?,
            notifications: parts::channel(&mut maker.entropy)?,
            profile: pad("profile", None, &mut maker.entropy)?.view,
        })
    }

    /// How a letter says who wrote it.
    fn user(&self) -> Object {
        object([
            ("avatar", "".into()),
            ("curvePublic", self.curve.public().to_base64().into()),
            ("displayName", self.name.as_str().into()),
            ("edPublic", self.ed_public.as_str().into()),
            ("notifications", self.notifications.as_str().into()),
            ("profile", self.profile.as_str().into()),
        ])
    }
}

/// The types of letters that users and servers send each other (PROTOCOL.md 18.7).
const KINDS: [&str; 24] = [
    "FRIEND_REQUEST",
    "SHARE_PAD",
    "ACCEPT_FRIEND_REQUEST",
    "GIVE_PAD_ACCESS",
    "DECLINE_FRIEND_REQUEST",
    "INVITE_TO_TEAM",
    "CANCEL_FRIEND_REQUEST",
    "FORM_RESPONSE",
    "UNFRIEND",
    "MENTION",
    "UPDATE_DATA",
    "COMMENT_REPLY",
    "REQUEST_PAD_ACCESS",
    "ADD_TO_ACCESS_LIST",
    "ADD_OWNER",
    "RM_OWNER",
    "OWNED_PAD_REMOVED",
    "INVITE_TO_TEAM_ANSWER",
    "KICKED_FROM_TEAM",
    "TEAM_EDIT_RIGHTS",
    "NOTIF_TICKET",
    "SF_DELETED",
    "SAFE_LINKS_DEFAULT",
    "A_TYPE_OF_LATER",
];

/// A mailbox with so many letters. The first quarter is dismissed as one; of the rest, every fifth alone. In a mixed
/// account every eleventh does not open.
pub(super) fn mailbox(
    name: &str,
    to: &CurvePair,
    senders: &[Sender],
    count: usize,
    maker: &mut Maker,
) -> Result<BuiltMailbox, Error> {
    let channel = parts::channel(&mut maker.entropy)?;
    let stranger = curve(&mut maker.entropy)?;
    let last_known = (count / 4).checked_sub(1);
    let (mut letters, mut stored) = (Vec::new(), Vec::new());
    for at in 0..count {
        let sender = senders.get(maker.entropy.below(senders.len()));
        let sender = sender.ok_or_else(|| impossible("a mailbox that nobody writes to"))?;
        let kind = KINDS.get(at % KINDS.len()).copied().unwrap_or_default();
        let text = stringify(&content(kind, sender, maker)?);
        let opens = !maker.mixed || at % 11 != 10;
        let to: &CurvePublic = if opens { to.public() } else { stranger.public() };
        let message = seal(&text, &sender.curve, to, None, &mut maker.entropy)?;
        let time = EPOCH + at as u64 * 60_000;
        letters.push(BuiltLetter {
            hash: hash(&message)?,
            time,
            kind: kind.to_owned(),
            text: opens.then_some(text),
            author: opens.then(|| sender.curve.public().to_base64()),
            dismissed: last_known.is_some_and(|last| at <= last) || at % 5 == 3,
        });
        stored.push(Stored { message, time });
    }
    keep(&channel, stored, &maker.ed_public.clone(), maker);
    Ok(BuiltMailbox { name: name.to_owned(), channel, letters, last_known })
}

/// What the administrators tell everybody: plain text in the channel of 33 zeros.
pub(super) fn broadcast(maker: &mut Maker) -> Result<BuiltMailbox, Error> {
    let channel = "0".repeat(33);
    let (mut letters, mut stored) = (Vec::new(), Vec::new());
    for (at, kind) in ["BROADCAST_MAINTENANCE", "BROADCAST_SURVEY", "BROADCAST_CUSTOM"].iter().enumerate() {
        let mut uid = [0; 8];
        maker.entropy.fill(&mut uid)?;
        let content = object([("title", format!("Announcement {at}").into())]);
        let text =
            object([("uid", encode_hex(&uid).into()), ("type", (*kind).into()), ("content", content.into())]);
        let text = stringify(&text.into());
        let time = EPOCH + at as u64;
        letters.push(BuiltLetter {
            hash: hash(&text)?,
            time,
            kind: (*kind).to_owned(),
            text: Some(text.clone()),
            author: None,
            dismissed: at == 0,
        });
        stored.push(Stored { message: text, time });
    }
    maker.server.channels.insert(channel.clone(), Channel { messages: stored, ..Channel::default() });
    Ok(BuiltMailbox { name: "broadcast".into(), channel, letters, last_known: Some(0) })
}

impl BuiltMailbox {
    /// Its entry in the account document; `keys` where it has a pair of its own.
    pub(super) fn entry(&self, keys: Option<&CurvePair>) -> Value {
        let last_known = self.last_known.and_then(|at| self.letters.get(at));
        let behind = self.letters.iter().skip(self.last_known.map_or(0, |at| at + 1));
        let viewed: Vec<String> = behind.filter(|l| l.dismissed).map(|l| l.hash.clone()).collect();
        let mut entry = object([
            ("channel", self.channel.as_str().into()),
            ("lastKnownHash", last_known.map(|l| l.hash.as_str()).unwrap_or_default().into()),
            ("viewed", texts(&viewed)),
        ]);
        if let Some(pair) = keys {
            let keys = object([
                ("curvePrivate", pair.secret_base64().expose().into()),
                ("curvePublic", pair.public().to_base64().into()),
            ]);
            entry.insert("keys", keys);
        }
        if self.name == "broadcast" {
            entry.insert("decrypted", true);
        }
        entry.into()
    }
}

fn content(kind: &str, sender: &Sender, maker: &mut Maker) -> Result<Value, Error> {
    let mut content = object([("user", sender.user().into())]);
    match kind {
        "SHARE_PAD" | "GIVE_PAD_ACCESS" | "ADD_OWNER" | "MENTION" | "COMMENT_REPLY" => {
            let shared = pad("pad", None, &mut maker.entropy)?;
            content.insert("channel", shared.channel);
            content.insert("href", format!("/pad/#{}", shared.edit));
            content.insert("title", "Shared with you, déjà");
        }
        "INVITE_TO_TEAM" => {
            let team = pad("team", None, &mut maker.entropy)?;
            let team = object([
                ("channel", team.channel.into()),
                ("metadata", object([("name", "A team".into())]).into()),
                ("roHash", team.view.into()),
            ]);
            content.insert("team", team);
        }
        _ => {
            content.insert("channel", parts::channel(&mut maker.entropy)?);
            content.insert("time", number(EPOCH));
        }
    }
    Ok(object([("type", kind.into()), ("content", content.into())]).into())
}

/// A mailbox's channel has no key to check messages with (PROTOCOL.md 18.1).
fn keep(channel: &str, messages: Vec<Stored>, owner: &str, maker: &mut Maker) {
    let metadata = object([
        ("owners", texts(&[owner.to_owned()])),
        ("channel", channel.into()),
        ("created", number(EPOCH)),
    ]);
    let metadata = Some(stringify(&metadata.into()));
    maker.server.channels.insert(channel.to_owned(), Channel { metadata, messages, ..Channel::default() });
}

fn hash(message: &str) -> Result<String, Error> {
    let hash = MessageHash::of(message).ok_or_else(|| impossible("an empty letter"))?;
    Ok(hash.as_str().to_owned())
}
