//! The notice that an operator writes for one account (`pinfold-operator notices`), as the account reads it.

use std::collections::HashMap;

use pinfold_core::error::Error;
use pinfold_core::exchange::{Happened, notice};
use pinfold_core::json::Text;

use crate::fate::Notice;
use crate::investigation::Investigation;
use crate::tag::tag_of;

/// A notice: which documents were moved away, and which were brought back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoticeFile {
    items: Vec<Notice>,
    /// When channels were archived and put back, in the order of time: which, when, whether it was put back.
    moves: Vec<(String, u64, bool)>,
    /// From when to when channels were in the archive, of those that were put back.
    away: Vec<(String, u64, u64)>,
    /// When the last of them was brought back, in milliseconds since the epoch.
    last: Option<u64>,
}

impl NoticeFile {
    /// Reads the JSON of a notice. Items of a kind that is not known here say nothing.
    ///
    /// # Errors
    /// `misuse/bad-argument` for another version, for what is no notice, and for one with more than a million documents.
    pub fn read(text: &str) -> Result<Self, Error> {
        let mut read = Self::default();
        for item in notice(text)? {
            let restored = item.event == Some(Happened::Restored);
            if let Some(at) = item.at.filter(|_| restored || item.event == Some(Happened::Archived)) {
                read.moves.push((item.id.clone(), at, restored));
            }
            if restored {
                read.last = read.last.max(item.at);
            }
            read.away.extend(item.away.iter().map(|(from, until)| (item.id.clone(), *from, *until)));
            read.items.push(Notice { channel: item.id, restored });
        }
        read.moves.sort_by_key(|(_, at, _)| *at);
        Ok(read)
    }

    /// From when to when each channel was in the archive, as far as the notice says: the last time without an end, if it was not
    /// put back. Of what was put back, a notice without `away` does not say it.
    pub fn times_away(&self) -> Vec<(&str, u64, Option<u64>)> {
        let away = self.away.iter().map(|(channel, from, until)| (channel.as_str(), *from, Some(*until)));
        let mut times: Vec<_> = away.collect();
        let mut open: HashMap<&str, u64> = HashMap::new();
        for (channel, at, restored) in &self.moves {
            if !restored {
                open.entry(channel).or_insert(*at);
            } else if let Some(from) = open.remove(channel.as_str()) {
                times.push((channel.as_str(), from, Some(*at)));
            }
        }
        let mut open: Vec<_> = open.into_iter().map(|(channel, from)| (channel, from, None)).collect();
        open.sort_unstable();
        times.extend(open);
        times
    }

    /// What it says, for [`Investigation::fate`](crate::Investigation::fate).
    pub fn items(&self) -> &[Notice] {
        &self.items
    }

    /// The channels that were brought back.
    pub fn restored(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter(|item| item.restored).map(|item| item.channel.as_str())
    }

    /// The tag of the last day on which something was brought back: the notice tells people to search for it.
    pub fn tag(&self) -> Option<Text> {
        self.last.map(tag_of)
    }
}

impl Investigation {
    /// Takes in an operator's notice, in place of an earlier one: when channels were archived, and put back.
    pub fn noticed(&mut self, notice: &NoticeFile) {
        // Of what was put back, an old notice does not say since when it was away.
        self.evidence.away = notice.restored().map(|channel| (channel.to_owned(), Vec::new())).collect();
        for (channel, from, until) in notice.times_away() {
            self.was_archived(channel, from, until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_brought_back_is_named_and_dated() {
        let text = r##"{"version":1,"account":"k","made":1,"search":["#RESTORED-20190614"],"items":[
            {"id":"a","event":"restored","at":1560470400000,"bytes":1},
            {"id":"b","event":"archived","at":1560570400000,"bytes":1},
            {"id":"c","event":"restored","at":1560470300000,"bytes":1},
            {"id":"d","event":"conflict","bytes":1},{"event":"restored"},7]}"##;
        let notice = NoticeFile::read(text).unwrap();
        assert_eq!(notice.restored().collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(notice.tag(), Some("RESTORED-20190614".into()));
        assert_eq!(notice.items().len(), 4);
        assert_eq!(notice.times_away(), [("b", 1_560_570_400_000, None)]);
        assert_eq!(NoticeFile::read(r#"{"version":1,"items":[]}"#).unwrap().tag(), None);
    }

    #[test]
    fn a_channel_was_away_from_its_archiving_until_it_was_put_back() {
        let text = r#"{"version":1,"items":[{"id":"a","event":"restored","at":30},{"id":"a","event":"archived","at":10},
            {"id":"a","event":"archived","at":20},{"id":"b","event":"restored","at":5},{"id":"a","event":"archived","at":40}]}"#;
        let notice = NoticeFile::read(text).unwrap();
        assert_eq!(notice.times_away(), [("a", 10, Some(30)), ("a", 40, None)]);
    }

    /// An operator's notice has one item for each document: of what was put back, it says since when it was away.
    #[test]
    fn what_was_put_back_says_since_when_it_was_away() {
        let text = r#"{"version":1,"items":[{"id":"a","event":"restored","at":30,"away":[[10,30]]},
            {"id":"b","event":"archived","at":50,"away":[[10,20]]},{"id":"c","event":"marked","at":9,"away":[[1,2]]}]}"#;
        let notice = NoticeFile::read(text).unwrap();
        let wanted = [("a", 10, Some(30)), ("b", 10, Some(20)), ("c", 1, Some(2)), ("b", 50, None)];
        assert_eq!(notice.times_away(), wanted);
    }
}
