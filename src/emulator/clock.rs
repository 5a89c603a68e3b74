//! The emulator's own time: it runs as fast as it is told to, and stands still while no emulator runs.
//! Nothing here waits; everything that takes time in Azure is computed from stored moments and `now`.

use std::ops::{Add, Sub};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// How the emulator's time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// Virtual time runs `scale` times as fast as real time.
    Auto {
        /// Virtual seconds in one real second; above zero.
        scale: f64,
    },
    /// Virtual time moves only by `Emulator::advance`.
    Manual,
}

impl Mode {
    /// Fast enough that a version replicates in about ten seconds of a person's time.
    pub const DEFAULT: Mode = Mode::Auto { scale: 90.0 };
}

/// A point in virtual time: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment(pub i64);

impl Moment {
    /// Where virtual time begins: 2026-01-01T00:00:00Z.
    pub const START: Moment = Moment(1_767_225_600_000);

    /// The last that dates can say: 9999-12-31T23:59:59Z.
    const LAST: Moment = Moment(253_402_300_799_000);

    /// As ARM prints it: `2026-01-01T00:00:00.0000000Z`.
    pub fn rfc3339(self) -> String {
        self.print(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z"))
    }

    /// In whole seconds, as Compute prints the start and end of an operation: `2026-01-01T00:00:00+00:00`.
    pub fn rfc3339_offset(self) -> String {
        self.print(format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]+00:00"
        ))
    }

    /// As HTTP prints it: `Thu, 01 Jan 2026 00:00:00 GMT`.
    pub fn http_date(self) -> String {
        self.print(format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        ))
    }

    /// Reads an ISO 8601 date-time or date; none when it is neither.
    pub fn parse(text: &str) -> Option<Moment> {
        let at = if text.len() == 10 {
            let date = time::Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
            date.midnight().assume_utc()
        } else {
            let zoned =
                text.ends_with(['Z', 'z']) || text.get(10..).is_some_and(|tail| tail.contains(['+', '-']));
            let full = if zoned { text.to_owned() } else { format!("{text}Z") };
            OffsetDateTime::parse(&full, &Rfc3339).ok()?
        };
        i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(Moment)
    }

    /// Time from `earlier` to this moment; zero when it is not earlier.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn print(self, format: &[time::format_description::BorrowedFormatItem<'_>]) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|at| at.format(format).ok())
            .unwrap_or_else(|| "9999-12-31T23:59:59.9999999Z".to_owned())
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;

    fn add(self, length: Duration) -> Moment {
        Moment(self.0.saturating_add(i64::try_from(length.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Moment {
    type Output = Moment;

    fn sub(self, length: Duration) -> Moment {
        Moment(self.0.saturating_sub(i64::try_from(length.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// The running clock: the moment stored last, and what has passed since.
#[derive(Debug)]
pub(crate) struct Clock {
    mode: Mode,
    stored: Moment,
    since: Instant,
}

impl Clock {
    /// How time passes.
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// A clock that goes on from `stored`.
    pub(crate) fn new(mode: Mode, stored: Moment) -> Clock {
        Clock { mode, stored, since: instant() }
    }

    pub(crate) fn now(&self) -> Moment {
        match self.mode {
            Mode::Manual => self.stored,
            Mode::Auto { scale } => {
                self.stored
                    + Duration::try_from_secs_f64(self.since.elapsed().as_secs_f64() * scale)
                        .unwrap_or_default()
            }
        }
    }

    /// Moves it on, but not beyond what dates can say: after that nothing could come due any more.
    pub(crate) fn advance(&mut self, length: Duration) {
        self.stored = (self.stored + length).min(Moment::LAST);
    }
}

#[expect(clippy::disallowed_methods, reason = "the emulator's clock is where its time comes from")]
fn instant() -> Instant {
    Instant::now()
}

/// Real time, for what clients check against their own clock: tokens, TLS, the Date header.
#[expect(
    clippy::disallowed_methods,
    reason = "tokens and certificates are checked against the client's real clock"
)]
pub(crate) fn real_now() -> Moment {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(0) + passed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_printed_and_read_back() {
        let at = Moment::START + Duration::from_millis(1_500);
        assert_eq!(at.rfc3339(), "2026-01-01T00:00:01.5000000Z");
        assert_eq!(at.http_date(), "Thu, 01 Jan 2026 00:00:01 GMT");
        assert_eq!(Moment::parse(&at.rfc3339()), Some(at));
        assert_eq!(Moment::parse("2026-01-01"), Some(Moment::START));
        assert_eq!(Moment::parse("2026-01-01T01:00:00+01:00"), Some(Moment::START));
        assert_eq!(Moment::parse("2026-01-01T00:00:00"), Some(Moment::START));
        assert_eq!(Moment::parse("soon"), None);
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let mut clock = Clock::new(Mode::Manual, Moment::START);
        assert_eq!(clock.now(), Moment::START);
        clock.advance(Duration::from_mins(1));
        assert_eq!(clock.now().since(Moment::START), Duration::from_mins(1));
        clock.advance(Duration::MAX);
        assert!(clock.now().rfc3339().starts_with("9999-12-31"));
    }
}
