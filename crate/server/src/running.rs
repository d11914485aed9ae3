//! Starting a server and stopping it.

use super::access;
use super::challenge::Challenges;
use super::channels::Channels;
use super::context::Context;
use super::control;
use super::faults::{Fault, FaultStatus, Faults};
use super::host::{self, HostRule};
use super::hub::Hub;
use super::options::{DataOption, Options};
use super::pages::{self, Readers};
use super::sessions::Sessions;
use super::signature::random_hex;
use super::store::{DataDir, Store};
use super::{http, upstream};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::ListenerExt;
use pinfold_core::error::{Code, Error};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often expired channels are looked for.
const SWEEP: Duration = Duration::from_secs(300);
/// How long a stop waits for what is under way.
const STOPPING: Duration = Duration::from_secs(5);

/// Starts servers.
pub struct Server;

impl Server {
    /// Starts a server; it runs until it is shut down or dropped.
    ///
    /// # Errors
    /// `misuse/bad-argument` when the address cannot be listened on, a directory is not what it should be, or the
    /// upstream or one of those who may read is no origin; `misuse/busy` when another server uses the data directory; `host/storage` when the
    /// disk fails; `host/no-entropy` without randomness.
    pub async fn start(options: Options) -> Result<Running, Error> {
        let listener = TcpListener::bind(options.bind).await.map_err(|error| {
            Error::new(Code::MisuseBadArgument, "the address cannot be listened on")
                .with("address", options.bind)
                .with("reason", error)
        })?;
        let addr = listener.local_addr().map_err(|error| storage(&error))?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        if let Some(www) = options.www.as_ref().filter(|www| !www.is_dir()) {
            return Err(Error::new(Code::MisuseBadArgument, "the directory of pages does not exist")
                .with("directory", www.display()));
        }
        let readers = Readers::of(&options.allow_origins)?;
        let (router, embedded) = match &options.upstream {
            Some(target) => (upstream::router(target, &options, stop.clone(), tasks.clone())?, None),
            None => {
                let (context, free) = embedded(options, stop.clone(), tasks.clone()).await?;
                (http::router(context.clone()), Some((context, free)))
            }
        };
        let rule = HostRule { only_loopback: addr.ip().is_loopback() };
        let router = router.layer(from_fn_with_state(rule, host::check));
        let router = router.layer(from_fn_with_state(readers, pages::secure));
        tasks.spawn(serve(listener, router, stop.clone()));
        tasks.close();
        let (context, free) = embedded.unzip();
        Ok(Running { addr, stop, tasks, context, free })
    }
}

async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let stopped = stop.clone().cancelled_owned();
    // An ACK and the answer behind it are two small frames: without this the second waits for the client's
    // delayed acknowledgement of the first, 40 ms each time.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays slow");
        }
    });
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the server ended");
        stop.cancel();
    }
}

async fn embedded(
    options: Options,
    stop: CancellationToken,
    tasks: TaskTracker,
) -> Result<(Arc<Context>, Free), Error> {
    let prepared = tokio::task::spawn_blocking(move || {
        let directory = match &options.data {
            DataOption::Temporary => DataDir::temporary()?,
            DataOption::Directory { path, fresh } => DataDir::open(path, *fresh)?,
        };
        if let Some(account) = &options.seed_account {
            directory.seed(account)?;
        }
        Ok((directory, options))
    });
    let (directory, options) = prepared.await.map_err(|error| storage(&std::io::Error::other(error)))??;
    let keeper = random_hex(8)
        .map_err(|_| Error::new(Code::HostNoEntropy, "the operating system gives no randomness"))?;
    let (in_use, free) = mpsc::channel(1);
    let context = Arc::new(Context {
        hub: Hub::new(keeper),
        channels: Channels::default(),
        sessions: Sessions::new(options.timing.session_idle),
        challenges: Challenges::default(),
        store: Store::new(&directory),
        faults: Faults::default(),
        clock: options.clock,
        timing: options.timing,
        limits: options.limits,
        admin_keys: options.admin_keys,
        www: options.www,
        stop,
        tasks,
        _directory: directory,
        _in_use: in_use,
    });
    control::install(&context, options.faults).await.map_err(|error| storage(&error))?;
    context.tasks.spawn(sweep(context.clone()));
    Ok((context, free))
}

async fn sweep(context: Arc<Context>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SWEEP) => access::sweep(&context).await,
            () = context.stop.cancelled() => return,
        }
    }
}

/// A server that runs. Dropping it stops the server without waiting.
pub struct Running {
    /// Where it listens, with the port that was picked.
    pub addr: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
    context: Option<Arc<Context>>,
    free: Option<Free>,
}

/// Ends when nobody holds the context any more, and with it the data directory.
type Free = mpsc::Receiver<Infallible>;

impl Running {
    /// `http://` and the address.
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Puts a list of faults in force, as `PUT /pinfold/faults` does, and returns it with fresh counters.
    ///
    /// # Errors
    /// `misuse/bad-argument` for a pass-through, which has no faults; `host/storage` when a pin log cannot be
    /// changed.
    pub async fn set_faults(&self, faults: Vec<Fault>) -> Result<Vec<FaultStatus>, Error> {
        let context = self
            .context
            .as_ref()
            .ok_or(Error::new(Code::MisuseBadArgument, "a pass-through has no faults"))?;
        control::install(context, faults).await.map_err(|error| storage(&error))
    }

    /// Closes all connections and waits, at most five seconds, until everything under way has ended. A data
    /// directory may then be opened again.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        drop(self.context.take());
        let free = self.free.take();
        let ended = async {
            self.tasks.wait().await;
            // A connection says that it has ended shortly before it lets go of what it served: whoever opens the directory
            // at that moment would find it in use.
            if let Some(mut free) = free {
                free.recv().await;
            }
        };
        if tokio::time::timeout(STOPPING, ended).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }

    /// Waits until the server ends by itself: only when listening fails.
    pub async fn ended(&self) {
        self.stop.cancelled().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn storage(error: &std::io::Error) -> Error {
    Error::new(Code::HostStorage, "the server cannot start").with("reason", error)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use std::future::poll_fn;
    use std::task::Poll;

    /// Whoever still holds the context holds the data directory: a connection does, for a moment after it has ended.
    #[tokio::test]
    async fn a_stop_has_ended_once_the_data_directory_is_free() {
        let place = tempfile::tempdir().unwrap();
        let options = || {
            let data = DataOption::Directory { path: place.path().join("data"), fresh: false };
            Options { data, ..Options::default() }
        };
        let running = Server::start(options()).await.unwrap();
        let (held, tasks) = (running.context.clone(), running.tasks.clone());
        let mut stopping = Box::pin(running.shutdown());
        for _ in 0..2 {
            let waits = poll_fn(|cx| Poll::Ready(stopping.as_mut().poll(cx).is_pending())).await;
            assert!(waits, "somebody holds the directory");
            tasks.wait().await;
        }
        drop(held);
        stopping.await;
        Server::start(options()).await.unwrap().shutdown().await;
    }
}
