//! What a user writes about old versions of an image, and what it means.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diag::Place;
use crate::model::duration;
use crate::model::retention::Retention;

const DAY: u64 = 86_400;
/// How many versions a run takes where the file does not say it.
const AT_MOST: u32 = 3;

/// When old versions of an image go: those of this stack that no file holds any more and nothing boots. One that is due is first
/// excluded from latest, and deleted by a later run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionSpec {
    /// How many of the highest versions stay, in the files or not. Only those count that have succeeded and may be the latest.
    #[schemars(range(min = 1))]
    pub keep: u32,
    /// How long an old version stays after it was excluded from latest: an ISO 8601 duration of whole days or weeks.
    #[schemars(regex(pattern = r"^P[0-9]{1,4}[DW]$"), example = &"P30D")]
    pub min_age: String,
    /// Subscriptions beside the stack's own whose pools may boot the image. What a pool of any account in these and in the stack's
    /// own boots stays; where one cannot be read, nothing goes.
    #[serde(default)]
    #[schemars(inner(regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")))]
    pub consumers: Vec<String>,
    /// How many versions one run excludes from latest at most, and how many it deletes. Omitted: 3.
    #[schemars(range(min = 1))]
    pub at_most: Option<u32>,
}

impl RetentionSpec {
    /// The same as planning takes it. `None`: the time is none, which the schema does not let pass.
    pub(super) fn lower(&self, place: Place) -> Option<Retention> {
        let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Some(Retention {
            keep: count(self.keep),
            min_days: duration::seconds(&self.min_age)? / DAY,
            at_most: count(self.at_most.unwrap_or(AT_MOST)),
            consumers: self.consumers.iter().map(|id| id.to_ascii_lowercase()).collect(),
            place,
        })
    }
}
