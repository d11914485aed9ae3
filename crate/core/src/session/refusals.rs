//! New ids that the server refused, and when they are tried again.
//!
//! One id that does not fit must not keep the others out, and is not asked for at every step: the wait doubles from
//! a minute to a day. It is over when something left the server's list, because then there may be room.

use core::time::Duration;

use crate::compact::SortedMap;
use crate::ids::{EdPublic, IdSet, PinId};
use crate::pin_run::SPLITS;
use crate::ports::{UnixMillis, after};

/// The first wait, and the longest.
const FIRST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(86_400);

/// The ids that were refused under each key.
#[derive(Debug)]
pub(super) struct Refusals {
    ids: SortedMap<(EdPublic, PinId), Wait>,
    /// How often what was refused may still be halved.
    splits: usize,
}

/// `until` is `None` while it is tried.
#[derive(Debug, Default)]
struct Wait {
    until: Option<UnixMillis>,
    times: u32,
}

impl Default for Refusals {
    fn default() -> Self {
        Self { ids: SortedMap::new(), splits: SPLITS }
    }
}

impl Refusals {
    /// These were refused.
    pub(super) fn note(&mut self, now: UnixMillis, signer: &EdPublic, ids: &[PinId]) {
        for id in ids {
            let key = (signer.clone(), id.clone());
            let times = self.ids.remove(&key).map_or(0, |wait| wait.times.saturating_add(1));
            let wait = FIRST.saturating_mul(1 << times.min(16)).min(LONGEST);
            self.ids.insert(key, Wait { until: Some(after(now, wait)), times });
        }
    }

    /// These are pinned.
    pub(super) fn forget(&mut self, signer: &EdPublic, ids: &[PinId]) {
        for id in ids {
            self.ids.remove(&(signer.clone(), id.clone()));
        }
    }

    /// Something left the list: there may be room.
    pub(super) fn forget_all(&mut self, signer: &EdPublic) {
        self.ids.retain(|(key, _), _| key != signer);
    }

    /// What is not to be tried yet.
    pub(super) fn waiting(&self, signer: &EdPublic) -> IdSet {
        let mine = self.ids.iter().filter(|((key, _), wait)| key == signer && wait.until.is_some());
        mine.map(|((_, id), _)| id.clone()).collect()
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.ids.values().filter_map(|wait| wait.until).min()
    }

    /// Whether the wait of any is over by now.
    pub(super) fn tick(&mut self, now: UnixMillis) -> bool {
        let mut over = false;
        for wait in self.ids.values_mut() {
            over |= wait.until.take_if(|until| *until <= now).is_some();
        }
        over
    }

    /// A new round begins: what is refused in it may be halved.
    pub(super) fn begin(&mut self) {
        self.splits = SPLITS;
    }

    pub(super) fn may_split(&mut self) -> bool {
        let may = self.splits > 0;
        self.splits = self.splits.saturating_sub(1);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_day_and_ends_when_there_may_be_room() {
        let signer = EdPublic::parse(&"k".repeat(44)).unwrap();
        let other = EdPublic::parse(&"o".repeat(44)).unwrap();
        let ids: IdSet = PinId::parse("a").into_iter().collect();
        let mut refusals = Refusals::default();
        let mut now = 1000;
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440] {
            refusals.note(UnixMillis(now), &signer, &ids);
            assert_eq!(refusals.waiting(&signer), ids);
            assert_eq!(refusals.deadline(), Some(UnixMillis(now + wait * 60_000)));
            now += wait * 60_000;
            assert!(
                !refusals.tick(UnixMillis(now - 1))
                    && refusals.tick(UnixMillis(now))
                    && !refusals.tick(UnixMillis(now))
            );
            assert!(refusals.waiting(&signer).is_empty() && refusals.deadline().is_none());
        }
        refusals.note(UnixMillis(now), &signer, &ids);
        refusals.note(UnixMillis(now), &other, &ids);
        refusals.forget_all(&signer);
        assert!(refusals.waiting(&signer).is_empty());
        assert_eq!(refusals.waiting(&other), ids);
        refusals.forget(&other, &ids);
        refusals.note(UnixMillis(now), &other, &ids);
        assert_eq!(refusals.deadline(), Some(UnixMillis(now + 60_000)), "what was pinned begins anew");
    }
}
