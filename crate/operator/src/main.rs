//! `pinfold-operator`: audit, plan, archive, restore and settle on the data directory of a CryptPad server.
//!
//! Exit codes: 0 all is well; 1 something was found or left undone; 2 called wrongly; 3 refused to run, and nothing was changed;
//! 130 ended by `Ctrl+C` or SIGTERM between two ids.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Program::try_parse() {
        Ok(program) => cli::run(&program),
        Err(error) => {
            // Printing to a closed pipe fails; the exit code tells all the same.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { 2 } else { 0 })
        }
    }
}
