//! Mutants of the client: plain ids, no proof, a RESET frame formed by hand.
//!
//! They exist to show that the explorer finds what the types of the core forbid: none of these programs can
//! be written with a `CompletePinSet`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pinfold_core::chainpad::{Chain, Mode, checkpoint};
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::encoding::encode_base64;
use pinfold_core::error::{Code, Error};
use pinfold_core::href::{Secrets, parse_href, secrets_from_hash};
use pinfold_core::ids::ChannelId;
use pinfold_core::json::{Text, Value, stringify};
use pinfold_core::pins::hash::list_hash;
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::effect::Input;
use pinfold_core::wire::frame::{self, ServerFrame};
use pinfold_core::wire::keeper::{self, KeeperText};

use crate::account::Built;
use crate::entropy::Seeded;
use crate::world::client::{Client, Deed, Ended};

/// When the mutant takes the folders for settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Not at all: pins are computed beside the loading of folders (May 2019).
    Race,
    /// When every folder answers to its name, which is before its contents are there (June 2019).
    SecondFix,
    /// When a local cache holds something of it.
    Cache,
}

#[derive(Debug)]
struct Folder {
    secrets: Secrets,
    joined: bool,
    /// Whether its history came to its end.
    loaded: bool,
    /// Known documents: of the cache, then of the server.
    ids: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Pinning {
    Waiting,
    Cookie,
    Hash,
    Reset,
    Over(Ended),
}

/// A client without guard.
#[derive(Debug)]
pub struct Unguarded {
    policy: Policy,
    root: Secrets,
    root_channel: String,
    /// What the cache holds of each folder.
    cache: BTreeMap<String, Vec<String>>,
    uid: String,
    keeper: String,
    seq: u64,
    messages: BTreeMap<String, Vec<String>>,
    folders: Option<BTreeMap<String, Folder>>,
    /// What the account document names outside of the folders, which no mutant gets wrong.
    own: Vec<String>,
    /// What it makes folders anew with, if it does that.
    anew: Option<Seeded>,
    signing: Option<SigningKey>,
    pinning: Pinning,
    out: VecDeque<Deed>,
}

impl Unguarded {
    /// A mutant of the account's client. Its cache, if it uses one, lacks the documents `late`.
    ///
    /// # Errors
    /// `href/malformed` when the account's hash is malformed.
    pub fn new(policy: Policy, built: &Built, late: &[String]) -> Result<Self, Error> {
        let stale = |folder: &crate::account::BuiltFolder| {
            let known = folder.documents.iter().filter(|id| !late.contains(id)).cloned().collect();
            (folder.channel.clone(), known)
        };
        let inside: BTreeSet<&String> = built
            .folders
            .iter()
            .flat_map(|folder| folder.documents.iter().chain([&folder.channel]))
            .collect();
        Ok(Self {
            policy,
            root: secrets_from_hash("drive", built.user_hash(), None)?,
            root_channel: built.drive_channel.clone(),
            cache: built.folders.iter().filter(|_| policy == Policy::Cache).map(stale).collect(),
            uid: String::new(),
            keeper: String::new(),
            seq: 0,
            messages: BTreeMap::new(),
            folders: None,
            own: built.pins.iter().filter(|id| !inside.contains(id)).cloned().collect(),
            anew: None,
            signing: None,
            pinning: Pinning::Waiting,
            out: VecDeque::new(),
        })
    }

    /// The same with two more habits of 2019: the id of a folder is taken from the folder once that is loaded, and a folder of
    /// which the server has nothing is made anew, empty, at the same id and under the same keys.
    #[must_use]
    pub fn of_2019(mut self, entropy: Seeded) -> Self {
        self.anew = Some(entropy);
        self
    }

    fn hear(&mut self, text: &str) -> Result<(), Error> {
        match frame::decode(text)? {
            ServerFrame::Ident { uid } => {
                self.uid = uid.into_owned();
                self.join(&self.root_channel.clone());
            }
            ServerFrame::Join { who, channel } => {
                if who.len() == 16 {
                    self.keeper = who.into_owned();
                } else if who.as_ref() == self.uid {
                    self.joined(&channel);
                }
            }
            ServerFrame::Message { to, text, .. } if to.as_ref() == self.uid => match keeper::read(&text) {
                KeeperText::History { channel, message, .. } => {
                    self.messages.entry(channel.into_owned()).or_default().push(message.into_owned());
                }
                KeeperText::End { channel, .. } => self.loaded(&channel)?,
                KeeperText::Answer { body, .. } => self.answered(&body),
                _ => {}
            },
            _ => {}
        }
        self.consider();
        Ok(())
    }

