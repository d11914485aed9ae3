//! Parts of a log (PROTOCOL.md 9.3).

use pinfold_core::json::Value;

use super::{KEEPER, MemoryServer, Outgoing, Peer, Stored, ack, answer, quoted};

impl MemoryServer {
    pub(super) fn range(
        &self,
        peer: &Peer,
        seq: u64,
        channel: &str,
        options: Option<&Value>,
    ) -> Vec<Outgoing> {
        let about = format!("GET_HISTORY_RANGE {channel}");
        let option = |name: &str| options.and_then(|options| options.get(name));
        let refused =
            |word: &str| vec![answer(&about, vec![format!("[{seq},\"ERROR\",\"{word}\",\"{KEEPER}\"]")])];
        if self.refuses(peer, channel).is_some() {
            return refused("ERESTRICTED");
        }
        let Some(txid) = option("txid").and_then(Value::as_u64) else { return refused("NO_TXID") };
        let log = self.channels.get(channel);
        if log.is_some_and(|log| log.silent) {
            return Vec::new();
        }
        let messages = log.map(|log| log.messages.as_slice()).unwrap_or_default();
        let at = |name: &str| {
            let hash = option(name).and_then(Value::as_str)?;
            messages.iter().position(|stored| is(stored, hash))
        };
        let end = at("from").map_or(messages.len(), |from| from + 1);
        let start = match (option("to"), option("count").and_then(Value::as_u64)) {
            (Some(to), _) if to.as_str() == Some("NONE") => Some(0),
            (Some(_), _) => at("to"),
            (None, Some(count)) => Some(end.saturating_sub(usize::try_from(count).unwrap_or(usize::MAX))),
            (None, None) => return refused("UNSPECIFIED_COUNT"),
        };
        let lines = start.map(|start| start..end).unwrap_or_default();
        let line = |(at, stored): (usize, &Stored)| {
            let content = log.map(|log| log.content(at, stored)).unwrap_or_default();
            let author = log
                .and_then(|log| log.authors.get(&at))
                .map_or_else(|| "null".to_owned(), |author| quoted(author));
            let fields = format!("[0,{author},\"MSG\",\"{channel}\"{content},{}]", stored.time);
            peer.direct(&format!("[\"HISTORY_RANGE\",{txid},{fields}]"))
        };
        let ended = peer.direct(&format!("[\"HISTORY_RANGE_END\",{txid},\"{channel}\"]"));
        let lines = messages.iter().enumerate().take(lines.end).skip(lines.start);
        let frames = std::iter::once(ack(seq)).chain(lines.map(line)).chain([ended]);
        vec![answer(&about, frames.collect())]
    }
}

/// Whether a message has this hash: its first 64 characters.
fn is(stored: &Stored, hash: &str) -> bool {
    stored.message.get(..64).unwrap_or(&stored.message) == hash
}
