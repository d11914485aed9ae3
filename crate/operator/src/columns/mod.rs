//! A store as columns: accounts, pins, channels, archive and findings as partitioned Parquet files, for engines that count over millions of
//! rows; and beside them `plan.sql`, which computes there what [`crate::plan::Plan::make`] computes here.
//!
//! It holds what the audit holds: ids, keys, times, sizes. No contents.

mod table;

use crate::documents::Documents;
use crate::plan::Grounds;
use crate::verdict::EARLIEST;
use pinfold_datadir::disk::{Disk, Kind as FileKind, Stat, stat_if_there};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::ItemFiles;
use pinfold_datadir::walk::Finding;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use table::{Cell, Kind, Table};

const QUERIES: [(&str, &str); 3] = [
    ("plan.sql", include_str!("plan.sql")),
    ("views.duckdb.sql", include_str!("views.duckdb.sql")),
    ("views.spark.sql", include_str!("views.spark.sql")),
];

const ITEMS: [(&str, Kind); 15] = {
    use Kind::{Text, Truth, Whole};
    [
        ("id", Text),
        ("bytes", Whole),
        ("body_bytes", Whole),
        ("body_mtime", Whole),
        ("body_atime", Whole),
        ("body_ctime", Whole),
        ("metadata_bytes", Whole),
        ("metadata_mtime", Whole),
        ("metadata_atime", Whole),
        ("metadata_ctime", Whole),
        ("activity_bytes", Whole),
        ("activity_mtime", Whole),
        ("activity_atime", Whole),
        ("activity_ctime", Whole),
        ("has_placeholder", Truth),
    ]
};

/// How many rows each table has.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// By the name of the table, which is the name of its folder.
    pub rows: BTreeMap<&'static str, u64>,
}

/// Writes a store into a folder that is missing or empty.
///
/// # Errors
/// An error of the file system; `AlreadyExists` when there is something in the folder.
pub fn export(grounds: &Grounds<'_>, to: &Path) -> io::Result<Columns> {
    fs::create_dir_all(to)?;
    if fs::read_dir(to)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is not empty", to.display())));
    }
    for (name, text) in QUERIES {
        fs::write(to.join(name), text)?;
    }
    let mut rows = BTreeMap::new();
    rows.insert("accounts", accounts(grounds, to)?);
    rows.insert("pins", pins(grounds, to)?);
    rows.insert("cuts", cuts(grounds, to)?);
    rows.insert(
        "channels",
        items(grounds, to, "channels", &grounds.survey.live, &|id| grounds.paths.live(id))?,
    );
    rows.insert(
        "archive",
        items(grounds, to, "archive", &grounds.survey.archived, &|id| grounds.paths.archived(id))?,
    );
    rows.insert("findings", findings(grounds, to)?);
    rows.insert("marks", marks(grounds, to)?);
    rows.insert("restored", restored(grounds, to)?);
    rows.insert("reports", reports(grounds, to)?);
    rows.insert("walks", walks(grounds, to)?);
    rows.insert("settings", settings(grounds, to)?);
    Ok(Columns { rows })
}

fn shard(id: &ItemId) -> String {
    id.shard().chars().take(1).collect::<String>().to_lowercase()
}

/// A survey keeps no more of a document than what is judged, and engines count by each file: each is asked for again. Of a document that
/// went meanwhile nothing is there, and what changed meanwhile has its new times.
fn items(
    grounds: &Grounds<'_>,
    to: &Path,
    name: &str,
    documents: &Documents,
    place: &dyn Fn(&ItemId) -> ItemFiles,
) -> io::Result<u64> {
    let mut table = Table::new(to, name, &ITEMS)?;
    for document in documents.iter() {
        let id = &document.id;
        let kind = if id.is_blob() { "blob" } else { "channel" };
        let parts = parts(grounds.disk, &grounds.survey.findings, &place(id))?;
        let bytes: u64 = parts.iter().flatten().map(|stat| stat.size).sum();
        let mut row = vec![Cell::from(id.to_string()), bytes.into()];
        for part in parts {
            let of = |field: fn(&Stat) -> i64| Cell::from(part.as_ref().map(field));
            row.push(part.as_ref().map(|stat| stat.size).into());
            row.extend([of(|stat| stat.mtime), of(|stat| stat.atime), of(|stat| stat.ctime)]);
        }
        row.push(document.has_placeholder().into());
        table.row(&format!("kind={kind}/shard={}", shard(id)), row)?;
    }
    table.end("kind=channel/shard=0")
}

