//! Decides whether a request is sent again, and when. Pure: the same arguments always give the same answer.
//! Does not send, wait, or look at a clock.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::azure::transport::Headers;
use crate::model::request::Method;

/// How one try ended, as far as repeating it is concerned.
#[derive(Clone, Copy, Debug)]
pub enum Attempt<'a> {
    /// The server answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// Azure's error code, where the body has one.
        code: Option<&'a str>,
        /// The answer's headers.
        headers: &'a Headers,
    },
    /// There was no answer.
    NoAnswer {
        /// Another try could end otherwise.
        transient: bool,
        /// The server may have done what was asked.
        may_have_reached: bool,
    },
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Send again after this long.
    After(Duration),
    /// What came is what there is.
    GiveUp,
}

/// Tries of one request, the first included.
pub const MOST_TRIES: u32 = 8;
/// After this long no further try is begun.
pub const BUDGET: Duration = Duration::from_mins(5);
/// No server can make us wait longer than this at a time.
pub const LONGEST_WAIT: Duration = Duration::from_mins(10);
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// 409 codes that mean "somebody is writing, come back"; every other conflict is final.
/// Seen as transient by Azure/ARO-RP#4785 and the compute error tables.
const PASSING_CONFLICTS: [&str; 4] = [
    "AnotherOperationInProgress",
    "CanceledAndSupersededDueToAnotherOperation",
    "Conflict",
    "ConflictingConcurrentWriteNotAllowed",
];

/// Decides about a request after try number `tries` (from 1), `elapsed` after the first one began.
///
/// `seed` makes the jitter differ between requests and repeat between runs.
pub fn decide(method: Method, tries: u32, elapsed: Duration, attempt: Attempt<'_>, seed: u64) -> Retry {
    if tries >= MOST_TRIES || elapsed >= BUDGET {
        return Retry::GiveUp;
    }
    let asked = match attempt {
        Attempt::NoAnswer { transient: false, .. } => return Retry::GiveUp,
        Attempt::NoAnswer { may_have_reached, .. } if may_have_reached && !is_idempotent(method) => {
            return Retry::GiveUp;
        }
        Attempt::NoAnswer { .. } => None,
        Attempt::Answered { status, code, headers } if may_be_repeated(method, status, code) => {
            retry_after(headers)
        }
        Attempt::Answered { .. } => return Retry::GiveUp,
    };
    Retry::After(asked.unwrap_or_else(|| backoff(tries, seed)))
}

fn may_be_repeated(method: Method, status: u16, code: Option<&str>) -> bool {
    match status {
        // These say that nothing was done.
        429 | 503 => true,
        409 => {
            code.is_some_and(|code| PASSING_CONFLICTS.iter().any(|known| known.eq_ignore_ascii_case(code)))
        }
        // These say nothing about what was done.
        408 | 500 | 502 | 504 => is_idempotent(method),
        _ => false,
    }
}

/// Whether sending a request twice leaves the server as sending it once does.
///
/// Our PATCH bodies carry absolute values, never increments, so they count.
fn is_idempotent(method: Method) -> bool {
    match method {
        Method::Get | Method::Put | Method::Patch | Method::Delete => true,
        Method::Post => false,
    }
}

