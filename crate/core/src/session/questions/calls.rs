//! Questions, and the signature of a report, for the host.

use crate::error::{Code, Error};
use crate::ports::UnixMillis;
use crate::report::{Report, Signed, channel_of};
use crate::session::Session;
use crate::session::effect::{Question, Ticket};

impl Session {
    /// Asks one question about what the server has. Ends with
    /// [`Outcome::Answered`](crate::session::effect::Outcome::Answered). It runs beside every operation;
    /// [`Session::cancel`] gives it up. Nothing is written or created, and no other client sees it (PROTOCOL.md 9.3, 11.1),
    /// but for [`Question::Members`], for which the session enters the channel.
    ///
    /// A channel that is restricted answers only once this connection has made a signed call: ask
    /// [`Question::ListHash`] first.
    ///
    /// # Errors
    /// `misuse/closed`, `misuse/busy` when [`AT_ONCE`](crate::session::questions::AT_ONCE) wait already, `crypto/read-only` for
    /// the list of a key that is not held, `net/closed` when there is no connection, `host/no-entropy`, at once.
    /// `folder/missing`, `folder/restricted`, `rpc/*`, `peer/malformed-frame`, `net/*` at the end; `net/timeout` says
    /// nothing about the rest.
    pub fn question(&mut self, now: UnixMillis, question: &Question) -> Result<Ticket, Error> {
        self.check_open()?;
        let ticket = self.parts.put_question(now, question)?;
        self.owed = true;
        self.go_on(now);
        Ok(ticket)
    }

    /// Signs a report with the account's key.
    ///
    /// # Errors
    /// `misuse/closed` before the session is signed in, `crypto/read-only` where the account has no key to sign with,
    /// `misuse/bad-argument` for a report of another account, or one that cannot be written.
    pub fn sign_report(&mut self, report: Report) -> Result<Signed, Error> {
        self.check_open()?;
        let closed = || Error::new(Code::MisuseClosed, "the session is not signed in");
        let root = self.parts.document().ok_or_else(closed)?;
        let account = self.parts.who.account().ok_or_else(closed)?;
        let key = account.signing_key(root.document());
        let key =
            key.ok_or_else(|| Error::new(Code::CryptoReadOnly, "the account has no key to sign with"))?;
        report.sign(&key)
    }

    /// Tells the operator that this account was looked at: writes a signed report into the channel that follows from the
    /// account's key ([`channel_of`]). Nothing pins that channel. Ends with
    /// [`Outcome::Sent`](crate::session::effect::Outcome::Sent). Only what the person agreed to may be told.
    ///
    /// # Errors
    /// `misuse/bad-argument` for a report of another account, or one with rows: an operator is told no more than it needs;
    /// `misuse/closed`, `misuse/busy`, `drive/anonymous`, `net/closed`, `host/no-entropy` at once; `rpc/*`, `net/*` at the end.
    pub fn tell_operator(&mut self, now: UnixMillis, signed: &Signed) -> Result<Ticket, Error> {
        self.check_open()?;
        let anonymous = || Error::new(Code::DriveAnonymous, "an anonymous drive has no operator to tell");
        let own = self.parts.who.ed_public().ok_or_else(anonymous)?;
        let report = signed.report();
        if report.rows.is_some() || report.account != own.as_str() {
            return Err(Error::new(Code::MisuseBadArgument, "not a report of this account for its operator"));
        }
        let channel = channel_of(own).ok_or_else(anonymous)?;
        self.parts.write_report(now, &channel, signed.to_json().trim_end())
    }
}
