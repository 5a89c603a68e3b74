//! Files that are downloaded to a node.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::identity::IdentityReference;

/// A file, or all files of a container. Exactly one of `autoStorageContainerName`, `storageContainerUrl` and
/// `httpUrl` says where from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceFile {
    /// A container of the storage account that is linked to the Batch account.
    #[schemars(length(min = 1))]
    pub auto_storage_container_name: Option<String>,
    /// The URL of a blob container that the nodes can list and read: by `identityReference`, a SAS or public access.
    /// Azure answers the URL with its SAS to every reader of the pool; write one as `${env:NAME}`, or better use an
    /// identity.
    #[schemars(extend("x-may-hold-secret" = true), example = &"https://renderassets.blob.core.windows.net/tools")]
    pub storage_container_url: Option<String>,
    /// The URL of one file that the nodes can read; `filePath` is then required. For a SAS see
    /// `storageContainerUrl`.
    #[schemars(extend("x-may-hold-secret" = true), example = &"https://renderassets.blob.core.windows.net/tools/setup.sh")]
    pub http_url: Option<String>,
    /// Only blobs whose names begin so, with one of the container properties. Omitted: all.
    pub blob_prefix: Option<String>,
    /// Where it goes, relative to the task's working directory: the file's path with `httpUrl`, else a folder.
    pub file_path: Option<String>,
    /// The file's mode in octal, on Linux only; Windows ignores it. Omitted: 0770. Written as text: `"0644"` and
    /// `0644` are the same.
    #[schemars(regex(pattern = r"^[0-7]{3,4}$"), example = &"0755")]
    pub file_mode: Option<String>,
    /// The pool's identity that reads the file. Omitted: what the URL itself allows.
    pub identity_reference: Option<IdentityReference>,
}
