//! Which letters are news: what CryptPad's client does by itself (see [`habits`](crate::mailbox::habits)), applied to letters
//! as they come in.

use std::collections::HashMap;

use super::MailboxReader;
use super::letters::Letters;
use crate::error::Error;
use crate::ids::MessageHash;
use crate::mailbox::delivery::{Delivery, Opened};
use crate::mailbox::habits::{Effect, Gist, Habits, Reader, Superseded};
use crate::mailbox::line::{Body, Stored};
use crate::mailbox::trail::Mark;

#[derive(Debug, Default)]
pub(super) struct News {
    reader: Reader,
    habits: Habits,
    /// What is no news, and why.
    quiet: HashMap<Mark, Superseded>,
    /// By the letter that did it: what is no news any longer.
    hides: HashMap<Mark, Vec<MessageHash>>,
}

impl News {
    /// `broadcast`: the mailbox is that of the operators, whose messages are not sealed.
    pub(super) fn of(broadcast: bool) -> Self {
        Self { reader: Reader { broadcast, ..Reader::default() }, ..Self::default() }
    }
}

impl MailboxReader {
    /// Says who reads: whose letters are muted, and who is a contact. Counts for letters that come from now on.
    pub fn reads_as(&mut self, reader: &Reader) {
        let broadcast = self.letters.news.reader.broadcast;
        self.letters.news.reader = Reader { broadcast, ..reader.clone() };
    }
}

impl Letters {
    /// A letter takes its place among those that are to be delivered. It is opened to see what it does to others;
    /// `text` is its text, where the letter itself does not hold it.
    pub(super) fn line_up(&mut self, mut stored: Stored, text: Option<&str>) {
        self.oldest.get_or_insert_with(|| stored.hash.clone());
        stored.judged = self.log.is_dismissed(&stored.hash);
        if !stored.judged {
            let text = match &stored.body {
                Body::Here(text) => Some(text.as_str()),
                _ => text,
            };
            if let Some(letter) = text.map(|text| self.desk.read(text)) {
                stored.judged = true;
                stored.may_be_superseded = self.judge(&stored.hash, &letter);
                stored.keep_opened(letter);
            }
        }
        self.desk.push(stored);
    }

    /// A text came that was asked for again. `false` when it is not the next one.
    pub(super) fn fill(&mut self, text: &str) -> bool {
        let Some(stored) = self.desk.fill(text) else { return false };
        if !std::mem::replace(&mut stored.judged, true) {
            let hash = stored.hash.clone();
            let letter = self.desk.read(text);
            self.judge(&hash, &letter);
        }
        true
    }

    /// What a letter does to others. Whether a later one may do the same to it.
    fn judge(&mut self, hash: &MessageHash, letter: &Result<Opened, Error>) -> bool {
        let Ok(Opened { message: Some(message), sender, .. }) = letter else { return false };
        let News { reader, habits, quiet, hides } = &mut self.news;
        let gist = Gist::of(reader, message, sender);
        let log = &self.log;
        let open = |hash: &MessageHash| !log.is_dismissed(hash) && !quiet.contains_key(&Mark::of(hash));
        let Effect { own, hides: hidden } = habits.take(hash, &gist, &open);
        let mark = Mark::of(hash);
        if let Some(own) = own {
            self.log.hush(mark);
            quiet.insert(mark, own);
        }
        for (earlier, why) in hidden {
            let by = Some(hash.clone());
            self.log.hush(Mark::of(&earlier));
            quiet.insert(Mark::of(&earlier), Superseded { why, by });
            hides.entry(mark).or_default().push(earlier);
        }
        gist.may_be_superseded()
    }

    /// Writes on a delivery what is known of it by now.
    pub(super) fn tell_news(&mut self, delivery: &mut Delivery) {
        let mark = Mark::of(&delivery.hash);
        if !delivery.dismissed {
            delivery.superseded = self.news.quiet.get(&mark).cloned();
        }
        delivery.supersedes = self.news.hides.remove(&mark).unwrap_or_default();
    }
}