    fn joined(&mut self, channel: &str) {
        if let Some(folder) = self.folders.as_mut().and_then(|folders| folders.get_mut(channel)) {
            folder.joined = true;
        }
        let secrets = self.folders.as_ref().and_then(|folders| Some(&folders.get(channel)?.secrets));
        let key =
            secrets.filter(|_| self.anew.is_some()).and_then(|secrets| secrets.message_keys().ok()?.verify);
        let request = match key {
            Some(key) => {
                let metadata = format!("{{\"validateKey\":\"{}\"}}", key.to_base64());
                keeper::creation_request(channel, 1, &metadata)
            }
            None => keeper::history_request(channel, 1, None),
        };
        self.tell(&request);
    }

    fn loaded(&mut self, channel: &str) -> Result<(), Error> {
        let messages = self.messages.remove(channel).unwrap_or_default();
        if channel == self.root_channel {
            let document = replay(&self.root, &messages)?;
            self.root_loaded(&document)?;
        } else if let Some(folder) = self.folders.as_mut().and_then(|folders| folders.get_mut(channel)) {
            folder.loaded = true;
            if !messages.is_empty() {
                folder.ids = channels_in(&replay(&folder.secrets, &messages)?);
            } else if self.anew.is_some() {
                let keys = folder.secrets.message_keys()?;
                self.make_anew(channel, &keys)?;
            } else {
                return Err(unread());
            }
        }
        Ok(())
    }

