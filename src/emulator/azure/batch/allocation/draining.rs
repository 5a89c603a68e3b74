//! What a fleet tells and is told on account of tasks: when nodes join, and which must stay until their tasks end.
//! The course of a resize is its parent's.

use crate::emulator::azure::batch::allocation::Fleet;
use crate::emulator::clock::Moment;

impl Fleet {
    /// When the next node joins, if one is still to come.
    pub(crate) fn next_joining(&self, now: Moment) -> Option<Moment> {
        let coming = self.cohorts.iter().filter_map(|cohort| {
            let joined = cohort.joined(now);
            (joined < cohort.count).then(|| cohort.joins(joined))
        });
        coming.min()
    }

    /// Keeps nodes that are leaving until a moment, each with those that go together with it; the resize lasts as long.
    pub(crate) fn hold(&mut self, number: u32, until: Moment) {
        for leaving in &mut self.leaving {
            let cohort = &leaving.cohort;
            if (cohort.first..cohort.first + cohort.count).contains(&number) && leaving.gone < until {
                leaving.gone = until;
                if let Some(resize) = &mut self.last {
                    resize.ends = resize.ends.max(until);
                }
            }
        }
    }
}
