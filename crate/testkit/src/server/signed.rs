//! Signed calls (PROTOCOL.md 11.2).

use super::{Call, MemoryServer, Outgoing, Peer, ack, answer, direct_to, quoted};

impl MemoryServer {
    pub(super) fn authenticated(&mut self, peer: &mut Peer, call: &Call<'_>, genuine: bool) -> Vec<Outgoing> {
        let Call { seq, txid, key, cookie, command, argument } = call;
        let command = command.as_str();
        let uid = peer.uid.clone();
        let refused = |word: &str| {
            let text = format!("[\"{txid}\",\"ERROR\",{}]", quoted(word));
            vec![answer(command, vec![ack(*seq), direct_to(&uid, &text)])]
        };
        let ended = self.ended.get(key).copied().unwrap_or(0);
        let of_this_session = peer.sessions.get(key).copied().unwrap_or(0) == ended;
        let current =
            of_this_session && cookie.as_str().is_some_and(|c| c.ends_with(&format!("|{}|x", peer.cookie)));
        if command != "COOKIE" && (!current || self.forget_cookies > 0) {
            self.forget_cookies = self.forget_cookies.saturating_sub(1);
            return refused("NO_COOKIE");
        }
        if !genuine {
            return refused("INVALID_SIGNATURE_OR_PUBLIC_KEY");
        }
        peer.known_as.insert(key.to_owned());
        if let Some(word) = self.refuse.get(command) {
            return refused(&word.clone());
        }
        let ids: Vec<String> = argument
            .as_array()
            .unwrap_or_default()
            .iter()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        let state = self.pins.entry(key.to_owned()).or_default();
        if command == "PIN" && self.quota.as_ref().is_some_and(|quota| !state.fits(quota, &ids)) {
            return refused("E_OVER_LIMIT");
        }
        let odd = self.odd.as_ref().filter(|(id, _)| command == "PIN" && ids.contains(id));
        if let Some((_, word)) = odd {
            return refused(&word.clone());
        }
        peer.cookie += 1;
        let mut cookie = format!("{}|{}|x", self.clock.0, peer.cookie);
        let value = match command {
            "COOKIE" => {
                peer.sessions.insert(key.to_owned(), ended);
                String::new()
            }
            "GET_HASH" => format!(",\"{}\"", state.hash()),
            "PIN" | "RESET" | "UNPIN" => {
                state.apply(command, &ids);
                String::new()
            }
            "GET_TOTAL_SIZE" => {
                format!(",{}", self.quota.as_ref().map_or(0, |quota| state.size(quota)))
            }
            "GET_LIMIT" => {
                format!(",{},\"\",\"\"", self.quota.as_ref().map_or(52_428_800, |quota| quota.limit))
            }
            "EXPIRE_SESSION" => {
                state.expire();
                self.ended.insert(key.to_owned(), ended + 1);
                cookie = "1|1|".to_owned();
                ",\"OK\"".to_owned()
            }
            _ => String::new(),
        };
        self.commands.push((command.to_owned(), ids));
        if self.cut_after.is_some_and(|cut| cut == command) {
            self.cut_after = None;
            return vec![Outgoing::Cut];
        }
        let reply = peer.direct(&format!("[\"{txid}\",\"{cookie}\"{value}]"));
        vec![answer(command, vec![ack(*seq), reply])]
    }
}
