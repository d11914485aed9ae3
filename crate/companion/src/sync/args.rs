//! The command line.

use pinfold_client::trust::certificates;
use pinfold_core::drive::account::TEAM;
use pinfold_core::error::Error;
use reqwest::Url;
use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.
  PINFOLD_LINK      With --anonymous, the drive's link; without it there is a prompt.
  PINFOLD_OTP       The second factor's current code; without it there is a prompt, if the
                    account asks for one.

Exit codes:
  0  complete: every shared folder was read, and the server confirmed that its list is
     exactly what the drive names
  1  failed: the error is printed with its code, who has to act and whether to try again
  2  the command line cannot be carried out
  3  partial: something could not be read; known ids were added, nothing was removed
  4  unconfirmed: pins were sent, and it is not known that the server's list is what it
     should be (pins/unconfirmed, pins/mismatch, pins/moved); running again is safe
  5  retained: everything was read and is pinned; the server's list also holds ids that the drive
     does not name (listed, with the reason), or that nobody recorded, perhaps another device's
     newest: these stay, unless --give-up-unknown
With --plan nothing is sent: 0 when everything was read, 3 when not.";

/// What `sync` can be told.
///
/// Reads only, except for the account's list of pins, and a note of it, encrypted, in the account's document.
/// The list is added to first; ids are removed from it only when every shared folder was read to its end.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = AFTER_HELP, group = clap::ArgGroup::new("whose").args(["user", "anonymous"]).required(true))]
pub(crate) struct Args {
    /// The instance, as its pages are addressed: https://pad.example.org
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub(crate) origin: String,
    /// The account's name, as typed when logging in
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Read a drive that belongs to no account, by its link: nothing can be pinned for it
    #[arg(long, conflicts_with = "otp")]
    pub(crate) anonymous: bool,
    /// Ask for the second factor's code at once, rather than when the account asks for it
    #[arg(long)]
    pub(crate) otp: bool,
    /// The instance's own salt for log-ins, if its operator has set one
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) login_salt: String,
    /// Remember here, encrypted, what was pinned and why it went: without it a run knows only the account's note
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,

    /// Leave no note of what was pinned in the account's document, for its other devices and later runs
    #[arg(long)]
    pub(crate) no_note: bool,
    /// Give up what is pinned and nobody recorded: perhaps another device's newest
    #[arg(long)]
    pub(crate) give_up_unknown: bool,
    /// Tell the operator, signed and without ids or titles, that everything was read: what left the list then waits no longer for this account
    #[arg(long, conflicts_with_all = ["plan", "anonymous"])]
    pub(crate) tell_operator: bool,
    /// Show what is kept that the drive no longer names, and what would go; change nothing on the server
    #[arg(long)]
    pub(crate) plan: bool,
    /// Agree to exactly the difference of this digest, as --plan shows it: it begins to wait
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub(crate) consent: Option<String>,
    /// Then read this mailbox (notifications, broadcast, supportteam, team-ID), or `none` [default: notifications]
    #[arg(long, value_name = "NAME", value_parser = mailbox)]
    pub(crate) mailbox: Option<String>,
    /// How long to wait for each next sign of progress
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    pub(crate) patience: Duration,
    /// Trust the certificates in this PEM file besides the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Print one JSON object per line, the last of type `result`
    #[arg(long)]
    pub(crate) json: bool,
    /// Show folder titles also where no terminal is: they end up in logs
    #[arg(long)]
    pub(crate) titles: bool,
}

/// The origin of an address, as it is copied from a browser: what stands behind it names a page. What is no address
/// is left for the engine to refuse.
fn origin(typed: &str) -> Result<String, Infallible> {
    let url = Url::parse(typed.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    Ok(url.map_or_else(|| typed.to_owned(), |url| url.origin().ascii_serialization()))
}

/// The name of a mailbox that an account may have.
fn mailbox(typed: &str) -> Result<String, &'static str> {
    let team = |name: &str| name.strip_prefix(TEAM).is_some_and(|id| !id.is_empty());
    match typed {
        "notifications" | "broadcast" | "supportteam" | "none" => Ok(typed.to_owned()),
        name if team(name) => Ok(typed.to_owned()),
        _ => Err(
            "no account has a mailbox of that name: notifications, broadcast, supportteam, team-ID or none",
        ),
    }
}

impl Args {
    /// The certificates of `--ca` (DER).
    ///
    /// # Errors
    /// `misuse/bad-argument` when the file cannot be read or holds something else.
    pub(super) fn extra_roots(&self) -> Result<Vec<Vec<u8>>, Error> {
        self.ca.as_deref().map_or_else(|| Ok(Vec::new()), certificates)
    }

    /// The account's name; no account has an empty one.
    pub(super) fn user(&self) -> &str {
        self.user.as_deref().unwrap_or_default()
    }

    /// Which mailbox to read.
    pub(super) fn mailbox(&self) -> Option<&str> {
        Some(self.mailbox.as_deref().unwrap_or("notifications")).filter(|name| *name != "none")
    }
}
