//! The combined effect of the rules that match one request.

use super::{Action, Moment};
use crate::raw::text_of;
use serde_json::Value;

/// A request, as the rules see it.
pub(crate) struct Occasion<'a> {
    pub(crate) command: &'a str,
    pub(crate) channel: Option<&'a str>,
    /// The keys the request or its connection stands for.
    pub(crate) accounts: &'a [String],
    pub(crate) frame: Option<u64>,
}

/// The sum of what is to be done.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) delay_ms: u64,
    /// Until the list was replaced more than so many times.
    pub(crate) hold: Option<u64>,
    pub(crate) silence: Option<Moment>,
    pub(crate) cut: Option<Moment>,
    pub(crate) cut_after_frames: Option<u64>,
    /// `Some(None)`: nobody is allowed.
    pub(crate) restrict: Option<Option<Vec<String>>>,
    /// `Some(None)`: absent without a reason.
    pub(crate) absent: Option<Option<String>>,
    pub(crate) error: Option<(String, Option<String>)>,
    /// A frame to send instead of an answer.
    pub(crate) instead: Option<Instead>,
    pub(crate) no_cookie: bool,
    pub(crate) drop: Vec<i64>,
    pub(crate) tamper: Vec<Option<i64>>,
    pub(crate) reorder: Vec<Option<[usize; 2]>>,
}

/// A frame sent instead of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Instead {
    Text(String),
    Oversized(u64),
}

impl Verdict {
    /// `replaced`: how often the list was replaced before.
    pub(super) fn add(&mut self, action: &Action, replaced: u64) {
        match action {
            Action::Hold => self.hold = Some(replaced),
            Action::Delay { ms } => self.delay_ms = self.delay_ms.saturating_add(*ms),
            Action::Silence { at } => keep_first(&mut self.silence, *at),
            Action::Cut { frames: Some(frames), .. } => keep_first(&mut self.cut_after_frames, *frames),
            Action::Cut { at, frames: None } => keep_first(&mut self.cut, *at),
            Action::DropMessage { nth } => self.drop.push(*nth),
            Action::Reorder { swap } => self.reorder.push(*swap),
            Action::Tamper { nth } => self.tamper.push(*nth),
            Action::Restrict { keys } => keep_first(&mut self.restrict, keys.clone()),
            Action::New { reason } => keep_first(&mut self.absent, reason.clone()),
            Action::Error { error, message } => {
                keep_first(&mut self.error, (error.clone(), message.clone()));
            }
            Action::Garbage { frame } => keep_first(&mut self.instead, Instead::Text(frame.clone())),
            Action::Oversized { bytes } => keep_first(&mut self.instead, Instead::Oversized(*bytes)),
            Action::NoCookie => self.no_cookie = true,
            Action::ForgetPins { .. } => {}
        }
    }

    /// Whether the messages of a history answer are changed, so that all must be at hand.
    pub(crate) fn changes_messages(&self) -> bool {
        !(self.drop.is_empty() && self.tamper.is_empty() && self.reorder.is_empty())
    }

    /// Changes the stored lines of a history answer: first tampered, then dropped, then reordered.
    pub(crate) fn change_messages(&self, lines: &mut Vec<Vec<String>>) {
        for nth in &self.tamper {
            match nth {
                None => lines.iter_mut().for_each(|line| tamper(line)),
                Some(nth) => {
                    if let Some(line) = position(*nth, lines.len()).and_then(|at| lines.get_mut(at)) {
                        tamper(line);
                    }
                }
            }
        }
        let mut gone: Vec<usize> = self.drop.iter().filter_map(|nth| position(*nth, lines.len())).collect();
        gone.sort_unstable();
        gone.dedup();
        for at in gone.into_iter().rev() {
            lines.remove(at);
        }
        for swap in &self.reorder {
            match swap {
                None => lines.reverse(),
                Some([a, b]) if a.max(b) <= &lines.len() => lines.swap(a - 1, b - 1),
                Some(_) => {}
            }
        }
    }
}

fn keep_first<T>(slot: &mut Option<T>, value: T) {
    if slot.is_none() {
        *slot = Some(value);
    }
}

/// The index of the n-th of `count`, counted from 1 or, when negative, from the end.
fn position(nth: i64, count: usize) -> Option<usize> {
    let distance = usize::try_from(nth.unsigned_abs()).ok()?;
    let at = if nth > 0 { distance.checked_sub(1)? } else { count.checked_sub(distance)? };
    (at < count).then_some(at)
}

/// Replaces one character in the middle of the ciphertext by another of the base64 alphabet.
fn tamper(line: &mut [String]) {
    let Some(element) = line.get_mut(4) else { return };
    let Some(message) = text_of(element) else { return };
    let middle = message.len() / 2;
    let mut changed = String::with_capacity(message.len());
    for (at, character) in message.char_indices() {
        let other = if character == 'A' { 'B' } else { 'A' };
        changed.push(if at == middle { other } else { character });
    }
    *element = Value::from(changed).to_string();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines() -> Vec<Vec<String>> {
        ["one", "two", "three", "four"]
            .map(|m| {
                [json!(0), json!(null), json!("MSG"), json!("c"), json!(m)].map(|v| v.to_string()).into()
            })
            .into()
    }

    fn messages(verdict: &Verdict) -> Vec<String> {
        let mut lines = lines();
        verdict.change_messages(&mut lines);
        lines.iter().map(|line| text_of(&line[4]).unwrap()).collect()
    }

    #[test]
    fn messages_are_dropped_swapped_and_tampered_by_their_place() {
        let dropped = Verdict { drop: vec![1, -1, 9], ..Verdict::default() };
        assert_eq!(messages(&dropped), ["two", "three"]);
        let swapped = Verdict { reorder: vec![Some([1, 4]), Some([1, 9])], ..Verdict::default() };
        assert_eq!(messages(&swapped), ["four", "two", "three", "one"]);
        let tampered = Verdict { tamper: vec![Some(2)], ..Verdict::default() };
        assert_eq!(messages(&tampered), ["one", "tAo", "three", "four"]);
        let both = Verdict { drop: vec![1], reorder: vec![None], ..Verdict::default() };
        assert_eq!(messages(&both), ["four", "three", "two"]);
    }

    #[test]
    fn the_earlier_of_two_contradicting_rules_wins() {
        let mut verdict = Verdict::default();
        verdict.add(&Action::Error { error: "A".into(), message: None }, 0);
        verdict.add(&Action::Error { error: "B".into(), message: None }, 0);
        verdict.add(&Action::Delay { ms: 2 }, 0);
        verdict.add(&Action::Delay { ms: 3 }, 0);
        assert_eq!(verdict.error, Some(("A".into(), None)));
        assert_eq!(verdict.delay_ms, 5);
    }
}
