//! File systems that every node mounts.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::identity::IdentityReference;
use crate::kinds::pool::spec::spelling;
use crate::model::secret::Secret;

/// A file system that every node mounts under `AZ_BATCH_NODE_MOUNTS_DIR`: exactly one of the four.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MountConfiguration {
    /// A blob container, by blobfuse.
    pub azure_blob_file_system_configuration: Option<AzureBlobFileSystem>,
    /// An NFS export.
    pub nfs_mount_configuration: Option<NfsMount>,
    /// An SMB share that is not Azure's.
    pub cifs_mount_configuration: Option<CifsMount>,
    /// An Azure file share.
    pub azure_file_share_configuration: Option<AzureFileShare>,
}

/// A blob container. Exactly one of `accountKey`, `sasKey` and `identityReference` opens it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AzureBlobFileSystem {
    /// The storage account.
    #[schemars(length(min = 1), example = &"renderassets")]
    pub account_name: String,
    /// The container.
    #[schemars(length(min = 1), example = &"textures")]
    pub container_name: String,
    /// The folder it is mounted at, under the mounts folder.
    #[schemars(length(min = 1), example = &"textures")]
    pub relative_mount_path: String,
    /// The account's key, as `${env:NAME}` only. Azure never answers it, so a new key is not seen as a change.
    pub account_key: Option<Secret>,
    /// A SAS for the container, as `${env:NAME}` only. Azure never answers it. Mind that it expires.
    pub sas_key: Option<Secret>,
    /// The pool's identity that may read the container; the way without a secret.
    pub identity_reference: Option<IdentityReference>,
    /// More options for blobfuse.
    #[schemars(example = &"-o attr_timeout=240 -o allow_other")]
    pub blobfuse_options: Option<String>,
}

/// An NFS export.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NfsMount {
    /// What to mount.
    #[schemars(length(min = 1), example = &"10.1.0.4:/projects")]
    pub source: String,
    /// The folder it is mounted at, under the mounts folder.
    #[schemars(length(min = 1), example = &"projects")]
    pub relative_mount_path: String,
    /// More options for `mount`.
    #[schemars(example = &"-o vers=4,minorversion=1,sec=sys")]
    pub mount_options: Option<String>,
}

/// An SMB share.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = spelling::user_name()))]
pub struct CifsMount {
    /// The user to sign in as.
    #[schemars(length(min = 1))]
    pub user_name: String,
    /// The user's password, as `${env:NAME}` only. Azure never answers it, so a new password is not seen as a change.
    /// Azure demands it to make the pool or to change it here; for one that is there it may be left out.
    pub password: Option<Secret>,
    /// What to mount.
    #[schemars(length(min = 1), example = &"//files.contoso.net/projects")]
    pub source: String,
    /// The folder it is mounted at, under the mounts folder.
    #[schemars(length(min = 1), example = &"projects")]
    pub relative_mount_path: String,
    /// More options for `mount`, or for `net use` on Windows.
    pub mount_options: Option<String>,
}

/// An Azure file share.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AzureFileShare {
    /// The storage account.
    #[schemars(length(min = 1), example = &"renderassets")]
    pub account_name: String,
    /// The URL of the share.
    #[schemars(length(min = 1), example = &"https://renderassets.file.core.windows.net/projects")]
    pub azure_file_url: String,
    /// The account's key, as `${env:NAME}` only. Azure never answers it, so a new key is not seen as a change.
    /// Azure demands it to make the pool or to change it here; for one that is there it may be left out.
    pub account_key: Option<Secret>,
    /// The folder it is mounted at, under the mounts folder.
    #[schemars(length(min = 1), example = &"projects")]
    pub relative_mount_path: String,
    /// More options for `mount`, or for `net use` on Windows.
    #[schemars(example = &"-o vers=3.0,dir_mode=0777,file_mode=0777,sec=ntlmssp")]
    pub mount_options: Option<String>,
}
