//! Dismissing letters, as the account document remembers it (PROTOCOL.md 18.2 and 18.4).

use std::sync::Arc;

use super::unfit;
use crate::error::{Code, Error};
use crate::ids::MessageHash;
use crate::json::{Object, Value};
use crate::mailbox::cursor::Cursor;

/// Where a mailbox stands in the account document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxPlace {
    /// `mailboxes.<name>`.
    Own(String),
    /// `teams[id].keys.mailbox`.
    Team(String),
}

/// Letters to dismiss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewed {
    /// Of which mailbox.
    pub mailbox: MailboxPlace,
    /// Which letters. One that the log does not hold changes nothing.
    pub letters: Vec<MessageHash>,
    /// The log as far as it was read, in the server's order: from the letter that was dismissed last, that
    /// one included where there is one, or from the beginning.
    pub log: Arc<[MessageHash]>,
}

impl Viewed {
    pub(super) fn apply(&self, document: &mut Value) -> Result<bool, Error> {
        let mailbox = self.mailbox(document)?;
        let hash = |value: &Value| value.as_str().and_then(MessageHash::parse);
        let last_known = mailbox.get("lastKnownHash").and_then(hash);
        let listed = match mailbox.get("viewed") {
            None => &[],
            Some(listed) => listed.as_array().ok_or_else(unfit)?,
        };
        let before: Vec<MessageHash> = listed.iter().filter_map(hash).collect();
        let history = match &last_known {
            None => &self.log[..],
            Some(last) => match self.log.iter().position(|hash| hash == last) {
                Some(at) => self.log.get(at + 1..).unwrap_or_default(),
                // Another device went on beyond what we have read: all of it is dismissed.
                None => return Ok(false),
            },
        };
        let mut cursor = Cursor::stored(last_known.clone(), before.clone()).with_history(history.to_vec());
        self.letters.iter().for_each(|letter| cursor.dismiss(letter));
        if cursor.last_known() == last_known.as_ref() && cursor.viewed() == before {
            return Ok(false);
        }
        // What is no hash of ours stays where it stands.
        let stays = |value: &&Value| hash(value).is_none_or(|hash| cursor.viewed().contains(&hash));
        let mut viewed: Vec<Value> = listed.iter().filter(stays).cloned().collect();
        let added = cursor.viewed().iter().filter(|hash| !before.contains(hash));
        viewed.extend(added.map(|hash| Value::from(hash.as_str())));
        if let Some(last) = cursor.last_known() {
            mailbox.insert("lastKnownHash", last.as_str());
        }
        mailbox.insert("viewed", viewed);
        Ok(true)
    }

    fn mailbox<'d>(&self, document: &'d mut Value) -> Result<&'d mut Object, Error> {
        let path: &[&str] = match &self.mailbox {
            MailboxPlace::Own(name) => &["mailboxes", name],
            MailboxPlace::Team(id) => &["teams", id, "keys", "mailbox"],
        };
        let found = path.iter().try_fold(document, |at, key| at.as_object_mut()?.get_mut(key));
        found
            .and_then(Value::as_object_mut)
            .ok_or_else(|| Error::new(Code::MailboxAbsent, "the account document has no such mailbox"))
    }
}
