//! What today's client does when something is not there, as a table that is played: each row is an account, one thing of it that the server
//! archived, and a scripted visitor who reacts as the published client was seen to. Then the client of this project meets the same absence.
//!
//! ```text
//! Row ─▶ Place: an account on a disk, one thing archived ─▶ visitor:: ─▶ what is in the drive, on the disk, on the list
//!            └──────────────── the same once more ────────▶ Holder   ─▶ nothing is erased, made or let go
//! ```

mod place;
mod visitor;

use crate::failed::Done;
use place::Place;
use std::collections::BTreeSet;

/// What is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A shared folder that the account owns.
    OwnFolder,
    /// One of somebody else's, with the key to edit it.
    EditFolder,
    /// One of somebody else's, with the key to read it.
    ViewFolder,
    /// One that lies in the trash.
    ThrownFolder,
    /// The account's own, archived while a session has it open.
    OpenFolder,
    /// A document of the drive.
    Document,
    /// The document of a team.
    Team,
    /// The list of a team's members.
    Roster,
    /// A shared folder of a team.
    TeamFolder,
    /// A calendar.
    Calendar,
    /// The profile.
    Profile,
    /// The mailbox.
    Mailbox,
    /// The mailbox of somebody who never dismissed anything.
    FreshMailbox,
    /// The account document.
    Drive,
    /// The log-in block.
    Block,
}

/// What the account's documents say afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The same as before.
    Same,
    /// The entry is gone, with its keys, and so is its place in the tree.
    Erased,
    /// The entry is gone, and its number is still in the tree.
    NumberLeft,
    /// It waits for its new password, beside the tree.
    Aside,
    /// Nobody sees it: signing in fails with these words.
    NoLogin(&'static str),
}

/// Which files the visitor's client made where the archived document had stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Nothing.
    Nothing,
    /// A metadata file, which stands in the way of a restore.
    Metadata,
    /// A log as well.
    Whole,
}

/// What is on the account's list no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpinned {
    /// Everything is still on it.
    Nothing,
    /// The thing itself.
    Itself,
    /// What is in it.
    Contents,
    /// Both.
    Both,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What is archived.
    pub thing: Thing,
    /// The reason that the server gives, if any.
    pub reason: Option<&'static str>,
    /// What the documents say then.
    pub entry: Entry,
    /// What is made anew.
    pub made: Made,
    /// What is let go.
    pub unpinned: Unpinned,
}

const fn row(
    thing: Thing,
    reason: Option<&'static str>,
    entry: Entry,
    made: Made,
    unpinned: Unpinned,
) -> Row {
    Row { thing, reason, entry, made, unpinned }
}

const INACTIVE: Option<&str> = Some("INACTIVE");
const BY_OWNER: Option<&str> = Some("ARCHIVE_OWNED");
const MODERATED: Option<&str> = Some("MODERATION_PAD:spam");
const PASSWORD: Option<&str> = Some("PASSWORD_CHANGE");

