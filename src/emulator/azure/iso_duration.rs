//! ISO 8601 durations as Azure reads and prints them: days and smaller, in the shortest form.
//! Years and months are refused: they have no fixed length.

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Milliseconds of a duration such as `PT15M` or `P1DT12H`; none when the text is not one.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (days, clock) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (rest, ""),
    };
    if rest.is_empty() {
        return None;
    }
    let days = sum(days, &[('W', 7 * DAY), ('D', DAY)])?;
    let clock = sum(clock, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)])?;
    days.checked_add(clock)
}

/// The shortest form: `PT900S` is printed `PT15M`, `PT24H` is printed `P1D`.
pub(crate) fn print(milliseconds: i64) -> String {
    let (days, rest) = (milliseconds / DAY, milliseconds % DAY);
    let seconds = match (rest % MINUTE / SECOND, rest % SECOND) {
        (0, 0) => String::new(),
        (whole, 0) => format!("{whole}S"),
        (whole, fraction) => format!("{whole}.{}S", format!("{fraction:03}").trim_end_matches('0')),
    };
    let part = |count: i64, unit: &str| if count > 0 { format!("{count}{unit}") } else { String::new() };
    let clock = format!("{}{}{seconds}", part(rest / HOUR, "H"), part(rest % HOUR / MINUTE, "M"));
    match (part(days, "D"), clock.as_str()) {
        (days, "") if days.is_empty() => "PT0S".to_owned(),
        (days, "") => format!("P{days}"),
        (days, clock) => format!("P{days}T{clock}"),
    }
}

/// Adds up number and unit pairs, which must stand in the order of `units`, each at most once.
fn sum(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut total, mut rest, mut units) = (0_i64, text, units.iter());
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !(letter.is_ascii_digit() || letter == '.'))?;
        let unit = rest[end..].chars().next()?;
        let (_, length) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(value(&rest[..end], *length, unit)?)?;
        rest = &rest[end + 1..];
    }
    Some(total)
}

fn value(number: &str, length: i64, unit: char) -> Option<i64> {
    let Some((whole, fraction)) = number.split_once('.') else {
        return number.parse::<i64>().ok()?.checked_mul(length);
    };
    if unit != 'S' || fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(length)?.checked_add(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_in_their_shortest_form() {
        for (text, shortest) in [
            ("PT900S", "PT15M"),
            ("PT90M", "PT1H30M"),
            ("PT24H", "P1D"),
            ("P1W", "P7D"),
            ("PT0S", "PT0S"),
            ("PT1.5S", "PT1.5S"),
            ("P1DT12H", "P1DT12H"),
        ] {
            assert_eq!(parse(text).map(print).as_deref(), Some(shortest), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "P", "PT", "15", "PT15", "P1M", "PT5X", "PTM", "PT1M1H", "PT1.5M", "00:15:00", "PTé"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
