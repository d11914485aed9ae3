//! The command line of pinfold's companion.

#[cfg(feature = "lost")]
mod diagnose;
#[cfg(feature = "explore")]
mod explore;
#[cfg(feature = "lost")]
mod lost;
#[cfg(feature = "lost")]
mod past;
#[cfg(feature = "lost")]
mod pins;
#[cfg(feature = "lost")]
mod recover;
#[cfg(feature = "serve")]
mod serve;
mod sync;
mod telling;

use clap::{Parser, Subcommand};
use std::alloc::System;
use std::process::ExitCode;
use zeroizing_alloc::ZeroAlloc;

/// Memory that is given back is zeros: `sync` holds a password and the text of a drive.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

/// Native companion of pinfold.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run an embedded CryptPad-compatible server, or pass a page through to a real instance
    #[cfg(feature = "serve")]
    Serve(serve::Arguments),
    /// Open an account's drive with all its shared folders and bring the server's list of pins up to date
    Sync(sync::Args),
    /// Tell what happened to each entry of an account, line by line, and which session did it; changing nothing
    #[cfg(feature = "lost")]
    History(past::history::Args),
    /// Tell what became of each thing that an account held, in the time of an incident; changing nothing
    #[cfg(feature = "lost")]
    Affected(past::affected::Args),
    /// Tell what an account lost, by whom, and where the keys are; changing nothing
    #[cfg(feature = "lost")]
    Lost(lost::Args),
    /// Tell what changed the account's lists of pins, and which shrank and grew again; bring the logs of two devices together
    #[cfg(feature = "lost")]
    Pins(pins::Args),
    /// Tell whether everything is there that an account names, and have that signed; changing nothing
    #[cfg(feature = "lost")]
    Diagnose(diagnose::Args),
    /// Compare two signed reports of an account: what is no longer there, and since when
    #[cfg(feature = "lost")]
    Compare(diagnose::CompareArgs),
    /// Put back what an account lost, marked with a tag: pins first, then the entries
    #[cfg(feature = "lost")]
    Restore(recover::RestoreArgs),
    /// Two copies of one document, as an operator exported them: what they are worth, and making two folders one
    #[cfg(feature = "lost")]
    Conflict(recover::ConflictArgs),
    /// Tell what a deletion comes to, and carry exactly that out
    #[cfg(feature = "lost")]
    Delete(recover::DeleteArgs),
    /// Take back what was put back with a tag and nobody touched since
    #[cfg(feature = "lost")]
    Undo(recover::UndoArgs),
    /// Run the engine against a server in memory under schedules and faults made from seeds, and check what must hold
    #[cfg(feature = "explore")]
    Explore(explore::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // Standard output is for machines: `serve` prints exactly one line there.
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match arguments.command {
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Sync(arguments) => sync::run(arguments).await,
        #[cfg(feature = "lost")]
        Command::History(arguments) => past::history::run(arguments).await,
        #[cfg(feature = "lost")]
        Command::Affected(arguments) => past::affected::run(arguments).await,
        #[cfg(feature = "lost")]
        Command::Lost(arguments) => lost::run(&arguments).await,
        #[cfg(feature = "lost")]
        Command::Pins(arguments) => pins::run(arguments).await,
        #[cfg(feature = "lost")]
        Command::Diagnose(arguments) => diagnose::run(arguments).await,
        #[cfg(feature = "lost")]
        Command::Compare(arguments) => diagnose::compare(&arguments),
        #[cfg(feature = "lost")]
        Command::Restore(arguments) => recover::restore(arguments).await,
        #[cfg(feature = "lost")]
        Command::Conflict(arguments) => recover::conflict(arguments).await,
        #[cfg(feature = "lost")]
        Command::Delete(arguments) => recover::delete(arguments).await,
        #[cfg(feature = "lost")]
        Command::Undo(arguments) => recover::undo(arguments).await,
        #[cfg(feature = "explore")]
        Command::Explore(arguments) => explore::run(&arguments),
    }
}
