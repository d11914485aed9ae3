//! Every order of replies, by running again with another choice at the last fork.

use crate::harness::Schedule;
use crate::server::Answer;

/// A schedule that follows given choices, then always takes the first, and remembers every fork.
#[derive(Debug, Default, Clone)]
pub struct Path {
    choices: Vec<usize>,
    forks: Vec<(usize, usize)>,
}

impl Path {
    /// Follows the choices of an earlier run, to see it again.
    pub fn replay(choices: Vec<usize>) -> Self {
        Self { choices, forks: Vec::new() }
    }

    /// The choices that were made.
    pub fn choices(&self) -> Vec<usize> {
        self.forks.iter().map(|(chosen, _)| *chosen).collect()
    }

    /// The next path in lexicographic order, or `None` after the last.
    fn next(mut self) -> Option<Self> {
        while let Some((chosen, count)) = self.forks.pop() {
            if chosen + 1 < count {
                let mut choices = self.choices();
                choices.push(chosen + 1);
                return Some(Self::replay(choices));
            }
        }
        None
    }
}

impl Schedule for Path {
    fn choose(&mut self, pending: &[Answer]) -> usize {
        let at = self.forks.len();
        let chosen = self.choices.get(at).copied().unwrap_or(0).min(pending.len().saturating_sub(1));
        self.forks.push((chosen, pending.len()));
        chosen
    }
}

/// Runs `body` once for every order of replies; it gets the schedule and says what was wrong, if anything.
/// Returns how many orders there were.
///
/// # Errors
/// What was wrong, with the choices that show it again through [`Path::replay`].
pub fn every_order(mut body: impl FnMut(&mut Path) -> Result<(), String>) -> Result<usize, String> {
    let mut path = Path::default();
    let mut orders = 0;
    loop {
        orders += 1;
        body(&mut path)
            .map_err(|what| format!("{what}\nreplay with Path::replay(vec!{:?})", path.choices()))?;
        match path.next() {
            Some(next) => path = next,
            None => return Ok(orders),
        }
    }
}
