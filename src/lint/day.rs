//! Days as they are written, such as `2026-11-25`: later ones are greater texts.
//! Knows no calendar.

/// The same day a year later.
pub(crate) fn a_year_after(day: &str) -> String {
    let (year, rest) = day.split_once('-').unwrap_or((day, ""));
    let year: u32 = year.parse().unwrap_or(0);
    format!("{:04}-{rest}", year.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::a_year_after;

    #[test]
    fn days_are_compared_as_texts() {
        assert_eq!(a_year_after("2026-11-25"), "2027-11-25");
        assert!(a_year_after("2026-11-25").as_str() > "2027-06-30");
    }
}
