//! Whether a wait is over. One clock is not believed: that of a device may run ahead, behind or jump, and a server can
//! say what it likes. So time has to have passed by both, and somebody has to have looked again in another session.

use crate::guard::ledger::{Record, Since, State};
use crate::guard::plan::Moment;
use crate::ports::Millis;

/// A clock that is further behind than this when a wait is looked at, than when it began, is another clock.
const BEHIND: Millis = 86_400_000;

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
pub(super) fn over(record: &Record, moment: &Moment<'_>) -> Result<(), Millis> {
    let (now, wait) = (moment.now, moment.policy.wait.millis());
    let Some(since) = record.since else { return Err(now.saturating_add(wait)) };
    let left = |begun: Millis, now: Millis| wait.saturating_sub(now.saturating_sub(begun));
    let by_device = since.device.saturating_add(wait).saturating_sub(now);
    // Of which nothing is known until the server tells its time once more.
    let by_server = since.server.map_or(1, |begun| left(begun, moment.server));
    let by_session = u64::from(moment.by == Some(&record.by));
    match by_device.max(left(since.device, now)).max(by_server).max(by_session) {
        0 => Ok(()),
        left => Err(now.saturating_add(left)),
    }
}

/// Whether an id that is gone counts for what may go unasked now: it went unasked, and not long ago.
pub(super) fn left_lately(record: &Record, moment: &Moment<'_>) -> bool {
    let wait = moment.policy.wait.millis();
    !agreed(record)
        && record.since.map_or(moment.now < record.at.saturating_add(wait), |since| {
            let twice = wait.saturating_mul(2);
            let passed = |begun: Millis, now: Millis| now.saturating_sub(begun) >= twice;
            !passed(since.device, moment.now)
                || since.server.is_some_and(|begun| !passed(begun, moment.server))
        })
}

/// Whether a wait has to begin anew, because it is not known when it began, or the clock that said so runs so far
/// ahead of this one that it would wait for longer than anybody meant.
pub(super) fn begins_anew(since: Option<Since>, now: Millis) -> bool {
    since.is_none_or(|since| since.device > now.saturating_add(BEHIND))
}
