//! Findings in words, for people.

use crate::conflicts::Sides;
use pinfold_datadir::lines::Relation;
use pinfold_datadir::pin_log::Oddity;
use pinfold_datadir::walk::Odd;
use std::collections::BTreeSet;

/// What is odd about a name.
pub fn odd(what: Odd) -> &'static str {
    match what {
        Odd::Name => "a name that nothing in this place should have",
        Odd::Folder => "a folder whose name is not the beginning of ids",
        Odd::OldProofs => "old proofs of who owns blobs",
        Odd::InRoot => "a file in the root of a store",
        Odd::WrongFolder => "a file in the folder of other ids",
        Odd::NotAFile => "a link, a folder or a device in place of a file",
        Odd::Unlistable => "a folder that could not be listed",
        Odd::Unreadable => "a name of which the file system says nothing",
        Odd::Unfinished => "a rewrite that was broken off",
        Odd::Lone => "files that belong to a body that is not there",
        Odd::Future => "a time of the future",
        Odd::CaseCollision => "a name that differs from another one only by upper and lower case",
        _ => "something odd",
    }
}

/// What is odd about a line of a pin log.
pub fn oddity(what: Oddity) -> &'static str {
    match what {
        Oddity::NotJson => "torn, glued to another line, or overwritten",
        Oddity::NotAList => "no list",
        Oddity::UnknownCommand => "a command that no pin log has",
        Oddity::IdsNotAList => "its ids are no list: the server's own reader dies of it",
        Oddity::OddId => "an id that lost or gained characters",
        Oddity::Unterminated => "the last line has no line break: the server does not see it",
        Oddity::Undated => "no date",
        Oddity::OddDate => "a date that is text, or looks like seconds",
        Oddity::Future => "a date of the future",
        Oddity::Backwards => "a date more than a day before the one of the line above",
        Oddity::UnexplainedShrink => "a RESET took ids off that no UNPIN had taken off",
        #[allow(unreachable_patterns, reason = "a new oddity has its own name until it has words")]
        _ => "something odd",
    }
}

/// How the two sides of a conflict relate.
pub fn sides(sides: Sides) -> &'static str {
    match sides {
        Sides::LiveIsMetadataOnly => "the live side has metadata and no content",
        Sides::ArchivedIsMetadataOnly => "the archived side has metadata and no content",
        Sides::OneFile => "both sides are one file",
        Sides::TwoBlobs => "two blobs with other bytes",
        Sides::Logs(Relation::Same) => "the same lines",
        Sides::Logs(Relation::LiveIsOlder) => "the live log is the beginning of the archived one",
        Sides::Logs(Relation::ArchivedIsOlder) => "the archived log is the beginning of the live one",
        Sides::Logs(Relation::Trimmed) => "the live log begins with the end of the archived one",
        Sides::Logs(Relation::ArchivedIsEmpty) => "the archived log has no line",
        Sides::Logs(Relation::LiveIsEmpty) => "the live log has no line: its owner may have cleared it",
        Sides::Logs(Relation::TwoHistories) => "two histories",
    }
}

/// Why a pin log is doubtful.
pub fn doubtful(why: &BTreeSet<Oddity>, old_team: bool) -> String {
    if old_team {
        return "the log of a team, without a line for long: its members may be there every day".into();
    }
    if why.is_empty() {
        return "it lies in a folder where no reader looks".into();
    }
    why.iter().map(|what| oddity(*what)).collect::<Vec<_>>().join("; ")
}

/// What a candidate waits for, by the name that a plan has for it.
pub fn waits(wait: &str) -> &'static str {
    match wait {
        "mark" => "the mark of the next run",
        "time" => "the end of their time with a mark, or in cold storage",
        "walk" => "a second complete look, a day after the first",
        "accounts" => "a report of every account that named them, or your consent",
        _ => "the first look at cold storage",
    }
}
