//! Whether an entry left on purpose, as far as the lines of a log tell.
//!
//! Three signs of an accident are known so far (of those that people's incidents have shown): more than one entry at
//! once, none of which was in the trash; one that was not in the trash, where there is one; and a folder's key that a
//! client erased by itself, on a server's word. What was thrown away and then away from the trash is no accident, however
//! much it is.

use core::time::Duration;

use crate::json::Text;
use crate::ports::UnixMillis;

/// Removals that are not further apart are one.
const BURST: Duration = Duration::from_secs(10);
/// What one session writes in this time belongs together.
const SAME: Duration = Duration::from_secs(1);

/// An entry that left a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The channel of the document.
    pub document: Text,
    /// The connection that wrote the message, as the server names it; `None` where that is not known.
    pub author: Option<Text>,
    /// The server's time of the message; `None` where that is not known.
    pub time: Option<UnixMillis>,
    /// Whether the document has a trash: a shared folder has none.
    pub has_trash: bool,
    /// Whether the entry was in the trash before.
    pub trashed: bool,
    /// Whether a client erased the key of a folder and left its number in the tree, as no command of a user's does.
    pub erased: bool,
}

/// What speaks for an accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// With others, within seconds.
    Burst,
    /// Without having been in the trash.
    NoTrash,
    /// By a client, on a server's word.
    KeyErased,
}

/// What speaks for an accident in one of these departures, if anything does.
pub fn sign_of_accident(of: &Departure, all: &[Departure]) -> Option<Sign> {
    // Times that are not known may be any.
    let within = |other: &Departure, span: Duration| match (of.time, other.time) {
        (Some(a), Some(b)) => a.apart(b) <= span,
        _ => true,
    };
    let same_author = |other: &Departure| of.author.is_some() && other.author == of.author;
    let erased = |other: &Departure| other.erased && same_author(other) && within(other, SAME);
    if of.erased || all.iter().any(erased) {
        return Some(Sign::KeyErased);
    }
    if of.trashed {
        return None;
    }
    if of.has_trash {
        return Some(Sign::NoTrash);
    }
    let with = |other: &&Departure| {
        !other.trashed && (other.document == of.document || same_author(other)) && within(other, BURST)
    };
    // It is one of them itself.
    (all.iter().filter(with).count() > 1).then_some(Sign::Burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(document: &str, author: &str, time: UnixMillis) -> Departure {
        let author = (!author.is_empty()).then(|| author.into());
        let time = (time > UnixMillis(0)).then_some(time);
        Departure { document: document.into(), author, time, has_trash: false, trashed: false, erased: false }
    }

    fn signs(all: &[Departure]) -> Vec<Option<Sign>> {
        all.iter().map(|of| sign_of_accident(of, all)).collect()
    }

    #[test]
    fn one_document_of_a_folder_is_meant_and_two_at_once_are_not() {
        assert_eq!(signs(&[left("f", "x", UnixMillis(1_000_000))]), [None]);
        assert_eq!(
            signs(&[left("f", "x", UnixMillis(1_000_000)), left("f", "x", UnixMillis(1_010_000))]),
            [Some(Sign::Burst); 2]
        );
        assert_eq!(
            signs(&[left("f", "x", UnixMillis(1_000_000)), left("f", "x", UnixMillis(1_010_001))]),
            [None; 2]
        );
        // Of one session over several documents, and of nobody knows when.
        assert_eq!(
            signs(&[left("f", "x", UnixMillis(1)), left("g", "x", UnixMillis(2))]),
            [Some(Sign::Burst); 2]
        );
        assert_eq!(signs(&[left("f", "x", UnixMillis(1)), left("g", "y", UnixMillis(2))]), [None; 2]);
        assert_eq!(
            signs(&[left("f", "", UnixMillis(0)), left("f", "x", UnixMillis(1_000_000))]),
            [Some(Sign::Burst); 2]
        );
    }

    #[test]
    fn what_was_in_the_trash_was_meant_however_much_it_is() {
        let of = |trashed| Departure { has_trash: true, trashed, ..left("root", "x", UnixMillis(5)) };
        assert_eq!(signs(&[of(true), of(true), of(true)]), [None; 3]);
        assert_eq!(signs(&[of(true), of(false)]), [None, Some(Sign::NoTrash)]);
        assert_eq!(signs(&[of(false)]), [Some(Sign::NoTrash)]);
    }

    #[test]
    fn a_key_that_a_client_erased_speaks_for_what_it_did_in_that_second() {
        let erased = Departure { has_trash: true, erased: true, ..left("root", "x", UnixMillis(10_000)) };
        let trashed = |time| Departure { has_trash: true, trashed: true, ..left("team", "x", time) };
        let all = [
            erased,
            trashed(UnixMillis(11_000)),
            trashed(UnixMillis(11_001)),
            left("f", "y", UnixMillis(10_000)),
        ];
        assert_eq!(signs(&all), [Some(Sign::KeyErased), Some(Sign::KeyErased), None, None]);
    }
}
