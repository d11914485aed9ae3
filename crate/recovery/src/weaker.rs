//! What histories tell of things as they are now: links that could do more, folders that were made anew, or emptied.

use std::collections::{HashMap, HashSet};

use pinfold_core::document::Kind;

use crate::history::Moment;
use crate::investigation::{Investigation, Whose};
use crate::joined::{Joined, Stay, stands};
use crate::loss::{Intent, Loss};
use crate::presence::{Presence, What};
use crate::reading::Copy;

/// Something that histories tell of a channel as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    /// Which.
    pub channel: String,
    /// The document that names it.
    pub inside: Option<String>,
    /// Since when, in milliseconds since the epoch.
    pub since: Option<u64>,
    /// How much it lost.
    pub count: Option<u64>,
}

impl Investigation {
    /// Entries of which the account has a view link, and had an edit link: each channel once.
    pub fn weaker_keys(&self) -> Vec<Noticed> {
        weaker_keys(&Joined::of(self))
    }

    /// Folders that a client made anew, empty, in place of those that the entries meant.
    pub fn made_anew(&self) -> Vec<Noticed> {
        made_anew(&Joined::of(self))
    }

    /// Folders and teams that hold nothing now, and lost something that the user did not remove deliberately.
    pub fn emptied(&self) -> Vec<Noticed> {
        emptied(self)
    }
}

/// What stands in a document that the account reaches now.
fn standing<'j, 'i>(joined: &'j Joined<'i>) -> impl Iterator<Item = &'j Stay<'i>> {
    joined.stays(Copy::Live).filter(|stay| joined.reaches(stay.document) && stands(stay.presence))
}

fn has_a_view_link(presence: &Presence) -> bool {
    matches!(presence.what, What::File | What::SharedFolder)
        && presence.kind() != Kind::Link
        && !presence.can_write()
        && (presence.entry().view_href().is_some() || presence.entry().href().is_some())
}

fn weaker_keys(joined: &Joined<'_>) -> Vec<Noticed> {
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    for stay in standing(joined).filter(|stay| has_a_view_link(stay.presence)) {
        let Some(channel) = &stay.channel else { continue };
        let others = || joined.stays_of(channel).filter(|other| other.presence.can_write());
        let still_writes = others().any(|other| joined.reaches(other.document) && other.presence.is_there());
        if !known.insert(channel) || still_writes {
            continue;
        }
        let left = others().filter_map(|other| other.presence.to).max_by_key(|to| to.time);
        if let Some(since) = stay.presence.weaker.or(left) {
            found.push(told(channel, stay, Some(since)));
        }
    }
    found
}

fn made_anew(joined: &Joined<'_>) -> Vec<Noticed> {
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    for stay in standing(joined).filter(|stay| stay.presence.what == What::SharedFolder) {
        let Some(channel) = &stay.channel else { continue };
        if let Some(moment) = joined.was_made_anew(channel)
            && known.insert(channel)
        {
            found.push(told(channel, stay, Some(moment)));
        }
    }
    found
}

fn emptied(investigation: &Investigation) -> Vec<Noticed> {
    let mut lost: HashMap<usize, Vec<Loss>> = HashMap::new();
    for loss in investigation.losses() {
        if let Some(document) = loss.place.document().filter(|_| loss.place.is_live())
            && loss.cause.intent() != Intent::Deliberate
        {
            lost.entry(document).or_default().push(loss);
        }
    }
    let documents = investigation.documents().iter().enumerate();
    let emptied = documents.filter_map(|(at, document)| {
        let live = document.live.as_ref()?;
        let holds = live.timeline.presences().iter().any(|presence| {
            presence.is_there() && matches!(presence.what, What::File | What::SharedFolder | What::Link)
        });
        let lost = lost.get(&at).filter(|_| document.whose != Whose::Account && !holds)?;
        Some(Noticed {
            channel: document.channel.as_str().to_owned(),
            inside: None,
            since: lost.iter().filter_map(|loss| loss.since).max(),
            count: u64::try_from(lost.len()).ok(),
        })
    });
    emptied.collect()
}

fn told(channel: &str, stay: &Stay<'_>, since: Option<Moment>) -> Noticed {
    Noticed {
        channel: channel.to_owned(),
        inside: Some(stay.document.channel.as_str().to_owned()),
        since: since.and_then(|moment| moment.time),
        count: None,
    }
}
