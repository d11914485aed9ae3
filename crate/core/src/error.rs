//! Errors: a stable code, who is to blame, and whether trying again can help.
//!
//! One table makes the Rust enum, the texts of the codes and the TypeScript union, so they cannot drift.
//! Codes may be added, never changed (`crate/core/tests/suite/codes.rs` pins the list).

use std::fmt;
use std::str::FromStr;

use crate::names::{UnknownName, names};

names! {
    /// Who has to act.
    Blame, "Who has to act: the person at the keyboard, the server, this machine, the calling program, or pinfold itself.":
    /// The person at the keyboard: a password, an invitation, a decision.
    User = "user",
    /// The server, or whoever stands in front of it: it broke the protocol or refused.
    Server = "server",
    /// The machine or network this runs on.
    Host = "host",
    /// The program that calls pinfold.
    Caller = "caller",
    /// pinfold itself: please file a bug.
    Us = "pinfold",
}

names! {
    /// Whether the same call can succeed later.
    Retry, "Whether the same call can succeed: at once, after a while, after the user did something, or not at all.":
    /// At once: the state was refreshed or the step is safe to repeat.
    Now = "now",
    /// After a while, unchanged.
    Later = "later",
    /// After the user did something.
    AfterUser = "after-user",
    /// Not with the same input.
    Never = "never",
}

macro_rules! codes {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, $blame:ident, $retry:ident; )*) => {
        /// What went wrong, as a stable name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $( $(#[$doc])* $name, )* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[ $( Code::$name, )* ];

            /// The stable text, `family/reason`.
            pub const fn as_str(self) -> &'static str { match self { $( Code::$name => $text, )* } }

            /// The part after the slash: what happened, without the family.
            pub fn reason(self) -> &'static str {
                self.as_str().split_once('/').map_or(self.as_str(), |(_, reason)| reason)
            }

            /// Who has to act.
            pub const fn blame(self) -> Blame { match self { $( Code::$name => Blame::$blame, )* } }

            /// Whether the same call can succeed later.
            pub const fn retry(self) -> Retry { match self { $( Code::$name => Retry::$retry, )* } }
        }

        impl fmt::Display for Code {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for Code {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name).ok_or(UnknownName)
            }
        }

        /// The union of all codes as TypeScript source, for the binding crate's `.d.ts`.
        pub const TYPESCRIPT: &str = concat!(
            "/** Stable names of everything that can go wrong; see `Code` in crate/core/src/error.rs. */\n",
            "export type ErrorCode =", $( "\n  | \"", $text, "\"", )* ";\n",
        );
    };
}

