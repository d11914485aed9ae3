//! The documents that were seen, by their channels.

use crate::compact::sorted;
use crate::json::Text;
use crate::pins::seen::SeenFolder;

/// Looked up once for each id on record, so a list is not searched each time.
pub(super) struct Places<'s>(Vec<&'s SeenFolder>);

impl<'s> Places<'s> {
    pub(super) fn of(folders: &'s [SeenFolder]) -> Self {
        let mut places =
            sorted(folders.iter().collect(), &|a: &&SeenFolder, b: &&SeenFolder| a.channel.cmp(&b.channel));
        // Of several with one channel the first counts.
        places.dedup_by(|next, first| next.channel == first.channel);
        Self(places)
    }

    pub(super) fn find(&self, channel: &Text) -> Option<&'s SeenFolder> {
        let at = self.0.binary_search_by(|folder| folder.channel.cmp(channel)).ok()?;
        self.0.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::ledger::{Book, Record, State};
    use crate::guard::plan::{Moment, Policy, plan};
    use crate::pins::seen::{Seen, Sight};
    use std::time::{Duration, Instant};

    fn folder(number: usize, code: usize) -> SeenFolder {
        let sight =
            Sight::Unread([crate::error::Code::FolderUnreadable, crate::error::Code::FolderTimeout][code]);
        SeenFolder { channel: Text::from(format!("{number:032x}")), sight, ids: Vec::new() }
    }

    #[test]
    fn of_several_with_one_channel_the_first_is_found() {
        let folders = [folder(2, 0), folder(1, 0), folder(2, 1)];
        let places = Places::of(&folders);
        assert!(std::ptr::eq(places.find(&folders[0].channel).unwrap(), &folders[0]));
        assert!(places.find(&Text::from("x")).is_none());
    }

    /// Searching a list for each would be billions of comparisons.
    #[test]
    fn a_ledger_of_many_folders_is_planned_at_once() {
        const MANY: usize = 60_000;
        let folders: Vec<SeenFolder> = (0..MANY).map(|number| folder(number, 0)).collect();
        let record = |number: usize| Record {
            at: 1,
            state: State::Held,
            by: Text::from("device"),
            folder: folders[number].channel.clone(),
            since: None,
        };
        let ids = (0..MANY).map(|number| (Text::from(format!("{:032x}", MANY + number)), record(number)));
        let book = Book::of(ids.collect(), Vec::new(), None);
        let begun = Instant::now();
        let planned = plan(&book, &Seen { ids: &[], folders: &folders }, &Moment::at(2, Policy::default()));
        assert_eq!(planned.kept.len(), MANY);
        let by: Text = Text::from("device");
        let _ = planned.record(
            &book,
            &Seen { ids: &[], folders: &folders },
            &Moment::at(2, Policy::default()),
            None,
            &by,
        );
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}
