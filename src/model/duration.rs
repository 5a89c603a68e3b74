//! ISO 8601 durations as Azure writes them: `PT15M`, `PT900S` and `P0DT15M` are one length of time.

/// Reads a duration into whole seconds. Weeks, days, hours, minutes and seconds are known; years and months
/// have no fixed length and are refused, as is a fraction anywhere but in the seconds, which are rounded down.
pub fn seconds(text: &str) -> Option<u64> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').map_or((rest, None), |(date, time)| (date, Some(time)));
    if date.is_empty() && time.is_none_or(str::is_empty) {
        return None;
    }
    let days = sum(date, &[('W', 604_800), ('D', 86_400)])?;
    let clock = time.map_or(Some(0), |time| sum(time, &[('H', 3_600), ('M', 60), ('S', 1)]))?;
    days.checked_add(clock)
}

/// Writes whole seconds the shortest way: hours, minutes, seconds. Zero is `PT0S`.
pub fn text(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text = "PT".to_owned();
    for (amount, unit) in [(hours, 'H'), (minutes, 'M'), (rest, 'S')] {
        if amount > 0 {
            text.push_str(&amount.to_string());
            text.push(unit);
        }
    }
    if text == "PT" { "PT0S".to_owned() } else { text }
}

/// Adds up `12H30M…`: each unit at most once, in the order given.
fn sum(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0_u64;
    for &(unit, length) in units {
        let Some((amount, rest)) = text.split_once(unit) else { continue };
        let whole = if unit == 'S' { amount.split('.').next()? } else { amount };
        total = total.checked_add(whole.parse::<u64>().ok()?.checked_mul(length)?)?;
        text = rest;
    }
    text.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::{seconds, text};

    #[test]
    fn spellings_of_one_length_are_equal() {
        for same in ["PT15M", "PT900S", "P0DT15M", "PT0H15M0S", "PT900.0S"] {
            assert_eq!(seconds(same), Some(900), "{same}");
        }
        assert_eq!(seconds("P7D"), Some(604_800));
        assert_eq!(seconds("P1W"), Some(604_800));
    }

    #[test]
    fn what_is_no_duration_is_none() {
        for bad in [
            "",
            "P",
            "PT",
            "15M",
            "PT15",
            "P1Y",
            "P1M",
            "PT1M1H",
            "PT-5M",
            "PT1.5M",
            "PT99999999999999999999H",
        ] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_is_read_back() {
        for length in [0, 1, 59, 60, 900, 3_600, 5_400, 90_061] {
            assert_eq!(seconds(&text(length)), Some(length));
        }
    }
}
