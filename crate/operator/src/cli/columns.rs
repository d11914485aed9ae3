//! A store as tables for other engines.

use super::{Failed, Opened, Program};
use std::path::Path;

#[cfg(feature = "parquet")]
pub(super) fn write(program: &Program, store: &Opened, folder: &Path) -> Result<bool, Failed> {
    use super::acts::{DISK, look};
    use pinfold_operator::journal::Journal;
    use pinfold_operator::survey::Declared;
    use pinfold_operator::waits::walks;

    let seen = look(store)?;
    let journal = Journal::open(&DISK, &store.paths.state).map_err(Failed::refused)?;
    let known = walks(&DISK, &store.paths.state).map_err(Failed::refused)?;
    let declared = Declared { no_pin_logs: program.store.no_pin_logs, ..Declared::default() };
    let told = store.reports(&seen);
    let grounds = store.grounds(&seen, &journal, &known, &told, declared)?;
    let written = pinfold_operator::columns::export(&grounds, folder).map_err(Failed::refused)?;
    let mut words = format!("in {}:\n", folder.display());
    for (table, rows) in &written.rows {
        words += &format!("  {table}: {rows} rows\n");
    }
    super::print::say(program.store.json, &written, &words)
}

/// The program without columns.
#[cfg(not(feature = "parquet"))]
pub(super) fn write(_: &Program, _: &Opened, _: &Path) -> Result<bool, Failed> {
    Err(Failed::Refused(
        "this program was built without Parquet: cargo build --release -p pinfold-operator --features parquet".into(),
    ))
}
