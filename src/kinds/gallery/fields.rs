//! What is known of a gallery's properties (Compute Gallery API 2024-03-03).

use crate::model::field::FieldRule;

const MOVED: &str =
    "a gallery cannot be moved: make a new one, and copy its versions with `source: { imageVersion: … }`";

/// A property of who publishes a gallery that is for everybody.
macro_rules! published {
    ($name:literal) => {
        FieldRule::new(
            concat!("sharing.communityGalleryInfo.", $name),
            concat!("properties.sharingProfile.communityGalleryInfo.", $name),
        )
    };
}

pub(super) const FIELDS: &[FieldRule] = &[
    FieldRule::new("location", "location").region().never(MOVED),
    FieldRule::new("tags", "tags").merged(),
    FieldRule::new("description", "properties.description").leave(),
    FieldRule::new("softDeletePolicy", "properties.softDeletePolicy").leave(),
    FieldRule::new("softDeletePolicy.isSoftDeleteEnabled", "properties.softDeletePolicy.isSoftDeleteEnabled"),
    FieldRule::new("sharing", "properties.sharingProfile").leave(),
    FieldRule::new("sharing.permissions", "properties.sharingProfile.permissions")
        .ignore_case()
        .default("\"Private\""),
    FieldRule::new("sharing.groups", "properties.sharingProfile.groups").keyed("type").leave().call(),
    FieldRule::new("sharing.groups[].type", "properties.sharingProfile.groups[].type").ignore_case(),
    FieldRule::new("sharing.groups[].ids", "properties.sharingProfile.groups[].ids").ignore_case().set(),
    // Goes with the sharing.
    FieldRule::new("sharing.communityGalleryInfo", "properties.sharingProfile.communityGalleryInfo")
        .reset("null"),
    published!("publisherUri"),
    published!("publisherContact"),
    published!("eula"),
    published!("publicNamePrefix"),
    published!("communityGalleryEnabled").call(),
];
