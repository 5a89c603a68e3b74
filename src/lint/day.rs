//! Days as they are written, such as `2026-11-25`: later ones are greater texts.
//! Reads no clock.

/// The same day a year later.
pub(crate) fn a_year_after(day: &str) -> String {
    let (year, rest) = day.split_once('-').unwrap_or((day, ""));
    let year: u32 = year.parse().unwrap_or(0);
    format!("{:04}-{rest}", year.saturating_add(1))
}

/// A date as days since the first of March of the year 0; after Howard Hinnant's `days_from_civil`.
pub(crate) fn count(date: &str) -> Option<i64> {
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(
        365 * year + year.div_euclid(4) - year.div_euclid(100)
            + year.div_euclid(400)
            + (153 * month + 2) / 5
            + day,
    )
}

#[cfg(test)]
mod tests {
    use super::{a_year_after, count};

    #[test]
    fn days_are_compared_as_texts() {
        assert_eq!(a_year_after("2026-11-25"), "2027-11-25");
        assert!(a_year_after("2026-11-25").as_str() > "2027-06-30");
    }

    #[test]
    fn days_are_counted_over_months_and_leap_years() {
        let between = |from, to| count(to).zip(count(from)).map(|(to, from)| to - from);
        assert_eq!(between("2026-11-25", "2026-12-25"), Some(30));
        assert_eq!(between("2028-02-28", "2028-03-01T00:00:00Z"), Some(2));
        assert_eq!(between("2100-02-28", "2100-03-01"), Some(1));
        assert_eq!(count("soon"), None);
    }
}
