//! How a command ends early: refused before anything was done, stopped in the middle, or by `Ctrl+C`. A stop wins over `Ctrl+C`: the
//! operator knows of the one, and has to hear of the other.

use super::{Failed, print};
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::finish::finish;
use pinfold_operator::journal::{Journal, Target};
use pinfold_operator::stop::Stop;
use pinfold_operator::survey::Refusal;
use std::sync::atomic::{AtomicBool, Ordering};

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Ended => Self::Ended,
            other => Self::refused(other),
        }
    }
}

impl From<Stop> for Failed {
    fn from(stop: Stop) -> Self {
        if stop.is_end() { Self::Ended } else { Self::refused(stop) }
    }
}

/// An act that was refused changed nothing. What could not be noted may be half-done.
impl From<ActError> for Failed {
    fn from(error: ActError) -> Self {
        if error.ends_the_run() { Self::Stopped(error.to_string()) } else { Self::refused(error) }
    }
}

/// Whether something that an earlier run had left under way was finished or taken back.
static FINISHED: AtomicBool = AtomicBool::new(false);

/// How a refusal begins. It is not said that nothing was changed when something was.
pub(super) fn refused() -> &'static str {
    if FINISHED.load(Ordering::Relaxed) {
        "refused, and nothing was changed but what an earlier run had left under way"
    } else {
        "refused, and nothing was changed"
    }
}

/// An act that was refused before it began changed nothing, also when an earlier one on the same is under way. One that began is under way.
pub(super) fn failed(journal: &Journal<'_>, target: &Target, error: &ActError) -> Failed {
    let began =
        journal.is_under_way(target) && !matches!(error, ActError::UnderWay(_) | ActError::Report { .. });
    if error.ends_the_run() || began {
        Failed::Stopped(format!("{target}: {error}. The next run, or `finish`, goes on"))
    } else {
        Failed::Refused(format!("{target}: {error}"))
    }
}

/// Finishes what a killed run left under way, tells what became of it, and answers whether nothing of it is left to do for anybody.
pub(super) fn finished(hands: &Hands<'_>, journal: &mut Journal<'_>) -> Result<bool, Failed> {
    let all = finish(hands, journal)
        .map_err(|error| Failed::Stopped(format!("what a run that was cut had left under way: {error}")))?;
    if !all.is_empty() {
        FINISHED.store(true, Ordering::Relaxed);
        eprint!("of a run that was cut, {}", print::finished(&all));
    }
    if all.ended { Err(Failed::Ended) } else { Ok(all.is_well()) }
}

/// After what was done is told: whether it came to its end.
pub(super) fn ended(ended: bool, stop: Option<&Stop>, not_reached: u64) -> Result<(), Failed> {
    match stop {
        Some(stop) => Err(Failed::Stopped(format!("{stop}; {not_reached} were not reached"))),
        None if ended => Err(Failed::Ended),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_wins_over_the_end_that_the_operator_wanted() {
        let stop = Stop::Hold("wait".into());
        assert!(
            matches!(ended(true, Some(&stop), 3), Err(Failed::Stopped(why)) if why.contains("wait; 3 were"))
        );
        assert!(matches!(ended(true, None, 3), Err(Failed::Ended)));
        assert!(ended(false, None, 0).is_ok());
        assert!(matches!(Failed::from(Stop::Refused(Refusal::Ended)), Failed::Ended));
        assert!(matches!(Failed::from(Stop::Expired), Failed::Refused(_)));
        let io = || std::io::Error::other("full");
        assert!(matches!(Failed::from(Stop::Disk(io())), Failed::Refused(_)));
    }
}
