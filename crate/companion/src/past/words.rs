//! Times, in and out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time of the server's, for people.
pub(crate) fn date(ms: u64) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(ms));
    // Later than the year 9999 there is no such text.
    let time = time.filter(|_| ms < 253_402_300_800_000);
    time.map_or_else(|| format!("{ms} ms"), |time| humantime::format_rfc3339_seconds(time).to_string())
}

/// A time that a person typed, in milliseconds since 1970: `2019-06-14`, `2019-06-14 12:00:00`, or RFC 3339.
pub(crate) fn moment(typed: &str) -> Result<u64, String> {
    let typed = typed.trim();
    let whole = if typed.len() == 10 { format!("{typed} 00:00:00") } else { typed.to_owned() };
    let time = humantime::parse_rfc3339_weak(&whole).map_err(|error| error.to_string())?;
    let since = time.duration_since(UNIX_EPOCH).map_err(|_| "before 1970".to_owned())?;
    u64::try_from(since.as_millis()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        for typed in ["2019-06-14", " 2019-06-14 00:00:00", "2019-06-14T00:00:00Z"] {
            assert_eq!(moment(typed), Ok(1_560_470_400_000), "{typed}");
        }
        assert_eq!(date(1_560_470_400_000), "2019-06-14T00:00:00Z");
        assert!(moment("yesterday").is_err() && moment("2019-13-01").is_err());
        assert_eq!(date(u64::MAX), format!("{} ms", u64::MAX));
    }
}
