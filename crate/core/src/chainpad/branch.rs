//! Choosing between branches, and moving the document from one to another (PROTOCOL.md section 12.3,
//! steps 6 to 9).
//!
//! The real library goes a way twice: first to see which document the newest message is written on, and,
//! if that message is in order, once more to apply each message, where one may turn out not to fit. Then it
//! stays there, with a document between two branches. No client writes what leads there, but every reader
//! comes to the same place, and so does this one.

use super::asides::NEAR;
use super::document::Document;
use super::graph::{Effect, Graph, Id, Node};
use super::hash::Name;
use super::operations::Operations;
use super::{Chain, Fault, Operation, Step};
use std::borrow::Cow;

/// So many operations that overlap cost about what a step does.
const HEAVY: usize = 64;

/// Messages on the way to a better branch beyond which its faults are not looked for again.
const MAX_WAY: u64 = 64;

/// From one message to another: back over some, then on over others, of which the last is the newest.
struct Way(Vec<Leg>);

#[derive(Clone, Copy)]
struct Leg {
    over: Id,
    back: bool,
}

/// Where a way breaks off.
struct Stop {
    /// How many legs were gone before.
    legs: usize,
    fault: Fault,
    /// What the next message has to name there, if it is not the hash of the document there.
    expected: Option<Name>,
}

impl Chain {
    /// Moves to `newest` if its branch is better and the message in order.
    pub(super) fn consider(&mut self, newest: Id) -> Step {
        if !self.is_better(newest) {
            return Step::Remembered;
        }
        let Some(far) = self.length(self.best, newest) else {
            return Step::Refused(Fault::DocumentHashBefore);
        };
        if far > 1
            && let Some(step) = self.decided(newest)
        {
            return step;
        }
        let sure = self.is_at_best() && far > NEAR;
        // Where the way sets out: at the best message, or at one whose document is at hand and that is nearer.
        let aside = self.take_aside(newest, far);
        let from = aside.as_ref().map_or(self.best, |(tip, _)| *tip);
        let length = self.length(from, newest).unwrap_or(far);
        if far > 1 && !self.afford(length) {
            return Step::Refused(Fault::TooFar);
        }
        if let Some(fault) = if length > 1 { self.find_fault(newest, from) } else { None } {
            return Step::Refused(fault);
        }
        let Some(way) = self.way(from, newest) else { return Step::Refused(Fault::DocumentHashBefore) };
        let left = aside.map(|(_, document)| std::mem::replace(&mut self.document, document));
        let jumped = left.is_some();
        let saved = way.0.len() > 1 || jumped || self.is_odd(newest);
        let start = saved.then(|| self.document.clone());
        let drifting = self.drifting;
        let expected = self.graph.get(from).and_then(|node| node.after()).filter(|_| jumped);
        let expected = expected.unwrap_or(&self.expected).clone();
        let (mut expected, stop) = self.travel(&way, expected, start.as_ref());
        let checked = self.check(newest);
        self.drifting |= stop.is_some();
        if self.drifting && !drifting {
            self.forget_asides();
            if let Some(start) = start.as_ref().filter(|_| !jumped) {
                self.fill_checkpoints(start);
            }
        }
        if let Err(fault) = checked {
            if let Some(start) = left.or(start) {
                let there = std::mem::replace(&mut self.document, start);
                if let Some(parent) = self.graph.parent(newest).filter(|_| sure && stop.is_none()) {
                    self.put_aside(parent, there);
                }
            }
            return match fault {
                Fault::NotJson => {
                    self.note_fault(newest, Fault::NotJsonBefore);
                    Step::Refused(fault)
                }
                Fault::DocumentHashBefore => Step::Refused(fault),
                _ => {
                    self.graph.forget(newest);
                    Step::Forgotten(fault)
                }
            };
        }
        let root = self.root_after(newest);
        let passed = || self.passes(&way, way.0.len() - 1, &mut expected, start.as_ref());
        let step = match stop.map_or_else(passed, Err) {
            Ok(()) => {
                let before = std::mem::replace(&mut self.best, newest);
                self.expected = expected;
                if let Some(document) = left.or(start).filter(|_| sure) {
                    self.put_aside(before, document);
                }
                Step::Applied
            }
            Err(stop) => self.stay(&way, stop, start.as_ref()),
        };
        if let Some(root) = root {
            self.graph.prune(self.root, root, self.best);
            self.root = root;
        }
        step
    }

    /// Stays where a way breaks off.
    fn stay(&mut self, way: &Way, stop: Stop, start: Option<&Document>) -> Step {
        if let Some(at) = way.0.get(stop.legs..).unwrap_or_default().iter().find(|leg| !leg.back) {
            self.note_fault(at.over, stop.fault);
        }
        if let Some(start) = start {
            self.document = self.replay(way, stop.legs, start);
        }
        self.expected = stop.expected.unwrap_or_else(|| Name::Hash(self.document.hash()));
        Step::Refused(stop.fault)
    }

