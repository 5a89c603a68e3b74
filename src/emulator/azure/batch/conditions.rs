//! The `If-…` headers of Batch: whether a request goes on, given how the resource stands.
//! Judges only; both planes say no in their own words.

use crate::emulator::call::{Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::Resource;

/// What the data plane heeds wherever it heeds any.
const ALL: &[&str] = &["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/// Goes on, or refuses: 412 `ConditionNotMet`, on reads 304. `found` is the resource, if there is one.
pub(crate) fn check(call: &Call, found: Option<&Resource>, reading: bool) -> Result<()> {
    judge(call, found, reading, ALL)
}

/// The same for a write that heeds only these headers, as the management plane's do.
pub(crate) fn check_only(call: &Call, found: Option<&Resource>, heeded: &[&str]) -> Result<()> {
    judge(call, found, false, heeded)
}

fn judge(call: &Call, found: Option<&Resource>, reading: bool, heeded: &[&str]) -> Result<()> {
    let header = |name: &str| call.header(name).filter(|_| heeded.contains(&name));
    let same = |tags: &str| {
        found.is_some_and(|found| tags.split(',').any(|tag| tag.trim() == "*" || bare(tag) == found.etag))
    };
    let failed = || {
        Err(Failure::arm(
            412,
            "ConditionNotMet",
            "The condition specified using HTTP conditional header(s) is not met.",
        ))
    };
    if header("if-match").is_some_and(|tags| !same(tags)) {
        return failed();
    }
    // HTTP dates have whole seconds.
    let changed = found.map(|found| found.changed_at.0 / 1_000);
    let time = |name: &str| header(name).and_then(http_date).map(|at| at.0 / 1_000);
    if let (Some(changed), Some(limit)) = (changed, time("if-unmodified-since"))
        && changed > limit
    {
        return failed();
    }
    let unmodified = match (changed, time("if-modified-since")) {
        (Some(changed), Some(limit)) => changed <= limit,
        _ => false,
    };
    if unmodified || header("if-none-match").is_some_and(same) {
        if reading {
            return Err(Failure::arm(304, "ConditionNotMet", "The resource was not modified."));
        }
        return failed();
    }
    Ok(())
}

/// An `ETag` without its quotes and without the mark of a weak one.
fn bare(tag: &str) -> &str {
    tag.trim().trim_start_matches("W/").trim_matches('"')
}

/// Reads `Thu, 01 Jan 2026 00:00:00 GMT`.
pub(crate) fn http_date(text: &str) -> Option<Moment> {
    let mut parts = text.split_whitespace().skip(1);
    let (day, month, year, clock) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| name.eq_ignore_ascii_case(month))? + 1;
    Moment::parse(&format!("{year}-{month:02}-{day:0>2}T{clock}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_dates_are_read_as_they_are_printed() {
        let at = Moment(1_767_225_600_000 + 86_399_000);
        assert_eq!(http_date(&at.http_date()), Some(at));
        assert_eq!(http_date("soon"), None);
    }
}
