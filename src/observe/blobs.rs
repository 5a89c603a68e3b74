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
    match error.code().and_then(|code| blob.way_out(code)) {
        Some(way_out) => FoundBlob::Refused { why, way_out },
        None => FoundBlob::Unreadable(why),
    }
}
