//! Letters to others: sealed here, and handed to the server anonymously (PROTOCOL.md 7.1, 11.1, 18.1).

use crate::crypto::curve::CurvePair;
use crate::document::AccountDoc;
use crate::error::{Code, Error};
use crate::json::{Object, Value, stringify};
use crate::mailbox::letter::seal;
use crate::ports::{Due, UnixMillis};
use crate::rpc::{anonymous_with, make_txid, refusal};
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::parts::Parts;
use crate::session::sending::{Recipient, Sending};

const COMMAND: &str = "WRITE_PRIVATE_MESSAGE";

impl Parts {
    /// See [`Session::send_letter`](crate::session::Session::send_letter).
    pub(in crate::session) fn send_letter(
        &mut self,
        now: UnixMillis,
        recipient: &Recipient,
        kind: &str,
        mut content: Object,
    ) -> Result<Ticket, Error> {
        let root = self.document();
        let document = root.as_ref().map_or(&Value::Null, |root| root.document());
        let author =
            AccountDoc::of(document).curve_private().and_then(|key| CurvePair::from_base64(key).ok());
        let author = author.ok_or_else(|| {
            Error::new(Code::DriveUnreadable, "the account holds no key to write letters with")
        })?;
        content.insert("user", introduction(document));
        let mut message = Object::new();
        message.insert("type", kind);
        message.insert("content", content);
        let text = stringify(&message.into());
        let letter = seal(&text, &author, &recipient.curve, None, &mut &mut *self.entropy)?;
        let txid = make_txid(&mut *self.entropy)?;
        let argument = Value::from(vec![recipient.mailbox.as_str().into(), letter.into()]);
        let call = anonymous_with(&txid, COMMAND, &argument);
        let frame = self.wiring.link().and_then(|link| link.call(&txid, &call));
        let frame = frame.ok_or_else(|| Error::new(Code::NetClosed, "there is no connection"))?;
        self.out.push(Effect::Send(frame));
        let ticket = self.out.ticket();
        self.mail.sending.insert(txid, Sending { ticket, due: Due::within(now, self.deadlines.answer) });
        Ok(ticket)
    }

    /// An anonymous call was answered; `false` when this was not one of them.
    pub(in crate::session) fn sent(&mut self, txid: &str, body: &[Value]) -> bool {
        let Some(sending) = self.mail.sending.remove(txid) else { return false };
        let result = match body {
            [Value::Null, time, ..] => Ok(Outcome::Sent { time: time.as_u64().map(UnixMillis) }),
            [_, word, ..] => Err(refusal(word.as_str().unwrap_or("unknown"), COMMAND)),
            _ => Err(Error::new(Code::PeerMalformed, "the server answers with nothing")),
        };
        self.out.push(Effect::Done(sending.ticket, result));
        true
    }

    pub(in crate::session) fn send_refused(&mut self, txid: &str, code: &str) -> bool {
        let Some(sending) = self.mail.sending.remove(txid) else { return false };
        self.out.push(Effect::Done(sending.ticket, Err(refusal(code, COMMAND))));
        true
    }

    pub(in crate::session) fn expire_letters(&mut self, now: UnixMillis) {
        let late = self.mail.sending.iter().filter(|(_, sending)| sending.due.is_late(now));
        let late: Vec<String> = late.map(|(txid, _)| txid.clone()).collect();
        for sending in late.iter().filter_map(|txid| self.mail.sending.remove(txid)) {
            let error = Error::new(Code::NetTimeout, "the server did not answer to a letter");
            self.out.push(Effect::Done(sending.ticket, Err(error)));
        }
    }

    pub(in crate::session) fn lose_letters(&mut self, error: &Error) {
        for sending in std::mem::take(&mut self.mail.sending).into_values() {
            self.out.push(Effect::Done(sending.ticket, Err(error.clone())));
        }
    }
}

/// What the account says of itself, as the real client does.
fn introduction(document: &Value) -> Object {
    let mut user = Object::new();
    for (name, text) in AccountDoc::of(document).introduction() {
        user.insert(name, text.clone());
    }
    user
}