/// Body, metadata and activity file, as far as they are files: what else has such a name is no part of a document. A file that could not be
/// asked for by the survey either is among its findings, and takes nothing along.
fn parts(disk: &dyn Disk, told: &[Finding], files: &ItemFiles) -> io::Result<[Option<Stat>; 3]> {
    let part = |path: &Path| -> io::Result<Option<Stat>> {
        match stat_if_there(disk, path) {
            Err(_) if told.iter().any(|finding| finding.path == path) => Ok(None),
            found => Ok(found?.filter(|stat| stat.kind == FileKind::File)),
        }
    };
    let activity = files.activity.as_deref().map(part).transpose()?.flatten();
    Ok([part(&files.body)?, part(&files.metadata)?, activity])
}

fn accounts(grounds: &Grounds<'_>, to: &Path) -> io::Result<u64> {
    use Kind::{Text, Truth, Whole};
    let columns = [
        ("n", Whole),
        ("key", Text),
        ("path", Text),
        ("bytes", Whole),
        ("changed", Whole),
        ("latest", Whole),
        ("lines", Whole),
        ("block", Text),
        ("drive_id", Text),
        ("doubtful", Truth),
        ("misplaced", Truth),
        ("premium", Truth),
        ("pinned", Whole),
        ("named", Whole),
    ];
    let mut table = Table::new(to, "accounts", &columns)?;
    for (n, account) in grounds.survey.accounts.iter().enumerate() {
        let log = &account.log;
        let kind = if log.looks_like_team() { "team" } else { "account" };
        let row = vec![
            n.into(),
            account.key.to_string().into(),
            account.path(grounds.paths).display().to_string().into(),
            account.stat.size.into(),
            account.stat.mtime.into(),
            log.latest.into(),
            log.lines.into(),
            log.block.as_ref().map(ToString::to_string).into(),
            log.drive.as_ref().map(ToString::to_string).into(),
            account.is_doubtful().into(),
            account.misplaced.is_some().into(),
            grounds.policy.premium.contains(&account.key).into(),
            log.pins.len().into(),
            log.named().count().into(),
        ];
        table.row(&format!("kind={kind}"), row)?;
    }
    table.end("kind=account")
}

/// Every id that a pin log ever named, and whether it is pinned at its end. Of what lies among the pin logs and is none, `n` is missing.
fn pins(grounds: &Grounds<'_>, to: &Path) -> io::Result<u64> {
    let columns = [("n", Kind::Whole), ("key", Kind::Text), ("id", Kind::Text), ("pinned", Kind::Truth)];
    let mut table = Table::new(to, "pins", &columns)?;
    for (n, account) in grounds.survey.accounts.iter().enumerate() {
        for id in account.log.named() {
            let (key, pinned) = (account.key.to_string().into(), account.log.pins.contains(&id).into());
            table
                .row(&format!("shard={}", shard(&id)), vec![n.into(), key, id.to_string().into(), pinned])?;
        }
    }
    for id in grounds.survey.strays.iter().flat_map(|stray| stray.named()) {
        let row = vec![Cell::None, Cell::None, id.to_string().into(), false.into()];
        table.row(&format!("shard={}", shard(&id)), row)?;
    }
    table.end("shard=0")
}

fn cuts(grounds: &Grounds<'_>, to: &Path) -> io::Result<u64> {
    let mut table = Table::new(to, "cuts", &[("n", Kind::Whole), ("beginning", Kind::Text)])?;
    let of = grounds.survey.accounts.iter().enumerate().map(|(n, account)| (Some(n), &account.log));
    for (n, log) in of.chain(grounds.survey.strays.iter().map(|stray| (None, stray))) {
        for cut in &log.cut {
            table.row("", vec![n.into(), cut.to_string().into()])?;
        }
    }
    table.end("")
}

