//! What a user writes for a Batch account.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Batch account that the stack makes and keeps. It goes when no job and no pool of others is in it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchAccountSpec {
    /// The account's name, which a region has once. It cannot change.
    #[schemars(regex(pattern = r"^[a-z0-9]{3,24}$"), example = &"prodeus2")]
    pub name: String,
    /// The alias by which pools name it, if not its name.
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$"), example = &"eus2")]
    #[serde(rename = "as")]
    pub alias: Option<String>,
    /// The subscription it is in, if not the stack's. An account cannot be moved.
    pub subscription: Option<String>,
    /// The resource group it is in, if not the stack's. An account cannot be moved.
    pub resource_group: Option<String>,
    /// The region of the account and of its pools, if not the stack's. It cannot change.
    pub location: Option<String>,
    /// In whose subscription the nodes are: Batch's own, or the account's. It cannot change.
    ///
    /// `UserSubscription` needs a `keyVaultReference`, and that the service principal "Microsoft Azure Batch" has the role
    /// Azure Batch Service Orchestration Role on the subscription. Omitted: `BatchService`.
    pub pool_allocation_mode: Option<PoolAllocationMode>,
    /// The key vault that Batch keeps secrets in, for `UserSubscription`. It cannot change.
    pub key_vault_reference: Option<KeyVaultReference>,
    /// The storage account that Batch uses for application packages and files. Changed in place; left as it is when omitted.
    pub auto_storage: Option<AutoStorage>,
    /// How callers may sign in at the account's endpoint. Pools with a custom image need `AAD`. Changed in place. Omitted:
    /// in every way, Azure's default.
    #[schemars(example = [AuthenticationMode::Aad])]
    pub allowed_authentication_modes: Option<Vec<AuthenticationMode>>,
    /// The managed identity of the account. Changed in place. Omitted: it has none.
    pub identity: Option<AccountIdentity>,
    /// Whether the account is reached from public networks. Changed in place. Omitted: `Enabled`.
    pub public_network_access: Option<PublicNetworkAccess>,
    /// From where the account's endpoints are reached. Changed in place; left as it is when omitted.
    pub network_profile: Option<NetworkProfile>,
    /// With whose key the account's data is encrypted. Changed in place. Omitted: with one of Batch's.
    pub encryption: Option<Encryption>,
    /// Tags beside the stack's. Only the keys written here are managed.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Take over an account of this name that exists and bears no mark of this stack.
    #[serde(default)]
    pub adopt: bool,
    /// Never remove it.
    #[serde(default)]
    pub protect: bool,
}

impl BatchAccountSpec {
    /// What the stack calls it.
    pub fn called(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// In whose subscription the nodes of an account's pools are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PoolAllocationMode {
    /// One of Batch's own.
    BatchService,
    /// The account's.
    UserSubscription,
}

/// A key vault.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyVaultReference {
    /// Its resource id.
    #[schemars(example = &"/subscriptions/…/resourceGroups/render/providers/Microsoft.KeyVault/vaults/render")]
    pub id: String,
    /// Its URL.
    #[schemars(example = &"https://render.vault.azure.net/")]
    pub url: String,
}

/// The storage account of a Batch account.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoStorage {
    /// Its resource id.
    #[schemars(example = &"/subscriptions/…/resourceGroups/render/providers/Microsoft.Storage/storageAccounts/render")]
    pub storage_account_id: String,
    /// How Batch signs in there. Omitted: `StorageKeys`.
    pub authentication_mode: Option<AutoStorageAuthenticationMode>,
    /// The identity with which nodes sign in there. The pools must have it.
    pub node_identity_reference: Option<NodeIdentityReference>,
}

/// How Batch signs in at its storage account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum AutoStorageAuthenticationMode {
    /// With the keys of the storage account.
    StorageKeys,
    /// With the managed identity of the Batch account.
    BatchAccountManagedIdentity,
}

/// A user-assigned managed identity.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeIdentityReference {
    /// Its resource id.
    pub resource_id: String,
}

/// How a caller may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AuthenticationMode {
    /// With the account's key.
    SharedKey,
    /// With Entra ID.
    #[serde(rename = "AAD")]
    Aad,
    /// With the token that a task gets.
    TaskAuthenticationToken,
}

/// The managed identity of an account.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountIdentity {
    /// Of which type it is.
    #[serde(rename = "type")]
    pub kind: IdentityType,
    /// For `UserAssigned`: the resource ids of the identities, in any order.
    #[serde(default)]
    pub user_assigned_identities: Vec<String>,
}

/// The types of managed identity that an account may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IdentityType {
    /// One that Azure makes with the account.
    SystemAssigned,
    /// Those that are named.
    UserAssigned,
    /// None.
    None,
}

/// Whether something is reached from public networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PublicNetworkAccess {
    /// It is.
    Enabled,
    /// Only through private endpoints.
    Disabled,
    /// As a network security perimeter says.
    SecuredByPerimeter,
}

/// From where an account's endpoints are reached.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkProfile {
    /// The endpoint that callers use.
    pub account_access: Option<EndpointAccess>,
    /// The endpoint that nodes use.
    pub node_management_access: Option<EndpointAccess>,
}

/// From where an endpoint is reached.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointAccess {
    /// What becomes of a caller that no rule names.
    pub default_action: DefaultAction,
    /// The addresses that are let in.
    #[serde(default)]
    pub ip_rules: Vec<IpRule>,
}

/// What becomes of a caller that no rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DefaultAction {
    /// It is let in.
    Allow,
    /// It is not.
    Deny,
}

/// A rule about addresses.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IpRule {
    /// What becomes of callers from there.
    pub action: IpRuleAction,
    /// An IPv4 address, or a range of them in CIDR form.
    #[schemars(example = &"203.0.113.0/24")]
    pub value: String,
}

/// What becomes of callers from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum IpRuleAction {
    /// They are let in.
    Allow,
}

/// With whose key an account's data is encrypted.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Encryption {
    /// Whose key it is.
    pub key_source: KeySource,
    /// The key, where it is one of a key vault.
    pub key_vault_properties: Option<KeyVaultProperties>,
}

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum KeySource {
    /// One of Batch's.
    #[serde(rename = "Microsoft.Batch")]
    Batch,
    /// One of a key vault of yours. The account needs an identity that may use it.
    #[serde(rename = "Microsoft.KeyVault")]
    KeyVault,
}

/// A key of a key vault.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyVaultProperties {
    /// Its identifier, with its version or without.
    #[schemars(example = &"https://render.vault.azure.net/keys/batch")]
    pub key_identifier: String,
}
