//! The account document and those of its teams, as they are read: who the session acts for.

use crate::document::AccountDoc;
use crate::drive::account::Account;
use crate::drive::complete::Whose;
use crate::drive::team::Team;
use crate::error::{Code, Error};
use crate::json::Value;
use crate::net::document::{DocumentReader, SyncedDoc};
use crate::net::unavailable::Unavailable;
use crate::ports::UnixMillis;
use crate::session::effect::Phase;
use crate::session::parts::Parts;

impl Parts {
    /// Reads the account document, if nobody does yet.
    pub(in crate::session) fn open_root(&mut self, now: UnixMillis) {
        let Some(signed_in) = self.who.signed_in() else { return };
        let channel = signed_in.channel.clone();
        if self.readers.get(&channel).is_some() {
            return;
        }
        let Ok(keys) = signed_in.secrets.message_keys() else { return };
        let read_only = !signed_in.secrets.can_edit();
        self.out.progress(Phase::Drive, 0, None);
        let txid = self.out.txids();
        self.read(now, &channel, DocumentReader::open(channel.clone(), keys, read_only, txid));
    }

    /// The outcome of reading the account document; `None` while it is being read.
    pub(in crate::session) fn root(&mut self) -> Option<Result<SyncedDoc, Unavailable>> {
        self.readers.outcome(self.who.home()?)
    }

    /// The account and its document, once that is read to its end.
    pub(in crate::session) fn account_as_read(&mut self) -> Option<Result<(Account, SyncedDoc), Error>> {
        let account = match self.root()? {
            Ok(root) => self.adopt_account(&root).map(|account| (account, root)),
            Err(why) => {
                let error =
                    Error::new(Code::DriveUnreadable, "the account document could not be read to its end");
                Err(error.with("cause", why.code().as_str()))
            }
        };
        Some(account)
    }

    fn adopt_account(&mut self, root: &SyncedDoc) -> Result<Account, Error> {
        let account = match (&self.who.account, &self.who.signed_in) {
            (Some(account), _) => account.clone(),
            (None, None) => return Err(Error::new(Code::MisuseClosed, "the session is not signed in")),
            (None, Some(signed_in)) => {
                if AccountDoc::of(root.document()).is_deprecated() {
                    return Err(Error::new(Code::LoginPasswordChanged, "the account has a new password"));
                }
                Account::read(
                    root.document(),
                    signed_in.channel.clone(),
                    signed_in.block_id.clone(),
                    &signed_in.admin_keys,
                )
                .with_derived(signed_in.sign.clone())
            }
        };
        self.adopt_signers(root, &account);
        self.who.account = Some(account.clone());
        Ok(account)
    }

    /// A team with what was read of it; `None` while something is still to come.
    pub(in crate::session) fn team_as_read(
        &mut self,
        root: &SyncedDoc,
        team: Team,
    ) -> Option<Result<(Whose, SyncedDoc), Error>> {
        let document = self.readers.outcome(&team.channel)?;
        let roster = self.readers.get(&team.roster.channel)?.roster()?;
        let document = match document {
            Ok(document) => document,
            Err(why) => {
                let error =
                    Error::new(Code::TeamUnreadable, "the team's document could not be read to its end");
                return Some(Err(error.with("cause", why.code().as_str())));
            }
        };
        let own = AccountDoc::of(root.document()).curve_public().unwrap_or_default();
        if roster.as_ref().is_ok_and(|synced| synced.roster().role(own).is_none()) {
            let error = Error::new(Code::TeamNotMember, "the roster does not name this account");
            return Some(Err(error));
        }
        Some(Ok((Whose::Team(Box::new(team), roster), document)))
    }

    /// Learns the keys in the account document; those that are known keep their cookies. Learns also what other devices
    /// left there for the guard.
    fn adopt_signers(&mut self, root: &SyncedDoc, account: &Account) {
        if !self.signers.are_new_in(root) {
            return;
        }
        let document: &Value = root.document();
        self.guard.recall_entry(document, account);
        let own = account.ed_public().cloned().zip(account.signing_key(document));
        for (public, key) in own.into_iter().chain(Team::signing_keys(document)) {
            self.signers.hold(public, key, self.deadlines.answer);
        }
    }
}
