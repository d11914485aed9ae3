//! What the server did that an honest server does not do, in a form for its operators: ids, hashes, counts, times.
//! No content, no titles, no keys.

use crate::compact::sorted;
use crate::error::Code;
use crate::json::{Object, Text, Value};
use crate::ports::UnixMillis;

/// How many items are kept; a server that lies all day fills no disk.
const LIMIT: usize = 256;
/// The longest fact, in characters: longer than any id or hash.
const FACT: usize = 128;
/// The most facts of an item that are read back; those that are recorded have three.
const FACTS: usize = 8;

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// When it was last seen.
    pub at: UnixMillis,
    /// What it was.
    pub code: Code,
    /// The channel it is about, if it is about one.
    pub channel: Option<Text>,
    /// Hashes and counts, by name.
    pub facts: Vec<(Text, Text)>,
    /// How often it was seen.
    pub times: u64,
}

impl Item {
    /// A thing seen now.
    pub fn new(at: UnixMillis, code: Code, channel: Option<&Text>) -> Self {
        Self { at, code, channel: channel.cloned(), facts: Vec::new(), times: 1 }
    }

    /// Adds a hash or a count. Never a title, never a key.
    #[must_use]
    pub fn with(mut self, name: &'static str, fact: impl core::fmt::Display) -> Self {
        let fact: String = fact.to_string().chars().take(FACT).collect();
        self.facts.push((name.into(), fact.into()));
        self
    }

    fn same(&self, other: &Self) -> bool {
        (self.code, &self.channel, &self.facts) == (other.code, &other.channel, &other.facts)
    }
}

/// Everything that was seen, in this session and in earlier ones, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    items: Vec<Item>,
    /// How many items had to make room, at least.
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

    /// What either recorded. The same counts as often as the one that saw it more often says.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for item in other.items {
            match self.items.iter_mut().find(|known| known.same(&item)) {
                Some(known) => {
                    (known.at, known.times) = (known.at.max(item.at), known.times.max(item.times));
                }
                None => self.items.push(item),
            }
        }
        let rank = |item: &Item| (item.at, item.code.as_str());
        let mut items = sorted(self.items, &|a, b| {
            rank(a).cmp(&rank(b)).then_with(|| (&a.channel, &a.facts).cmp(&(&b.channel, &b.facts)))
        });
        items.drain(..items.len().saturating_sub(LIMIT));
        Self { items, dropped: self.dropped.max(other.dropped) }
    }

    /// Reads what [`Self::export`] wrote, as far as it can be read: items with an unknown code, from a later version, are
    /// left out.
    pub fn read(value: &Value) -> Self {
        let items = value.get("items").and_then(Value::as_array).unwrap_or_default();
        let items = items.iter().take(LIMIT).filter_map(read_item).collect();
        let dropped = value.get("dropped").and_then(Value::as_u64).unwrap_or_default();
        Self { items, dropped }.merge(Self::default())
    }

    /// For a file: `{v, dropped, items: [{at, code, channel, times, facts}]}`, times in milliseconds.
    #[allow(clippy::cast_precision_loss, reason = "times and counts stay far below 2^53")]
    pub fn export(&self) -> Value {
        let items = self.items.iter().map(|item| {
            let mut object = Object::new();
            object.insert("at", item.at.0 as f64);
            object.insert("code", item.code.as_str());
            if let Some(channel) = &item.channel {
                object.insert("channel", channel.clone());
            }
            object.insert("times", item.times as f64);
            let mut facts = Object::new();
            for (name, fact) in &item.facts {
                facts.insert(name.clone(), fact.clone());
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

fn read_item(item: &Value) -> Option<Item> {
    let name = item.get("code")?.as_str()?;
    let code = name.parse().ok()?;
    let facts = item.get("facts")?.as_object()?.iter().take(FACTS);
    Some(Item {
        at: UnixMillis(item.get("at")?.as_u64()?),
        code,
        channel: item.get("channel").and_then(Value::as_text).cloned(),
        facts: facts.filter_map(|(name, fact)| Some((name.clone(), fact.as_text()?.clone()))).collect(),
        times: item.get("times")?.as_u64()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::stringify;
    use proptest::prelude::*;

    #[test]
    fn the_same_again_counts_and_a_full_list_loses_its_oldest() {
        let mut evidence = Evidence::default();
        let channel = Text::from("c".repeat(32));
        for at in [5, 3] {
            let item =
                Item::new(UnixMillis(at), Code::PinsMismatch, Some(&channel)).with("server", "h".repeat(500));
            evidence.record(item);
        }
        assert_eq!(evidence.items().len(), 1);
        assert_eq!((evidence.items()[0].at, evidence.items()[0].times), (UnixMillis(5), 2));
        assert_eq!(evidence.items()[0].facts[0].1.utf16_len(), FACT);
        for count in 0..LIMIT {
            evidence.record(Item::new(UnixMillis(9), Code::FolderMissing, None).with("ids", count));
        }
        assert_eq!(evidence.items().len(), LIMIT);
        assert!(evidence.items().iter().all(|item| item.code == Code::FolderMissing));
        assert!(stringify(&evidence.export()).starts_with("{\"v\":1,\"dropped\":1,\"items\":[{\"at\":9,"));
    }

    fn items() -> impl Strategy<Value = Evidence> {
        let codes = proptest::sample::select(vec![Code::FolderMissing, Code::PeerForked]);
        let item = (0u64..5, codes, proptest::option::of("[ab]"), proptest::option::of("[xy]"));
        proptest::collection::vec(item, 0..8).prop_map(|items| {
            let mut evidence = Evidence::default();
            for (at, code, channel, fact) in items {
                let item = Item::new(UnixMillis(at), code, channel.map(Text::from).as_ref());
                evidence.record(fact.into_iter().fold(item, |item, fact| item.with("head", fact)));
            }
            evidence
        })
    }

    proptest! {
        #[test]
        fn what_two_sessions_recorded_becomes_one_in_any_order(a in items(), b in items(), c in items()) {
            let text = |evidence: &Evidence| stringify(&evidence.export());
            let ab = a.clone().merge(b.clone());
            prop_assert_eq!(text(&ab), text(&b.clone().merge(a.clone())));
            prop_assert_eq!(text(&ab.clone().merge(ab.clone())), text(&ab));
            let bc = b.merge(c.clone());
            prop_assert_eq!(text(&ab.clone().merge(c)), text(&a.merge(bc)));
            prop_assert_eq!(text(&Evidence::read(&ab.export())), text(&ab));
        }

        #[test]
        fn a_record_of_any_length_reads_back_bounded(count in 0usize..600, code in "[a-z/]{0,12}") {
            let item = "{\"at\":1,\"code\":\"folder/missing\",\"times\":1,\"facts\":{\"n\":\"1\"}}";
            let other = item.replace("folder/missing", &code);
            let items = [vec![other], vec![item.to_owned(); count]].concat().join(",");
            let evidence = Evidence::read(&crate::json::parse(&format!("{{\"items\":[{items}]}}")).unwrap());
            prop_assert!(evidence.items().len() <= LIMIT);
            prop_assert!(evidence.items().iter().all(|item| item.code == Code::FolderMissing));
        }
    }
}