codes! {
    /// No account under this name and password.
    LoginRefused = "login/refused", User, AfterUser;
    /// The account asks for a second factor that was not given.
    LoginSecondFactor = "login/second-factor", User, AfterUser;
    /// The account was removed or moved, as the server says; nothing was given up because of it.
    LoginRemoved = "login/removed", User, AfterUser;
    /// The account lives on under a new password: this one opens it no more.
    LoginPasswordChanged = "login/password-changed", User, AfterUser;
    /// The log-in block was sent, and it could not be learned whether the server has it: signing in tells.
    LoginUnconfirmed = "login/unconfirmed", Host, Later;
    /// What is stored at the address of log-in blocks cannot be read there: something stands before it.
    LoginBlockHidden = "login/block-hidden", Server, AfterUser;
    /// There is an account under this name and password already: no account was created.
    LoginTaken = "login/taken", User, AfterUser;
    /// The instance lets nobody register.
    LoginClosed = "login/closed", Server, Never;
    /// The log-in block does not open under the derived key.
    BlockForeign = "block/foreign", User, AfterUser;
    /// The log-in block is too short to be one, or opened and does not hold what a block holds.
    BlockMalformed = "block/malformed", Server, Never;
    /// A link or hash does not follow any known version, or was damaged on its way.
    HrefMalformed = "href/malformed", User, Never;
    /// A link carries no key, or leads to nothing: nothing can be opened with it.
    HrefNoKeys = "href/no-keys", User, Never;
    /// A message, key, nonce or signature has the wrong length, alphabet or encoding.
    CryptoMalformed = "crypto/malformed", Server, Never;
    /// A ciphertext does not open under the key it should.
    CryptoOpen = "crypto/open", Server, Never;
    /// A signature is not by the key it should be.
    CryptoSignature = "crypto/signature", Server, Never;
    /// A signature cannot be checked: a view link holds no key for it and the metadata did not come yet.
    CryptoNoValidateKey = "crypto/no-validate-key", Caller, Later;
    /// The keys at hand can read and not write, or there is no key to sign with.
    CryptoReadOnly = "crypto/read-only", Caller, Never;
    /// The owner's allow list does not name this account.
    FolderRestricted = "folder/restricted", User, AfterUser;
    /// The folder lives on under a new password.
    FolderPasswordChanged = "folder/password-changed", User, AfterUser;
    /// The server says that the folder was deleted; its entry and keys stay.
    FolderDeleted = "folder/deleted", User, AfterUser;
    /// The operator of the server archived the folder; its owner did not delete it. Its entry and keys stay.
    FolderArchived = "folder/archived", Server, AfterUser;
    /// The server calls the folder new, or has no history of it, which the drive contradicts.
    FolderMissing = "folder/missing", Server, Later;
    /// The folder's entry holds no key that opens it.
    FolderNoKeys = "folder/no-keys", User, AfterUser;
    /// Messages of the folder's history could not be read: it may hold more than was seen.
    FolderUnreadable = "folder/unreadable", Server, Later;
    /// The folder did not answer before its deadline.
    FolderTimeout = "folder/timeout", Server, Later;
    /// The folder was shown in an older state than before: a head that was seen is gone.
    FolderRolledBack = "folder/rolled-back", Server, AfterUser;
    /// The folder was read and holds nothing, where it held documents before.
    FolderEmptied = "folder/emptied", User, AfterUser;
    /// The folder was read, and a client seems to have made it anew where the server had lost it.
    FolderMadeAnew = "folder/made-anew", Server, AfterUser;
    /// The drive has folders that are not settled, so nothing may be replaced; or what was to be edited was not read to its end.
    DriveIncomplete = "drive/incomplete", Server, Later;
    /// The account document or a drive could not be read to its end, or does not hold what it should.
    DriveUnreadable = "drive/unreadable", Server, Later;
    /// The drive belongs to no account: no key signs for it, so nothing can be pinned or owned.
    DriveAnonymous = "drive/anonymous", User, AfterUser;
    /// What an edit is about is not in the document: nothing was changed.
    EditAbsent = "edit/absent", User, Never;
    /// The document is not built as an edit expects: nothing was changed.
    EditUnfit = "edit/unfit", Server, Never;
    /// Other clients have the document open: nothing was changed.
    EditInUse = "edit/in-use", User, AfterUser;
    /// The server does not take the message, or does not create the channel: no document was changed.
    EditRefused = "edit/refused", Server, AfterUser;
    /// An edit was sent and it is not known whether it arrived; doing the same edit again does no harm.
    EditUnconfirmed = "edit/unconfirmed", Host, Now;
    /// The account names no such team.
    TeamAbsent = "team/absent", Caller, Never;
    /// The account's entry of the team has links or keys that do not belong together.
    TeamMalformed = "team/malformed", User, Never;
    /// The entry of a team names a key or a channel that is the account's or another team's. Nothing is done under it.
    TeamForeignKey = "team/foreign-key", User, AfterUser;
    /// The team's document could not be read to its end.
    TeamUnreadable = "team/unreadable", Server, Later;
    /// The team's roster could not be read to its end: who is invited is not known. Raised nowhere: the drive is partial then.
    TeamRosterUnreadable = "team/roster-unreadable", Server, Later;
    /// The roster does not name this account. Its entry and keys stay.
    TeamNotMember = "team/not-member", User, AfterUser;
    /// The account may read in this team and not write: an owner of the team has to change that.
    TeamViewer = "team/viewer", User, AfterUser;
    /// No connection could be made.
    NetUnreachable = "net/unreachable", Host, Later;
    /// The connection ended.
    NetClosed = "net/closed", Host, Now;
    /// An answer did not come before its deadline.
    NetTimeout = "net/timeout", Server, Later;
    /// The HTTP answer was not the one expected.
    NetHttp = "net/http", Server, Later;
    /// A frame or an answer does not follow the protocol.
    PeerMalformed = "peer/malformed-frame", Server, Never;
    /// A frame, an answer or a history is larger than anything the protocol sends.
    PeerOversized = "peer/oversized", Server, Never;
    /// A well-formed frame came at a moment when it makes no sense. Raised nowhere: such frames are passed over.
    PeerOutOfOrder = "peer/out-of-order", Server, Never;
    /// Two devices were shown different histories of one document.
    PeerForked = "peer/forked", Server, AfterUser;
    /// The server refused a command or a question.
    RpcRefused = "rpc/refused", Server, Later;
    /// The server dropped the cookie twice in a row.
    RpcNoCookie = "rpc/no-cookie", Server, Later;
    /// The storage quota does not allow these pins.
    PinsOverLimit = "pins/over-limit", User, AfterUser;
    /// Pins were sent and the connection ended before the server confirmed them.
    PinsUnconfirmed = "pins/unconfirmed", Host, Now;
    /// The server's list differs from what it confirmed.
    PinsMismatch = "pins/mismatch", Server, Later;
    /// Another device changed the pins meanwhile, or the drive changed: nothing was replaced.
    PinsMoved = "pins/moved", Server, Now;
    /// The server's list holds more than the drive names; kept, because a folder is unsettled. Raised nowhere: receipts say it.
    PinsSurplusKept = "pins/surplus-kept", User, Later;
    /// The consent is to another difference than the one there is now: look at the plan again.
    PinsStaleConsent = "pins/stale-consent", User, AfterUser;
    /// An entry names as its channel a text that is no id: it is left out, and nothing else is.
    PinsNotAnId = "pins/not-an-id", User, Never;
    /// A pinned channel that was asked for as a sample is not there.
    PinsSampleMissing = "pins/sample-missing", Server, AfterUser;
    /// The mailbox log no longer holds the place where reading goes on, or the server closed it or cannot read it.
    MailboxAnchorLost = "mailbox/anchor-lost", Server, Now;
    /// A mailbox message does not open; it was delivered in its place.
    MailboxUnreadable = "mailbox/unreadable", Server, Never;
    /// A mailbox message opens and is no message; it was delivered in its place.
    MailboxMalformed = "mailbox/malformed", Server, Never;
    /// A mailbox message names a folder, document or team that was not settled in time. Raised nowhere: it is delivered marked.
    MailboxUnresolved = "mailbox/unresolved", Server, Later;
    /// Nobody asked for the folders or teams that messages name: those are delivered without waiting, marked.
    MailboxNotLoaded = "mailbox/not-loaded", Caller, Never;
    /// The mailbox log no longer holds a message that was received or was to be delivered: others may be missing as well.
    MailboxGap = "mailbox/gap", Server, Never;
    /// The mailbox log has another order than before, or begins elsewhere than asked; it is read in the new one.
    MailboxReordered = "mailbox/reordered", Server, Never;
    /// The account has no mailbox of that name.
    MailboxAbsent = "mailbox/absent", Caller, Never;
    /// The host has no source of randomness.
    HostNoEntropy = "host/no-entropy", Host, Later;
    /// The local store failed.
    HostStorage = "host/storage", Host, Later;
    /// The WebAssembly file is not where the script looks for it, or the host cannot run it.
    HostModule = "host/module", Caller, Later;
    /// There was no memory left. A session in WebAssembly ends with it: what it held is gone, and what the server has is not.
    HostNoMemory = "host/no-memory", Host, Later;
    /// What the guard stored does not open under the account's key, or is not what the guard writes.
    GuardUnreadable = "guard/unreadable", Host, Never;
    /// `init()` had not ended, or the session was closed before the call or during it.
    MisuseClosed = "misuse/closed", Caller, Never;
    /// Another call that excludes this one is still running.
    MisuseBusy = "misuse/busy", Caller, Now;
    /// The pin set is of another account, or of a session in another thread.
    MisuseForeignPinSet = "misuse/foreign-pin-set", Caller, Never;
    /// An argument is outside its documented range.
    MisuseBadArgument = "misuse/bad-argument", Caller, Never;
    /// A state that cannot be reached was reached.
    Internal = "internal", Us, Never;
}

