//! Looks at the blobs that files are uploaded to, where what needs them does not exist yet.
//! Reads, and says apart what whoever signs in may not read.

use std::collections::BTreeSet;

use crate::azure::blob::PageBlob;
use crate::azure::error::AzureError;
use crate::azure::read::Read;
use crate::model::desired::Graph;
use crate::model::snapshot::{FoundBlob, Snapshot};
use crate::model::upload::{BlobName, Found, blob_endpoint};
use crate::observe::concurrently;

/// Looks at every one of them.
pub(super) async fn look(graph: &Graph, read: &Read, snapshot: &mut Snapshot) {
    let made = graph.desired.values().filter(|desired| !desired.wishes.remove);
    let made = made.filter(|desired| snapshot.is_to_be_made(&desired.address));
    let blobs: BTreeSet<&BlobName> = made.flat_map(|desired| &desired.files).map(|file| &file.blob).collect();
    let wanted = blobs.into_iter().filter_map(|blob| {
        let endpoint = blob_endpoint(snapshot.live(&blob.account)?)?.to_owned();
        Some((blob.clone(), endpoint))
    });
    let wanted: Vec<(BlobName, String)> = wanted.collect();
    let found = concurrently(wanted.into_iter().map(|(blob, endpoint)| {
        let read = read.clone();
        async move {
            let found = one(&blob, &endpoint, &read).await;
            let found = found.map_or_else(|error| told(&blob, &error), FoundBlob::Read);
            (blob, found)
        }
    }))
    .await;
    snapshot.blobs.extend(found);
}

async fn one(blob: &BlobName, endpoint: &str, read: &Read) -> Result<Found, AzureError> {
    PageBlob::new(endpoint, &blob.container, &blob.name)?.look(read).await
}

fn told(blob: &BlobName, error: &AzureError) -> FoundBlob {
    let why = error.chain();
    let way_out = match error {
        // It is the account's own address that no token is sent to, and stays so.
        AzureError::Endpoint(_) => Some("name a storage account of the chosen cloud".to_owned()),
        _ => error.code().and_then(|code| blob.way_out(code)),
    };
    match way_out {
        Some(way_out) => FoundBlob::Refused { why, way_out },
        None => FoundBlob::Unreadable(why),
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::azure::endpoints::EndpointError;
    use crate::azure::error::AzureError;
    use crate::model::address::Address;
    use crate::model::resource_id::ResourceId;
    use crate::model::snapshot::FoundBlob;
    use crate::model::upload::BlobName;

    #[test]
    fn an_account_of_another_cloud_is_no_matter_of_trying_again() {
        let blob = BlobName {
            account: Address::new("storage-account", ["renders"]),
            account_id: ResourceId::new("s", "g", "Microsoft.Storage", "storageAccounts", "renders"),
            container: "images".to_owned(),
            name: "a.vhd".to_owned(),
        };
        let host = "renders.blob.core.chinacloudapi.cn".to_owned();
        let cloud = "AzureCloud".to_owned();
        let foreign = EndpointError::ForeignHost { what: "the blob endpoint", host, cloud };
        let FoundBlob::Refused { why, way_out } = told(&blob, &AzureError::from(foreign)) else {
            panic!("it is refused for good");
        };
        assert!(why.contains("chinacloudapi.cn") && way_out.contains("chosen cloud"), "{why}; {way_out}");
    }
}
