//! How far a reading is, for a person who waits: on a terminal only, and never among the results.

use std::io::{IsTerminal, stderr, stdout};

use indicatif::ProgressBar;
use pinfold_recovery::{Moment, Reading};

use super::Hears;

/// Every so many lines it is told.
const EACH: usize = 256;

/// See the module.
pub(crate) struct Progress {
    bar: ProgressBar,
    documents: usize,
    lines: usize,
}

impl Progress {
    /// `streams`: results are printed while it goes on. On a terminal they say enough.
    pub(crate) fn new(streams: bool) -> Self {
        let shown = stderr().is_terminal() && !(streams && stdout().is_terminal());
        let bar = if shown { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        Self { bar, documents: 0, lines: 0 }
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Hears for Progress {
    fn line(&mut self, _reading: &Reading, moment: Moment) {
        self.documents += usize::from(moment.line == 0);
        self.lines += 1;
        if self.lines.is_multiple_of(EACH) {
            self.bar.set_message(format!("{} documents, {} lines", self.documents, self.lines));
            self.bar.tick();
        }
    }

    fn answered(&mut self, answered: usize, asked: usize) {
        self.bar.set_message(format!("{answered} of {asked} questions"));
        self.bar.tick();
    }
}
