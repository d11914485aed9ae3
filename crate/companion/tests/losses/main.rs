//! The ways in which CryptPad's own client loses pins (loss scenarios L1 to L12), met by this client over real
//! sockets on the embedded server. `npm run losses` prints the table: what was sent, how many pins of documents that
//! are needed were lost (read off the server's own pin log), what was held up, what the user is told.
//!
//! Through the native client, also where a browser's stale cache was at fault (L6 to L9): the engine is the same in
//! both. L1 to L12 are met a second time by a client that kept the logs of an earlier session, since when another device
//! has added a document: what was kept spares asking again, and settles nothing.

// The lints let tests panic, but do not see that the helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

// The very sentences that the program prints.
#[allow(dead_code, reason = "the program uses all of it")]
#[path = "../../src/sync/advice.rs"]
mod advice;
#[path = "../../src/sync/printable.rs"]
mod printable;

#[allow(dead_code, reason = "the tests of the server use all of it")]
#[path = "../../../server/tests/suite/support.rs"]
mod device;
mod earlier;
mod other;
mod row;
mod scenarios;
mod stage;

use libtest_mimic::{Arguments, Trial};
use row::Row;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longer than any scenario takes.
const SOON: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let rows: Arc<Mutex<Vec<(usize, Row)>>> = Arc::default();
    let scenarios = scenarios::all().into_iter().chain(scenarios::with_kept_logs());
    let trials = scenarios.enumerate().map(|(at, scenario)| {
        let rows = Arc::clone(&rows);
        let logs = if scenario.kept { " with kept logs" } else { "" };
        Trial::test(format!("{}{logs}", scenario.name), move || {
            let run = async { tokio::time::timeout(SOON, scenario.run()).await };
            let row = tokio::runtime::Runtime::new().unwrap().block_on(run).map_err(|_| "it does not end")?;
            let held = row.check(&scenario);
            rows.lock().unwrap().push((at, row));
            held.map_err(Into::into)
        })
    });
    let arguments = Arguments::from_args();
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let mut rows = std::mem::take(&mut *rows.lock().unwrap());
    rows.sort_by_key(|(at, _)| *at);
    if !rows.is_empty() {
        row::print(rows.iter().map(|(_, row)| row));
    }
    conclusion.exit_code()
}