    fn is_better(&self, newest: Id) -> bool {
        let (depth, best_depth) = (self.graph.depth(newest), self.graph.depth(self.best));
        let hash = |id| self.graph.get(id).map(|node| node.hash);
        // What comes after the best one is deeper.
        depth > best_depth || (depth == best_depth && hash(newest) < hash(self.best))
    }

    /// How many messages the way from one message to another has; `None` if they have nothing in common, because
    /// the first was pruned.
    pub(super) fn length(&self, from: Id, to: Id) -> Option<u64> {
        let depth = |id| self.graph.depth(id);
        if self.graph.parent(to) == Some(from) {
            return depth(from).map(|_| 1);
        }
        let common = depth(self.graph.common(from, to)?)?;
        Some(depth(from)? + depth(to)? - 2 * common)
    }

    /// What becomes of a message without going there, where that can be told.
    fn decided(&mut self, newest: Id) -> Option<Step> {
        let node = self.graph.get(newest)?;
        let (names, blocked) = (node.names.clone(), node.blocked_by);
        if let Some(fault) = blocked.and_then(|id| self.bars(id, newest)) {
            return Some(Step::Refused(fault));
        }
        // It would be found to name another document than the one before it, and be forgotten.
        let parent = self.graph.parent(newest).and_then(|parent| self.graph.get(parent)?.after());
        if parent.is_some_and(|after| *after != names) {
            self.graph.forget(newest);
            return Some(Step::Forgotten(Fault::DocumentHash));
        }
        None
    }

    /// The fault of a message further up, if it stands in the way and the way is long. On a short one it is found again,
    /// so that a message with a fault of its own is forgotten as it should be; but nobody shall make a reader walk
    /// thousands of messages for each new one.
    fn bars(&self, id: Id, newest: Id) -> Option<Fault> {
        let fault = self.graph.get(id)?.fault?;
        let common = self.graph.common(self.best, newest)?;
        let on = self.graph.depth(newest)?.checked_sub(self.graph.depth(common)?)?;
        (on > MAX_WAY && !self.graph.leads_to(id, self.best)).then_some(fault)
    }

    /// Looks for a fault further up that is not known to be there yet, and remembers it for what comes after.
    fn find_fault(&mut self, newest: Id, from: Id) -> Option<Fault> {
        let common = self.graph.common(from, newest)?;
        let mut passed = Vec::new();
        let mut found = None;
        for id in self.graph.ancestry(newest).take_while(|id| *id != common) {
            let node = self.graph.get(id)?;
            found = if node.fault.is_some() { Some(id) } else { node.blocked_by };
            if found.is_some() {
                break;
            }
            passed.push(id);
        }
        let fault = self.bars(found?, newest)?;
        for id in passed {
            if let Some(node) = self.graph.get_mut(id) {
                node.blocked_by = found;
            }
        }
        Some(fault)
    }

    /// The way from one message to another; `None` if they have nothing in common, because the first was pruned.
    fn way(&self, from: Id, newest: Id) -> Option<Way> {
        let (mut from, mut to) = (from, newest);
        let (mut back, mut on) = (Vec::new(), Vec::new());
        while from != to {
            if self.graph.depth(to)? >= self.graph.depth(from)? {
                on.push(Leg { over: to, back: false });
                to = self.graph.parent(to)?;
            } else {
                back.push(Leg { over: from, back: true });
                from = self.graph.parent(from)?;
            }
        }
        back.extend(on.into_iter().rev());
        Some(Way(back))
    }

    fn note_fault(&mut self, id: Id, fault: Fault) {
        if let Some(node) = self.graph.get_mut(id) {
            node.fault = Some(fault);
        }
    }

    /// Whether the document before may be needed again after a message that follows it is applied, although
    /// the message takes nothing back. Clients write no such message.
    fn is_odd(&mut self, id: Id) -> bool {
        let Some(node) = self.graph.get(id) else { return false };
        let operations = node.operations.all();
        node.names != self.expected
            || node.does_nothing()
            || !self.document.is_plain(&operations)
            || (node.checkpoint
                && (!self.document.is_repeated_by(&operations)
                    || node.names != Name::Hash(self.document.hash())))
    }

    /// Brings the document to the message before the newest. `expected` is what has to be named at the start. Returns what has to be named there, and where
    /// the second walk breaks off. `start` is the document at the start, which is there if it may be needed.
    fn travel(&mut self, way: &Way, mut expected: Name, start: Option<&Document>) -> (Name, Option<Stop>) {
        let mut stop = None;
        let Some((_, legs)) = way.0.split_last() else { return (expected, stop) };
        for (at, leg) in legs.iter().enumerate() {
            self.drifting |= leg.go(&mut self.graph, &mut self.document, self.drifting);
            // Where each operation sees what the others did, to go over many of them is more than a step.
            let operations = leg.operations(&self.graph);
            if operations.len() > HEAVY && !self.document.is_plain(&operations) {
                let _ = self.afford((operations.len() / HEAVY) as u64);
            }
            if stop.is_none() {
                stop = self.passes(way, at, &mut expected, start).err();
            }
        }
        (expected, stop)
    }

