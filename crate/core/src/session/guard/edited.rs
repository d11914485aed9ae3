//! What the edits of this session mean to the guard, once they are done: what the user removed here, and which key
//! came back.

use crate::document::Tables;
use crate::drive::declared::{Declared, folders_of};
use crate::drive::edit::{Edit, EntryId};
use crate::drive::team::Team;
use crate::guard::vault::{Decision, vanished};
use crate::href::HrefCipher;
use crate::ids::{ChannelId, IdSet};
use crate::json::{Text, Value};
use crate::pins::rules::{FolderView, folder_list};
use crate::ports::UnixMillis;
use crate::session::effect::Ticket;
use crate::session::guard::Meaning;
use crate::session::parts::Parts;
use crate::session::writing::{Place, Target};

impl Parts {
    /// Which document that can be edited has this channel: the account's, a team's, a folder of the user's drive or of
    /// a team's that was read.
    pub(super) fn target_of(&mut self, channel: &Text) -> Option<Target> {
        let root = self.document()?;
        let (root, at) = (root.document(), channel.as_str());
        if at == self.who.home().map(ChannelId::as_str) {
            return Some(Target::Account);
        }
        if let Some(entry) = folder_at(root, None, channel) {
            return Some(Target::Folder(entry));
        }
        for id in Team::ids(root) {
            let Ok(team) = self.team(root, &id) else { continue };
            if at == Some(team.channel.as_str()) {
                return Some(Target::Team { id, folder: None });
            }
            let drive = self.as_it_stands(&team.channel).ok();
            if let Some(folder) =
                drive.and_then(|drive| folder_at(drive.document(), team.links.as_ref(), channel))
            {
                return Some(Target::Team { id, folder: Some(folder) });
            }
        }
        None
    }

    /// What these edits take out of a document as it stands, if they take anything out.
    pub(in crate::session) fn meaning(&mut self, place: &Place, edits: &[Edit]) -> Option<Meaning> {
        if !edits.iter().any(Edit::destroys) {
            return None;
        }
        let before = self.readers.last(place.channel())?;
        let mut after = before.document().clone();
        edits.iter().try_for_each(|edit| edit.apply(&mut after, place.shape()).map(drop)).ok()?;
        let before = before.document();
        let named = |document| named(Tables::under(document, place.shape()), place.links());
        let mut removed: Vec<Text> =
            named(before).minus(&named(&after)).into_iter().map(Text::from).collect();
        removed.extend(vanished(before, &after).into_iter().map(|entry| entry.channel));
        Some(Meaning::Removed(removed))
    }

    /// An edit ended.
    pub(in crate::session) fn edit_ended(&mut self, now: UnixMillis, edit: Ticket, done: bool) {
        match self.guard.meanings.remove(&edit).filter(|_| done) {
            Some(Meaning::Removed(ids)) => {
                self.guard.here = std::mem::take(&mut self.guard.here).union(ids);
            }
            // Somebody may have discarded it meanwhile; then that stands.
            Some(Meaning::Restored(channel, id)) => {
                drop(self.decide_key(now, &channel, Some(&id), Decision::Restored));
            }
            None => {}
        }
    }
}

/// The entry of the shared folder of this channel, in the drive of a document.
fn folder_at(document: &Value, links: Option<&HrefCipher>, channel: &Text) -> Option<EntryId> {
    let folders = folders_of(Tables::of_drive(document), links, None);
    let opens = |declared: &&Declared| {
        declared.opens.as_ref().map(|opens| opens.channel.as_str()) == channel.as_str()
    };
    EntryId::parse(&folders.iter().find(opens)?.id)
}

/// The ids that the entries of a tree name.
fn named(tree: Tables<'_>, links: Option<&HrefCipher>) -> IdSet {
    let view = FolderView { pinned: None, content: Some(tree), links, read_only: false };
    folder_list(&view, None).ids.into_iter().map(|(_, id)| id).collect()
}