/// What the client of CryptPad 2026.2.2 was seen to do.
pub const TABLE: [Row; 28] = [
    row(Thing::OwnFolder, INACTIVE, Entry::Erased, Made::Nothing, Unpinned::Both),
    row(Thing::OwnFolder, BY_OWNER, Entry::Erased, Made::Nothing, Unpinned::Both),
    row(Thing::OwnFolder, MODERATED, Entry::Erased, Made::Nothing, Unpinned::Both),
    row(Thing::OwnFolder, None, Entry::Same, Made::Nothing, Unpinned::Contents),
    row(Thing::EditFolder, PASSWORD, Entry::Aside, Made::Nothing, Unpinned::Both),
    row(Thing::EditFolder, INACTIVE, Entry::Erased, Made::Nothing, Unpinned::Both),
    row(Thing::ViewFolder, PASSWORD, Entry::Erased, Made::Nothing, Unpinned::Both),
    row(Thing::ViewFolder, INACTIVE, Entry::Erased, Made::Nothing, Unpinned::Both),
    row(Thing::ThrownFolder, INACTIVE, Entry::Erased, Made::Nothing, Unpinned::Both),
    row(Thing::OpenFolder, BY_OWNER, Entry::NumberLeft, Made::Nothing, Unpinned::Itself),
    row(Thing::Document, INACTIVE, Entry::Same, Made::Nothing, Unpinned::Nothing),
    row(Thing::Document, None, Entry::Same, Made::Nothing, Unpinned::Nothing),
    row(Thing::Team, INACTIVE, Entry::Erased, Made::Nothing, Unpinned::Nothing),
    row(Thing::Team, None, Entry::Erased, Made::Metadata, Unpinned::Nothing),
    row(Thing::Roster, INACTIVE, Entry::Erased, Made::Nothing, Unpinned::Nothing),
    row(Thing::Roster, None, Entry::Erased, Made::Nothing, Unpinned::Nothing),
    row(Thing::TeamFolder, INACTIVE, Entry::Erased, Made::Nothing, Unpinned::Nothing),
    row(Thing::Calendar, INACTIVE, Entry::Erased, Made::Nothing, Unpinned::Itself),
    row(Thing::Calendar, None, Entry::Erased, Made::Nothing, Unpinned::Itself),
    row(Thing::Profile, INACTIVE, Entry::Same, Made::Nothing, Unpinned::Nothing),
    row(Thing::Profile, None, Entry::Same, Made::Whole, Unpinned::Nothing),
    row(Thing::Mailbox, INACTIVE, Entry::Same, Made::Nothing, Unpinned::Nothing),
    row(Thing::Mailbox, None, Entry::Same, Made::Nothing, Unpinned::Nothing),
    row(Thing::FreshMailbox, None, Entry::Same, Made::Whole, Unpinned::Nothing),
    row(Thing::Drive, INACTIVE, Entry::NoLogin("an error"), Made::Nothing, Unpinned::Nothing),
    row(Thing::Drive, None, Entry::NoLogin("no such user"), Made::Metadata, Unpinned::Nothing),
    row(Thing::Block, INACTIVE, Entry::NoLogin("deleted"), Made::Nothing, Unpinned::Nothing),
    row(Thing::Block, MODERATED, Entry::NoLogin("deleted"), Made::Nothing, Unpinned::Nothing),
];

/// What came of one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What the documents say.
    pub entry: Entry,
    /// What was made.
    pub made: Made,
    /// Ids that are on the list no longer.
    pub unpinned: BTreeSet<String>,
}

/// Plays a row with today's client. Answers what is not as the row says.
///
/// # Errors
/// When it cannot go on.
pub async fn today(row: &Row, seed: u64) -> Done<Vec<String>> {
    let place = Place::set(row, seed)?;
    let server = place.serve().await?;
    let refused = visitor::visit(&server, &place, row).await?;
    server.shutdown().await;
    let seen = place.look(refused)?;
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: String| faults.extend((!holds).then_some(what));
    must(seen.entry == row.entry, format!("the entry: {:?}", seen.entry));
    must(seen.made == row.made, format!("made: {:?}", seen.made));
    must(seen.unpinned == place.of(row.unpinned), format!("let go: {} ids", seen.unpinned.len()));
    Ok(faults)
}

/// Plays a row with the client of this project: nothing is erased, made or let go. Answers what is not so.
///
/// # Errors
/// When it cannot go on.
pub async fn ours(row: &Row, seed: u64) -> Done<Vec<String>> {
    let place = Place::set(row, seed)?;
    let server = place.serve().await?;
    let came = place.comes_with_pinfold(&server).await;
    server.shutdown().await;
    let signs_in = !matches!(row.entry, Entry::NoLogin(_));
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: String| faults.extend((!holds).then_some(what));
    must(came.is_ok() == signs_in, format!("signing in: {came:?}"));
    let seen = place.look(None)?;
    must(!signs_in || seen.entry == Entry::Same, format!("the entry: {:?}", seen.entry));
    must(seen.made == Made::Nothing, format!("made: {:?}", seen.made));
    must(seen.unpinned.is_empty(), format!("let go: {} ids", seen.unpinned.len()));
    Ok(faults)
}
