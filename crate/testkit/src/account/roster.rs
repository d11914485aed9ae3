//! The log of a team's roster: who came, who was invited, who left (PROTOCOL.md 16.3).
//!
//! The members are noted while the roster is written; they are not read back from it.

use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::error::Error;
use pinfold_core::ids::MessageHash;
use pinfold_core::json::{Object, Value, canonical, stringify};
use pinfold_core::team::TeamKeys;

use super::maker::Maker;
use super::parts::{self, EPOCH, curve, impossible, object, roster_seed};
use super::teams::Membership;
use crate::server::{Channel, Stored};

/// A roster that was written.
pub(super) struct Roster {
    pub(super) channel: String,
    /// What members derive its keys from.
    pub(super) edit: String,
    /// What viewers do.
    pub(super) view: String,
    /// Hash of the last checkpoint in it.
    pub(super) last_checkpoint: String,
    /// `{members, metadata}` at its end.
    pub(super) state: Value,
    /// The channels of invitations that are still open.
    pub(super) invitations: Vec<String>,
}

struct Writer<'a> {
    keys: TeamKeys,
    owner: CurvePair,
    members: Object,
    metadata: Object,
    messages: Vec<Stored>,
    maker: &'a mut Maker,
}

/// Writes one. The account is in it with its own curve key.
pub(super) fn write(
    own: &CurvePair,
    membership: Membership,
    name: &str,
    maker: &mut Maker,
) -> Result<Roster, Error> {
    let edit = roster_seed(&mut maker.entropy)?;
    let keys = TeamKeys::from_seed(&edit)?;
    let founder = curve(&mut maker.entropy)?;
    let (owner, founder) =
        if membership == Membership::Owner { (own.clone(), founder) } else { (founder, own.clone()) };
    let role = if membership == Membership::Viewer { "VIEWER" } else { "MEMBER" };
    let metadata = object([("avatar", "".into()), ("name", name.into()), ("topic", "".into())]);
    let mut writer = Writer { keys, owner, members: Object::new(), metadata, messages: Vec::new(), maker };

    let person = writer.person("Founder", "OWNER")?;
    writer.members.insert(writer.owner.public().to_base64(), person);
    writer.checkpoint()?;
    // The other one of the two: the account itself, unless it is the owner.
    let person = writer.person("Second", role)?;
    writer.add("ADD", &founder.public().to_base64(), person)?;
    let leaver = curve(&mut writer.maker.entropy)?.public().to_base64();
    let person = writer.person("Leaver", "ADMIN")?;
    writer.add("ADD", &leaver, person)?;
    let invitations = writer.invite()?;
    writer.send("RM", vec![Value::from(leaver.as_str())].into())?;
    writer.members.remove(&leaver);
    writer.send("METADATA", object([("topic", "everything".into())]).into())?;
    writer.metadata.insert("topic", "everything");
    let last_checkpoint = writer.checkpoint()?;
    // After the last checkpoint, something that it does not know.
    let late = curve(&mut writer.maker.entropy)?.public().to_base64();
    let person = writer.person("Late", "MEMBER")?;
    writer.add("ADD", &late, person)?;

    let state = writer.state();
    let (channel, view) = (writer.keys.channel.as_str().to_owned(), writer.keys.view_key.expose().to_owned());
    let validate_key = writer.keys.verify.as_ref().map(|key| key.to_base64()).unwrap_or_default();
    let metadata = object([("validateKey", validate_key.into()), ("channel", channel.as_str().into())]);
    let metadata = Some(stringify(&metadata.into()));
    let log = Channel { metadata, messages: writer.messages, ..Channel::default() };
    maker.server.channels.insert(channel.clone(), log);
    Ok(Roster { channel, edit, view, last_checkpoint, state, invitations })
}

impl Writer<'_> {
    fn person(&mut self, name: &str, role: &str) -> Result<Object, Error> {
        let notifications = parts::channel(&mut self.maker.entropy)?;
        Ok(object([
            ("displayName", name.into()),
            ("notifications", notifications.into()),
            ("role", role.into()),
        ]))
    }

    fn add(&mut self, command: &str, curve: &str, person: Object) -> Result<(), Error> {
        self.send(command, object([(curve, person.clone().into())]).into())?;
        self.members.insert(curve, person);
        Ok(())
    }

    /// Invites somebody who has not answered yet; the two channels of the invitation.
    fn invite(&mut self) -> Result<Vec<String>, Error> {
        let channels = [parts::channel(&mut self.maker.entropy)?, parts::channel(&mut self.maker.entropy)?];
        let [invite, preview] = &channels;
        let ephemeral = curve(&mut self.maker.entropy)?.public().to_base64();
        let invited = object([
            ("displayName", "Invited".into()),
            ("inviteChannel", invite.as_str().into()),
            ("pending", true.into()),
            ("previewChannel", preview.as_str().into()),
            ("remaining", Value::from(1.0)),
            ("role", "VIEWER".into()),
            ("totalUses", Value::from(1.0)),
        ]);
        self.add("INVITE", &ephemeral, invited)?;
        Ok(channels.to_vec())
    }

    fn checkpoint(&mut self) -> Result<String, Error> {
        let state = self.state();
        self.send("CHECKPOINT", state)
    }

    fn state(&self) -> Value {
        object([("members", self.members.clone().into()), ("metadata", self.metadata.clone().into())]).into()
    }

    /// Seals and stores a command; its hash.
    fn send(&mut self, command: &str, argument: Value) -> Result<String, Error> {
        let text = canonical(&Value::from(vec![command.into(), argument]));
        let message = self.keys.seal(&text, &self.owner, &mut self.maker.entropy)?;
        let hash = MessageHash::of(&message).ok_or_else(|| impossible("an empty message"))?;
        self.messages.push(Stored { message, time: EPOCH + self.messages.len() as u64 * 1000 });
        Ok(hash.as_str().to_owned())
    }
}
