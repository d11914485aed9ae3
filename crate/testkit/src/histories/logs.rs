//! The channels of an account that is under hand: what opens them, the document, and the lines so far.

use pinfold_core::chainpad::{Chain, Message, Mode, checkpoint};
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::document::{AccountDoc, Kind, Shape, Tables};
use pinfold_core::drive::declared::opened_by;
use pinfold_core::error::{Code, Error};
use pinfold_core::href::{HrefCipher, secrets_from_hash};
use pinfold_core::json::{Text, Value, canonical};
use pinfold_recovery::LogLine;

use crate::account::Built;
use crate::entropy::Seeded;

/// Who wrote what the account was built with.
pub(crate) const BUILDER: char = 'b';

/// When something is written, and by which connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    pub(crate) time: u64,
    pub(crate) author: u32,
}

impl Pen {
    fn name(self) -> String {
        format!("{:032x}", self.author)
    }
}

/// One channel.
pub(crate) struct Log {
    pub(crate) channel: String,
    pub(crate) shape: Shape,
    pub(crate) keys: MessageKeys,
    chain: Chain,
    pub(crate) document: Value,
    pub(crate) lines: Vec<LogLine>,
    /// Some of its lines were taken away, or damaged.
    pub(crate) is_damaged: bool,
}

impl Log {
    /// A channel of which no line was written.
    pub(crate) fn new(channel: &str, shape: Shape, keys: MessageKeys) -> Self {
        Self::in_mode(channel, shape, keys, Mode::ListMap)
    }

    /// Of a document of another kind.
    pub(crate) fn in_mode(channel: &str, shape: Shape, keys: MessageKeys, mode: Mode) -> Self {
        Self {
            channel: channel.to_owned(),
            shape,
            keys,
            chain: Chain::new(mode),
            document: Value::Null,
            lines: Vec::new(),
            is_damaged: false,
        }
    }

    fn of(built: &Built, channel: &str, shape: Shape, keys: MessageKeys) -> Option<Self> {
        let stored = built.server.channels.get(channel).filter(|channel| channel.placeholder.is_none())?;
        let mut log = Self::new(channel, shape, keys);
        for stored in &stored.messages {
            let message = stored.message.clone();
            if let Ok(plain) = log.keys.open(checkpoint::strip_prefix(&message).0) {
                log.chain.push(&plain);
            }
            let author = Some(BUILDER.to_string().repeat(32));
            log.lines.push(LogLine { message, time: Some(stored.time), author });
        }
        log.document = log.chain.to_json().ok()?;
        Some(log)
    }

    /// The lines as they are stored now: what an archive holds of it. Made incidents alone ask, on a native machine.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn stored(&self) -> Self {
        let copy = Self::new(&self.channel, self.shape, self.keys.clone());
        Self { lines: self.lines.clone(), document: self.document.clone(), ..copy }
    }

    /// Goes on until the document is the one that is held here.
    pub(crate) fn write(&mut self, pen: Pen, entropy: &mut Seeded) -> Result<(), Error> {
        let wanted = Text::from(canonical(&self.document));
        self.write_text(&wanted, pen, entropy)
    }

    /// Goes on until the document is this text, which is JSON in any spelling.
    pub(crate) fn write_text(&mut self, wanted: &Text, pen: Pen, entropy: &mut Seeded) -> Result<(), Error> {
        while let Some(message) = self.towards(wanted)? {
            self.send(&message, pen, entropy)?;
        }
        self.look()
    }

    /// Two writers at once, from the same state; of two branches of equal length one wins.
    pub(crate) fn write_both(
        &mut self,
        wanted: [&Text; 2],
        pen: Pen,
        entropy: &mut Seeded,
    ) -> Result<(), Error> {
        let messages = [self.towards(wanted[0])?, self.towards(wanted[1])?];
        let is_patch =
            |message: &Option<Message>| message.as_ref().is_some_and(|message| !message.checkpoint);
        if messages.iter().all(is_patch) {
            for (message, author) in messages.into_iter().flatten().zip([pen.author, pen.author + 1]) {
                self.send(&message, Pen { author, ..pen }, entropy)?;
            }
        }
        self.look()
    }

    fn towards(&self, wanted: &Text) -> Result<Option<Message>, Error> {
        let refused = |_| Error::new(Code::Internal, "a document that cannot be written");
        self.chain.message_towards(wanted).map_err(refused)
    }

    fn send(&mut self, message: &Message, pen: Pen, entropy: &mut Seeded) -> Result<(), Error> {
        let plain = message.to_json();
        let sealed = self.keys.seal(&plain, entropy)?;
        let is_checkpoint = checkpoint::is_checkpoint(&plain);
        let message_text =
            if is_checkpoint { format!("cp|{}|{sealed}", checkpoint::id(&plain)) } else { sealed };
        self.lines.push(LogLine { message: message_text, time: Some(pen.time), author: Some(pen.name()) });
        self.chain.push_message(message.clone());
        Ok(())
    }

    fn look(&mut self) -> Result<(), Error> {
        let failed = |_| Error::new(Code::Internal, "a document that is no JSON");
        self.document = self.chain.to_json().map_err(failed)?;
        Ok(())
    }

    /// The document as it is written.
    pub(crate) fn text(&self) -> String {
        canonical(&self.document)
    }
}

/// The account's drive first, then what it and its teams name.
pub(crate) fn of_account(built: &Built) -> Result<Vec<Log>, Error> {
    let root = secrets_from_hash("drive", built.user_hash(), None)?;
    let mut logs = Vec::from_iter(Log::of(built, &built.drive_channel, Shape::Account, root.message_keys()?));
    let document = logs.first().map_or(Value::Null, |log| log.document.clone());
    let mut holders = vec![(Tables::of_drive(&document), None)];
    let mut teams = Vec::new();
    for team in AccountDoc::of(&document).teams() {
        let Some(hash) = team.hash() else { continue };
        let secrets = secrets_from_hash("team", hash, team.password())?;
        let channel = secrets.channel.clone().unwrap_or_default();
        // Who may only read cannot write a story.
        if secrets.can_edit()
            && let Some(log) = Log::of(built, &channel, Shape::Team, secrets.message_keys()?)
        {
            let links = secrets.keys.as_ref().and_then(|keys| keys.secondary_key.as_ref());
            teams.push((log.document.clone(), links.map(HrefCipher::new).transpose()?));
            logs.push(log);
        }
    }
    holders.extend(teams.iter().map(|(document, links)| (Tables::of_drive(document), links.as_ref())));
    for (tables, links) in holders {
        for entry in tables.of_kind(Kind::SharedFolder) {
            let Some(opens) = opened_by(entry, links).filter(|opens| !opens.read_only) else { continue };
            let channel = opens.channel.as_str();
            if !logs.iter().any(|log| log.channel == channel) {
                logs.extend(Log::of(built, channel, Shape::Folder, opens.keys.clone()));
            }
        }
    }
    Ok(logs)
}
