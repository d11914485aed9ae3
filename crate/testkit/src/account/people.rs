//! Friends, profile and calendars.

use pinfold_core::error::Error;
use pinfold_core::json::{Object, Value};

use super::mail::Sender;
use super::maker::Maker;
use super::parts::{self, Pad, object, pad};

/// The parts of the account document that are about people, and what has to be pinned for them.
pub(super) struct People {
    pub(super) friends: Object,
    pub(super) profile: Object,
    pub(super) calendars: Object,
    pub(super) pins: Vec<String>,
}

/// A profile with an avatar, two calendars, and everybody in `senders` as a friend.
pub(super) fn people(senders: &[Sender], maker: &mut Maker) -> Result<People, Error> {
    let mut pins = Vec::new();
    let mut friends = Object::new();
    // An old client's entry for the account itself: never pinned.
    friends.insert("me", object([("channel", parts::channel(&mut maker.entropy)?.into())]));
    for friend in senders {
        let channel = parts::channel(&mut maker.entropy)?;
        let curve = friend.curve.public().to_base64();
        let entry = object([
            ("channel", channel.as_str().into()),
            ("curvePublic", curve.as_str().into()),
            ("displayName", friend.name.as_str().into()),
            ("edPublic", friend.ed_public.as_str().into()),
            ("notifications", friend.notifications.as_str().into()),
            ("profile", friend.profile.as_str().into()),
        ]);
        friends.insert(curve, entry);
        pins.push(channel);
    }
    let own = pad("profile", None, &mut maker.entropy)?;
    let (avatar, secrets) = parts::file(&mut maker.entropy)?;
    pins.push(own.channel);
    pins.extend(secrets.channel);
    let profile = object([("avatar", avatar.into()), ("edit", own.edit.into()), ("view", own.view.into())]);
    let mut calendars = Object::new();
    for at in 0..2 {
        let pad = pad("calendar", None, &mut maker.entropy)?;
        calendars.insert(pad.channel.as_str(), calendar(&pad, at));
        pins.push(pad.channel);
    }
    Ok(People { friends, profile, calendars, pins })
}

/// The entry of a calendar.
pub(super) fn calendar(pad: &Pad, at: usize) -> Value {
    object([
        ("channel", pad.channel.as_str().into()),
        ("color", "#ac84a6".into()),
        ("href", format!("/calendar/#{}", pad.edit).into()),
        ("roHref", format!("/calendar/#{}", pad.view).into()),
        ("title", format!("Calendar {at}").into()),
    ])
    .into()
}
