//! How a command ends early: refused before anything was done, stopped in the middle, or by `Ctrl+C`. A stop wins over `Ctrl+C`: the
//! operator knows of the one, and has to hear of the other.

use super::Failed;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::finish::finish;
use pinfold_operator::journal::Journal;
use pinfold_operator::stop::Stop;
use pinfold_operator::survey::Refusal;

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

/// A single act that was refused changed nothing. What could not be noted may be half-done.
impl From<ActError> for Failed {
    fn from(error: ActError) -> Self {
        if error.ends_the_run() { Self::Stopped(error.to_string()) } else { Self::refused(error) }
    }
}

/// Finishes what a killed run left under way, tells what became of it, and answers whether all of it has ended.
pub(super) fn finished(hands: &Hands<'_>, journal: &mut Journal<'_>) -> Result<bool, Failed> {
    let all = finish(hands, journal)?;
    if !all.is_empty() {
        eprintln!("{} acts of a run that was cut were finished", all.finished.len());
        for (id, why) in &all.taken_back {
            eprintln!("  {id} was taken back: {why}");
        }
        for (id, why) in &all.left {
            eprintln!("  {id} is still under way: {why}");
        }
    }
    if all.ended { Err(Failed::Ended) } else { Ok(all.left.is_empty()) }
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
        assert!(matches!(Failed::from(ActError::Journal(io())), Failed::Stopped(_)));
        assert!(matches!(Failed::from(Stop::Disk(io())), Failed::Refused(_)));
    }
}
