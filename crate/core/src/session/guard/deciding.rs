//! Decisions about kept keys, and evidence against the server. Both are written down, and the account's other devices get
//! them too.

use crate::encoding::encode_link;
use crate::error::Error;
use crate::guard::evidence::Item;
use crate::guard::vault::Decision;
use crate::json::Text;
use crate::ports::{Entropy, UnixMillis};
use crate::session::effect::{Effect, Event};
use crate::session::guard::shelf::Kind;
use crate::session::parts::Parts;

impl Parts {
    pub(super) fn decide_key(
        &mut self,
        now: UnixMillis,
        channel: &Text,
        id: Option<&str>,
        decision: Decision,
    ) -> Result<(), Error> {
        self.guard.vault.decide_on(channel, id, decision, now)?;
        self.save_vault(now);
        Ok(())
    }

    pub(super) fn save_vault(&mut self, now: UnixMillis) {
        self.save(now, Kind::Vault);
        self.tell_devices(now, Kind::Vault);
    }

    pub(super) fn catch(&mut self, item: Item) {
        self.out.push(Effect::Event(Event::Evidence(item.clone())));
        let now = item.at;
        self.guard.evidence.record(item);
        self.save(now, Kind::Ledger);
    }

    /// The name of this device and session in records: random, so that it says nothing about either.
    pub(super) fn author(&mut self) -> Result<Text, Error> {
        if let Some(by) = &self.guard.by {
            return Ok(by.clone());
        }
        let mut bytes = [0; 13];
        self.entropy.fill(&mut bytes)?;
        let (device, session) = bytes.split_at(9);
        let device = self.guard.device.get_or_insert_with(|| encode_link(device).into());
        let by = Text::from([&*device.to_string_lossy(), "/", &encode_link(session)].concat());
        self.guard.by = Some(by.clone());
        Ok(by)
    }
}
