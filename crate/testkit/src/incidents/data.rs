//! What the product is given of a data directory: the account's hash, and the lines of channels.

use std::io;
use std::path::Path;

use super::logins::log_in;
use pinfold_core::json::Value;
use pinfold_recovery::{Copy, Investigation, LogLine, Said, What};

/// The lines of one copy of a channel; none where there is no such copy.
pub(super) fn lines(data: &Path, copy: Copy, channel: &str) -> io::Result<Vec<LogLine>> {
    let archive = data.join("archive");
    let base = if copy == Copy::Live { data } else { archive.as_path() };
    let two = channel.get(..2).unwrap_or(channel);
    lines_of(&base.join("datastore").join(two).join(format!("{channel}.ndjson")))
}

/// The lines of a file; none where there is no such file.
pub(super) fn lines_of(path: &Path) -> io::Result<Vec<LogLine>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    Ok(text.lines().filter_map(|line| LogLine::read(line.as_bytes())).collect())
}

/// Logs in with name and password as far as the files allow, and reads everything the account ever named.
pub(super) fn investigate(data: &Path, name: &str, password: &str) -> io::Result<Investigation> {
    let failed = |error: pinfold_core::error::Error| io::Error::other(error.to_string());
    let keys = log_in(name, password).map_err(failed)?;
    let path = keys.block.path();
    let block = std::fs::read(data.join(path.trim_start_matches('/')))?;
    let block = keys.block.open(&block).map_err(failed)?;
    let mut investigation = Investigation::of_account(block.user_hash.expose()).map_err(failed)?;
    while let Some(mut reading) = investigation.next_reading() {
        for stored in lines(data, reading.copy(), reading.channel.as_str())? {
            reading.line(stored.line());
        }
        investigation.done(reading);
    }
    if let Some(key) = &block.ed_public {
        let_go(data, key, true, &mut investigation)?;
    }
    for key in investigation.team_keys() {
        let_go(data, &key, false, &mut investigation)?;
    }
    documents_that_only_the_archive_has(data, &mut investigation);
    Ok(investigation)
}

/// Says of each document that the archive has, and clients cannot read, that it is archived.
fn documents_that_only_the_archive_has(data: &Path, investigation: &mut Investigation) {
    let told = investigation.documents().iter().filter_map(|document| document.live.as_ref());
    let files = told.flat_map(|told| told.timeline.presences()).filter(|one| one.what == What::File);
    let channels = files.filter_map(|one| one.entry().channel()?.as_str().map(str::to_owned));
    let is_stored = |base: &Path, channel: &str| {
        let two = channel.get(..2).unwrap_or(channel);
        base.join("datastore").join(two).join(format!("{channel}.ndjson")).is_file()
    };
    let gone: Vec<String> = channels
        .filter(|channel| {
            channel.bytes().all(|byte| byte.is_ascii_hexdigit())
                && is_stored(&data.join("archive"), channel)
                && !is_stored(data, channel)
        })
        .collect();
    gone.iter().for_each(|channel| investigation.server_says(channel, Said::Archived(String::new())));
}

/// When a pin log was set as a whole, and what the account's own says its clients let go of.
fn let_go(data: &Path, key: &str, is_own: bool, investigation: &mut Investigation) -> io::Result<()> {
    let key = key.replace('/', "-");
    let path = data.join("pins").join(key.get(..2).unwrap_or(&key)).join(format!("{key}.ndjson"));
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        read => read?,
    };
    for line in text.lines().filter_map(|line| Value::parse(line).ok()) {
        let ids = line.at(1).and_then(Value::as_array).unwrap_or_default();
        let ids = ids.iter().filter_map(Value::as_str);
        match (line.at(0).and_then(Value::as_str), line.at(2).and_then(Value::as_u64)) {
            (Some("UNPIN"), Some(time)) if is_own => investigation.unpinned(ids, time),
            (Some("RESET"), Some(time)) => investigation.listed(ids, time),
            _ => {}
        }
    }
    Ok(())
}
