//! A line of the journal as it is held in memory: a journal of years has millions of them, and nearly all say little.

use super::{Act, Elsewhere, Record, Seen, Step, Target};
use std::collections::BTreeMap;

/// What nearly every line says, but for what it is about: 24 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Short {
    pub(super) at: i64,
    pub(super) bytes: u64,
    /// The number of the run and the reason in [`Words`].
    pub(super) words: u32,
    pub(super) act: Act,
    pub(super) step: Step,
    /// No part of the line, and here because there is room.
    pub(super) cold: Cold,
}

/// Where the line stands that put the copy at the classic place of cold storage there, as long as nothing took that copy away. A restore
/// that failed left it there.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cold {
    #[default]
    None,
    /// It is this line.
    Last,
    /// It is an earlier one.
    Before,
}

/// What few lines say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rest {
    generation: Option<u32>,
    placeholder: Option<String>,
    sha256: Option<String>,
    digested: Option<u64>,
    seen: Option<Seen>,
    elsewhere: Option<Elsewhere>,
    logs: Option<u64>,
    given_up: Option<String>,
}

/// A line, without what it is about.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) short: Short,
    pub(super) rest: Option<Box<Rest>>,
}

/// A line that lies somewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) short: &'a Short,
    pub(super) rest: Option<&'a Rest>,
}

impl Short {
    /// Whether its act began and did not end.
    pub(super) fn is_under_way(&self) -> bool {
        !matches!(self.step, Step::Done | Step::Undone)
    }
}

impl Line {
    pub(super) fn of(record: Record, words: &mut Words) -> (Target, Self) {
        let Record { at, run, act, id, step, reason, generation, bytes, placeholder, .. } = record;
        let Record { sha256, digested, seen, elsewhere, logs, given_up, .. } = record;
        let rest = Rest { generation, placeholder, sha256, digested, seen, elsewhere, logs, given_up };
        let rest = (rest != Rest::default()).then(|| Box::new(rest));
        let short = Short { at, bytes, words: words.number(&run, &reason), act, step, cold: Cold::None };
        (id, Self { short, rest })
    }

    pub(super) fn told(&self) -> Told<'_> {
        Told { short: &self.short, rest: self.rest.as_deref() }
    }

    pub(super) fn generation(&self) -> Option<u32> {
        self.rest.as_ref()?.generation
    }
}

impl Told<'_> {
    /// The line, which is about this.
    pub(super) fn record(self, id: &Target, words: &Words) -> Record {
        let Short { at, bytes, act, step, .. } = *self.short;
        let (run, reason) = words.of(self.short.words);
        let rest = self.rest.cloned().unwrap_or_default();
        let Rest { generation, placeholder, sha256, digested, seen, elsewhere, logs, given_up } = rest;
        let (run, reason, id) = (run.into(), reason.into(), id.clone());
        Record {
            at,
            run,
            act,
            id,
            step,
            reason,
            generation,
            bytes,
            placeholder,
            sha256,
            digested,
            seen,
            elsewhere,
            logs,
            given_up,
        }
    }
}

/// The names of runs, each with a reason: a run writes thousands of lines with the same ones.
#[derive(Debug, Default)]
pub(super) struct Words {
    pairs: Vec<(Box<str>, Box<str>)>,
    numbers: BTreeMap<Box<str>, BTreeMap<Box<str>, u32>>,
    last: u32,
}

impl Words {
    fn of(&self, number: u32) -> (&str, &str) {
        let pair = usize::try_from(number).ok().and_then(|number| self.pairs.get(number));
        pair.map_or(("", ""), |(run, reason)| (run, reason))
    }

    fn number(&mut self, run: &str, reason: &str) -> u32 {
        if self.of(self.last) == (run, reason) && !self.pairs.is_empty() {
            return self.last;
        }
        let known = self.numbers.get(run).and_then(|reasons| reasons.get(reason)).copied();
        self.last = known.unwrap_or_else(|| {
            // A journal with as many runs as there are numbers does not fit on any disk.
            let number = u32::try_from(self.pairs.len()).unwrap_or(u32::MAX);
            self.pairs.push((run.into(), reason.into()));
            self.numbers.entry(run.into()).or_default().insert(reason.into(), number);
            number
        });
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_takes_24_bytes_and_what_is_known_of_a_target_40() {
        assert_eq!((size_of::<Short>(), size_of::<crate::journal::known::Known>()), (24, 40));
    }

    fn records() -> impl Strategy<Value = Record> {
        let few = || prop_oneof![Just(String::new()), Just("a".to_owned()), Just("b".to_owned())];
        let text = || proptest::option::of(few());
        let rest = (text(), text(), proptest::option::of(0..3_u64), proptest::option::of(0..3_u32), text());
        let act = prop_oneof![Just(Act::Mark), Just(Act::Archive), Just(Act::Send)];
        (few(), few(), act, any::<i64>(), any::<u64>(), rest).prop_map(
            |(run, reason, act, at, bytes, (placeholder, sha256, digested, generation, given_up))| Record {
                at,
                run,
                act,
                id: Target::Task("day/name".into()),
                step: Step::Done,
                reason,
                generation,
                bytes,
                placeholder,
                sha256,
                digested,
                seen: digested.map(|n| (n, at, bytes)),
                elsewhere: None,
                logs: digested,
                given_up,
            },
        )
    }

    proptest! {
        #[test]
        fn lines_are_told_as_they_were_written(records in proptest::collection::vec(records(), 0..20)) {
            let mut words = Words::default();
            let held: Vec<_> = records.iter().map(|record| Line::of(record.clone(), &mut words)).collect();
            let told: Vec<_> = held.iter().map(|(id, line)| line.told().record(id, &words)).collect();
            prop_assert_eq!(told, records);
        }
    }
}