    /// What a client of 2019 wrote into a folder that it found empty.
    fn make_anew(&mut self, channel: &str, keys: &MessageKeys) -> Result<(), Error> {
        let wanted = Text::from(r#"{"filesData":{},"root":{},"static":{}}"#);
        let mut chain = Chain::new(Mode::ListMap);
        while let Some(message) = chain.message_towards(&wanted).map_err(|_| unread())? {
            if let Some(entropy) = &mut self.anew {
                let sealed = keys.seal(&message.to_json(), entropy)?;
                self.seq += 1;
                self.out.push_back(Deed::Send(frame::message(self.seq, channel, &sealed)));
            }
            chain.push_message(message);
        }
        Ok(())
    }

    fn root_loaded(&mut self, document: &Value) -> Result<(), Error> {
        let drive = document.get("drive").cloned().unwrap_or(Value::Null);
        let key = document.get("edPrivate").and_then(Value::as_str).unwrap_or_default();
        self.signing = Some(SigningKey::from_base64(key)?);
        let mut folders = BTreeMap::new();
        for entry in drive.get("sharedFolders").and_then(Value::as_object).iter().flat_map(|f| f.values()) {
            let hash = entry.get("href").and_then(Value::as_str).and_then(|href| parse_href(href).hash);
            let secrets = secrets_from_hash("drive", &hash.unwrap_or_default(), None)?;
            let channel = secrets.channel.clone().unwrap_or_default();
            let ids = self.cache.get(&channel).cloned().unwrap_or_default();
            folders.insert(channel, Folder { secrets, joined: false, loaded: false, ids });
        }
        let channels: Vec<String> = folders.keys().cloned().collect();
        self.folders = Some(folders);
        channels.iter().for_each(|channel| self.join(channel));
        Ok(())
    }

    /// Where the mutants differ: what they wait for before pins are compared.
    fn consider(&mut self) {
        let Some(folders) = &self.folders else { return };
        let settled = match self.policy {
            Policy::Race => true,
            Policy::SecondFix => folders.values().all(|folder| folder.joined),
            Policy::Cache => folders.values().all(|folder| !folder.ids.is_empty()),
        };
        if settled && self.pinning == Pinning::Waiting {
            self.pinning = Pinning::Cookie;
            self.call(&Value::Null, "COOKIE", "".into());
        }
    }

    fn answered(&mut self, body: &[Value]) {
        let [cookie, rest @ ..] = body else { return };
        match self.pinning {
            Pinning::Cookie => {
                self.pinning = Pinning::Hash;
                let key = self.signing.as_ref().map(|key| key.verifying_key().to_base64());
                self.call(cookie, "GET_HASH", key.unwrap_or_default().into());
            }
            Pinning::Hash => {
                let ids = self.known();
                if rest.first().and_then(Value::as_str)
                    == Some(list_hash(ids.iter().map(String::as_str)).as_str())
                {
                    self.pinning = Pinning::Over(Ended::Complete);
                } else {
                    self.pinning = Pinning::Reset;
                    let list = ids.into_iter().map(|id| Value::from(id.as_str())).collect();
                    self.call(cookie, "RESET", Value::Array(list));
                }
            }
            Pinning::Reset => self.pinning = Pinning::Over(Ended::Complete),
            Pinning::Waiting | Pinning::Over(_) => {}
        }
    }

    /// Every id it knows at this moment.
    fn known(&self) -> BTreeSet<String> {
        let folders = self.folders.iter().flatten();
        let named = folders.filter(|(_, folder)| folder.loaded || self.anew.is_none());
        let inside = named.flat_map(|(channel, folder)| folder.ids.iter().chain([channel]));
        self.own.iter().chain(inside).cloned().collect()
    }

    fn join(&mut self, channel: &str) {
        self.seq += 1;
        let frame = ChannelId::parse(channel).map(|channel| frame::join(self.seq, &channel));
        self.out.extend(frame.map(Deed::Send));
    }

    fn tell(&mut self, text: &str) {
        self.seq += 1;
        self.out.push_back(Deed::Send(frame::message(self.seq, &self.keeper, text)));
    }

    fn call(&mut self, cookie: &Value, command: &str, argument: Value) {
        let Some(key) = &self.signing else { return };
        let signed = Value::Array(vec![cookie.clone(), command.into(), argument.clone()]);
        let signature = encode_base64(&key.sign_detached(stringify(&signed).as_bytes()));
        let public = key.verifying_key().to_base64();
        let body =
            vec![signature.as_str().into(), public.as_str().into(), cookie.clone(), command.into(), argument];
        self.tell(&stringify(&Value::Array(vec!["call".into(), Value::Array(body)])));
    }
}

fn replay(secrets: &Secrets, messages: &[String]) -> Result<Value, Error> {
    let keys = secrets.message_keys()?;
    let mut chain = Chain::new(Mode::ListMap);
    for message in messages {
        chain.push(&keys.open(checkpoint::strip_prefix(message).0)?);
    }
    chain.to_json().map_err(|_| unread())
}

fn unread() -> Error {
    Error::new(Code::FolderUnreadable, "the mutant reads no document")
}

fn channels_in(content: &Value) -> Vec<String> {
    let files = content.get("filesData").and_then(Value::as_object);
    let entries = files.iter().flat_map(|files| files.values());
    entries.filter_map(|entry| entry.get("channel")?.as_str().map(str::to_owned)).collect()
}

impl Client for Unguarded {
    fn start(&mut self, _: UnixMillis) {
        self.out.push_back(Deed::Connect);
    }

    fn handle(&mut self, _: UnixMillis, input: Input<'_>) {
        let heard = match input {
            Input::Frame(text) => self.hear(text),
            Input::Closed => Err(Error::new(Code::NetClosed, "the connection ended")),
            _ => Ok(()),
        };
        if let Err(error) = heard {
            self.pinning = Pinning::Over(Ended::Failed(error.code()));
        }
    }

    fn poll(&mut self) -> Option<Deed> {
        self.out.pop_front()
    }

    fn deadline(&self) -> Option<UnixMillis> {
        None
    }

    fn ended(&self) -> Option<Ended> {
        match self.pinning {
            Pinning::Over(ended) => Some(ended),
            _ => None,
        }
    }

    fn letters(&self) -> &[Vec<String>] {
        &[]
    }

    fn told(&self) -> BTreeMap<String, String> {
        let state = |folder: &Folder| if folder.ids.is_empty() { "opening" } else { "loaded" }.to_owned();
        self.folders.iter().flatten().map(|(channel, folder)| (channel.clone(), state(folder))).collect()
    }
}
