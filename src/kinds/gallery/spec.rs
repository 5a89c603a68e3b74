//! What a user writes for a gallery.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// An Azure Compute Gallery: `name` for one that the stack makes and keeps, `id` for one that it only refers to.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GallerySpec {
    /// The gallery's name: letters, digits, `.` and `_`, no dash. It cannot change.
    #[schemars(regex(pattern = r"^[A-Za-z0-9](?:[A-Za-z0-9_.]{0,78}[A-Za-z0-9])?$"), example = &"renderGallery")]
    pub name: Option<String>,
    /// The resource id of a gallery that others keep. It is read, and never written.
    #[schemars(example = &"/subscriptions/…/resourceGroups/corp/providers/Microsoft.Compute/galleries/corpimages")]
    pub id: Option<String>,
    /// The alias under which pools name a gallery given by `id`: `alias/image@1.2.3`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$"))]
    #[serde(rename = "as")]
    pub alias: Option<String>,
    /// What the gallery is for. Changed in place; left as it is when omitted.
    pub description: Option<String>,
    /// Whether a version that is deleted can be brought back for a while; its name is taken that long. Changed in place; left
    /// as it is when omitted.
    pub soft_delete_policy: Option<SoftDeletePolicy>,
    /// Who may be let in beside those with a role. `Private` becomes another in place; left as it is when omitted.
    pub sharing: Option<Sharing>,
    /// The subscription it is in, if not the stack's. A gallery cannot be moved.
    pub subscription: Option<String>,
    /// The resource group it is in, if not the stack's. A gallery cannot be moved.
    pub resource_group: Option<String>,
    /// The region of the gallery's own metadata, if not the stack's. It does not limit where images are replicated, and
    /// cannot change.
    pub location: Option<String>,
    /// Tags beside the stack's. Only the keys written here are managed.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Take over a gallery of this name that exists and bears no mark of this stack.
    #[serde(default)]
    pub adopt: bool,
    /// Never remove or replace it.
    #[serde(default)]
    pub protect: bool,
}

/// What becomes of versions that are deleted.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SoftDeletePolicy {
    /// Whether they are kept for a while.
    pub is_soft_delete_enabled: bool,
}

/// Who is let into a gallery beside those with a role on it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sharing {
    /// How it is shared. `Private` takes everybody out again; one that is `Groups` becomes `Community`, or the other way
    /// round, only by way of `Private`.
    pub permissions: SharingPermissions,
    /// Who is let in, for `Groups`, and for no other: all of them, so whoever is not in the list is taken out. Changed in
    /// place; left as it is when omitted.
    pub groups: Option<Vec<SharingGroup>>,
    /// Who publishes it, for `Community`, and for no other. Changed in place.
    pub community_gallery_info: Option<CommunityGalleryInfo>,
}

/// Those of one sort who are let in.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SharingGroup {
    /// What the ids are of.
    #[serde(rename = "type")]
    pub sort: SharingGroupType,
    /// The ids: everybody in such a subscription or tenant may read the gallery.
    #[schemars(
        inner(regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")),
        example = &["00000000-0000-0000-0000-000000000003"]
    )]
    pub ids: Vec<String>,
}

/// What is let in as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum SharingGroupType {
    /// Subscriptions.
    Subscriptions,
    /// Tenants of Microsoft Entra ID.
    AADTenants,
}

/// How a gallery is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum SharingPermissions {
    /// With those who have a role on it.
    Private,
    /// With subscriptions and tenants, too.
    Groups,
    /// With everybody, too.
    Community,
}

/// What everybody reads of who publishes a gallery.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommunityGalleryInfo {
    /// The publisher's site.
    #[schemars(example = &"https://contoso.example")]
    pub publisher_uri: String,
    /// Where the publisher is written to.
    #[schemars(example = &"images@contoso.example")]
    pub publisher_contact: String,
    /// The terms on which the images may be used, or where they stand.
    pub eula: String,
    /// What the gallery's public name begins with; Azure adds the rest.
    #[schemars(example = &"contoso")]
    pub public_name_prefix: String,
    /// Whether everybody sees it now. `false` prepares it only. Omitted: `true`. It is taken back only together with the
    /// sharing, by `permissions: Private`.
    pub community_gallery_enabled: Option<bool>,
}
