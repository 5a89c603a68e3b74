//! What a user writes for a role assignment.

use schemars::JsonSchema;
use serde::Deserialize;

/// Who may do what where: a role that a principal has at a scope. With another role, principal or scope it is another
/// assignment: the old one is removed.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleAssignmentSpec {
    /// The role: the name of a built-in one, the GUID of any, or the full id of its definition.
    #[schemars(example = &"Compute Gallery Image Reader")]
    pub role: String,
    /// The object id of who gets it. Of an application it is the id of its service principal, not the application's.
    #[schemars(regex(pattern = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"))]
    pub principal_id: String,
    /// What the principal is. Azure looks up a principal without a type, and does not find one that was just made. A
    /// managed identity is a `ServicePrincipal`. Only read at creation.
    pub principal_type: PrincipalType,
    /// What it is for: a gallery, an image or a version by its name in the stack (`GALLERY`, `GALLERY/IMAGE`,
    /// `GALLERY/IMAGE/VERSION`), or the full id of one, of a resource group or of a subscription.
    #[schemars(example = &"renderGallery/ubuntu-2404")]
    pub scope: String,
    /// Why somebody has it. Changed in place; left as it is when omitted.
    pub description: Option<String>,
    /// What must hold of a request besides, in Azure's language of conditions. Changed in place; left as it is when
    /// omitted.
    pub condition: Option<String>,
    /// The version of that language. With a condition, the default is the only one there is.
    pub condition_version: Option<ConditionVersion>,
    /// Never remove or replace it.
    #[serde(default)]
    pub protect: bool,
}

/// What a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PrincipalType {
    /// An application, or the managed identity of a resource.
    ServicePrincipal,
    /// A person.
    User,
    /// A group of the directory.
    Group,
    /// A group of another directory.
    ForeignGroup,
    /// A device.
    Device,
}

/// The version of the language of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ConditionVersion {
    /// The only one that Azure takes.
    #[serde(rename = "2.0")]
    Two,
}
