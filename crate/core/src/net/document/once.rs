//! A reader that looks into a pad once and does not join its channel.

use super::{Ask, DocumentReader};
use crate::channel::{Manner, TxPair};
use crate::crypto::message::MessageKeys;
use crate::ids::ChannelId;
use crate::net::content::Keys;

impl DocumentReader {
    /// A reader of a pad as it is now, of 16 MiB of messages at most. It does not join: nobody sees it, there is
    /// nothing to leave, and it can create nothing (PROTOCOL.md 9.2). What it reads is neither followed nor
    /// written to, and does not outlast the connection.
    pub fn look(channel: ChannelId, keys: MessageKeys, read_only: bool, txids: TxPair) -> (Self, Vec<Ask>) {
        Self::start(channel, Keys::Pad(keys), read_only, Manner::Outside, &txids)
    }

    /// Whether what it reads is a roster.
    pub fn reads_roster(&self) -> bool {
        matches!(self.log.keys, Keys::Roster(_))
    }

    /// Whether it reads without being in the channel.
    pub fn stays_out(&self) -> bool {
        self.machine.manner() == Manner::Outside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::TxIds;
    use crate::net::document::{Existence, Input, Progress};
    use crate::secret::Secret;

    fn look() -> (DocumentReader, Vec<Ask>) {
        let channel = ChannelId::parse(&"a".repeat(32)).unwrap();
        DocumentReader::look(
            channel,
            MessageKeys::reading(Secret::derive_with(|_| {})),
            true,
            TxIds::starting_at(7).pair(),
        )
    }

    #[test]
    fn it_joins_nothing_not_even_where_it_has_to_be_admitted() {
        let (mut reader, asks) = look();
        assert_eq!(asks, [Ask::Existence]);
        let history = Some(Ask::History { txid: 7, from: None });
        assert_eq!(reader.handle(Input::Existence(&Existence::Known)), history);
        let keys = vec!["k".to_owned()];
        assert_eq!(
            reader.handle(Input::Restricted { keys: &keys }),
            Some(Ask::Admission { keys: keys.clone() })
        );
        assert_eq!(reader.handle(Input::Admitted), history);
        assert!(!reader.suspend(), "it does not outlast the connection");
    }

    #[test]
    fn it_asks_nothing_of_what_may_not_exist() {
        for answer in [Existence::New { reason: None }, Existence::Unanswered] {
            let (mut reader, _) = look();
            assert_eq!(reader.handle(Input::Existence(&answer)), None);
            assert_eq!(reader.progress(), Progress::Unavailable);
        }
    }
}
