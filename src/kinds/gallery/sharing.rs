//! How a gallery is shared: what goes together in a file, and which change Azure's write alone does not make.
//! Shares with nobody: who is let in is not kept by a stack.

use serde_json::Value;

use crate::diag::{Code, Diagnostic};
use crate::kinds::declared::Declared;
use crate::kinds::gallery::spec::{Sharing, SharingPermissions};
use crate::model::kind::Refusal;
use crate::model::plan::Change;
use crate::model::snapshot::Live;

/// What does not go together.
pub(super) fn wrong(entry: &Declared, sharing: &Sharing) -> Option<Diagnostic> {
    match (sharing.permissions, &sharing.community_gallery_info) {
        (SharingPermissions::Community, None) => Some(
            Diagnostic::error(
                Code::MissingKey,
                entry.place_at(&["sharing", "permissions"]),
                "a gallery of `Community` needs a `communityGalleryInfo`",
            )
            .help("write who publishes it: `communityGalleryInfo: { publisherUri: …, publisherContact: …, eula: …, publicNamePrefix: … }`"),
        ),
        (SharingPermissions::Private | SharingPermissions::Groups, Some(_)) => Some(
            Diagnostic::error(
                Code::NotAllowed,
                entry.place_at(&["sharing", "communityGalleryInfo"]),
                "only a gallery of `Community` has a `communityGalleryInfo`",
            )
            .help("take it out, or write `permissions: Community`"),
        ),
        (SharingPermissions::Community, Some(_)) | (_, None) => None,
    }
}

/// Whoever was let in stays in until the sharing is reset, which only those should do who know them.
pub(super) fn refusal(change: &Change, live: &Live) -> Option<Refusal> {
    let now = live.body.pointer("/properties/sharingProfile/permissions").and_then(Value::as_str);
    let shared = now.filter(|now| !now.eq_ignore_ascii_case("Private"))?;
    (change.property == "sharing.permissions").then(|| Refusal {
        reason: format!("it is shared as `{shared}`, and whoever was let in would lose it"),
        ways_out: vec![
            format!(
                "end the sharing first: az sig share reset --gallery-name {} --resource-group {} --subscription {}",
                live.id.name(),
                live.id.group(),
                live.id.subscription(),
            ),
            format!("leave it as it is: write `permissions: {shared}`, or leave `sharing` out"),
        ],
    })
}
