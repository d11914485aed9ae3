//! What is no longer there, by whose doing, and where its key still is.

use std::collections::HashSet;

use pinfold_core::names::names;

use crate::history::Moment;
use crate::investigation::{Document, Investigation, Whose};
use crate::joined::{Joined, Stay, stands, went_through_the_trash};
use crate::place::Place;
use crate::presence::What;
use crate::reading::Copy;

names! {
    /// Who or what took something away.
    #[derive(Hash)]
    Cause as LossCause, "Who or what took something away.":
    /// The user, through the trash.
    UserTrash = "user-trash",
    /// The user, one at a time, without the trash.
    UserRemoved = "user-removed",
    /// The user, with others within seconds: an accident by the rule of 2012.
    UserBurst = "user-burst",
    /// The user, a folder that had been made anew empty, or was missing.
    UserAfterLoss = "user-after-loss",
    /// Another member.
    OtherMember = "other-member",
    /// Another member, through the trash.
    OtherMemberTrash = "other-member-trash",
    /// Another member, with others within seconds.
    OtherMemberBurst = "other-member-burst",
    /// The client erased it, because the server said that its channel was gone.
    ClientOnServerWord = "client-on-server-word",
    /// A person removed a folder, or a client erased it on the server's word: it cannot be told, because both write the same. So it is
    /// in a team's drive, and in the trash.
    RemovedOrErased = "removed-or-erased",
    /// Somebody changed the password of the folder.
    PasswordChange = "password-change",
    /// The folder was made anew empty where the old one had been.
    FolderMadeAnew = "folder-made-anew",
    /// The key of its folder is gone.
    FolderLost = "folder-lost",
    /// It cannot be told: no history that was read names it. The vault knows that it left, and keeps its key.
    Unknown = "unknown",
}

impl Cause {
    /// Whether the person wanted it.
    pub const fn intent(self) -> Intent {
        match self {
            Self::UserTrash | Self::UserRemoved | Self::PasswordChange => Intent::Deliberate,
            Self::UserAfterLoss | Self::RemovedOrErased | Self::Unknown => Intent::Doubtful,
            Self::OtherMember | Self::OtherMemberTrash | Self::OtherMemberBurst => Intent::Other,
            Self::UserBurst | Self::ClientOnServerWord | Self::FolderMadeAnew | Self::FolderLost => {
                Intent::Accident
            }
        }
    }
}

names! {
    /// Whether the person wanted it.
    #[derive(Hash)]
    Intent as Intent, "Whether the person wanted a loss.":
    /// Yes.
    Deliberate = "deliberate",
    /// No.
    Accident = "accident",
    /// It cannot be told: it is offered.
    Doubtful = "doubtful",
    /// Somebody else did it: the person is told, and decides.
    Other = "other",
}

names! {
    /// Where the key still is.
    #[derive(Hash)]
    KeyAt as KeyAt, "Where the key of something lost still is.":
    /// In the document now: in the tree, the trash, or the list of old folders.
    Present = "present",
    /// In the history of the account's drive.
    HistoryDrive = "history-drive",
    /// In the history of a shared folder.
    HistoryFolder = "history-folder",
    /// In the history of a team's drive.
    HistoryTeam = "history-team",
    /// In the archived copy of its folder.
    Archive = "archive",
    /// In the folder as it is now, once the folder's own key is back.
    ViaFolder = "via-folder",
    /// In the vault alone: no history that was read tells of it.
    Vault = "vault",
}

impl KeyAt {
    const fn history_of(whose: Whose) -> Self {
        match whose {
            Whose::Account => Self::HistoryDrive,
            Whose::Team => Self::HistoryTeam,
            Whose::Folder => Self::HistoryFolder,
        }
    }
}

/// One thing that the account had and no longer has, or has only in the trash.
#[derive(Debug, Clone)]
pub struct Loss {
    /// What it is.
    pub what: What,
    /// Its channel: of the folder, the team, the document.
    pub channel: String,
    /// Where what it said last is kept.
    pub place: Place,
    /// Who or what took it.
    pub cause: Cause,
    /// Where its key still is.
    pub key_at: KeyAt,
    /// When it left, if it did and a line says so.
    pub at: Option<Moment>,
    /// Since when it is gone, in milliseconds since the epoch: when it left, by the server's clock. Of what only the vault knows, when a
    /// device noticed it, by that device's clock: it may have left long before.
    pub since: Option<u64>,
}

impl Investigation {
    /// Everything that the account had and no longer has, or has only in the trash, as its histories and the vault tell: each channel
    /// once.
    pub fn losses(&self) -> Vec<Loss> {
        losses(&Joined::of(self))
    }
}

/// Everything that is lost, each channel once, in the order of the documents; then what the vault alone knows of.
pub(crate) fn losses(joined: &Joined<'_>) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    let mut named: HashSet<&str> = HashSet::new();
    // The last stay of a channel is the one that counts.
    for stay in joined.stays(Copy::Live).rev().filter(|stay| joined.reaches(stay.document)) {
        let Some(channel) = stay.channel.as_deref() else { continue };
        if let Some((cause, key_at)) = loss_of(joined, stay, channel)
            && named.insert(channel)
        {
            losses.push(stay.lost(channel, cause, key_at));
        }
    }
    losses.reverse();
    with_content(joined, 0, &mut named, &mut losses);
    let told = losses.len();
    losses.extend(kept_losses(joined, &mut named));
    with_content(joined, told, &mut named, &mut losses);
    losses
}

