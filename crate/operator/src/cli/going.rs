//! Progress on a terminal, plain lines elsewhere, and the end by `Ctrl+C`. All of it on standard error: standard output is for results.

use indicatif::{ProgressBar, ProgressStyle};
use pinfold_operator::going::Going;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};
use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The exit code after `Ctrl+C`, as shells have it: 128, and the number of the signal.
pub(crate) const INTERRUPTED: u8 = 130;
/// Where nobody watches, a line is written so often, in ms: a log is read, and mail from a cron table is short.
const EVERY: u64 = 30_000;

/// Shows how far a run is.
pub(crate) struct Shown {
    stop: Arc<AtomicBool>,
    bar: ProgressBar,
    lines: RefCell<Lines>,
    began: Instant,
}

impl Shown {
    /// Begins to listen to `Ctrl+C` and to a request to terminate. A second one ends the program at once: what it was doing is then
    /// finished by the next run, as after a power cut.
    ///
    /// # Errors
    /// An error of the system.
    pub(crate) fn begin() -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag still down.
            register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(&stop))?;
            register(signal, Arc::clone(&stop))?;
        }
        Ok(Self {
            stop,
            // Draws only where standard error is a terminal.
            bar: ProgressBar::no_length(),
            lines: RefCell::default(),
            began: Instant::now(),
        })
    }
}

impl Going for Shown {
    fn told(&self, doing: &'static str, done: usize, of: usize) {
        if self.bar.is_hidden() {
            let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
            if let Some(line) = self.lines.borrow_mut().line(ms, doing, done, of) {
                eprintln!("{line}");
            }
        } else if done == of {
            self.bar.finish_and_clear();
            self.bar.reset();
        } else {
            let form = if of == 0 {
                "{spinner} {msg}: {human_pos}"
            } else {
                "{msg} {wide_bar} {human_pos}/{human_len} {eta}"
            };
            if self.bar.message() != doing {
                // A form that cannot be read shows the plain bar.
                self.bar.set_style(
                    ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()),
                );
                self.bar.set_message(doing);
                self.bar.enable_steady_tick(Duration::from_millis(100));
            }
            if of > 0 {
                self.bar.set_length(of as u64);
            }
            self.bar.set_position(done as u64);
        }
    }

    fn ends(&self) -> bool {
        let ends = self.stop.load(Ordering::Relaxed);
        if ends {
            self.bar.finish_and_clear();
        }
        ends
    }
}

/// When a plain line is due.
#[derive(Default)]
struct Lines {
    last: u64,
}

impl Lines {
    fn line(&mut self, ms: u64, doing: &str, done: usize, of: usize) -> Option<String> {
        if ms.saturating_sub(self.last) < EVERY {
            return None;
        }
        self.last = ms;
        Some(if of == 0 { format!("{doing}: {done}") } else { format!("{doing}: {done} of {of}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_watches_a_line_comes_now_and_then() {
        let mut lines = Lines::default();
        assert_eq!(lines.line(29_999, "looking", 1, 0), None, "a short run says nothing");
        assert_eq!(lines.line(30_000, "looking", 2, 0).as_deref(), Some("looking: 2"));
        assert_eq!(lines.line(59_999, "reading", 3, 9), None);
        assert_eq!(lines.line(60_000, "reading", 3, 9).as_deref(), Some("reading: 3 of 9"));
    }
}
