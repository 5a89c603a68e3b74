//! What happens during apply, as it happens: the only link between the executor and every screen.

use std::time::Duration;

use crate::model::outcome::Ended;
use crate::model::step::StepId;
use crate::model::wait::Progress;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A step began.
    Started {
        /// Which.
        step: StepId,
    },
    /// A wait read the resource once more.
    Progressed {
        /// Which.
        step: StepId,
        /// How far it is.
        progress: Progress,
    },
    /// A request was not taken, and will be sent again.
    Retrying {
        /// Which step it belongs to.
        step: StepId,
        /// Why, in Azure's words.
        why: String,
        /// In how long.
        after: Duration,
    },
    /// A step ended, one way or another.
    Ended {
        /// Which.
        step: StepId,
        /// How.
        how: Ended,
        /// How long it took.
        took: Duration,
    },
    /// The user asked to stop: what is in flight is finished, nothing new begins.
    Stopping,
}
