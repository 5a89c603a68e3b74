//! Managed images: what image versions are made from.

mod fields;
pub mod spec;

use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::lowering::{Lowered, Lowering};
use crate::kinds::managed_image::spec::ManagedImageSpec;
use crate::kinds::scope::{Identity, Scope, parse_id};
use crate::kinds::{EntryType, Kind, Section, waits};
use crate::model::chain::{Link, Parts};
use crate::model::desired::Until;
use crate::model::field::FieldRule;
use crate::model::kind::{Planning, Target, Waypoint};
use crate::model::permission::Besides;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Snapshot;
use crate::spec::node::Node;

/// The kind.
#[derive(Debug)]
pub struct ManagedImage;

impl Planning for ManagedImage {
    fn name(&self) -> &'static str {
        "managed-image"
    }

    fn azure_type(&self) -> &'static str {
        "Microsoft.Compute/images"
    }

    fn api_version(&self) -> &'static str {
        "2024-07-01"
    }

    fn fields(&self) -> &'static [FieldRule] {
        fields::FIELDS
    }

    fn waypoints(&self, target: Target<'_>, _: &Snapshot) -> Vec<Waypoint> {
        vec![waits::settled(target.id, self.api_version(), waits::MINUTES)]
    }

    fn link(&self) -> Option<Link> {
        Some(Link::Image(image_of))
    }
}

/// One of disk snapshots. The host's cache on the first disk makes nodes start sooner.
fn image_of(parts: &Parts<'_>) -> Value {
    let system =
        |key: &str| parts.definition.pointer(&format!("/properties/{key}")).cloned().unwrap_or_default();
    let snapshot = |id: &ResourceId| json!({ "id": id.to_string() });
    let data = parts.copies.data.iter().map(|(lun, id)| json!({ "lun": lun, "snapshot": snapshot(id) }));
    let os_disk = json!({
        "osType": system("osType"),
        "osState": system("osState"),
        "snapshot": snapshot(&parts.copies.os),
        "caching": "ReadWrite",
    });
    json!({ "properties": {
        "hyperVGeneration": system("hyperVGeneration"),
        "storageProfile": { "osDisk": os_disk, "dataDisks": data.collect::<Vec<_>>() },
    } })
}

impl Kind for ManagedImage {
    fn section(&self) -> Section {
        Section::top("managedImages", "Managed images, from which image versions are made.")
    }

    fn entry_type(&self) -> EntryType {
        EntryType::of::<ManagedImageSpec>()
    }

    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic> {
        let spec: &ManagedImageSpec = entry.spec();
        Ok(scope.top_level(entry, &spec.name))
    }

    fn besides(&self) -> Besides {
        Besides {
            reads: &[
                "Microsoft.Compute/disks/read",
                "Microsoft.Compute/snapshots/read",
                "Microsoft.Compute/virtualMachines/read",
            ],
            ..Besides::default()
        }
    }

    fn lower(
        &self,
        entry: &Declared,
        own: &Identity,
        scope: &Scope<'_>,
        report: &mut Report,
    ) -> Option<Lowered> {
        let mut lowering = Lowering::of(entry);
        lowering.put_default("/location", scope.home(entry).location.into());
        let mut whole = true;
        let os_disk = entry.node.get("osDisk").cloned();
        whole &= disk(os_disk.as_ref(), "/properties/storageProfile/osDisk", &mut lowering, scope, report);
        let data_disks = entry.node.get("dataDisks").map(Node::elements).unwrap_or_default();
        for (index, node) in data_disks.iter().enumerate() {
            let pointer = format!("/properties/storageProfile/dataDisks/{index}");
            whole &= disk(Some(node), &pointer, &mut lowering, scope, report);
        }
        whole.then(|| Lowered { desired: Some(lowering.finish(own, scope)), ..Lowered::default() })
    }
}

/// Puts the source of one disk where Azure wants it; false: it is wrong, and in the report.
fn disk(
    node: Option<&Node>,
    pointer: &str,
    lowering: &mut Lowering<'_>,
    scope: &Scope<'_>,
    report: &mut Report,
) -> bool {
    let Some(node) = node else { return true };
    let (snapshot, managed) = (node.get("snapshot"), node.get("managedDisk"));
    let found = match (snapshot, managed) {
        (Some(source), None) => {
            let types = ["Microsoft.Compute/snapshots"];
            source.text().map(|text| {
                ("snapshot", source.place, scope.name_or_id("disk-snapshot", &types, text, source.place))
            })
        }
        (None, Some(source)) => {
            let types = ["Microsoft.Compute/disks"];
            source.text().map(|text| {
                let id = parse_id(text, &types, source.place).map(|id| (id, None));
                ("managedDisk", source.place, id)
            })
        }
        _ => {
            let place = node.entries().first().map_or(node.place, |entry| entry.key_place);
            report.push(
                Diagnostic::error(
                    Code::MissingKey,
                    place,
                    "a disk is made from exactly one of `snapshot` and `managedDisk`",
                )
                .help("write `snapshot: NAME` of a disk snapshot in this stack, or a resource id"),
            );
            return false;
        }
    };
    match found {
        Some((key, place, Ok((id, own)))) => {
            // The element's own properties were copied as they stand; the source is an object in Azure.
            if let Some(disk) = lowering.body.pointer_mut(pointer).and_then(Value::as_object_mut) {
                disk.insert(key.to_owned(), json!({ "id": id.to_string() }));
            }
            lowering.written_at(&format!("{pointer}/{key}/id"), place);
            if let Some(own) = own {
                lowering.need(&own.address, Until::SettledToCreate, place);
            }
            true
        }
        Some((_, _, Err(diagnostic))) => {
            report.push(diagnostic);
            false
        }
        None => false,
    }
}