/// Adds what was in the folders and teams that are lost, from one of them on. What was in a team may be a folder, with content of its own.
fn with_content<'j>(
    joined: &'j Joined<'_>,
    from: usize,
    named: &mut HashSet<&'j str>,
    losses: &mut Vec<Loss>,
) {
    let mut at = from;
    while let Some(loss) = losses.get(at).cloned() {
        with_its_content(joined, &loss, named, losses);
        at += 1;
    }
}

impl Stay<'_> {
    fn lost(&self, channel: &str, cause: Cause, key_at: KeyAt) -> Loss {
        let at = self.presence.to.or(self.presence.thrown);
        Loss {
            what: self.presence.what,
            channel: channel.to_owned(),
            place: self.place(),
            cause,
            key_at,
            at,
            since: at.and_then(|at| at.time),
        }
    }
}

fn loss_of(joined: &Joined<'_>, stay: &Stay<'_>, channel: &str) -> Option<(Cause, KeyAt)> {
    let presence = stay.presence;
    if presence.what == What::OldFolder && presence.is_there() {
        return (!joined.stands(channel)).then_some((Cause::PasswordChange, KeyAt::Present));
    }
    if stands(presence) {
        let anew = presence.what == What::SharedFolder && joined.was_made_anew(channel).is_some();
        return anew.then_some((Cause::FolderMadeAnew, KeyAt::Present));
    }
    if joined.stands(channel) {
        return None;
    }
    if presence.is_there() {
        let cause = match joined.is_others(stay) {
            true => Cause::OtherMemberTrash,
            false if joined.was_made_anew_before(stay, channel) => Cause::UserAfterLoss,
            false => Cause::UserTrash,
        };
        return Some((cause, KeyAt::Present));
    }
    Some((cause(joined, stay, channel), KeyAt::history_of(stay.document.whose)))
}

fn cause(joined: &Joined<'_>, stay: &Stay<'_>, channel: &str) -> Cause {
    if joined.was_put_aside(stay, channel) {
        return Cause::PasswordChange;
    }
    if joined.was_erased(stay) {
        return Cause::ClientOnServerWord;
    }
    if joined.may_be_erased(stay, channel) {
        return Cause::RemovedOrErased;
    }
    let others = joined.is_others(stay);
    // Also through the trash: it looked empty.
    if !others && joined.was_made_anew_before(stay, channel) {
        return Cause::UserAfterLoss;
    }
    if went_through_the_trash(stay.presence) {
        return if others { Cause::OtherMemberTrash } else { Cause::UserTrash };
    }
    let is_gone = |document: &Document| document.live.is_none();
    let is_folder = stay.presence.what == What::SharedFolder;
    if is_folder && !others && joined.document_of(channel).is_some_and(is_gone) {
        return Cause::UserAfterLoss;
    }
    match (others, joined.is_in_a_burst(stay)) {
        (true, true) => Cause::OtherMemberBurst,
        (true, false) => Cause::OtherMember,
        (false, true) => Cause::UserBurst,
        (false, false) => Cause::UserRemoved,
    }
}

/// What was in a folder or a team that is lost, or in a folder that was made anew, and stands nowhere else.
fn with_its_content<'j>(
    joined: &'j Joined<'_>,
    loss: &Loss,
    named: &mut HashSet<&'j str>,
    losses: &mut Vec<Loss>,
) {
    let cause = match loss.cause {
        _ if !matches!(loss.what, What::SharedFolder | What::Team) => return,
        Cause::FolderMadeAnew => Cause::FolderMadeAnew,
        Cause::UserAfterLoss if loss.key_at == KeyAt::Present => Cause::FolderMadeAnew,
        // Whoever took the folder took this as well: with it alone it comes back.
        _ if loss.key_at == KeyAt::Vault => loss.cause,
        _ if loss.key_at != KeyAt::Present => Cause::FolderLost,
        _ => return,
    };
    let Some(document) = joined.document_of(&loss.channel) else { return };
    let anew = joined.was_made_anew(&loss.channel).is_some() || document.live.is_none();
    for copy in [Copy::Live, Copy::Archived] {
        let key_at = match copy {
            Copy::Live => KeyAt::ViaFolder,
            Copy::Archived if anew => KeyAt::Archive,
            Copy::Archived => continue,
        };
        for stay in joined.inside(&loss.channel, copy) {
            let Some(channel) = stay.channel.as_deref().filter(|_| stands(stay.presence)) else { continue };
            if !joined.stands(channel) && named.insert(channel) {
                losses.push(stay.lost(channel, cause, key_at));
            }
        }
    }
}

/// What the vault alone knows of: no history that was read tells where it went, and it stands nowhere.
fn kept_losses<'j>(joined: &'j Joined<'_>, named: &mut HashSet<&'j str>) -> Vec<Loss> {
    let investigation = joined.investigation();
    // What was in the drive again when a device looked, and stands nowhere now, may be in a document that was not read.
    let all_read = investigation.unread_documents() == 0 && investigation.missing().is_empty();
    let removed_here: HashSet<&str> =
        investigation.evidence.removed_here.iter().map(|(_, id, _)| id.as_str()).collect();
    let mut losses = Vec::new();
    for (entry, kept) in investigation.kept.entries().iter().enumerate() {
        let is_known = kept.since.is_some() || all_read;
        if !is_known || joined.stands(&kept.channel) || !named.insert(&kept.channel) {
            continue;
        }
        let here = removed_here.contains(kept.channel.as_str());
        losses.push(Loss {
            what: kept.presence.what,
            channel: kept.channel.clone(),
            place: Place::Vault { entry, document: investigation.place_of(&kept.folder) },
            cause: if here { Cause::UserRemoved } else { Cause::Unknown },
            key_at: KeyAt::Vault,
            at: None,
            since: kept.since,
        });
    }
    losses
}
