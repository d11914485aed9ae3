//! Dismissing letters, as the account document remembers it (PROTOCOL.md 18.2 and 18.4).

use std::collections::HashSet;

use super::unfit;
use crate::document::field;
use crate::error::{Code, Error};
use crate::ids::MessageHash;
use crate::json::{Object, Value};
use crate::mailbox::Dismissal;
use crate::mailbox::letters::{Letter, Stretch};
use crate::mailbox::trail::Trail;

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
    mailbox: MailboxPlace,
    /// The places of the letters in the log.
    letters: Vec<usize>,
    /// The log as far as it was read: from the letter that was dismissed last, that one included where there is one, or
    /// from the beginning.
    log: Stretch,
    /// Whether the trail of what was dismissed last is written as well.
    trail: bool,
    /// What the document may name as dismissed last though the log no longer holds it: the log is then what
    /// comes after.
    lost: Option<MessageHash>,
}

impl Viewed {
    /// What a reader asks for.
    pub fn new(mailbox: MailboxPlace, dismissal: Dismissal) -> Self {
        let Dismissal { at, log, lost, .. } = dismissal;
        Self { mailbox, letters: vec![at], log, trail: true, lost }
    }

    /// What the real client writes: it knows no trail. A letter that the log does not hold changes nothing.
    pub fn without_trail(
        mailbox: MailboxPlace,
        letters: &[MessageHash],
        log: impl IntoIterator<Item = MessageHash>,
    ) -> Self {
        let log = Stretch::of(log.into_iter().map(|hash| (hash, None)));
        let letters = letters.iter().filter_map(|letter| log.find(letter)).collect();
        Self { mailbox, letters, log, trail: false, lost: None }
    }

    /// Takes what is dismissed later into this as well, as far as it is of the same mailbox and the same log: many
    /// letters then cost no more than one. How many of `later` that are, from the first on.
    pub fn join<'v>(&mut self, later: impl Iterator<Item = &'v Self>) -> usize {
        let mut joined = 0;
        for other in later {
            let fits = self.log.is_of_one_log_with(&other.log)
                && (&self.mailbox, self.trail, &self.lost) == (&other.mailbox, other.trail, &other.lost);
            if !fits {
                break;
            }
            self.letters.extend(&other.letters);
            self.log = self.log.with(&other.log);
            joined += 1;
        }
        joined
    }

    /// See [`Stretch::steps`].
    pub fn steps(&self) -> u64 {
        self.log.steps()
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
        let begins = match &last_known {
            None => self.log.begins(),
            Some(last) => match self.log.find(last) {
                Some(at) => at + 1,
                // Another device went on beyond what we have read: all of it is dismissed.
                None => return Ok(false),
            },
        };
        let mut viewed: HashSet<MessageHash> = listed.iter().filter_map(hash).collect();
        let behind = self.letters.iter().filter(|at| **at >= begins).filter_map(|at| self.log.get(*at));
        let added: Vec<&Letter> = behind.filter(|letter| viewed.insert(letter.hash.clone())).collect();
        // The prefix moves over the longest dismissed run. A hash that comes twice is viewed for its first place only.
        let run = (begins..).map_while(|at| self.log.get(at));
        let passed: Vec<&Letter> = run.take_while(|letter| viewed.remove(&letter.hash)).collect();
        if added.is_empty() && passed.is_empty() {
            return Ok(false);
        }
        // What is no hash of ours stays where it stands.
        let stays = |value: &&Value| hash(value).is_none_or(|hash| viewed.contains(&hash));
        let mut list: Vec<Value> = listed.iter().filter(stays).cloned().collect();
        let added = added.into_iter().filter(|letter| viewed.contains(&letter.hash));
        list.extend(added.map(|letter| Value::from(letter.hash.as_str())));
        if let Some(last) = passed.last() {
            mailbox.insert(field::LAST_KNOWN, last.hash.as_str());
        }
        mailbox.insert(field::VIEWED, list);
        self.leave_trail(mailbox, &passed);
        Ok(true)
    }

    fn leave_trail(&self, mailbox: &mut Object, passed: &[&Letter]) {
        let before = Trail::read(mailbox.get(Trail::KEY));
        let mut trail = before.clone();
        if self.trail {
            let letters = self.letters.iter().filter_map(|at| self.log.get(*at));
            letters.for_each(|letter| trail.add(&letter.hash));
            passed.iter().for_each(|letter| trail.pass(&letter.hash, letter.time.unwrap_or_default()));
        }
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
