//! An image version to Azure's body.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::diag::Report;
use crate::kinds::declared::Declared;
use crate::kinds::image_version::source::source;
use crate::kinds::image_version::spec::{ImageVersionSpec, ReplicationMode};
use crate::kinds::lowering::{Lowered, Lowering};
use crate::kinds::scope::{Identity, Scope};
use crate::kinds::vocabulary::ReplicaCount;
use crate::model::desired::{Referenced, Until};
use crate::model::pending::{Question, replicas_for};
use crate::model::region;
use crate::model::upload::DiskFile;
use crate::spec::node::Node;

/// What the storage accounts are read with that files are uploaded to.
const STORAGE_API: &str = "2024-01-01";
const SAFETY: &str = "/properties/safetyProfile";
const REGIONS: &str = "/properties/publishingProfile/targetRegions";

pub(super) fn lower(
    entry: &Declared,
    own: &Identity,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Option<Lowered> {
    let spec: &ImageVersionSpec = entry.spec();
    let mut lowering = Lowering::of(entry);
    lowering.put_default("/location", scope.home(entry).location.into());
    // Azure's defaults depend on the api-version, so the storage is always written, for each region too.
    let storage = "/properties/publishingProfile/storageAccountType";
    lowering.put_default(storage, json!("Standard_LRS"));
    let storage = lowering.body.pointer(storage).cloned().unwrap_or(Value::Null);
    lowering.put(SAFETY, entry.value.get("safetyProfile").cloned().unwrap_or_else(|| json!({})));
    if let Some(node) = entry.node.get("safetyProfile") {
        lowering.note_places(node, SAFETY);
    }
    if !spec.target_regions.is_empty() {
        regions(entry, spec, &storage, &mut lowering);
    }
    if let Some((_, definition)) = scope.parent(entry) {
        lowering.need(&definition.address, Until::Settled, entry.place());
    }
    if !source(entry, spec, own, &mut lowering, scope, report) {
        return None;
    }
    let desired = lowering.finish(own, scope);
    let account = |file: &DiskFile| {
        let id = file.blob.account_id.clone();
        let account =
            Referenced { id, api_version: STORAGE_API, place: file.place, location: None, kind: None };
        (file.blob.account.clone(), account)
    };
    let referenced = desired.files.iter().map(account).collect();
    Some(Lowered { desired: Some(desired), referenced, ..Lowered::default() })
}

fn regions(entry: &Declared, spec: &ImageVersionSpec, storage: &Value, lowering: &mut Lowering<'_>) {
    // A shallow version has one replica, whatever boots it.
    let is_shallow = spec.replication_mode == Some(ReplicationMode::Shallow);
    let written = lowering.take(REGIONS).and_then(|list| match list {
        Value::Array(list) => Some(list),
        _ => None,
    });
    let nodes = entry.node.get("targetRegions");
    let elements = nodes.map(Node::elements).unwrap_or_default();
    let mut bodies = Vec::new();
    for ((region, mut body), node) in
        spec.target_regions.iter().zip(written.unwrap_or_default()).zip(elements)
    {
        if region.remove {
            continue;
        }
        let at = format!("{REGIONS}/{}", bodies.len());
        lowering.note_places(node, &at);
        if let Some(body) = body.as_object_mut() {
            body.remove("remove");
            body.entry("storageAccountType").or_insert_with(|| storage.clone());
            // A region's own flag wins over the version's, so that what is not written here must be the version's.
            body.entry("excludeFromLatest")
                .or_insert_with(|| json!(spec.exclude_from_latest.unwrap_or(false)));
            let count = match &region.regional_replica_count {
                None => json!(1),
                Some(ReplicaCount::Fixed(count)) => json!(count),
                Some(ReplicaCount::ForNodes(nodes)) => json!(replicas_for(*nodes).max(1)),
                Some(ReplicaCount::Auto) if is_shallow => json!(1),
                Some(ReplicaCount::Auto) => Value::Null,
            };
            body.insert("regionalReplicaCount".to_owned(), count);
        }
        bodies.push(body);
        if region.regional_replica_count == Some(ReplicaCount::Auto) && !is_shallow {
            let question = Question::Replicas { region: region.name.clone(), needed: Arc::default() };
            lowering.leave_to_planning(&format!("{at}/regionalReplicaCount"), question);
        }
    }
    lowering.put(REGIONS, Value::Array(bodies));
    if let Some(list) = nodes {
        lowering.written_at(REGIONS, list.place);
    }
    if spec.keeps_other_regions() {
        let going = spec.target_regions.iter().filter(|region| region.remove);
        let except = going.map(|region| region::normal(&region.name)).collect();
        lowering.leave_to_planning(REGIONS, Question::OtherRegions { except });
    }
}
