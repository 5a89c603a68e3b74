//! Secure start of the nodes.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

/// Secure start of the nodes. Everything here changes only with zero nodes.
///
/// Omitted: left as it is; a new pool has what Azure gives.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecurityProfile {
    /// The sort of VM. Needs a generation 2 image whose definition allows it and a VM size that can. Omitted: left
    /// as it is.
    pub security_type: Option<SecurityType>,
    /// Whether the host encrypts all disks, the temporary one included. Omitted: false.
    pub encryption_at_host: Option<bool>,
    /// Secure boot and virtual TPM; only together with `securityType`. Omitted: left as it is.
    pub uefi_settings: Option<UefiSettings>,
    /// Protects the endpoints for metadata (IMDS) and the host agent (`WireServer`). Omitted: left as it is.
    pub proxy_agent_settings: Option<ProxyAgentSettings>,
}

/// The sort of VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum SecurityType {
    /// A verified boot chain.
    #[serde(rename = "trustedLaunch")]
    TrustedLaunch,
    /// Memory encrypted by the processor; disks need `managedDisk.securityProfile`.
    #[serde(rename = "confidentialVM")]
    ConfidentialVm,
}

/// Secure boot and virtual TPM.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UefiSettings {
    /// Whether only signed boot code runs. Omitted: left as it is.
    pub secure_boot_enabled: Option<bool>,
    /// Whether the VM has a virtual TPM. Omitted: left as it is.
    pub v_tpm_enabled: Option<bool>,
}

/// Azure's metadata security protocol.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProxyAgentSettings {
    /// Whether it is on. Omitted: false.
    pub enabled: Option<bool>,
    /// How the metadata endpoint is protected. Omitted: left as it is.
    pub imds: Option<HostEndpointSettings>,
    /// How the host agent's endpoint is protected. Omitted: left as it is.
    pub wire_server: Option<HostEndpointSettings>,
}

/// How an endpoint of the host is protected.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostEndpointSettings {
    /// Whether requests that are not allowed are only recorded, or refused. Omitted: left as it is.
    pub mode: Option<HostEndpointMode>,
    /// The resource id of the version of an access control profile in a gallery. Omitted: left as it is.
    #[serde(rename = "inVMAccessControlProfileReferenceId")]
    pub in_vm_access_control_profile_reference_id: Option<String>,
}

/// What happens to requests that are not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum HostEndpointMode {
    /// They pass and are recorded.
    Audit,
    /// They are refused.
    Enforce,
}
