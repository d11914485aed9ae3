//! What speaks for an accident: every sign that a loss has, so that a person can judge. A loss with none was deliberate, as
//! far as the lines tell; one with any is offered.
//!
//! Left out before anything else: what only moved or was converted, passwords that were changed, and what went through the
//! trash.

use std::collections::HashSet;

use pinfold_core::names::names;

use crate::history::Author;
use crate::investigation::{Investigation, Whose};
use crate::joined::{Joined, Stay, went_through_the_trash};
use crate::loss::{Cause, Loss, losses};
use crate::presence::What;

/// So long after a notice a removal may be because of it, in milliseconds.
const SOON: u64 = 15 * 60 * 1000;

names! {
    /// One sign of an accident.
    #[derive(Hash, PartialOrd, Ord)]
    Reason as AccidentReason, "What speaks for an accident.":
    /// The same session removed something else within ten seconds: the rule of 2012.
    Burst = "burst",
    /// It was not in the trash before, where there is one.
    NoTrash = "no-trash",
    /// Another device or member did it.
    Elsewhere = "elsewhere",
    /// A client erased its key, on the server's word.
    KeyErased = "key-erased",
    /// The folder had been made anew, empty, or was missing.
    AfterLoss = "after-loss",
    /// It was removed soon after the person was told that something was gone.
    AfterNotice = "after-notice",
    /// It left with a whole folder of names.
    WithFolder = "with-folder",
    /// The folder that held it is gone, or was made anew.
    FolderGone = "folder-gone",
    /// A list of pins lost it, or the folder that held it, and later got back what it had lost with it.
    PinsRegrew = "pins-regrew",
}

/// What is known beside the histories.
#[derive(Debug, Clone, Default)]
pub struct Signs {
    /// The sessions of this device. If there is none, nothing is said of other devices.
    pub here: HashSet<Author>,
    /// When the person was told that something was gone, in milliseconds since the epoch: letters, a drive that was shown
    /// with a missing folder.
    pub notices: Vec<u64>,
}

impl Investigation {
    /// Everything that the account had and no longer has, as [`Investigation::losses`], and what speaks for an accident in
    /// each: sorted, and nothing where it was deliberate.
    pub fn accidents(&self, signs: &Signs) -> Vec<(Loss, Vec<Reason>)> {
        let joined = Joined::of(self);
        let losses = losses(&joined);
        let stays = losses.iter().map(|loss| joined.stay(loss.place));
        let reasons: Vec<Vec<Reason>> = losses
            .iter()
            .zip(stays)
            .map(|(loss, stay)| {
                let known = (signs, |id: &str| self.is_in_a_gap(id));
                match stay {
                    Some(stay) => reasons(&joined, loss, stay, known),
                    // Of what the vault alone knows, only the lists of pins tell more.
                    None => Vec::from_iter(self.is_in_a_gap(&loss.channel).then_some(Reason::PinsRegrew)),
                }
            })
            .collect();
        losses.into_iter().zip(reasons).collect()
    }
}

fn reasons(
    joined: &Joined<'_>,
    loss: &Loss,
    stay: &Stay<'_>,
    (signs, in_a_gap): (&Signs, impl Fn(&str) -> bool),
) -> Vec<Reason> {
    if loss.cause == Cause::PasswordChange {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut add = |is: bool, reason| found.extend(is.then_some(reason));
    let folder = (stay.document.whose == Whose::Folder).then_some(stay.document.channel.as_str());
    let regrew = [Some(loss.channel.as_str()), folder].into_iter().flatten().any(in_a_gap);
    if matches!(loss.cause, Cause::FolderLost | Cause::FolderMadeAnew) {
        add(true, Reason::FolderGone);
        add(regrew, Reason::PinsRegrew);
        return found;
    }
    let erased = loss.cause == Cause::ClientOnServerWord;
    let removed = !erased && !stay.presence.is_there() && !went_through_the_trash(stay.presence);
    let is_entry = matches!(stay.presence.what, What::File | What::SharedFolder);
    let has_trash = stay.document.whose != Whose::Folder;
    let at = loss.at.and_then(|at| at.time);
    let author = loss.at.and_then(|at| at.author);
    let elsewhere = |author: Author| !signs.here.is_empty() && !signs.here.contains(&author);
    add(removed && joined.is_in_a_burst(stay), Reason::Burst);
    add(removed && is_entry && has_trash, Reason::NoTrash);
    add(joined.is_others(stay) || removed && author.is_some_and(elsewhere), Reason::Elsewhere);
    add(erased, Reason::KeyErased);
    add(loss.cause == Cause::UserAfterLoss, Reason::AfterLoss);
    let soon = |notice: &u64| at.is_some_and(|at| (*notice..=notice.saturating_add(SOON)).contains(&at));
    add(removed && signs.notices.iter().any(soon), Reason::AfterNotice);
    add(removed && stay.presence.left_with_folder, Reason::WithFolder);
    add(regrew, Reason::PinsRegrew);
    found
}
