//! What is known of a resource group's properties (Resource Manager API 2024-07-01).

use crate::model::field::FieldRule;

const MOVED: &str = "a group cannot be moved: make a new one; what is in a group may be in any region";

pub(super) const FIELDS: &[FieldRule] =
    &[FieldRule::new("location", "location").region().never(MOVED), FieldRule::new("tags", "tags").merged()];
