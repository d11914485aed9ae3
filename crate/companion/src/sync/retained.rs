//! What stays on the server's list although the drive no longer names it, and what would be taken off: in words and as
//! fields.

use super::printable::printable;
use pinfold_core::error::Code;
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::plan::{Doubt, Plan, Removal, Retained, Why};
use pinfold_core::json::Text;
use pinfold_core::ports::UnixMillis;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

/// So many ids are listed.
const LISTED: usize = 20;

/// One id that nothing names.
struct Row<'p> {
    id: &'p Text,
    folder: &'p Text,
    why: &'static str,
    words: String,
    own: bool,
    until: Option<UnixMillis>,
}

/// Why an id is kept, in words.
fn words(why: Why) -> String {
    match why {
        Why::Unread(code) => format!("the folder it stood in was not read ({})", code.as_str()),
        Why::Unsettled => "another folder was not read, and may hold it".to_owned(),
        Why::Waiting(cause, until) => {
            format!("{}; it may go after {}", cause_words(cause), day(until))
        }
        Why::OnHold(cause) => format!("{}; removals are on hold", cause_words(cause)),
    }
}

const fn cause_words(cause: Cause) -> &'static str {
    match cause {
        Cause::RemovedHere => "removed by this client",
        Cause::RemovedElsewhere => "removed, not by this client",
        Cause::FolderRemoved => "its folder is no longer in the drive",
        Cause::FolderEmptied => "its folder is empty",
        Cause::RolledBack => "the server shows an older state of its folder, or another in its place",
        Cause::Moved => "the account's document before its password was changed",
    }
}

fn day(time: UnixMillis) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(time.0));
    let time = time.filter(|time| {
        time.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since.as_secs() < 253_402_300_800)
    });
    let date = time.map(|time| humantime::format_rfc3339_seconds(time).to_string());
    date.and_then(|date| date.split('T').next().map(str::to_owned))
        .unwrap_or_else(|| "a long time".to_owned())
}

fn rows(plan: &Plan) -> Vec<Row<'_>> {
    let asks = if plan.asks { "waits for consent" } else { "begins to wait" };
    let removed = plan.removed.iter().map(|Removal { id, cause, folder, own, .. }| Row {
        id,
        folder,
        why: cause.as_str(),
        words: format!("{}; {asks}", cause_words(*cause)),
        own: *own,
        until: None,
    });
    let retained = plan.retained.iter().map(|Retained { id, why, folder, own, .. }| Row {
        id,
        folder,
        why: why.as_str(),
        words: words(*why),
        own: *own,
        until: match why {
            Why::Waiting(_, until) => Some(*until),
            _ => None,
        },
    });
    removed.chain(retained).collect()
}

/// Lines for people: what is kept and why, what goes, what to do about it. Nothing where there is nothing to say.
pub(super) fn lines(plan: &Plan) -> String {
    let rows = rows(plan);
    let mut text = String::new();
    let mut list = |title: &str, some: Vec<(&Text, &str)>| {
        if some.is_empty() {
            return;
        }
        let _ = writeln!(text, "  {title}: {}", some.len());
        for (id, words) in some.iter().take(LISTED) {
            let _ = writeln!(text, "    {:<48}  {words}", printable(&id.to_string_lossy(), 60));
        }
        if let Some(more @ 1..) = some.len().checked_sub(LISTED) {
            let _ = writeln!(text, "    … and {more} more");
        }
    };
    let of = |own: bool| {
        let some = rows.iter().filter(|row| row.own == own);
        some.map(|row| (row.id, row.words.as_str())).collect::<Vec<_>>()
    };
    list("Kept, although the drive does not name them", of(false));
    list("Removed by a client of yours: not put back, nor taken off yet", of(true));
    let due = plan.due.iter().map(|removal| (&removal.id, cause_words(removal.cause)));
    list("Waited long enough, and go", due.collect());
    // What could not be read was told of with its folder.
    let shown = |doubt: &&Doubt| {
        matches!(doubt.code, Code::FolderRolledBack | Code::FolderEmptied | Code::FolderMadeAnew)
    };
    for Doubt { channel, code, held } in plan.doubts.iter().filter(shown) {
        let channel = printable(&channel.to_string_lossy(), 60);
        let _ = writeln!(text, "  In doubt: {channel} held {held} ids ({})", code.as_str());
    }
    if plan.asks {
        let digest = plan.digest();
        let _ = writeln!(text, "  These begin to wait only with your consent: --consent {digest}");
    }
    text
}

/// The same for machines.
pub(super) fn fields(plan: &Plan) -> Value {
    let removal = |removal: &Removal| {
        json!({
            "id": removal.id.to_string_lossy(),
            "cause": removal.cause.as_str(),
            "folder": removal.folder.to_string_lossy(),
            "own": removal.own,
        })
    };
    let rows = rows(plan);
    let retained = rows.iter().map(|row| {
        json!({
            "id": row.id.to_string_lossy(),
            "why": row.why,
            "folder": row.folder.to_string_lossy(),
            "own": row.own,
            "until": row.until.map(|until| until.0),
        })
    });
    let doubts = plan.doubts.iter().map(|doubt| {
        json!({ "channel": doubt.channel.to_string_lossy(), "code": doubt.code.as_str(), "held": doubt.held })
    });
    json!({
        "added": plan.added.len(),
        "retained": retained.collect::<Vec<_>>(),
        "due": plan.due.iter().map(removal).collect::<Vec<_>>(),
        "doubts": doubts.collect::<Vec<_>>(),
        "needsConsent": plan.asks,
        "digest": plan.digest(),
    })
}
