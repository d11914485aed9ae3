//! After a confirmed set a few of its channels are asked for their size, in no particular order.

use crate::error::Code;
use crate::guard::evidence::Item;
use crate::guard::sampling::{SAMPLES, choose};
use crate::ids::IdSet;
use crate::json::Value;
use crate::ports::UnixMillis;
use crate::rpc::{self, make_txid};
use crate::session::effect::Effect;
use crate::session::parts::Parts;

impl Parts {
    /// Asks once in a session; what is not answered says nothing.
    pub(super) fn take_samples(&mut self, ids: &IdSet) {
        if std::mem::replace(&mut self.guard.sampled, true) {
            return;
        }
        let Ok(chosen) = choose(ids, SAMPLES, &mut *self.entropy) else { return };
        for id in chosen {
            let Ok(txid) = make_txid(&mut *self.entropy) else { return };
            let Some(link) = self.wiring.link() else { return };
            let text = rpc::anonymous(&txid, "GET_FILE_SIZE", id.as_str());
            if let Some(frame) = link.call(&txid, &text) {
                self.guard.samples.insert(txid, id.into());
                self.out.push(Effect::Send(frame));
            }
        }
    }

    /// Whether the answer was one to a sample.
    pub(in crate::session) fn sample_answered(
        &mut self,
        now: UnixMillis,
        txid: &str,
        body: &[Value],
    ) -> bool {
        let Some(id) = self.guard.samples.remove(txid) else { return false };
        if let [Value::Null, size, ..] = body
            && size.as_u64() == Some(0)
        {
            self.catch(Item::new(now, Code::PinsSampleMissing, Some(&id)).with("bytes", 0));
        }
        true
    }
}
