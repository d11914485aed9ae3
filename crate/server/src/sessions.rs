//! Cookies and what a session remembers (PROTOCOL.md 11.2, 11.3).

use super::clock::now;
use super::signature::random_hex;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Above this many, the sessions that were idle longest are ended.
const MOST_SESSIONS: usize = 10_000;
/// The cookie's time is rounded down to this, in ms, as in the recordings.
const TICK: u64 = 5000;

/// The pinned ids of an account, exactly as a session knows them.
pub(crate) type PinCache = Option<BTreeSet<String>>;

struct Entry {
    token: String,
    used: Instant,
    pins: Arc<AsyncMutex<PinCache>>,
}

/// All sessions, by public key.
pub(crate) struct Sessions {
    idle: Duration,
    entries: Mutex<HashMap<String, Entry>>,
}

impl Sessions {
    /// Sessions that end after being idle this long.
    pub(crate) fn new(idle: Duration) -> Self {
        Self { idle, entries: Mutex::default() }
    }

    /// Starts or continues a session and returns its cookie.
    pub(crate) fn cookie(&self, key: &str) -> io::Result<String> {
        self.cookie_at(Instant::now(), key)
    }

    fn cookie_at(&self, now: Instant, key: &str) -> io::Result<String> {
        let fresh = random_hex(7)?;
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| now.duration_since(entry.used) < self.idle);
        if entries.len() >= MOST_SESSIONS
            && let Some(oldest) = entries.iter().min_by_key(|(_, e)| e.used).map(|(key, _)| key.clone())
        {
            entries.remove(&oldest);
        }
        let entry = entries.entry(key.into()).or_insert_with(|| Entry {
            token: fresh,
            used: now,
            pins: Arc::default(),
        });
        entry.used = now;
        Ok(text(&entry.token))
    }

    /// The cookie to answer with, if `cookie` is one of this process and of a live session.
    pub(crate) fn accept(&self, key: &str, cookie: &str) -> Option<String> {
        self.accept_at(Instant::now(), key, cookie)
    }

    fn accept_at(&self, now: Instant, key: &str, cookie: &str) -> Option<String> {
        let mut parts = cookie.split('|').skip(1);
        let (pid, token) = (parts.next()?, parts.next()?);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(entries.get(key)?.used) >= self.idle {
            entries.remove(key);
        }
        let entry = entries.get_mut(key)?;
        (pid == std::process::id().to_string() && token == entry.token).then(|| {
            entry.used = now;
            text(&entry.token)
        })
    }

    /// The session's pins, locked; `None` when the session ended meanwhile.
    pub(crate) async fn pins(&self, key: &str) -> Option<OwnedMutexGuard<PinCache>> {
        let pins = {
            let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            entries.get(key)?.pins.clone()
        };
        Some(pins.lock_owned().await)
    }

    /// Ends a session; the cookie to answer with has an empty token.
    pub(crate) fn end(&self, key: &str) -> String {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        text("")
    }
}

fn text(token: &str) -> String {
    format!("{}|{}|{token}", now() / TICK * TICK, std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_after_being_idle_and_not_before() {
        let sessions = Sessions::new(Duration::from_secs(300));
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let cookie = sessions.cookie_at(start, "key").unwrap();
        let cookie = sessions.accept_at(after(299), "key", &cookie).unwrap();
        assert!(sessions.accept_at(after(598), "key", &cookie).is_some());
        assert_eq!(sessions.accept_at(after(898), "key", &cookie), None);
        let other = sessions.cookie_at(after(898), "key").unwrap();
        assert_eq!(sessions.accept_at(after(898), "key", &cookie), None);
        assert!(sessions.accept_at(after(898), "key", &other).is_some());
    }

    #[test]
    fn foreign_and_broken_cookies_are_refused() {
        let sessions = Sessions::new(Duration::from_secs(300));
        let cookie = sessions.cookie("key").unwrap();
        let token = cookie.rsplit('|').next().unwrap();
        for bad in ["", "|", "||", token, &format!("1|1|{token}"), &format!("1|{}|", std::process::id())] {
            assert_eq!(sessions.accept("key", bad), None, "{bad}");
        }
        assert_eq!(sessions.accept("other", &cookie), None);
        assert!(sessions.end("key").ends_with('|'));
        assert_eq!(sessions.accept("key", &cookie), None);
    }
}
