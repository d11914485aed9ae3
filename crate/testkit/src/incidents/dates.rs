//! Times as manifests spell them: `2024-05-02T03:00:00.664Z`.

const DAY: u64 = 86_400_000;

/// From milliseconds since the epoch.
#[cfg(not(target_family = "wasm"))]
pub(super) fn spell(time: u64) -> String {
    let (mut day, rest) = (time / DAY, time % DAY);
    let mut year = 1970;
    while day >= days(year) {
        day -= days(year);
        year += 1;
    }
    let mut month = 1;
    while day >= of_month(year, month) {
        day -= of_month(year, month);
        month += 1;
    }
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", day + 1, rest % 1_000)
}

/// In milliseconds since the epoch.
pub(super) fn read(text: &str) -> Option<u64> {
    let parts: Vec<u64> = text
        .split(|digit: char| !digit.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, day, hour, minute, second, thousandths] = parts.as_slice() else { return None };
    if !(1970..3000).contains(year) || !(1..=12).contains(month) || *day == 0 {
        return None;
    }
    let before: u64 =
        (1970..*year).map(days).sum::<u64>() + (1..*month).map(|month| of_month(*year, month)).sum::<u64>();
    let seconds = (hour * 60 + minute) * 60 + second;
    Some((before + day - 1) * DAY + seconds * 1_000 + thousandths)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days(year: u64) -> u64 {
    365 + u64::from(is_leap(year))
}

fn of_month(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_spelt() {
        for (time, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"),
            (1_714_618_800_664, "2024-05-02T03:00:00.664Z"),
        ] {
            assert_eq!((spell(time).as_str(), read(text)), (text, Some(time)));
        }
        assert_eq!((read("2024-05-02"), read("")), (None, None));
    }
}
