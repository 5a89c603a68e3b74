//! Whether two values of one property are the same, however Azure or the user spells them.
//! Compares single values only; objects and lists are walked in `compare`.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::model::duration;
use crate::model::field::Compare;
use crate::model::region;

/// Whether the values are the same in the sense of `how`.
pub fn equal(how: Compare, left: &Value, right: &Value) -> bool {
    canonical(how, left) == canonical(how, right)
}

/// The value in the one spelling in which values of this sort can be compared, sorted and used as keys.
pub fn canonical(how: Compare, value: &Value) -> Value {
    let text = value.as_str();
    let same = || value.clone();
    match how {
        Compare::Exact | Compare::Json | Compare::Secret => same(),
        Compare::IgnoreCase | Compare::Id => text.map_or_else(same, |text| text.to_lowercase().into()),
        Compare::Region => text.map_or_else(same, |text| region::normal(text).into()),
        Compare::Duration => text.and_then(duration::seconds).map_or_else(same, Value::from),
        Compare::DateTime => text.and_then(moment).map_or_else(same, Value::from),
        Compare::Number => match (text.and_then(|text| text.parse::<f64>().ok()), value.as_f64()) {
            (Some(number), _) | (None, Some(number)) => Value::from(number),
            (None, None) => same(),
        },
    }
}

/// Seconds since 1970 of an RFC 3339 date-time, or of midnight UTC of a date. Fractions are dropped.
fn moment(text: &str) -> Option<i64> {
    let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let with_zone = OffsetDateTime::parse(&full, &Rfc3339);
    // Azure leaves the zone out in some bodies; it means UTC there.
    let parsed = with_zone.or_else(|_| OffsetDateTime::parse(&format!("{full}Z"), &Rfc3339));
    parsed.ok().map(OffsetDateTime::unix_timestamp)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::equal;
    use crate::model::field::Compare;

    #[test]
    fn spellings_of_one_value_are_equal() {
        for (how, left, right) in [
            (Compare::Region, json!("West Europe"), json!("westeurope")),
            (Compare::IgnoreCase, json!("STANDARD_D2S_V3"), json!("Standard_D2s_v3")),
            (Compare::Duration, json!("PT900S"), json!("PT15M")),
            (Compare::DateTime, json!("2027-06-30"), json!("2027-06-30T00:00:00+00:00")),
            (Compare::DateTime, json!("2027-06-30T00:00:00.0000000"), json!("2027-06-30T00:00:00Z")),
            (Compare::Number, json!(3), json!("3")),
            (Compare::Number, json!(3), json!(3.0)),
        ] {
            assert!(equal(how, &left, &right), "{how:?} {left} {right}");
        }
    }

    #[test]
    fn other_values_are_not() {
        for (how, left, right) in [
            (Compare::Exact, json!("a"), json!("A")),
            (Compare::Duration, json!("PT15M"), json!("PT16M")),
            (Compare::DateTime, json!("2027-06-30"), json!("2027-07-01")),
            (Compare::Region, json!("westus"), json!("westus2")),
            (Compare::Number, json!(3), json!("three")),
        ] {
            assert!(!equal(how, &left, &right), "{how:?} {left} {right}");
        }
    }
}
