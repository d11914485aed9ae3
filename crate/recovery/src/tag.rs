//! The tag that marks what was put back on a day.

use pinfold_core::json::Text;

/// The tag of a day (UTC): `RESTORED-20190614`. `time` is in milliseconds since the epoch.
pub fn tag_of(time: u64) -> Text {
    let (year, month, day) = civil(time / 86_400_000);
    Text::from(format!("RESTORED-{year:04}{month:02}{day:02}"))
}

/// Year, month and day of a day since 1 January 1970, in the Gregorian calendar.
fn civil(days: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that the day that leap years add is the last of them.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// Whether a stored tag is the one that is looked for: as a whole, whatever its capitals.
pub(crate) fn is_tag(stored: &Text, wanted: &str) -> bool {
    stored.as_str().is_some_and(|stored| folded(stored) == folded(wanted))
}

pub(crate) fn folded(tag: &str) -> String {
    let tag = tag.trim();
    tag.strip_prefix('#').unwrap_or(tag).to_lowercase()
}
