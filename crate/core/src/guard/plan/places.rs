//! The documents that were seen, by their channels.

use std::cell::Cell;

use crate::compact::sorted;
use crate::json::Text;
use crate::pins::seen::SeenFolder;

/// Looked up once for each id on record, so a list is not searched each time.
pub(super) struct Places<'s> {
    sorted: Vec<&'s SeenFolder>,
    /// How many were looked at so far: the measure of its work.
    looks: Cell<u64>,
}

impl<'s> Places<'s> {
    pub(super) fn of(folders: &'s [SeenFolder]) -> Self {
        let mut places =
            sorted(folders.iter().collect(), &|a: &&SeenFolder, b: &&SeenFolder| a.channel.cmp(&b.channel));
        // Of several with one channel the first counts.
        places.dedup_by(|next, first| next.channel == first.channel);
        Self { sorted: places, looks: Cell::new(0) }
    }

    pub(super) fn find(&self, channel: &Text) -> Option<&'s SeenFolder> {
        let found = self.sorted.binary_search_by(|folder| {
            self.looks.set(self.looks.get() + 1);
            folder.channel.cmp(channel)
        });
        self.sorted.get(found.ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::ledger::{Book, Record, State};
    use crate::guard::plan::{Moment, Policy, plan};
    use crate::ids::IdSet;
    use crate::pins::seen::{Seen, Sight};
    use crate::ports::UnixMillis;

    fn folder(number: usize, code: usize) -> SeenFolder {
        let sight =
            Sight::Unread([crate::error::Code::FolderUnreadable, crate::error::Code::FolderTimeout][code]);
        SeenFolder {
            channel: Text::from(format!("{number:032x}")),
            sight,
            ids: IdSet::new(),
            made_anew: false,
        }
    }

    #[test]
    fn of_several_with_one_channel_the_first_is_found() {
        let folders = [folder(2, 0), folder(1, 0), folder(2, 1)];
        let places = Places::of(&folders);
        assert!(std::ptr::eq(places.find(&folders[0].channel).unwrap(), &folders[0]));
        assert!(places.find(&Text::from("x")).is_none());
    }

    /// Searching a list for each would be billions of comparisons: it would not end.
    #[test]
    fn a_ledger_of_many_folders_is_planned_without_searching_a_list_for_each() {
        const MANY: usize = 60_000;
        let folders: Vec<SeenFolder> = (0..MANY).map(|number| folder(number, 0)).collect();
        let places = Places::of(&folders);
        assert!(folders.iter().all(|folder| places.find(&folder.channel).is_some()));
        assert!(places.looks.get() <= MANY as u64 * 17, "{}", places.looks.get());
        let record = |number: usize| Record {
            at: UnixMillis(1),
            state: State::Held,
            by: Text::from("device"),
            folder: folders[number].channel.clone(),
            since: None,
        };
        let ids = (0..MANY).map(|number| (Text::from(format!("{:032x}", MANY + number)), record(number)));
        let book = Book::of(ids.collect(), Vec::new(), None);
        let ids = IdSet::new();
        let seen = Seen { ids: &ids, folders: &folders };
        let moment = Moment::at(UnixMillis(2), Policy::default());
        let planned = plan(&book, &seen, &moment);
        assert_eq!(planned.retained.len(), MANY);
        let _ = planned.record(&book, &seen, &moment, None, &Text::from("device"));
    }
}
