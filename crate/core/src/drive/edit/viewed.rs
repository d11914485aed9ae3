//! Dismissing letters, as the account document remembers it (PROTOCOL.md 18.2 and 18.4).

use std::sync::Arc;

use super::unfit;
use crate::document::field;
use crate::error::{Code, Error};
use crate::ids::MessageHash;
use crate::json::{Object, Value};
use crate::mailbox::Dismissal;
use crate::mailbox::cursor::Cursor;
use crate::mailbox::trail::Trail;
use crate::ports::Millis;

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
    /// When the server stored each letter of the log, in milliseconds since the epoch. With it, the trail of what
    /// was dismissed last is written as well; it may be empty.
    pub times: Arc<[Millis]>,
    /// What the document may name as dismissed last though the log no longer holds it: the log is then what
    /// comes after.
    pub lost: Option<MessageHash>,
}

impl Viewed {
    /// What a reader asks for.
    pub fn new(mailbox: MailboxPlace, dismissal: Dismissal) -> Self {
        let Dismissal { letter, log, lost } = dismissal;
        let times = log.iter().map(|(_, time)| *time).collect();
        let log = log.into_iter().map(|(hash, _)| hash).collect();
        Self { mailbox, letters: vec![letter], log, times, lost }
    }

    pub(super) fn apply(&self, document: &mut Value) -> Result<bool, Error> {
        let mailbox = self.mailbox(document)?;
        let hash = |value: &Value| value.as_str().and_then(MessageHash::parse);
        let last_known = mailbox.get(field::LAST_KNOWN).and_then(hash);
        let last_known = last_known.filter(|last| self.lost.as_ref() != Some(last));
        let listed = match mailbox.get(field::VIEWED) {
            None => &[],
            Some(listed) => listed.as_array().ok_or_else(unfit)?,
        };
        let before: Vec<MessageHash> = listed.iter().filter_map(hash).collect();
        let begins = match &last_known {
            None => 0,
            Some(last) => match self.log.iter().position(|hash| hash == last) {
                Some(at) => at + 1,
                // Another device went on beyond what we have read: all of it is dismissed.
                None => return Ok(false),
            },
        };
        let history = self.log.get(begins..).unwrap_or_default();
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
            mailbox.insert(field::LAST_KNOWN, last.as_str());
        }
        mailbox.insert(field::VIEWED, viewed);
        let passed = history.iter().take_while(|hash| !cursor.holds(hash));
        self.leave_trail(mailbox, passed.zip(self.times.iter().skip(begins)));
        Ok(true)
    }

    fn leave_trail<'a>(
        &self,
        mailbox: &mut Object,
        passed: impl Iterator<Item = (&'a MessageHash, &'a Millis)>,
    ) {
        let before = Trail::read(mailbox.get(Trail::KEY));
        let mut trail = before.clone();
        if !self.times.is_empty() {
            self.letters
                .iter()
                .filter(|letter| self.log.contains(letter))
                .for_each(|letter| trail.add(letter));
        }
        passed.for_each(|(hash, time)| trail.pass(hash, *time));
        if trail != before {
            mailbox.insert(Trail::KEY, trail.to_value());
        }
    }

    fn mailbox<'d>(&self, document: &'d mut Value) -> Result<&'d mut Object, Error> {
        let path: &[&str] = match &self.mailbox {
            MailboxPlace::Own(name) => &[field::MAILBOXES, name],
            MailboxPlace::Team(id) => &[field::TEAMS, id, field::KEYS, field::MAILBOX],
        };
        let found = path.iter().try_fold(document, |at, key| at.as_object_mut()?.get_mut(key));
        found
            .and_then(Value::as_object_mut)
            .ok_or_else(|| Error::new(Code::MailboxAbsent, "the account document has no such mailbox"))
    }
}
