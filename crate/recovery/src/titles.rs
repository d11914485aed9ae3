//! What things are called: looked up once for all of them.

use std::borrow::Cow;
use std::collections::HashMap;

use pinfold_core::json::Text;

use crate::investigation::Investigation;
use crate::steps;

impl Investigation {
    /// What the entries of each channel were called last: the name that somebody gave, else the title. An entry that is there
    /// goes before one that is gone.
    pub fn titles(&self) -> HashMap<&str, Cow<'_, str>> {
        let told = self.documents().iter().filter_map(|document| document.live.as_ref());
        let mut titles: HashMap<&str, (bool, Cow<'_, str>)> = HashMap::new();
        for presence in told.flat_map(|told| told.timeline.presences()).inspect(|_| steps::step()) {
            let channel = presence.entry().channel().and_then(Text::as_str);
            let Some((channel, title)) = channel.zip(presence.title()) else { continue };
            let is_there = presence.is_there();
            if is_there || titles.get(channel).is_none_or(|(held, _)| !held) {
                titles.insert(channel, (is_there, title));
            }
        }
        titles.into_iter().map(|(channel, (_, title))| (channel, title)).collect()
    }
}