    /// Whether the real library would go a leg that was just gone, and come to rest on what `expected` is
    /// set to.
    fn passes(
        &mut self,
        way: &Way,
        at: usize,
        expected: &mut Name,
        start: Option<&Document>,
    ) -> Result<(), Stop> {
        let Some((leg, node)) = way.0.get(at).and_then(|leg| Some((leg, self.graph.get(leg.over)?))) else {
            return Ok(());
        };
        let (before, after) = (Some(&node.names), node.after());
        let (before, after) = if leg.back { (after, before) } else { (before, after) };
        let stop = |fault, expected| Err(Stop { legs: at, fault, expected });
        let (Some(before), Some(after)) = (before, after.cloned()) else { return Ok(()) };
        if before != expected || (node.does_nothing() && *expected != after) {
            return stop(Fault::DocumentHashBefore, Some(expected.clone()));
        }
        // A document that is not JSON is let pass if the hashes fit nevertheless.
        if self.mode.checks_json()
            && !node.does_nothing()
            && !self.document.is_json()
            && let Some(start) = start
            && (!self.afford(at as u64) || Name::Hash(self.replay(way, at, start).hash()) != after)
        {
            return stop(Fault::NotJsonBefore, None);
        }
        *expected = after;
        Ok(())
    }

    /// Gives checkpoints back what only the document has, which is at `best` and about to drift.
    fn fill_checkpoints(&mut self, document: &Document) {
        for id in self.graph.emptied() {
            let whole = self
                .way(self.best, id)
                .map(|way| self.replay(&way, way.0.len(), document).units().into_owned());
            if let Some((node, insert)) = self.graph.get_mut(id).zip(whole) {
                let whole = Operation { offset: 0.0, remove: insert.len() as f64, insert };
                node.operations = Operations::Open(vec![whole]);
            }
        }
    }

    /// The document after some legs of a way.
    fn replay(&self, way: &Way, legs: usize, start: &Document) -> Document {
        let mut document = start.clone();
        for leg in way.0.iter().take(legs) {
            document.apply(&leg.operations(&self.graph));
        }
        document
    }

    /// Applies the newest message to the document before it, if it is in order.
    fn check(&mut self, newest: Id) -> Result<(), Fault> {
        let parent = self.graph.parent(newest).and_then(|parent| self.graph.get(parent)?.after());
        let Some(node) = self.graph.get(newest) else { return Ok(()) };
        if parent != Some(&node.names) {
            return Err(Fault::DocumentHash);
        }
        let (checkpoint, untried) = (node.checkpoint, node.is_untried());
        if !checkpoint && !self.document.is_simplest(&node.operations.all()) {
            return Err(Fault::NotSimplest);
        }
        // What an adopted checkpoint was written on came after it, and the beginning of that never did: the
        // real library stumbles there.
        if self.root_after(newest).is_some_and(|root| !self.is_known_above(root)) {
            return Err(Fault::DocumentHashBefore);
        }
        let leg = Leg { over: newest, back: false };
        self.drifting |= leg.go(&mut self.graph, &mut self.document, self.drifting);
        if checkpoint || !self.mode.checks_json() || self.document.is_json() {
            return Ok(());
        }
        // What is not plain had the document saved.
        self.document.apply(&Leg { back: true, ..leg }.operations(&self.graph));
        // What is refused counts as not tried: it may come to another document, on the way to what follows it.
        if let Some(node) = self.graph.get_mut(newest).filter(|_| untried) {
            node.forget_effect();
        }
        Err(Fault::NotJson)
    }
}

impl Leg {
    fn operations<'a>(&self, graph: &'a Graph) -> Cow<'a, [Operation]> {
        let of = |node: &'a Node| if self.back { node.inverse() } else { node.operations.all() };
        graph.get(self.over).map_or(Cow::Borrowed(&[]), of)
    }

    /// Applies the message, or takes it back. What it does is noted when it is tried for the first time.
    /// Returns whether to take it back may not lead back. `whole`: a checkpoint stays as it is.
    fn go(&self, graph: &mut Graph, document: &mut Document, whole: bool) -> bool {
        let Some(node) = graph.get_mut(self.over).filter(|_| !self.back) else {
            document.apply(&self.operations(graph));
            return false;
        };
        let operations = node.operations.all();
        if node.checkpoint {
            let repeats = operations.is_empty() || document.is_repeated_by(&operations);
            if repeats && !whole {
                // It repeats the document, as checkpoints do, and will again: the copy need not be kept.
                node.operations = Operations::Open(Vec::new());
            } else {
                document.apply(&operations);
            }
            return !repeats;
        }
        let plain = document.is_plain(&operations);
        if node.is_untried() {
            let inverse = Operations::Open(document.apply_noting(&operations));
            node.note(Effect { inverse, after: Name::Hash(document.hash()) });
        } else {
            document.apply(&operations);
        }
        !plain
    }
}
