//! What CryptPad's client does by itself when a message arrives (PROTOCOL.md 18.3 and 18.7; type by type in
//! docs/mailbox.md): some messages take others back or stand in their place, and some it never shows.
//!
//! The client dismisses those unseen. Here nothing is dismissed: a message that is no news is delivered in its place,
//! with the reason.

use std::collections::{HashMap, HashSet};

use crate::ids::MessageHash;
use crate::mailbox::message::{Claim, Message, Sender};
use crate::mailbox::trail::Mark;
use crate::names::names;

names! {
    /// Why a message is no news.
    NoNews, "Why a message is no news. \"repeated\": it asks again what the same person asked. \"replaced\": a later message says the same anew. \"withdrawn\": a later message takes it back. \"withdrawal\": it takes others back and says nothing else. \"stranger\": it ends a contact that does not exist. \"muted\": its author is muted. \"foreign\": it names another sender than its key proves.":
    /// An earlier request of the same author is not dismissed yet.
    Repeated = "repeated",
    /// A later message says the same anew.
    Replaced = "replaced",
    /// A later message takes it back.
    Withdrawn = "withdrawn",
    /// It takes others back, and says nothing else.
    Withdrawal = "withdrawal",
    /// It ends a contact with somebody who is no contact.
    Stranger = "stranger",
    /// The user has muted its author.
    Muted = "muted",
    /// It names another sender than the one whose key sealed it.
    Foreign = "foreign",
}

/// That a message is no news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// Why.
    pub why: NoNews,
    /// The message that stands in its place, or took it back; of a repeated request, the first one.
    pub by: Option<MessageHash>,
}

/// Who reads, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reader {
    /// The reader's own curve key.
    pub curve_public: String,
    /// Curve keys of muted people.
    pub muted: HashSet<String>,
    /// Curve keys of contacts.
    pub friends: HashSet<String>,
    /// The mailbox is the one in which the operators speak to everybody: only there can announcements be taken back.
    pub broadcast: bool,
}

/// What matters of a message; kept until it is known whether the message is dismissed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gist {
    says: Says,
    /// Nothing is known for certain of who sent it, or it is not for the user to see.
    hidden: Option<NoNews>,
    author: Option<Mark>,
    uid: Option<Mark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Anything,
    Request,
    RequestWithdrawn,
    Unfriend {
        contact: bool,
    },
    Shares(Mark),
    /// An announcement that stands in place of the one before.
    Announces(Topic),
    /// An announcement beside others.
    AnnouncesAlone,
    /// The operators have nothing to say on a topic any longer.
    NothingOn(Topic),
    Withdraws(Option<Mark>),
}

/// What only one message at a time is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Topic {
    Request(Mark),
    Shared(Mark),
    Maintenance,
    Survey,
}

impl Gist {
    /// What matters of a message to a reader.
    pub(crate) fn of(reader: &Reader, message: &Message, sender: &Sender) -> Self {
        let author = sender.author.as_deref();
        let own = author == Some(reader.curve_public.as_str());
        let muted = || author.is_some_and(|author| reader.muted.contains(author));
        let hidden = match sender.claim() {
            Claim::Foreign if !own => Some(NoNews::Foreign),
            _ => muted().then_some(NoNews::Muted),
        };
        let says = match message {
            Message::FriendRequest(_) => Says::Request,
            Message::CancelFriendRequest(_) => Says::RequestWithdrawn,
            Message::Unfriend(_) => {
                Says::Unfriend { contact: author.is_some_and(|author| reader.friends.contains(author)) }
            }
            Message::SharePad(document) => {
                document.href.as_deref().map_or(Says::Anything, |link| Says::Shares(Mark::of_text(link)))
            }
            _ if !reader.broadcast => Says::Anything,
            Message::Maintenance(it) if it.start.is_none() && it.end.is_none() => {
                Says::NothingOn(Topic::Maintenance)
            }
            Message::Maintenance(_) => Says::Announces(Topic::Maintenance),
            Message::Survey(it) if it.url.is_none() => Says::NothingOn(Topic::Survey),
            Message::Survey(_) => Says::Announces(Topic::Survey),
            Message::Custom(_) => Says::AnnouncesAlone,
            Message::Withdrawn(it) => Says::Withdraws(it.uid.as_deref().map(Mark::of_text)),
            _ => Says::Anything,
        };
        let uid = match message {
            Message::Maintenance(it) | Message::Survey(it) | Message::Custom(it) if reader.broadcast => {
                it.uid.as_deref().map(Mark::of_text)
            }
            _ => None,
        };
        Self { says, hidden, author: author.map(Mark::of_text), uid }
    }

