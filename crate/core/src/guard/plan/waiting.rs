//! Whether a wait is over. No single clock is believed: the clock of a device may be wrong or jump, and a server can
//! say any time. So the time has to have passed by both clocks, and another session has to have looked again.

use core::time::Duration;

use crate::guard::ledger::{Record, Since, State};
use crate::guard::plan::Moment;
use crate::ports::{UnixMillis, after, since};

/// A clock that is further behind than this when a wait is looked at, than when it began, is another clock.
const BEHIND: Duration = Duration::from_secs(86_400);

/// The shortest time there is.
const MOMENT: Duration = Duration::from_millis(1);

/// Whether the user agreed to a removal.
pub(super) fn agreed(record: &Record) -> bool {
    match (record.since, record.state) {
        (Some(since), _) => since.agreed,
        // Older records do not say; but what has to be asked for could begin with consent only.
        (None, State::Leaving(cause) | State::Gone(cause)) => cause.asks(),
        (None, State::Held) => false,
    }
}

/// Whether an id that waits has waited long enough. If not, until when it waits, as far as this device can say.
pub(super) fn over(record: &Record, moment: &Moment<'_>) -> Result<(), UnixMillis> {
    let (now, wait) = (moment.now, moment.policy.wait.span());
    let Some(waits) = record.since else { return Err(after(now, wait)) };
    let left = |begun: UnixMillis, now: UnixMillis| wait.saturating_sub(since(begun, now));
    let by_device = since(now, after(waits.device, wait));
    // Of which nothing is known until the server tells its time once more.
    let by_server = waits.server.map_or(MOMENT, |begun| left(begun, moment.server));
    let by_session = if moment.by == Some(&record.by) { MOMENT } else { Duration::ZERO };
    match by_device.max(left(waits.device, now)).max(by_server).max(by_session) {
        Duration::ZERO => Ok(()),
        left => Err(after(now, left)),
    }
}

/// Whether an id that is gone counts for what may go unasked now: it went unasked, and not long ago.
pub(super) fn left_lately(record: &Record, moment: &Moment<'_>) -> bool {
    let wait = moment.policy.wait.span();
    !agreed(record)
        && record.since.map_or(moment.now < after(record.at, wait), |waits| {
            let twice = wait.saturating_mul(2);
            let passed = |begun: UnixMillis, now: UnixMillis| since(begun, now) >= twice;
            !passed(waits.device, moment.now)
                || waits.server.is_some_and(|begun| !passed(begun, moment.server))
        })
}

/// Whether a wait has to begin anew, because it is not known when it began, or the clock that said so runs so far
/// ahead of this one that it would wait for longer than anybody meant.
pub(super) fn begins_anew(since: Option<Since>, now: UnixMillis) -> bool {
    since.is_none_or(|since| since.device > after(now, BEHIND))
}
