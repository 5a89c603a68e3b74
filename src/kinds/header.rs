//! The header of a stack: its name, its home, and the Batch accounts that its pools are in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::kinds::pattern;

/// The pinned api-version that Batch accounts are read with.
pub const ACCOUNT_API: &str = "2025-06-01";

/// What stands at the top of a stack's document, beside its lists of resources.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// The stack's name. With the home it makes the mark that poolwright writes on what the stack owns: a stack that is
    /// renamed does not own what it made before.
    #[schemars(regex(pattern = r"^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$"), example = &"render")]
    pub name: String,
    /// The subscription, a GUID. May be overridden on any resource.
    #[schemars(regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"), example = &"11111111-1111-1111-1111-111111111111")]
    pub subscription: String,
    /// The resource group: one that exists, or one of `resourceGroups:`. May be overridden on any resource.
    #[schemars(regex(pattern = r"^[\w.()-]{0,89}[\w()-]$"), example = &"render-images")]
    pub resource_group: String,
    /// The region of what does not write its own.
    #[schemars(example = &"eastus2")]
    pub location: String,
    /// Tags for every resource. Of a resource's tags, only the keys written here and on it are managed.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The Batch accounts of others that pools are in, by an alias that pools name. Those that the stack makes stand in
    /// `batchAccounts`.
    #[serde(default)]
    pub accounts: BTreeMap<String, Account>,
    /// Whether resource providers are registered also in subscriptions that the stack only refers to, where a pool boots an
    /// image of such a one. Where the stack writes something, that is done in any case. Nothing is ever unregistered.
    #[serde(default)]
    pub register_providers: bool,
    /// In which order several pools get what needs zero nodes: a new image, another VM size. Omitted: all at once.
    pub rollout: Option<RolloutOrder>,
    /// Who may use what: roles on galleries and images. Part of the format; this version does not do it yet.
    #[serde(default)]
    pub access: Vec<Access>,
    /// How bad it is to break a rule of the field, by the rule's code: `off`, `note`, `warning` or `error`. `poolwright explain
    /// --list` shows the codes. With `--strict` a warning is an error whoever says so.
    #[serde(default)]
    #[schemars(example = &serde_json::json!({ "pool/unversioned-image": "off" }))]
    pub lint: BTreeMap<String, RuleLevel>,
}

/// In which order several pools get what needs zero nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolloutOrder {
    /// Lists of pools, one after another: an account's alias for all its pools, or `ALIAS/ID`. A wave begins when the nodes
    /// of all pools before it can run tasks; one that fails stops the waves after it. Pools in no wave come last.
    #[serde(default)]
    #[schemars(example = &serde_json::json!([["dev"], ["sea"], ["weu", "eus2"]]))]
    pub waves: Vec<Vec<String>>,
    /// At most so many pools at a time. Omitted: all of a wave. One that fails keeps those back that wait for its place.
    #[schemars(range(min = 1, max = 1000), example = 2)]
    pub max_concurrent_pools: Option<u32>,
}

/// How bad it is to break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// It is not told.
    Off,
    /// It is worth knowing.
    Note,
    /// It is likely a mistake.
    Warning,
    /// Nothing is sent to Azure while it stands.
    Error,
}

/// A Batch account. It is referred to, and not made.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// The account's name.
    #[schemars(regex(pattern = r"^[a-z0-9]{3,24}$"), example = &"prodeus2")]
    pub name: String,
    /// Its resource group, if not the stack's.
    pub resource_group: Option<String>,
    /// Its subscription, if not the stack's.
    pub subscription: Option<String>,
    /// Its region. Written here, it lets rules about regions run without Azure; it is checked against Azure.
    #[schemars(example = &"eastus2")]
    pub location: Option<String>,
}

/// A role for someone on something.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Access {
    /// The role's name or GUID.
    #[schemars(example = &"Reader")]
    pub role: String,
    /// The object id of whom it is for.
    pub principal_id: String,
    /// What that is.
    pub principal_type: Option<PrincipalType>,
    /// What it is on: a gallery or an image by name, or a resource id.
    pub scope: String,
}

/// What a role is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PrincipalType {
    /// A person.
    User,
    /// A group.
    Group,
    /// An application or a managed identity.
    ServicePrincipal,
}

impl Header {
    /// Whether a stack may be called so.
    pub(crate) fn is_name(text: &str) -> bool {
        let schema = Self::json_schema_value();
        let pattern = schema.pointer("/properties/name/pattern").and_then(Value::as_str).unwrap_or_default();
        pattern::matches(pattern, text)
    }

    /// The schema's JSON.
    pub fn json_schema_value() -> Value {
        schemars::schema_for!(Self).to_value()
    }
}
