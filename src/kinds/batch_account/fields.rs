//! What is known of a Batch account's properties (Batch management API 2025-06-01).
//! What its PATCH does not take cannot change: `poolAllocationMode` and `keyVaultReference`.

use crate::model::field::FieldRule;

const MOVED: &str =
    "an account cannot be moved: make a new one, with pools of its own, and let the old one go";
const FIXED: &str =
    "it is chosen when an account is made: make a new one, with pools of its own, and let the old one go";

/// A property that stands in Azure's body where it stands in the file.
macro_rules! account {
    ($path:literal) => {
        FieldRule::new($path, concat!("properties.", $path))
    };
}

pub(super) const FIELDS: &[FieldRule] = &[
    FieldRule::new("location", "location").region().never(MOVED),
    FieldRule::new("tags", "tags").merged(),
    FieldRule::new("identity", "identity").default(r#"{"type":"None"}"#),
    FieldRule::new("identity.type", "identity.type").ignore_case(),
    // In the body it is a map with the ids as keys.
    FieldRule::new("identity.userAssignedIdentities", "identity.userAssignedIdentities").id().set(),
    account!("poolAllocationMode").ignore_case().never(FIXED).default("\"BatchService\""),
    account!("keyVaultReference").never(FIXED).leave(),
    account!("keyVaultReference.id").id(),
    account!("keyVaultReference.url").ignore_case(),
    account!("autoStorage").leave(),
    account!("autoStorage.storageAccountId").id(),
    account!("autoStorage.authenticationMode").ignore_case().default("\"StorageKeys\""),
    account!("autoStorage.nodeIdentityReference").leave(),
    account!("autoStorage.nodeIdentityReference.resourceId").id(),
    account!("allowedAuthenticationModes").set().default(r#"["SharedKey","AAD","TaskAuthenticationToken"]"#),
    account!("publicNetworkAccess").ignore_case().default("\"Enabled\""),
    account!("networkProfile").leave(),
    account!("networkProfile.accountAccess").leave(),
    account!("networkProfile.accountAccess.defaultAction").ignore_case(),
    account!("networkProfile.accountAccess.ipRules").keyed("value").reset("[]"),
    account!("networkProfile.accountAccess.ipRules[].action").ignore_case(),
    account!("networkProfile.accountAccess.ipRules[].value"),
    account!("networkProfile.nodeManagementAccess").leave(),
    account!("networkProfile.nodeManagementAccess.defaultAction").ignore_case(),
    account!("networkProfile.nodeManagementAccess.ipRules").keyed("value").reset("[]"),
    account!("networkProfile.nodeManagementAccess.ipRules[].action").ignore_case(),
    account!("networkProfile.nodeManagementAccess.ipRules[].value"),
    account!("encryption").default(r#"{"keySource":"Microsoft.Batch"}"#),
    account!("encryption.keySource").ignore_case(),
    account!("encryption.keyVaultProperties").leave(),
    account!("encryption.keyVaultProperties.keyIdentifier"),
];
