//! An image version to Azure's body.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic, Place, Report};
use crate::kinds::declared::{Declared, not_yet};
use crate::kinds::image_version::spec::{ImageVersionSpec, ReplicationMode};
use crate::kinds::lowering::{Lowered, Lowering};
use crate::kinds::scope::{Identity, Scope, parse_id};
use crate::kinds::vocabulary::ReplicaCount;
use crate::model::desired::Until;
use crate::model::pending::{Question, replicas_for};
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::spec::node::Node;

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
    let whole = source(entry, spec, &mut lowering, scope, report);
    whole.then(|| Lowered { desired: Some(lowering.finish(own, scope)), ..Lowered::default() })
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

/// Puts the source where Azure wants it; false: it is wrong, and in the report.
fn source(
    entry: &Declared,
    spec: &ImageVersionSpec,
    lowering: &mut Lowering<'_>,
    scope: &Scope<'_>,
    report: &mut Report,
) -> bool {
    let node = entry.node.get("source");
    let (Some(source), Some(node)) = (&spec.source, node) else {
        if spec.remove {
            return true;
        }
        report.push(
            Diagnostic::error(Code::MissingKey, entry.place(), format!("version {} does not say its `source`", spec.version))
                .help("write what it is made from: `source: { managedImage: NAME }`, or `snapshots`, or `imageVersion`"),
        );
        return false;
    };
    let place = |key: &str| node.get(key).map_or(node.place, |node| node.place);
    let key_place = |key: &str| node.entry(key).map_or(node.place, |entry| entry.key_place);
    if source.virtual_machine.is_some() {
        report.push(not_yet(
            key_place("virtualMachine"),
            "`virtualMachine` as a source",
            "make a managed image of it, and write `managedImage:`",
        ));
        return false;
    }
    if source.vhd.is_some() {
        report.push(not_yet(
            key_place("vhd"),
            "`vhd` as a source",
            "make a managed image or a disk of it, and write that",
        ));
        return false;
    }
    let found = if let Some(text) = &source.managed_image {
        let at = place("managedImage");
        scope
            .name_or_id("managed-image", &["Microsoft.Compute/images"], text, at)
            .map(|found| vec![("/properties/storageProfile/source".to_owned(), found, at)])
    } else if let Some(text) = &source.image_version {
        let at = place("imageVersion");
        let types = ["Microsoft.Compute/galleries/images/versions"];
        parse_id(text, &types, at).map(|id| {
            let own = scope.by_id(&id);
            vec![("/properties/storageProfile/source".to_owned(), (id, own), at)]
        })
    } else if let Some(snapshots) = &source.snapshots {
        let nodes = node.get("snapshots");
        let data = nodes.and_then(|node| node.get("data")).map(Node::elements).unwrap_or_default();
        let os_place = nodes.and_then(|node| node.get("os")).map_or(node.place, |node| node.place);
        let luns: Vec<Value> = snapshots.data.iter().map(|disk| json!({ "lun": disk.lun })).collect();
        if !luns.is_empty() {
            lowering.put("/properties/storageProfile/dataDiskImages", Value::Array(luns));
        }
        let os = ("/properties/storageProfile/osDiskImage/source".to_owned(), &snapshots.os, os_place);
        let disks = snapshots.data.iter().zip(data).enumerate().map(|(index, (disk, node))| {
            let at = node.get("snapshot").map_or(node.place, |node| node.place);
            (format!("/properties/storageProfile/dataDiskImages/{index}/source"), &disk.snapshot, at)
        });
        std::iter::once(os)
            .chain(disks)
            .map(|(pointer, text, at)| {
                let types = ["Microsoft.Compute/snapshots", "Microsoft.Compute/disks"];
                scope.name_or_id("disk-snapshot", &types, text, at).map(|found| (pointer, found, at))
            })
            .collect()
    } else {
        return false;
    };
    match found {
        Ok(sources) => {
            for (pointer, (id, own), at) in sources {
                place_source(lowering, &pointer, &id, own, at);
            }
            true
        }
        Err(diagnostic) => {
            report.push(diagnostic);
            false
        }
    }
}

fn place_source(
    lowering: &mut Lowering<'_>,
    pointer: &str,
    id: &ResourceId,
    own: Option<&Identity>,
    place: Place,
) {
    let value = json!({ "id": id.to_string() });
    match pointer.rsplit_once('/').and_then(|(parent, key)| Some((lowering.body.pointer_mut(parent)?, key))) {
        Some((Value::Object(parent), key)) => {
            parent.insert(key.to_owned(), value);
        }
        _ => lowering.put(pointer, value),
    }
    lowering.written_at(&format!("{pointer}/id"), place);
    if let Some(own) = own {
        lowering.need(&own.address, Until::SettledToCreate, place);
    }
}