fn findings(grounds: &Grounds<'_>, to: &Path) -> io::Result<u64> {
    use Kind::{Text, Whole};
    let columns =
        [("path", Text), ("key", Text), ("line", Whole), ("offset", Whole), ("what", Text), ("reason", Text)];
    let mut table = Table::new(to, "findings", &columns)?;
    for finding in &grounds.survey.findings {
        let (path, reason) = (finding.path.display().to_string().into(), finding.reason.clone().into());
        let row = vec![path, Cell::None, Cell::None, Cell::None, word(&finding.what).into(), reason];
        table.row("kind=name", row)?;
    }
    for account in &grounds.survey.accounts {
        for finding in &account.log.findings {
            let row = vec![
                account.path(grounds.paths).display().to_string().into(),
                account.key.to_string().into(),
                finding.line.into(),
                finding.offset.into(),
                word(&finding.what).into(),
                Cell::None,
            ];
            table.row("kind=line", row)?;
        }
    }
    table.end("kind=name")
}

/// The word by which a value is told in JSON.
fn word(value: &impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

fn marks(grounds: &Grounds<'_>, to: &Path) -> io::Result<u64> {
    let mut table = Table::new(to, "marks", &[("target", Kind::Text), ("since", Kind::Whole)])?;
    for last in grounds.journal.lasts() {
        if let Some(since) = grounds.journal.marked_since(&last.id) {
            table.row("", vec![last.id.to_string().into(), since.into()])?;
        }
    }
    table.end("")
}

fn restored(grounds: &Grounds<'_>, to: &Path) -> io::Result<u64> {
    let mut table = Table::new(to, "restored", &[("id", Kind::Text)])?;
    for id in grounds.journal.restored_after(grounds.policy.restored_before(grounds.now)) {
        table.row("", vec![id.to_string().into()])?;
    }
    table.end("")
}

fn reports(grounds: &Grounds<'_>, to: &Path) -> io::Result<u64> {
    let mut table = Table::new(to, "reports", &[("key", Kind::Text), ("at", Kind::Whole)])?;
    for (key, at) in grounds.reports {
        table.row("", vec![key.to_string().into(), (*at).into()])?;
    }
    table.end("")
}

fn walks(grounds: &Grounds<'_>, to: &Path) -> io::Result<u64> {
    let columns = [("n", Kind::Whole), ("began", Kind::Whole), ("ended", Kind::Whole)];
    let mut table = Table::new(to, "walks", &columns)?;
    for (n, walk) in grounds.walks.iter().enumerate() {
        table.row("", vec![n.into(), walk.began.into(), walk.ended.into()])?;
    }
    table.end("")
}

/// One row: the times by which the plan judges, in ms.
fn settings(grounds: &Grounds<'_>, to: &Path) -> io::Result<u64> {
    let Grounds { policy, now, .. } = *grounds;
    let row: [(&str, Cell); 6] = [
        ("now", now.into()),
        ("inactive_before", policy.inactive_before(now).into()),
        ("spared_after", policy.spared_after(now).into()),
        ("account_before", policy.account_before(now).into()),
        ("marked_for", policy.marked_days.saturating_mul(crate::policy::DAY).into()),
        ("earliest", EARLIEST.into()),
    ];
    let columns: Vec<_> = row.iter().map(|(name, _)| (*name, Kind::Whole)).collect();
    let mut table = Table::new(to, "settings", &columns)?;
    table.row("", row.into_iter().map(|(_, cell)| cell).collect())?;
    table.end("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinfold_datadir::paths::Paths;
    use pinfold_datadir::real::RealDisk;

    #[test]
    fn only_files_are_parts_and_what_went_is_no_error() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths::example(root.path());
        let live = paths.live(&"0".repeat(48).parse::<ItemId>().unwrap());
        let sizes = || parts(&RealDisk, &[], &live).unwrap().map(|part| part.map(|stat| stat.size));
        assert_eq!(sizes(), [None, None, None]);
        fs::create_dir_all(&live.metadata).unwrap();
        fs::write(&live.body, "body").unwrap();
        fs::write(live.activity.as_ref().unwrap(), "now").unwrap();
        assert_eq!(sizes(), [Some(4), None, Some(3)]);
        fs::remove_file(&live.body).unwrap();
        assert_eq!(sizes(), [None, None, Some(3)]);
    }
}
