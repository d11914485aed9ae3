//! What is asked on the connection for the reader of a channel.

use crate::channel::{Ask, Existence};
use crate::ids::{ChannelId, EdPublic, MessageHash};
use crate::rpc::command::Command;
use crate::rpc::{self, make_txid};
use crate::session::effect::Effect;
use crate::session::notices::Notice;
use crate::session::parts::Parts;
use crate::session::signers::Purpose;
use crate::session::wiring::Asker;
use crate::wire::keeper;

impl Parts {
    /// Carries out what the reader of a channel asks for.
    pub(in crate::session) fn ask(&mut self, channel: &ChannelId, ask: Ask) {
        match ask {
            Ask::Join => {
                if let Some(link) = self.wiring.link() {
                    let frame = link.join(channel);
                    self.out.push(Effect::Send(frame));
                }
            }
            Ask::Existence => self.ask_existence(channel, Asker::Reader),
            Ask::History { txid, from } => {
                let from = from.as_ref().map(MessageHash::as_str);
                self.ask_keeper(channel, &keeper::history_request(channel.as_str(), txid, from));
            }
            Ask::Create { txid, metadata } => {
                self.ask_keeper(channel, &keeper::creation_request(channel.as_str(), txid, &metadata));
            }
            Ask::Range { txid, range } => {
                let request = range.request(channel.as_str(), txid);
                let frame = self.wiring.link().and_then(|link| link.ask_range(channel, txid, &request));
                self.out.extend(frame.map(Effect::Send));
            }
            Ask::Admission { keys } => {
                let named = |own: &&EdPublic| keys.iter().any(|key| key == own.as_str());
                let ours = self.signers.keys().find(named).cloned();
                // Any signed call makes the connection known under its key (9.2); COOKIE is the cheapest.
                let asked = ours.is_some_and(|own| {
                    self.submit(&own, Command::Cookie, Purpose::Admission(channel.clone()))
                });
                if !asked {
                    self.notices.leave(Notice::Denied(channel.clone()));
                }
            }
        }
    }

    fn ask_keeper(&mut self, channel: &ChannelId, request: &str) {
        let frame = self.wiring.link().and_then(|link| link.ask_history(channel, request));
        self.out.extend(frame.map(Effect::Send));
    }

    pub(in crate::session) fn ask_existence(&mut self, channel: &ChannelId, asker: Asker) {
        let Some(link) = self.wiring.link() else { return };
        if !link.keeper_known() {
            // The first channel of a connection: its JOIN names the keeper, then this is asked again.
            return self.readers.wait_for_keeper(channel);
        }
        match make_txid(&mut *self.entropy) {
            Ok(txid) => {
                let text = rpc::anonymous(&txid, "IS_NEW_CHANNEL", channel.as_str());
                if let Some(frame) = link.call(&txid, &text) {
                    self.wiring.existence.insert(txid, (channel.clone(), asker));
                    self.out.push(Effect::Send(frame));
                }
            }
            Err(_) => self.notices.leave(Notice::Existence(channel.clone(), asker, Existence::Unanswered)),
        }
    }
}