    /// Whether a later message may take this one back or stand in its place.
    pub(crate) fn may_be_superseded(&self) -> bool {
        use Says::{Announces, AnnouncesAlone, Request, Shares};
        self.hidden.is_none() && matches!(self.says, Request | Shares(_) | Announces(_) | AnnouncesAlone)
    }
}

/// What a message does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Why it is no news itself.
    pub(crate) own: Option<Superseded>,
    /// The earlier messages that are no news any longer.
    pub(crate) hides: Vec<(MessageHash, NoNews)>,
}

/// The messages that later ones may take back or replace, from those that were not dismissed when they came.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    topics: HashMap<Topic, MessageHash>,
    announced: HashMap<Mark, Vec<MessageHash>>,
}

impl Habits {
    /// Takes the next message that is not dismissed. `open` tells whether an earlier one is neither dismissed nor
    /// hidden.
    pub(crate) fn take(
        &mut self,
        hash: &MessageHash,
        gist: &Gist,
        open: &dyn Fn(&MessageHash) -> bool,
    ) -> Effect {
        let own = |why| Some(Superseded { why, by: None });
        if let Some(why) = gist.hidden {
            return Effect { own: own(why), hides: Vec::new() };
        }
        if let Some(uid) = gist.uid {
            self.announced.entry(uid).or_default().push(hash.clone());
        }
        let hiding = |earlier: Vec<MessageHash>, why| -> Vec<(MessageHash, NoNews)> {
            earlier.into_iter().filter(|hash| open(hash)).map(|hash| (hash, why)).collect()
        };
        match (gist.says, gist.author) {
            (Says::Request, Some(author)) => {
                let topic = Topic::Request(author);
                if let Some(first) = self.topics.get(&topic).filter(|first| open(first)) {
                    let by = Some(first.clone());
                    return Effect { own: Some(Superseded { why: NoNews::Repeated, by }), hides: Vec::new() };
                }
                self.topics.insert(topic, hash.clone());
                Effect::default()
            }
            (Says::RequestWithdrawn, Some(author)) => {
                let request = self.topics.remove(&Topic::Request(author)).into_iter().collect();
                Effect { own: own(NoNews::Withdrawal), hides: hiding(request, NoNews::Withdrawn) }
            }
            (Says::Unfriend { contact: false }, Some(_)) => {
                Effect { own: own(NoNews::Stranger), hides: Vec::new() }
            }
            (Says::Shares(link), _) => self.replace(Topic::Shared(link), hash, &hiding),
            (Says::Announces(topic), _) => self.replace(topic, hash, &hiding),
            (Says::NothingOn(topic), _) => {
                let earlier = self.topics.remove(&topic).into_iter().collect();
                Effect { own: own(NoNews::Withdrawal), hides: hiding(earlier, NoNews::Withdrawn) }
            }
            (Says::Withdraws(uid), _) => {
                let earlier = uid.and_then(|uid| self.announced.remove(&uid)).unwrap_or_default();
                Effect { own: own(NoNews::Withdrawal), hides: hiding(earlier, NoNews::Withdrawn) }
            }
            _ => Effect::default(),
        }
    }

    fn replace(
        &mut self,
        topic: Topic,
        hash: &MessageHash,
        hiding: &dyn Fn(Vec<MessageHash>, NoNews) -> Vec<(MessageHash, NoNews)>,
    ) -> Effect {
        let earlier = self.topics.insert(topic, hash.clone()).into_iter().collect();
        Effect { own: None, hides: hiding(earlier, NoNews::Replaced) }
    }
}
