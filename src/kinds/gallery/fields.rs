//! What is known of a gallery's properties (Compute Gallery API 2024-03-03).

use crate::model::field::FieldRule;

const MOVED: &str =
    "a gallery cannot be moved: make a new one, and copy its versions with `source: { imageVersion: … }`";

pub(super) const FIELDS: &[FieldRule] = &[
    FieldRule::new("location", "location").region().never(MOVED),
    FieldRule::new("tags", "tags").merged(),
    FieldRule::new("description", "properties.description").leave(),
    FieldRule::new("softDeletePolicy", "properties.softDeletePolicy").leave(),
    FieldRule::new("softDeletePolicy.isSoftDeleteEnabled", "properties.softDeletePolicy.isSoftDeleteEnabled"),
];
