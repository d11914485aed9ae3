use super::*;
use crate::verdict::{Keep, Verdict};
use pinfold_datadir::config::Config;
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::{Kind, Stat};
use pinfold_datadir::pin_log::PinLog;
use pinfold_datadir::walk::Item;
use proptest::prelude::*;

const NOW: i64 = 1_780_000_000_000;
const DAY: i64 = 86_400_000;

fn stat(mtime: i64) -> Stat {
    Stat { kind: Kind::File, size: 1, mtime, atime: mtime, ctime: mtime, inode: 1, device: 1 }
}

/// Few ids, so that many lists name the same; most begin alike, so that the beginning alone does not tell them apart.
fn id(n: u8) -> ItemId {
    match n % 4 {
        0 | 1 => format!("{:032x}", u32::from(n)).parse().unwrap(),
        2 => format!("{n:02x}{}", "0".repeat(46)).parse().unwrap(),
        _ => format!("{:032x}", u32::from(n) + 0xaa).replace('a', "A").parse().unwrap(),
    }
}

fn key(n: usize) -> KeyName {
    format!("{n:043}=").parse().unwrap()
}

/// An account as a test wants it.
#[derive(Debug, Clone)]
struct Sketch {
    pins: BTreeSet<u8>,
    gone: BTreeSet<u8>,
    recent: bool,
    team: bool,
    misplaced: bool,
}

impl Sketch {
    fn log(&self) -> PinLog {
        PinLog {
            pins: self.pins.iter().copied().map(id).collect(),
            gone: self.gone.iter().filter(|n| !self.pins.contains(n)).copied().map(id).collect(),
            latest: Some(if self.recent { NOW - DAY } else { NOW - 400 * DAY }),
            begins_with_reset: self.team,
            ..PinLog::default()
        }
    }
}

fn sketches() -> impl Strategy<Value = Vec<Sketch>> {
    let ids = || proptest::collection::btree_set(0..16_u8, 0..6);
    let one = (ids(), ids(), any::<[bool; 3]>()).prop_map(|(pins, gone, [recent, team, misplaced])| Sketch {
        pins,
        gone,
        recent,
        team,
        misplaced,
    });
    proptest::collection::vec(one, 0..6)
}

/// The same in plain maps, each list read one after the other.
#[derive(Default)]
struct Model {
    pinned: BTreeMap<ItemId, KeyName>,
    doubtful: BTreeMap<ItemId, Option<KeyName>>,
    named: BTreeMap<ItemId, Vec<KeyName>>,
}

impl Model {
    fn of(strays: &[Sketch], accounts: &[Sketch], active: &BTreeSet<u8>) -> Self {
        let mut model = Self::default();
        for stray in strays {
            model.doubtful.extend(stray.pins.union(&stray.gone).map(|n| (id(*n), None)));
        }
        for (n, account) in accounts.iter().enumerate() {
            let key = key(n);
            let kept = account.recent || !account.pins.is_disjoint(active);
            let old_team = !kept && account.team;
            let all = account.pins.union(&account.gone).map(|n| id(*n));
            if kept {
                model.pinned.extend(account.pins.iter().map(|n| (id(*n), key.clone())));
            }
            if account.misplaced || old_team {
                model.doubtful.extend(all.clone().map(|id| (id, Some(key.clone()))));
            }
            if kept || old_team {
                all.for_each(|id| model.named.entry(id).or_default().push(key.clone()));
            }
        }
        model
    }

    fn wants(&self, id: &ItemId) -> Option<Verdict> {
        if let Some(account) = self.pinned.get(id) {
            return Some(Verdict::keep(Keep::Pinned, Some(account)));
        }
        self.doubtful.get(id).map(|account| Verdict::keep(Keep::Doubtful, account.as_ref()))
    }
}

proptest! {
    /// Whatever lists there are, it wants what plain maps want, by the same account.
    #[test]
    fn what_is_wanted_is_what_plain_maps_say(
        strays in sketches(),
        accounts in sketches(),
        active in proptest::collection::btree_set(0..16_u8, 0..3),
        times in any::<bool>(),
    ) {
        let mut policy = Policy::of(&Config::default(), &Decrees::default()).unwrap();
        policy.account_days = times.then_some(365);
        let mut survey = Survey { strays: strays.iter().map(Sketch::log).collect(), ..Survey::default() };
        for n in 0..16 {
            let changed = if active.contains(&n) { NOW - DAY } else { NOW - 200 * DAY };
            let body = Some(stat(changed));
            survey.live.push(&Item { id: id(n), body, metadata: None, activity: None, has_placeholder: false });
        }
        survey.live.sort();
        for (n, account) in accounts.iter().enumerate() {
            let misplaced = account.misplaced.then(|| std::path::Path::new("pins/xx/log").into());
            survey.accounts.push(Account { key: key(n), stat: stat(NOW), log: account.log(), misplaced });
        }
        let wanted = survey.wanted(&policy, NOW);
        // Without a time for accounts every list counts.
        let every: BTreeSet<u8> = (0..16).collect();
        let recent = |account: &Sketch| Sketch { recent: account.recent || !times, ..account.clone() };
        let accounts: Vec<Sketch> = accounts.iter().map(recent).collect();
        let model = Model::of(&strays, &accounts, &active);
        for n in every {
            prop_assert_eq!(wanted.wants(&id(n)), model.wants(&id(n)), "{}", id(n));
            let named = model.named.get(&id(n)).cloned().unwrap_or_default();
            prop_assert_eq!(wanted.named_by(&id(n)), named, "{}", id(n));
        }
    }
}
