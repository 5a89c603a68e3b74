//! VHDs as the source of a version: blobs that are there, and files that become blobs first. Opens no file: whether one is a
//! VHD that Azure takes is looked at elsewhere.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic};
use crate::kinds::image_version::source::{DATA, OS};
use crate::kinds::image_version::spec::VhdSource;
use crate::kinds::lowering::Lowering;
use crate::kinds::scope::{Identity, parse_id};
use crate::model::address::Address;
use crate::model::desired::Until;
use crate::model::pending::Question;
use crate::model::upload::{BlobName, DiskFile};
use crate::spec::node::Node;

/// One disk as it is written, with what it takes from the first.
struct Disk<'s> {
    uri: Option<&'s str>,
    file: Option<&'s str>,
    account: &'s str,
    container: Option<&'s str>,
    name: Option<&'s str>,
    /// What tells its blob from those of the version's other disks.
    suffix: String,
    node: &'s Node,
}

/// Puts the blobs where Azure wants them. Blobs are no resources: what is uploaded is a file of the version.
pub(super) fn blobs(
    vhd: &VhdSource,
    node: &Node,
    own: &Identity,
    lowering: &mut Lowering<'_>,
) -> Result<(), Diagnostic> {
    let VhdSource { uri, file, storage_account_id, container, name, data } = vhd;
    let disk = Disk {
        uri: uri.as_deref(),
        file: file.as_deref(),
        account: storage_account_id,
        container: container.as_deref(),
        name: name.as_deref(),
        suffix: String::new(),
        node,
    };
    // A container that stands there for the other disks has its use.
    let is_shared = container.is_some() && data.iter().any(|disk| disk.file.is_some());
    let source = disk.source(own, &format!("{OS}/uri"), is_shared, lowering)?;
    lowering.put(OS, source);
    lowering.note_places(node, OS);
    let nodes = node.get("data").map(Node::elements).unwrap_or_default();
    let mut bodies: Vec<Value> = Vec::new();
    for (disk, node) in data.iter().zip(nodes) {
        let at = format!("{DATA}/{}/source", bodies.len());
        let source = Disk {
            uri: disk.uri.as_deref(),
            file: disk.file.as_deref(),
            account: disk.storage_account_id.as_deref().unwrap_or(storage_account_id),
            container: disk
                .container
                .as_deref()
                .or_else(|| container.as_deref().filter(|_| disk.uri.is_none())),
            name: disk.name.as_deref(),
            suffix: format!("-lun{}", disk.lun),
            node,
        }
        .source(own, &format!("{at}/uri"), false, lowering)?;
        bodies.push(json!({ "lun": disk.lun, "source": source }));
        lowering.note_places(node, &at);
    }
    if !bodies.is_empty() {
        lowering.put(DATA, Value::Array(bodies));
    }
    Ok(())
}

impl Disk<'_> {
    /// Its `source`; where a file is named, the URL is left to planning, which learns it from the storage account.
    fn source(
        &self,
        own: &Identity,
        pointer: &str,
        is_shared: bool,
        lowering: &mut Lowering<'_>,
    ) -> Result<Value, Diagnostic> {
        let Self { uri, file, account, container, name, suffix, node } = self;
        let at = |key: &str| node.get(key).map_or(node.place, |node| node.place);
        let account_place = at("storageAccountId");
        let account = parse_id(account, &["Microsoft.Storage/storageAccounts"], account_place)?;
        let file = match (uri, file) {
            (Some(uri), None) => {
                let without_use = ["container", "name"]
                    .into_iter()
                    .find(|key| node.get(key).is_some() && !(*key == "container" && is_shared));
                return match without_use {
                    None => Ok(json!({ "uri": uri, "storageAccountId": account.to_string() })),
                    Some(key) => Err(Diagnostic::error(
                        Code::NotAllowed,
                        at(key),
                        format!("`{key}` says where a `file` goes, and here is a `uri`, which says it all"),
                    )
                    .help(format!("take `{key}` out"))),
                };
            }
            (None, Some(file)) => *file,
            (Some(_), Some(_)) => {
                let message =
                    "a disk is either the blob at `uri`, or the `file` that is uploaded, and here are both";
                return Err(Diagnostic::error(Code::NotAllowed, at("uri"), message).help("take one out"));
            }
            (None, None) => {
                let message = "a VHD is missing: the `uri` of a blob, or the `file` that is uploaded";
                return Err(
                    Diagnostic::error(Code::MissingKey, node.place, message).help("write one of them")
                );
            }
        };
        let Some(container) = container else {
            let message = "the `container` is missing that the file is uploaded to";
            return Err(Diagnostic::error(Code::MissingKey, at("file"), message)
                .help("write `container: NAME`, one that the storage account has"));
        };
        let names: Vec<&str> = own.id.names().collect();
        let blob = BlobName {
            account: Address::new("storage-account", [account.name()]),
            account_id: account.clone(),
            container: (*container).to_owned(),
            name: name.map_or_else(|| format!("{}{suffix}.vhd", names.join("/")), str::to_owned),
        };
        lowering.need(&blob.account, Until::SettledToCreate, account_place);
        lowering.leave_to_planning(pointer, Question::BlobUrl(blob.clone()));
        lowering.upload(DiskFile {
            file: file.to_owned(),
            path: PathBuf::from(file),
            place: at("file"),
            blob,
        });
        Ok(json!({ "uri": null, "storageAccountId": account.to_string() }))
    }
}
