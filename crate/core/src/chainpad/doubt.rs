//! Whether a history may hold more than was understood.

use super::{Chain, Fault, Malformed, Step};

/// A doubt about a history, raised by a message that hangs on something missing.
///
/// Such a message is harmless if those who had everything went on without it: then its branch has lost, or it
/// was nonsense. Everybody reads in the order of the server, so whoever writes after a message that came
/// later than the doubtful one has seen that. One message more proves nothing: it may have been under way,
/// and have become the newest only because what is missing is missing.
#[derive(Debug, Default)]
pub struct Doubt {
    why: Option<&'static str>,
    /// How many messages had come when it was raised last.
    since: usize,
}

impl Doubt {
    /// Why there is more than was understood, if that may be.
    pub fn why(&self) -> Option<&'static str> {
        self.why
    }

    /// What the next message says about those before it. `None`: it was damaged.
    pub fn note(&mut self, step: Option<Step>, chain: &Chain) {
        match step {
            None => self.raise("a message was damaged", chain),
            Some(Step::Stray { beyond_gap: true }) => self.raise("a patch whose parent never came", chain),
            // The real library accepts some of these. A client that did so has another document than we have.
            Some(Step::Malformed(Malformed::Removal)) => {
                self.raise("a patch that others may have taken", chain);
            }
            // After a checkpoint that named a false hash, and where a way between branches broke off, the rest
            // of the log is out of reach.
            Some(Step::Refused(fault)) if fault == Fault::DocumentHashBefore || !chain.can_be_followed() => {
                self.raise("a patch on a document that is not ours", chain);
            }
            Some(Step::Refused(Fault::TooFar)) => {
                self.raise("branches that cost more than any real history", chain);
            }
            Some(Step::Adopted) => self.why = None,
            Some(Step::Applied) if chain.was_written_after(self.since) => self.why = None,
            Some(_) => {}
        }
    }

    /// There may be more than was understood, for this reason.
    pub fn raise(&mut self, why: &'static str, chain: &Chain) {
        *self = Self { why: Some(why), since: chain.arrivals() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chainpad::Mode;

    #[test]
    fn a_patch_that_others_may_have_taken_is_doubted_and_plain_nonsense_is_not() {
        let mut chain = Chain::new(Mode::Text);
        let root = chain.root_hash().unwrap();
        let empty = chain.document_hash();
        let patch = |remove| format!(r#"[2,[[0,{remove},"x"],"{empty}"],"{root}"]"#);
        let words = patch(0).replace("[0,0,", r#"["0",0,"#);
        for (text, doubted) in [("[2]", false), ("garbage", false), (&words, false), (&patch(-1), true)] {
            let mut doubt = Doubt::default();
            doubt.note(Some(chain.push(text)), &chain);
            assert_eq!(doubt.why().is_some(), doubted, "{text}");
        }
        let mut doubt = Doubt::default();
        doubt.note(Some(chain.push(&patch(0))), &chain);
        assert_eq!((doubt.why(), chain.document_text()), (None, "x".into()));
    }
}
