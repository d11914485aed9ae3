//! Whose session it is.

mod adopting;

use crate::drive::account::Account;
use crate::ids::{ChannelId, EdPublic};
use crate::session::login::SignedIn;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Identity {
    signed_in: Option<SignedIn>,
    /// As the account document said it first.
    account: Option<Account>,
}

impl Identity {
    /// A log-in ended well.
    pub(super) fn sign_in(&mut self, signed_in: SignedIn) {
        self.signed_in = Some(signed_in);
    }

    /// A log-in turned out to lead to no account.
    pub(super) fn sign_out(&mut self) {
        self.signed_in = None;
    }

    /// What the log-in yielded, once there was one.
    pub(super) const fn signed_in(&self) -> Option<&SignedIn> {
        self.signed_in.as_ref()
    }

    /// The channel of the account document, once signed in.
    pub(super) fn home(&self) -> Option<&ChannelId> {
        self.signed_in.as_ref().map(|signed_in| &signed_in.channel)
    }

    /// The account, once its document was read.
    pub(super) const fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// The key that the user's own pins are kept under.
    pub(super) fn ed_public(&self) -> Option<&EdPublic> {
        self.account.as_ref().and_then(Account::ed_public)
    }
}
