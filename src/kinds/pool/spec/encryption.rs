//! Encryption of a node's disks from inside the node.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::identity::IdentityReference;

/// Encrypts the disks of each node while it is set up.
///
/// Not for Linux pools from a gallery image: Azure refuses it there. Omitted: no such encryption; what is there is
/// taken away. A change is taken only with zero nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskEncryptionConfiguration {
    /// The disks: on Windows `OsDisk` and `TemporaryDisk` together, on Linux `TemporaryDisk` alone.
    #[serde(default)]
    pub targets: Vec<DiskEncryptionTarget>,
    /// The customer's key for the operating system disk. Omitted: a key of the platform.
    pub customer_managed_key: Option<DiskCustomerManagedKey>,
}

/// A disk to encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DiskEncryptionTarget {
    /// The operating system disk.
    OsDisk,
    /// The temporary disk.
    TemporaryDisk,
}

/// A customer's key in a key vault.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskCustomerManagedKey {
    /// The URL of the key with its version, even where newer versions are followed.
    #[schemars(example = &"https://render.vault.azure.net/keys/disks/0123456789abcdef0123456789abcdef")]
    pub key_url: Option<String>,
    /// Whether new versions of the key are followed. Omitted: false.
    pub rotation_to_latest_key_version_enabled: Option<bool>,
    /// The pool's identity that may read the key.
    pub identity_reference: Option<IdentityReference>,
}
