//! Text for people: what happened, folder by folder, and what it means. On a terminal a bar shows what is
//! under way; it goes to standard error and leaves nothing behind.

use super::Args;
use super::advice;
use super::printable::printable;
use super::report::{MailboxReport, MessageReport, Output, Summary, TeamReport};
use super::retained;
use super::verdict::Verdict;
use indicatif::{ProgressBar, ProgressStyle};
use pinfold_client::Event;
use pinfold_core::document::FolderDoc;
use pinfold_core::drive::account::Account;
use pinfold_core::drive::complete::{Drive, Folder, FolderOutcome};
use pinfold_core::error::Error;
use pinfold_core::guard::plan::Plan;
use pinfold_core::pin_run::{Receipt, Watch};
use pinfold_core::session::effect::Phase;
use std::fmt::Write as _;
use std::io::{Write, stderr, stdout};
use std::time::{Duration, SystemTime};

/// So many messages of a mailbox are listed, the newest.
const LISTED: usize = 20;
/// The longest title that is shown, in characters.
const TITLE: usize = 60;

/// Prints for people.
pub(super) struct Human {
    titles: bool,
    bar: Option<ProgressBar>,
    over_limit: bool,
    storage_told: bool,
}

impl Human {
    pub(super) fn new(titles: bool) -> Self {
        Self { titles, bar: None, over_limit: false, storage_told: false }
    }

    fn print(&self, text: &str) {
        let print = || {
            let mut output = stdout().lock();
            // Whoever reads may have gone: the work goes on, and its end shows in the exit code.
            let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn progress(&mut self, phase: Phase, done: usize, total: Option<usize>) {
        let bar = self.bar.get_or_insert_with(|| {
            // Draws only where standard error is a terminal.
            let bar = ProgressBar::no_length();
            if !bar.is_hidden() {
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            bar
        });
        let counted = total.filter(|total| *total > 1);
        let template = if counted.is_some() { "{msg} {wide_bar} {pos}/{len}" } else { "{spinner} {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(doing(phase));
        if let Some(total) = counted {
            bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
            bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
        }
    }

    /// How a folder is called: its id, and its title where titles may be shown.
    fn name(&self, folder: &Folder) -> String {
        let id = printable(&folder.declared.id, 20);
        let seen = folder.outcome.read().and_then(FolderDoc::title);
        match seen.or(folder.declared.title.as_deref()).filter(|_| self.titles) {
            Some(title) => format!("{id}  {}", printable(title, TITLE)),
            None => id,
        }
    }

    fn folder_line(&self, folder: &Folder) -> String {
        let state = match (folder.outcome.documents(), &folder.outcome) {
            (Some(entries), _) => format!("read      {entries} {}", noun(entries, "entry", "entries")),
            (None, FolderOutcome::Unavailable(why)) => format!("NOT READ  {}", why.code().as_str()),
            (None, FolderOutcome::Loaded(_)) => String::new(),
        };
        let mut notes = Vec::new();
        if folder.is_made_anew() {
            notes.push("made anew?");
        }
        if folder.declared.password_protected {
            notes.push("password");
        }
        if folder.declared.opens.as_ref().is_some_and(|opens| opens.read_only) {
            notes.push("read-only");
        }
        let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join(", ")) };
        format!("  {state:<34}  {}{notes}\n", self.name(folder))
    }
}

impl Output for Human {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Progress { phase, done, total } => self.progress(*phase, *done, *total),
            Event::Pins { watch: Watch::OverLimit, ours: _ } => self.over_limit = true,
            // What fails once fails for every document that is read.
            Event::Storage(error) if !std::mem::replace(&mut self.storage_told, true) => {
                self.print(&format!("Nothing is remembered: {error}.\n"));
            }
            Event::Storage(_)
            | Event::Folder { .. }
            | Event::Pins { .. }
            | Event::Net { .. }
            | Event::Changed { .. }
            | Event::Followed { .. }
            | Event::Ignored { .. }
            | Event::Safe(_)
            | Event::Evidence(_) => {}
        }
    }

