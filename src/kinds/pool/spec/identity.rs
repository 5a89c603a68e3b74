//! The managed identities of a pool, and references to one of them.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::spelling;

/// The user-assigned managed identities that the pool's nodes have. A pool has no system-assigned identity.
///
/// Omitted: left as they are. Azure takes a change with nodes running, but only nodes made after the pool was at
/// zero have it; so a change is planned like one that needs zero nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = spelling::identity()))]
pub struct PoolIdentity {
    /// Resource ids of the identities, in any order.
    #[schemars(
        length(min = 1),
        example = ["/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/render/providers/Microsoft.ManagedIdentity/userAssignedIdentities/render-nodes"]
    )]
    pub user_assigned_identities: Vec<String>,
}

/// One of the pool's identities.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityReference {
    /// The resource id of a user-assigned identity that `identity` of the pool lists.
    pub resource_id: Option<String>,
}
