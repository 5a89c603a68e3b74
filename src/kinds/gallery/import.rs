//! A live gallery as an entry.

use crate::kinds::importing::Importing;

pub(super) const IMPORTING: Importing = Importing {
    first: &["name", "id", "as", "description", "subscription", "resourceGroup", "location"],
    told: &[
        "properties.identifier",
        "properties.sharingStatus",
        "properties.sharingProfile.communityGalleryInfo.publicNames",
    ],
    complete: |live, _, entry| {
        entry.insert("name".to_owned(), live.id.name().into());
        Ok(())
    },
};
