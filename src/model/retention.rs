//! Which old versions of an image go, and what may use them: what the user says, and the words in which it is kept.
//! Decides nothing.

use std::collections::BTreeSet;

use crate::diag::Place;

/// The tag of a version that was excluded from latest so that it can be deleted; its value is the day: `2026-11-26`.
pub const RETIRED: &str = "poolwright-retired";

/// How the old versions of one image go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// How many of the highest versions that can be booted stay.
    pub keep: usize,
    /// How many days lie between the day on which an old version is excluded from latest and that on which it is deleted.
    pub min_days: u64,
    /// How many versions one run excludes at most, and how many it deletes.
    pub at_most: usize,
    /// Subscriptions beside the stack's own in which pools may use the image.
    pub consumers: BTreeSet<String>,
    /// Where it stands.
    pub place: Place,
}
