//! Waiting and the passing of time: the only place that sleeps or looks at a clock.
//! Knows no dates: what time it is nobody needs, only how much of it has gone by.

use std::time::Duration;
use std::time::Instant;

use async_trait::async_trait;

/// A clock that can be waited on. Tests have one that never really waits.
#[async_trait]
pub trait Timer: Send + Sync {
    /// Returns when `duration` has gone by on this clock.
    async fn sleep(&self, duration: Duration);

    /// The time since a fixed moment in this process; it never goes back.
    fn now(&self) -> Duration;

    /// How long a span of this clock takes on a wall clock: for what people read in logs.
    fn on_wall_clock(&self, span: Duration) -> Duration {
        span
    }

    /// How long a span of a wall clock takes on this one: for what a server asks us to wait.
    fn on_this_clock(&self, span: Duration) -> Duration {
        span
    }
}

/// The machine's own clock.
#[derive(Debug)]
pub struct RealTimer {
    start: Instant,
}

impl RealTimer {
    /// A clock that stands at zero now.
    #[expect(clippy::disallowed_methods, reason = "this is the timer that everybody else is given")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for RealTimer {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Timer for RealTimer {
    #[expect(clippy::disallowed_methods, reason = "this is the timer that everybody else is given")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that runs faster than the machine's, for a server whose operations do too (the embedded emulator).
#[derive(Debug)]
pub struct ScaledTimer {
    real: RealTimer,
    factor: u32,
}

/// However fast the clock, a wait takes this long, so that polling does not become a storm.
const SHORTEST_WAIT: Duration = Duration::from_millis(80);

impl ScaledTimer {
    /// A clock that runs `factor` times as fast as the machine's; 0 counts as 1.
    pub fn new(factor: u32) -> Self {
        Self { real: RealTimer::new(), factor: factor.max(1) }
    }

    /// How long the machine waits when `duration` is asked for.
    fn real_wait(&self, duration: Duration) -> Duration {
        if duration.is_zero() { duration } else { (duration / self.factor).max(SHORTEST_WAIT.min(duration)) }
    }
}

#[async_trait]
impl Timer for ScaledTimer {
    async fn sleep(&self, duration: Duration) {
        self.real.sleep(self.real_wait(duration)).await;
    }

    fn now(&self) -> Duration {
        self.real.now() * self.factor
    }

    fn on_wall_clock(&self, span: Duration) -> Duration {
        span / self.factor
    }

    fn on_this_clock(&self, span: Duration) -> Duration {
        span * self.factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_waits_shrink_but_not_below_the_floor() {
        let timer = ScaledTimer::new(60);
        assert_eq!(timer.real_wait(Duration::from_mins(1)), Duration::from_secs(1));
        assert_eq!(timer.real_wait(Duration::from_secs(1)), SHORTEST_WAIT);
        assert_eq!(timer.real_wait(Duration::from_millis(5)), Duration::from_millis(5));
        assert_eq!(timer.real_wait(Duration::ZERO), Duration::ZERO);
        let asked = timer.on_this_clock(Duration::from_millis(250));
        assert_eq!(
            timer.real_wait(asked),
            Duration::from_millis(250),
            "what a server asks for is not scaled"
        );
        assert_eq!(ScaledTimer::new(0).real_wait(Duration::from_secs(2)), Duration::from_secs(2));
    }
}
