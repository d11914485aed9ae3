//! What to tell a person about a folder that could not be read, and about an error.

use super::printable::printable;
use pinfold_core::error::{Blame, Code, Error, Retry};
use pinfold_core::net::unavailable::Unavailable;

/// Why nothing is removed while something is unread.
pub(super) const NOTHING_REMOVED: &str = "\
What is inside is unknown here, and may be wanted all the same. So known ids were added to the server's
list and none was removed: whatever else is pinned, by an earlier run or another device, stays pinned.";

/// What to do about a folder that was read, and looks as if a client had made it anew.
pub(super) const MADE_ANEW: &str = "\
Such a folder is younger than its entry and has neither version nor title: so it looks when a server had
lost a folder, and a client made an empty one in its place. It may have held documents that it no longer shows,
and nothing is unpinned because of it. Do not remove it, since its entry holds the key, and put nothing
into it. Ask the administrator whether an archived copy is there.";

/// One sentence on the cause, one on what helps.
pub(crate) fn on_folder(why: &Unavailable) -> String {
    let text = match why {
        Unavailable::Restricted => {
            "Its owner's allow list does not name this account. The owner can let it in."
        }
        Unavailable::PasswordChanged => {
            "It lives on under a new password. Whoever shares it can send the new link."
        }
        Unavailable::Deleted { reason } if why.is_archived() => {
            let reason = printable(reason, 40);
            return format!(
                "The operator of the server archived it ({reason}); its owner did not delete it. Ask the \
                 administrator to bring it back. Its entry and keys stay in the drive."
            );
        }
        Unavailable::Deleted { reason } => {
            let reason = printable(reason, 40);
            return format!(
                "The server says that it was deleted ({reason}). Its entry and keys stay in the drive, in case \
                 that is a mistake."
            );
        }
        Unavailable::Missing => {
            "The server calls it new, although the drive names it: so does a server whose storage is damaged. \
             Run again later; if it stays, tell the administrator."
        }
        Unavailable::NoKeys => "Its entry holds no key that opens it. Whoever shares it can send the link.",
        Unavailable::Unreadable { why } => {
            return format!(
                "It may hold more than was seen: {why}. Run again later; if it stays, tell the administrator."
            );
        }
        Unavailable::Timeout => "It did not answer in time. Run again later, or with more --patience.",
        _ => "It could not be read to its end. Run again later.",
    };
    text.to_owned()
}

/// Who has to act, and whether the same command can succeed later.
pub(crate) fn on_error(error: &Error) -> [&'static str; 2] {
    let code: Code = error.code();
    let who = match code.blame() {
        Blame::User => "It is for you to act.",
        Blame::Server => "The server, or what stands in front of it, is to blame.",
        Blame::Host => "This machine or its network is to blame.",
        Blame::Caller => "The command cannot be carried out as it stands.",
        Blame::Us => "pinfold is to blame: please file a bug.",
    };
    let again = match code.retry() {
        Retry::Now => "Running it again is safe, and may help at once.",
        Retry::Later => "Running it again is safe, and may help after a while.",
        Retry::AfterUser => "Running it again helps after something was changed.",
        Retry::Never => "Running it again will not help.",
    };
    [who, again]
}