    fn pause(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn signed_in(&mut self, args: &Args, _account: &Account) {
        let origin = printable(&args.origin, 100);
        self.print(&match &args.user {
            Some(user) => format!("Signed in to {origin} as {}.\n", printable(user, TITLE)),
            None => format!(
                "Opened a drive on {origin} that belongs to no account: it is read, and nothing can be pinned for it.\n"
            ),
        });
    }

    fn drive(&mut self, drive: &Drive) {
        let (entries, folders) = (drive.own_documents(), drive.folders());
        let mut text = format!(
            "The drive has {entries} {} and {} shared {}.\n",
            noun(entries, "entry", "entries"),
            folders.len(),
            noun(folders.len(), "folder", "folders")
        );
        for folder in folders {
            text.push_str(&self.folder_line(folder));
        }
        if !drive.skipped().is_empty() {
            let _ = writeln!(
                text,
                "Left out, because they name no channel: {} (no client can tell what they meant).",
                drive.skipped().len()
            );
        }
        let anew: Vec<&Folder> = folders.iter().filter(|folder| folder.is_made_anew()).collect();
        if !anew.is_empty() {
            let (count, look) = (anew.len(), noun(anew.len(), "folder looks", "folders look"));
            let _ = writeln!(text, "\n{count} shared {look} made anew:\n");
            for folder in anew {
                let _ = writeln!(text, "  {}", self.name(folder));
            }
            let _ = writeln!(text, "\n{}\n", advice::MADE_ANEW);
        }
        if let Drive::Partial(partial) = drive {
            let missing = partial.missing().count();
            let _ = writeln!(text, "\n{missing} of {} shared folders could not be read:\n", folders.len());
            for folder in folders {
                if let FolderOutcome::Unavailable(why) = &folder.outcome {
                    let _ = writeln!(text, "  {}\n    {}", self.name(folder), advice::on_folder(why));
                }
            }
            let _ = writeln!(text, "\n{}\n", advice::NOTHING_REMOVED);
        }
        self.print(&text);
    }

    fn plan(&mut self, plan: &Plan) {
        let more = plan.added.len();
        let mut text = format!(
            "Plan: {more} {} recorded yet, and would be pinned.\n",
            noun(more, "id is not", "ids are not")
        );
        text.push_str(&retained::lines(plan));
        self.print(&text);
    }

    fn receipt(&mut self, receipt: &Receipt, plan: &Plan) {
        let Receipt { complete, count, digest, server, form, sent, reset, retained, refused, read_back } =
            receipt;
        let confirmed = receipt.confirmed();
        let mut text = format!("Pins: {count} ids are known.\n");
        if self.over_limit {
            text.push_str(match reset {
                true => "  The storage quota refused to add ids; the whole list was sent instead.\n",
                false => "  The storage quota refused to add all at once; what fits was added.\n",
            });
        }
        text.push_str(match (sent, confirmed) {
            _ if !refused.is_empty() => "  All but these were sent and taken; the server refused:\n",
            (0, true) if *retained > 0 => {
                "  The server's list has these already, and more that is kept; nothing was sent.\n"
            }
            (_, true) if *retained > 0 => "  Its list is now these, and more that is kept.\n",
            (0, true) => "  The server's list has exactly these already; nothing was sent.\n",
            (_, true) if *reset => {
                "  The server's list held others besides; it was replaced by exactly these.\n"
            }
            (_, true) => "  Those that the server did not have were added; its list is now exactly these.\n",
            (_, false) => {
                "  All of them were sent; the server accepted them and skipped those it had. Its list holds \
                 more than\n  these, which is kept.\n"
            }
        });
        for refused in refused.iter().take(LISTED) {
            let id = printable(refused.id.as_str(), 60);
            let _ = writeln!(text, "    {id}  {}", refused.code.as_str());
        }
        if let Some(more @ 1..) = refused.len().checked_sub(LISTED) {
            let _ = writeln!(text, "    … and {more} more");
        }
        let _ = writeln!(text, "  ours    {}\n  server  {}", printable(digest, 100), printable(server, 100));
        let _ = match (confirmed, complete) {
            _ if form.is_some() && !confirmed => {
                writeln!(text, "  Its hash confirms that it holds the others, and nothing else.")
            }
            (true, true) if *read_back || *sent == 0 => writeln!(text, "  Confirmed by the server's hash."),
            (true, true) => writeln!(
                text,
                "  Confirmed by the server's hash, from its memory: it does not say what is on its disk."
            ),
            (true, false) => writeln!(text, "  Confirmed by the server's hash, as far as ids are known."),
            (false, _) => {
                writeln!(text, "  Confirmed call by call; a list that holds more has another hash.")
            }
        };
        text.push_str(&retained::lines(plan));
        self.print(&text);
    }

    fn team(&mut self, report: &TeamReport) {
        let id = printable(&report.team.id, 20);
        let name = report.team.name.as_deref().filter(|_| self.titles);
        let name = name.map_or(id, |name| printable(name, TITLE));
        let ids = report.read.map_or(0, |(_, ids)| ids);
        let mut text = format!("Team {name}: ");
        let _ = match (&report.error, report.read, &report.receipt) {
            (Some(error), ..) => {
                writeln!(text, "{} ({}); other pins are not touched.", error.message(), error.code().as_str())
            }
            (None, _, Some(Receipt { refused, .. })) if !refused.is_empty() => {
                let count = refused.len();
                writeln!(text, "{ids} ids; the server refused {count} of them, and the others are pinned.")
            }
            _ if report.view_only() => writeln!(text, "{ids} ids are known; its members pin them."),
            (None, Some((false, _)), _) => {
                writeln!(text, "{ids} ids are known; they were added. {}", advice::NOTHING_REMOVED)
            }
            (None, _, Some(receipt)) if receipt.confirmed() && receipt.retained > 0 => {
                writeln!(text, "{ids} ids, and more that is kept, confirmed by the server's hash.")
            }
            (None, _, Some(receipt)) if receipt.confirmed() => {
                writeln!(text, "{ids} ids, confirmed by the server's hash.")
            }
            (None, _, None) => writeln!(text, "{ids} ids are known."),
            (None, ..) => writeln!(text, "{ids} ids are pinned; what the server holds besides is kept."),
        };
        text.push_str(&report.plan.as_ref().map(retained::lines).unwrap_or_default());
        self.print(&text);
    }

    fn message(&mut self, _mailbox: &str, _message: &MessageReport) {}

    fn mailbox(&mut self, mailbox: &MailboxReport) {
        let MailboxReport { name, messages, error } = mailbox;
        let mut text = format!("Mailbox {}: ", printable(name, TITLE));
        let _ = writeln!(
            text,
            "{} {}, {} dismissed before, {} unreadable.",
            messages.len(),
            noun(messages.len(), "message", "messages"),
            mailbox.dismissed(),
            mailbox.unreadable()
        );
        if !messages.is_empty() {
            text.push_str(if mailbox.times_ascend() {
                "  In the server's order, each once; its times never go back.\n"
            } else {
                "  In the server's order, each once; its times do not follow that order.\n"
            });
        }
        let earlier = messages.len().saturating_sub(LISTED);
        if earlier > 0 {
            let _ = writeln!(text, "  … {earlier} before these");
        }
        for message in messages.iter().skip(earlier) {
            let _ = writeln!(text, "  {}", message_line(message));
        }
        if let Some(error) = error {
            let _ = writeln!(text, "  It stopped here: {error}.");
        }
        self.print(&text);
    }

    fn end(&mut self, summary: &Summary) {
        self.pause();
        if let Some(error) = &summary.error {
            let _ = stderr().write_all(explained(error, summary.verdict).as_bytes());
        }
        let result = match summary.verdict {
            Verdict::Complete => "complete and confirmed",
            Verdict::Failed => "failed",
            Verdict::Usage => return,
            Verdict::Partial => "partial: ids were added, none was removed",
            Verdict::Unconfirmed => "unconfirmed: run again to compare",
            Verdict::Planned => "planned: nothing was sent",
            Verdict::Retained => "retained: everything is pinned, and what else the list holds stays",
        };
        self.print(&format!("Result: {result} (exit code {}).\n", summary.verdict.code()));
    }
}

fn explained(error: &Error, verdict: Verdict) -> String {
    let mut text = format!("error: {} ({})\n", error.message(), error.code().as_str());
    for (key, value) in error.detail() {
        let _ = writeln!(text, "  {key}: {}", printable(value, 200));
    }
    if verdict != Verdict::Usage {
        let [who, again] = advice::on_error(error);
        let _ = writeln!(text, "{who} {again}");
    }
    text
}

const fn doing(phase: Phase) -> &'static str {
    match phase {
        Phase::Config => "Asking for the configuration",
        Phase::Kdf => "Deriving keys",
        Phase::Block => "Fetching the log-in block",
        Phase::Connect => "Connecting",
        Phase::Drive => "Reading the account document",
        Phase::Folders => "Reading shared folders",
        Phase::Pins => "Comparing pins",
        Phase::Mailbox => "Reading the mailbox",
    }
}

const fn noun(count: usize, one: &'static str, more: &'static str) -> &'static str {
    if count == 1 { one } else { more }
}

fn message_line(message: &MessageReport) -> String {
    let MessageReport { position, hash: _, time, kind, dismissed, superseded, unreadable } = message;
    let time = time.and_then(|time| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(time)));
    // Years beyond 9999 have no such form.
    let time = time.filter(|time| {
        time.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since.as_secs() < 253_402_300_800)
    });
    let time = time
        .map_or_else(|| "(no time)".to_owned(), |time| humantime::format_rfc3339_seconds(time).to_string());
    let kind = unreadable.map_or_else(|| kind.as_deref().unwrap_or("(no type)"), |code| code.as_str());
    let state = if *dismissed { "dismissed" } else { superseded.unwrap_or_default() };
    format!("{position:>5}  {time:<20}  {kind:<28}  {state}").trim_end().to_owned()
}
