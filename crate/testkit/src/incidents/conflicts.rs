//! Two copies of one channel: what the product says of them, against the manifest.

use std::io;
use std::path::Path;

use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::document::Entry;
use pinfold_core::drive::declared::opened_by;
use pinfold_core::href::{parse_href, secrets_from_hash};
use pinfold_core::json::Value;
use pinfold_recovery::{App, Copy, Investigation, LogLine, Of, Side, What, judge};

use super::Report;
use super::data::{lines, lines_of};
use super::score::text;

/// The verdict of one conflict: of the copies in the data directory, and of the lines that an operator exported, if there are any.
pub(super) fn compare(
    wanted: &Value,
    investigation: &Investigation,
    data: &Path,
    report: &mut Report,
) -> io::Result<()> {
    let channel = text(wanted, "channel");
    let Some((of, keys)) = opened(investigation, channel) else {
        report.missed.push(format!("conflict {}: the account has no key", text(wanted, "name")));
        return Ok(());
    };
    let side = |lines: Vec<LogLine>| {
        let mut side = Side::new(of.clone(), keys.clone());
        lines.iter().for_each(|stored| side.line(stored.line()));
        side
    };
    let (name, class) = (text(wanted, "name"), text(wanted, "class"));
    let verdict =
        judge(&side(lines(data, Copy::Archived, channel)?), &side(lines(data, Copy::Live, channel)?));
    report.compare(format_args!("conflict {name}"), class, verdict.as_str());
    let exported = data.with_file_name("exported").join(channel);
    if exported.is_dir() {
        let copy = |file: &str| lines_of(&exported.join(file));
        let verdict = judge(&side(copy("archived.body")?), &side(copy("live.body")?));
        report.compare(format_args!("conflict {name}, as exported"), class, verdict.as_str());
    }
    Ok(())
}

/// What opens a channel that any document ever named.
fn opened(investigation: &Investigation, channel: &str) -> Option<(Of, MessageKeys)> {
    for document in investigation.documents() {
        for told in [&document.live, &document.archived].into_iter().flatten() {
            for presence in told.timeline.presences() {
                let entry: Entry<'_> = presence.entry();
                let Some(link) = entry.readable_href(document.links.as_ref()) else { continue };
                let Some(hash) = parse_href(&link).hash else { continue };
                let Ok(secrets) = secrets_from_hash("drive", &hash, entry.password()) else { continue };
                if secrets.channel.as_deref() != Some(channel) {
                    continue;
                }
                let keys = secrets.message_keys().ok()?;
                let folder = presence.what != What::File;
                let links = opened_by(entry, document.links.as_ref()).and_then(|opens| opens.links);
                return Some((
                    if folder { Of::Folder(links) } else { Of::Document(App::of_link(&link)) },
                    keys,
                ));
            }
        }
    }
    None
}
