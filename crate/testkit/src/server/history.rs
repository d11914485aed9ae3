//! The history of a channel (PROTOCOL.md 9.2).

use pinfold_core::json::Value;

use super::{Channel, KEEPER, MemoryServer, Outgoing, Peer, Stored, ack, answer, end, quoted};

/// Without checkpoints a server remembers where the newest messages are, so many at most.
const REMEMBERED: usize = 100;

impl Channel {
    /// Where the history from a hash begins. Of several copies that is the first for as long as the server remembers
    /// it; the file is searched from its end.
    fn begins_at(&self, hash: &str) -> Option<usize> {
        let is = |stored: &Stored| stored.message.get(..64).unwrap_or(&stored.message) == hash;
        let remembered = self.messages.len().saturating_sub(REMEMBERED);
        let recent = self.messages.iter().skip(remembered).position(is).map(|at| at + remembered);
        recent.or_else(|| self.messages.iter().rposition(is))
    }

    /// What a stored line holds after the channel, the time excepted: one text, unless a stranger wrote something else.
    pub(super) fn content(&self, at: usize, stored: &Stored) -> String {
        self.odd.get(&at).cloned().unwrap_or_else(|| format!(",{}", quoted(&stored.message)))
    }
}

impl MemoryServer {
    pub(super) fn history(
        &mut self,
        peer: &Peer,
        seq: u64,
        channel: &str,
        options: Option<&Value>,
    ) -> Vec<Outgoing> {
        let direct = |text: &str| peer.direct(text);
        let about = format!("GET_HISTORY {channel}");
        if self.refuses(peer, channel).is_some() {
            return vec![answer(&about, vec![format!("[{seq},\"ERROR\",\"ERESTRICTED\",\"{KEEPER}\"]")])];
        }
        self.create(peer, channel, options);
        let txid = options.and_then(|o| o.get("txid")).and_then(Value::as_u64).unwrap_or(0);
        let from = options.and_then(|o| o.get("lastKnownHash")).and_then(Value::as_str);
        let Some(log) = self.channels.get(channel) else {
            return vec![answer(&about, vec![ack(seq), direct(&end(channel, txid))])];
        };
        if log.silent {
            return Vec::new();
        }
        let mut frames = vec![ack(seq)];
        if let Some(reason) = &log.placeholder {
            let reason = quoted(reason);
            frames.push(direct(&format!(
                "{{\"error\":\"EDELETED\",\"message\":{reason},\"channel\":\"{channel}\",\"txid\":{txid}}}"
            )));
            return vec![answer(&about, frames)];
        }
        let start = match from {
            None => 0,
            Some(hash) => match log.begins_at(hash) {
                Some(at) => at,
                None => {
                    frames.push(direct(&format!(
                        "{{\"error\":\"EUNKNOWN\",\"channel\":\"{channel}\",\"txid\":{txid}}}"
                    )));
                    return vec![answer(&about, frames)];
                }
            },
        };
        frames.extend(log.metadata.as_deref().map(&direct));
        for (at, stored) in log.messages.iter().enumerate().skip(start) {
            let content = log.content(at, stored);
            let author = log.authors.get(&at).map_or_else(|| "null".to_owned(), |author| quoted(author));
            frames.push(direct(&format!("[{txid},{author},\"MSG\",\"{channel}\"{content},{}]", stored.time)));
        }
        frames.push(direct(&end(channel, txid)));
        vec![answer(&about, frames)]
    }
}
