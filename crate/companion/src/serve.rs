//! `pinfold-companion serve`.

use pinfold_client::trust::certificates;
use pinfold_core::error::{Code, Error};
use pinfold_server::Upstream;
use pinfold_server::faults::FaultFile;
use pinfold_server::{Clock, DataOption, Limits, Options, Server, Timing};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// The address is printed on standard output as one line: `listening http://127.0.0.1:PORT`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Port; 0 picks a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Address to listen on; anything but a loopback address opens the server to others
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Directory that keeps the data; without it everything is gone at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Empty the data directory first; refused for one that pinfold did not make
    #[arg(long, requires = "data")]
    fresh: bool,
    /// Copy a recorded account in when nothing is stored yet
    #[arg(long, value_name = "DIR")]
    seed_account: Option<PathBuf>,
    /// Serve the static files of a directory
    #[arg(long, value_name = "DIR")]
    www: Option<PathBuf>,
    /// Let pages of this origin read as well (CORS); may be given again
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Misbehave as this file says (docs/faults.md)
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// End RPC sessions that were idle this long
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = humantime::parse_duration)]
    session_expiry: Duration,
    /// Storage quota of each account, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 50 * 1024 * 1024)]
    storage_limit: u64,
    /// Pass everything through to a real instance instead
    #[arg(long, value_name = "ORIGIN", conflicts_with_all = ["data", "seed_account", "faults"])]
    upstream: Option<String>,
    /// Another origin of that instance, where its configuration keeps files or the WebSocket; may be given again
    #[arg(long, value_name = "ORIGIN", requires = "upstream")]
    upstream_also: Vec<String>,
    /// Trust the certificates in this PEM file besides the system's
    #[arg(long, value_name = "FILE", requires = "upstream")]
    upstream_ca: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until interrupted.
async fn serve(arguments: Arguments) -> Result<(), Error> {
    let running = Server::start(options(arguments)?).await?;
    let interrupted = interrupted();
    let mut output = std::io::stdout();
    // Whoever waits for the line would wait for ever: better to end.
    writeln!(output, "listening {}", running.origin()).and_then(|()| output.flush()).map_err(|error| {
        Error::new(Code::HostStorage, "the address cannot be printed").with("reason", error)
    })?;
    tokio::select! {
        () = interrupted => {}
        () = running.ended() => {}
    }
    running.shutdown().await;
    Ok(())
}

fn options(arguments: Arguments) -> Result<Options, Error> {
    let faults = match &arguments.faults {
        Some(path) => FaultFile::parse(&read(path)?)?.faults,
        None => Vec::new(),
    };
    let upstream = match arguments.upstream {
        Some(origin) => {
            let extra_roots =
                arguments.upstream_ca.as_deref().map_or_else(|| Ok(Vec::new()), certificates)?;
            Some(Upstream { origin, also: arguments.upstream_also, extra_roots })
        }
        None => None,
    };
    Ok(Options {
        bind: SocketAddr::new(arguments.bind, arguments.port),
        data: match arguments.data {
            Some(path) => DataOption::Directory { path, fresh: arguments.fresh },
            None => DataOption::Temporary,
        },
        seed_account: arguments.seed_account,
        www: arguments.www,
        allow_origins: arguments.allow_origin,
        faults,
        upstream,
        timing: Timing { session_idle: arguments.session_expiry, ..Timing::default() },
        limits: Limits { storage_bytes: arguments.storage_limit, ..Limits::default() },
        admin_keys: Vec::new(),
        clock: Clock::default(),
    })
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| {
        Error::new(Code::MisuseBadArgument, "a file cannot be read")
            .with("file", path.display())
            .with("reason", error)
    })
}

/// Resolves on Ctrl-C, or on Unix on the signal that asks a program to end. Both are listened for from the call on,
/// not from the first poll: whoever reads the address may ask at once.
fn interrupted() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let (mut interrupt, mut terminate) = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt()).ok(), signal(SignalKind::terminate()).ok())
    };
    async move {
        #[cfg(unix)]
        if let (Some(interrupt), Some(terminate)) = (&mut interrupt, &mut terminate) {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}
