//! What the server was caught at, in a form that can be shown to its operators: ids, hashes, counts, times.
//! No content, no titles, no keys.

use crate::error::Code;
use crate::json::{Object, Text, Value};
use crate::ports::Millis;

/// How many items are kept; a server that lies all day fills no disk.
const LIMIT: usize = 256;
/// The longest fact, in characters: longer than any id or hash.
const FACT: usize = 128;

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// When it was last seen.
    pub at: Millis,
    /// What it was.
    pub code: Code,
    /// The channel it is about, if it is about one.
    pub channel: Option<Text>,
    /// Hashes and counts, by name.
    pub facts: Vec<(&'static str, Text)>,
    /// How often it was seen.
    pub times: u64,
}

impl Item {
    /// A thing seen now.
    pub fn new(at: Millis, code: Code, channel: Option<&Text>) -> Self {
        Self { at, code, channel: channel.cloned(), facts: Vec::new(), times: 1 }
    }

    /// Adds a hash or a count. Never a title, never a key.
    #[must_use]
    pub fn with(mut self, name: &'static str, fact: impl core::fmt::Display) -> Self {
        let fact: String = fact.to_string().chars().take(FACT).collect();
        self.facts.push((name, fact.into()));
        self
    }

    fn same(&self, other: &Self) -> bool {
        (self.code, &self.channel, &self.facts) == (other.code, &other.channel, &other.facts)
    }
}

/// Everything that was seen, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    items: Vec<Item>,
    /// How many items had to make room.
    dropped: u64,
}

impl Evidence {
    /// Records an item. The same again counts up; a full list loses its oldest.
    pub fn record(&mut self, item: Item) {
        if let Some(known) = self.items.iter_mut().find(|known| known.same(&item)) {
            known.at = known.at.max(item.at);
            known.times = known.times.saturating_add(1);
            return;
        }
        if self.items.len() >= LIMIT {
            self.items.remove(0);
            self.dropped = self.dropped.saturating_add(1);
        }
        self.items.push(item);
    }

    /// The items, the oldest first.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// For a file: `{v, dropped, items: [{at, code, channel, times, facts}]}`, times in milliseconds.
    #[allow(clippy::cast_precision_loss, reason = "times and counts stay far below 2^53")]
    pub fn export(&self) -> Value {
        let items = self.items.iter().map(|item| {
            let mut object = Object::new();
            object.insert("at", item.at as f64);
            object.insert("code", item.code.as_str());
            if let Some(channel) = &item.channel {
                object.insert("channel", channel.clone());
            }
            object.insert("times", item.times as f64);
            let mut facts = Object::new();
            for (name, fact) in &item.facts {
                facts.insert(*name, fact.clone());
            }
            object.insert("facts", facts);
            Value::Object(object)
        });
        let mut object = Object::new();
        object.insert("v", 1.0);
        object.insert("dropped", self.dropped as f64);
        object.insert("items", items.collect::<Vec<_>>());
        object.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::stringify;

    #[test]
    fn the_same_again_counts_and_a_full_list_loses_its_oldest() {
        let mut evidence = Evidence::default();
        let channel = Text::from("c".repeat(32));
        for at in [5, 3] {
            let item = Item::new(at, Code::PinsMismatch, Some(&channel)).with("server", "h".repeat(500));
            evidence.record(item);
        }
        assert_eq!(evidence.items().len(), 1);
        assert_eq!((evidence.items()[0].at, evidence.items()[0].times), (5, 2));
        assert_eq!(evidence.items()[0].facts[0].1.utf16_len(), FACT);
        for count in 0..LIMIT {
            evidence.record(Item::new(9, Code::FolderMissing, None).with("ids", count));
        }
        assert_eq!(evidence.items().len(), LIMIT);
        assert!(evidence.items().iter().all(|item| item.code == Code::FolderMissing));
        assert!(stringify(&evidence.export()).starts_with("{\"v\":1,\"dropped\":1,\"items\":[{\"at\":9,"));
    }
}
