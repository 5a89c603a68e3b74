//! Application packages and metadata.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::spelling;

/// An application package of the Batch account that every node gets.
///
/// A change is taken with nodes running, but a node that is already there has it only after a reboot or reimage.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = spelling::application_package()))]
pub struct ApplicationPackage {
    /// The resource id of the application, unique in the list: `…/batchAccounts/ACCOUNT/applications/NAME`.
    #[schemars(
        length(min = 1),
        example = &"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/batch/providers/Microsoft.Batch/batchAccounts/prodeus2/applications/blender"
    )]
    pub id: String,
    /// Its version. Omitted: the application's default version; without one, Azure refuses the pool.
    #[schemars(example = &"4.2")]
    pub version: Option<String>,
}

/// A name and a value that Batch keeps and does not interpret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetadataItem {
    /// Its name, unique in the list.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Its value.
    pub value: String,
}