/// Exponential with full jitter: anything between nothing and the step, which doubles with each try.
fn backoff(tries: u32, seed: u64) -> Duration {
    let step = FIRST_BACKOFF.saturating_mul(1 << (tries - 1).min(10)).min(LONGEST_BACKOFF);
    let millis = u64::try_from(step.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(scramble(seed.wrapping_add(u64::from(tries))) % (millis + 1))
}

/// One step of `SplitMix64`: spreads neighbouring numbers evenly, which is all that jitter needs.
fn scramble(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// How long the server asks us to wait: milliseconds where it gives them, else seconds or a date.
///
/// A date counts from the answer's own `Date`, so no clock of ours is involved. Negative and unreadable values are
/// as good as none; nothing above [`LONGEST_WAIT`] is obeyed.
pub fn retry_after(headers: &Headers) -> Option<Duration> {
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
        if let Some(millis) = headers.get(name).and_then(|text| text.trim().parse::<u64>().ok()) {
            return Some(Duration::from_millis(millis).min(LONGEST_WAIT));
        }
    }
    let text = headers.get("retry-after")?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        // A number too large for the type is still a number: wait as long as we ever do.
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => LONGEST_WAIT,
        Err(_) => {
            let until = http_date(text)?;
            let now = http_date(headers.get("date")?)?;
            Duration::try_from(until - now).ok()?
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

/// An HTTP date (RFC 9110, `Sun, 06 Nov 1994 08:49:37 GMT`), which is nearly RFC 2822.
fn http_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>().into()
    }

    fn after_status(method: Method, status: u16, code: Option<&str>) -> Retry {
        decide(method, 1, Duration::ZERO, Attempt::Answered { status, code, headers: &Headers::new() }, 7)
    }

    fn repeats(method: Method, status: u16, code: Option<&str>) -> bool {
        after_status(method, status, code) != Retry::GiveUp
    }

    #[test]
    fn statuses() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(repeats(Method::Put, status, None), "{status}");
        }
        for status in [200, 202, 301, 400, 401, 403, 404, 409, 412, 501] {
            assert!(!repeats(Method::Put, status, None), "{status}");
        }
        assert!(repeats(Method::Post, 429, None) && repeats(Method::Post, 503, None));
        for status in [408, 500, 502, 504] {
            assert!(!repeats(Method::Post, status, None), "POST {status} may have been carried out");
        }
    }

    #[test]
    fn only_passing_conflicts_are_repeated() {
        assert!(repeats(Method::Put, 409, Some("ConflictingConcurrentWriteNotAllowed")));
        assert!(repeats(Method::Patch, 409, Some("AnotherOperationInProgress")));
        for code in ["PoolBeingResized", "CannotDeleteResource", "ScopeLocked", "PoolExists"] {
            assert!(!repeats(Method::Put, 409, Some(code)), "{code}");
        }
    }

    #[test]
    fn without_an_answer_a_post_is_repeated_only_if_it_cannot_have_arrived() {
        let decide_about = |method, transient, may_have_reached| {
            decide(method, 1, Duration::ZERO, Attempt::NoAnswer { transient, may_have_reached }, 7)
        };
        assert_ne!(decide_about(Method::Put, true, true), Retry::GiveUp);
        assert_ne!(decide_about(Method::Post, true, false), Retry::GiveUp);
        assert_eq!(decide_about(Method::Post, true, true), Retry::GiveUp);
        assert_eq!(decide_about(Method::Get, false, false), Retry::GiveUp);
    }

    #[test]
    fn tries_and_time_are_limited() {
        let attempt = Attempt::NoAnswer { transient: true, may_have_reached: false };
        assert_eq!(decide(Method::Get, MOST_TRIES, Duration::ZERO, attempt, 7), Retry::GiveUp);
        assert_eq!(decide(Method::Get, 1, BUDGET, attempt, 7), Retry::GiveUp);
    }

    #[test]
    fn backoff_grows_stays_in_bounds_and_repeats() {
        for tries in 1..MOST_TRIES {
            let highest = (0..200).map(|seed| backoff(tries, seed * 1000)).max().expect("200 of them");
            let step = FIRST_BACKOFF.saturating_mul(1 << (tries - 1)).min(LONGEST_BACKOFF);
            assert!(highest <= step && highest > step / 2, "try {tries}: {highest:?} of {step:?}");
        }
        assert_eq!(backoff(3, 42), backoff(3, 42));
    }

    #[test]
    fn retry_after_in_all_its_spellings() {
        let seconds = |pairs: &[(&str, &str)]| retry_after(&headers(pairs)).map(|wait| wait.as_millis());
        assert_eq!(seconds(&[("Retry-After", "17")]), Some(17_000));
        assert_eq!(seconds(&[("Retry-After", "60"), ("x-ms-retry-after-ms", "50")]), Some(50));
        assert_eq!(seconds(&[("retry-after-ms", "250")]), Some(250));
        assert_eq!(seconds(&[("Retry-After", "1000000000000")]), Some(600_000));
        assert_eq!(seconds(&[("Retry-After", "99999999999999999999999999")]), Some(600_000));
        for nonsense in ["-5", "0.2", "soon", "", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(seconds(&[("Retry-After", nonsense)]), None, "{nonsense}");
        }
        let date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(seconds(&[date, ("Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT")]), Some(30_000));
        assert_eq!(seconds(&[date, ("Retry-After", "Sun, 06 Nov 1994 08:49:07 GMT")]), None, "it has passed");
        assert_eq!(seconds(&[("Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT")]), None, "counted from when?");
    }

    #[test]
    fn a_server_that_says_when_is_obeyed() {
        let asked = headers(&[("Retry-After", "9")]);
        let attempt = Attempt::Answered { status: 429, code: None, headers: &asked };
        assert_eq!(decide(Method::Get, 1, Duration::ZERO, attempt, 7), Retry::After(Duration::from_secs(9)));
    }
}