/// An error: its code, a sentence for people, and facts for machines.
///
/// The sentence holds no secret, no title and no id longer than eight characters.
///
/// One pointer: every `?` on its way out moves it, and a hundred calls that can fail return it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Told>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    code: Code,
    message: &'static str,
    detail: Vec<(&'static str, String)>,
}

impl Error {
    /// An error with a fixed sentence.
    #[cold]
    #[inline(never)]
    pub fn new(code: Code, message: &'static str) -> Self {
        Self(Box::new(Told { code, message, detail: Vec::new() }))
    }

    /// Adds a fact. Never pass a secret: facts reach logs.
    #[must_use]
    pub fn with(self, key: &'static str, value: impl fmt::Display) -> Self {
        self.with_fact(key, &value)
    }

    /// Compiled once, and not for each kind of value.
    #[cold]
    #[inline(never)]
    fn with_fact(mut self, key: &'static str, value: &dyn fmt::Display) -> Self {
        // A fact may come from the network; a log line has no use for more than this.
        self.0.detail.push((key, value.to_string().chars().take(120).collect()));
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The facts, in the order they were added.
    pub fn detail(&self) -> &[(&'static str, String)] {
        &self.0.detail
    }

    /// The sentence alone.
    pub fn message(&self) -> &'static str {
        self.0.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.message, self.0.code.as_str())?;
        for (key, value) in &self.0.detail {
            write!(f, ", {key}: {value}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once_and_in_the_typescript_union() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
        assert!(texts.iter().all(|t| TYPESCRIPT.contains(&format!("\"{t}\""))));
    }

    #[test]
    fn a_fact_from_the_network_is_bounded() {
        let error = Error::new(Code::NetHttp, "unexpected answer").with("status", "x".repeat(1000));
        assert_eq!(error.detail()[0].1.len(), 120);
    }
}
