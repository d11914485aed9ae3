//! The names that programs match on. They are promised never to change: a line of this list is added, never edited.

use pinfold_core::error::{Blame, Code, Retry};

/// Every code with who has to act and whether trying again helps, in the order of the table in `error.rs`.
const CODES: &str = "\
login/refused user after-user
login/second-factor user after-user
login/removed user after-user
login/password-changed user after-user
login/unconfirmed host later
login/block-hidden server after-user
login/taken user after-user
login/closed server never
block/foreign user after-user
block/malformed server never
href/malformed user never
href/no-keys user never
crypto/malformed server never
crypto/open server never
crypto/signature server never
crypto/no-validate-key caller later
crypto/read-only caller never
folder/restricted user after-user
folder/password-changed user after-user
folder/deleted user after-user
folder/archived server after-user
folder/missing server later
folder/no-keys user after-user
folder/unreadable server later
folder/timeout server later
folder/rolled-back server after-user
folder/emptied user after-user
folder/made-anew server after-user
drive/incomplete server later
drive/unreadable server later
drive/anonymous user after-user
edit/absent user never
edit/unfit server never
edit/in-use user after-user
edit/refused server after-user
edit/unconfirmed host now
team/absent caller never
team/malformed user never
team/foreign-key user after-user
team/unreadable server later
team/roster-unreadable server later
team/not-member user after-user
team/viewer user after-user
net/unreachable host later
net/closed host now
net/timeout server later
net/http server later
peer/malformed-frame server never
peer/oversized server never
peer/out-of-order server never
peer/forked server after-user
rpc/refused server later
rpc/no-cookie server later
pins/over-limit user after-user
pins/unconfirmed host now
pins/mismatch server later
pins/moved server now
pins/surplus-kept user later
pins/stale-consent user after-user
pins/not-an-id user never
pins/sample-missing server after-user
mailbox/anchor-lost server now
mailbox/unreadable server never
mailbox/malformed server never
mailbox/unresolved server later
mailbox/not-loaded caller never
mailbox/gap server never
mailbox/reordered server never
mailbox/absent caller never
host/no-entropy host later
host/storage host later
host/module caller later
host/no-memory host later
guard/unreadable host never
misuse/closed caller never
misuse/busy caller now
misuse/foreign-pin-set caller never
misuse/bad-argument caller never
internal pinfold never";

#[test]
fn no_code_has_changed() {
    let told = |code: &Code| format!("{} {} {}", code.as_str(), code.blame().as_str(), code.retry().as_str());
    let now: Vec<String> = Code::ALL.iter().map(told).collect();
    let gone: Vec<&str> = CODES.lines().filter(|line| !now.iter().any(|told| told == line)).collect();
    let new: Vec<&String> = now.iter().filter(|told| !CODES.lines().any(|line| line == *told)).collect();
    assert_eq!(gone, Vec::<&str>::new(), "codes may be added, never changed");
    assert_eq!(new, Vec::<&String>::new(), "new codes belong into the list of this test");
}

#[test]
fn the_names_of_blame_and_retry_are_the_same_everywhere() {
    let blames = [Blame::User, Blame::Server, Blame::Host, Blame::Caller, Blame::Us].map(Blame::as_str);
    assert_eq!(blames, ["user", "server", "host", "caller", "pinfold"]);
    let retries = [Retry::Now, Retry::Later, Retry::AfterUser, Retry::Never].map(Retry::as_str);
    assert_eq!(retries, ["now", "later", "after-user", "never"]);
    assert!(blames.iter().all(|name| Blame::TYPESCRIPT.contains(&format!("\n  | \"{name}\""))));
    assert!(retries.iter().all(|name| Retry::TYPESCRIPT.contains(&format!("\n  | \"{name}\""))));
}
