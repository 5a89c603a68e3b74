//! Disk snapshots: frozen copies of disks, from which images are made.

mod fields;
pub mod spec;

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::disk_snapshot::spec::DiskSnapshotSpec;
use crate::kinds::lowering::{Lowered, Lowering};
use crate::kinds::scope::{Identity, Scope, parse_id};
use crate::kinds::{EntryType, Kind, Section, waits};
use crate::model::chain::Link;
use crate::model::desired::Until;
use crate::model::field::FieldRule;
use crate::model::kind::{Planning, Target, Waypoint};
use crate::model::permission::Besides;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Snapshot;

/// Where one is kept where nothing else is written: Azure's own default, spelled out.
const SKU: &str = "Standard_LRS";

/// The kind.
#[derive(Debug)]
pub struct DiskSnapshot;

impl Planning for DiskSnapshot {
    fn name(&self) -> &'static str {
        "disk-snapshot"
    }

    fn azure_type(&self) -> &'static str {
        "Microsoft.Compute/snapshots"
    }

    fn api_version(&self) -> &'static str {
        "2024-03-02"
    }

    fn fields(&self) -> &'static [FieldRule] {
        fields::FIELDS
    }

    fn waypoints(&self, target: Target<'_>, _: &Snapshot) -> Vec<Waypoint> {
        vec![waits::settled(target.id, self.api_version(), waits::MINUTES)]
    }

    fn link(&self) -> Option<Link> {
        Some(Link::Copy(
            |disk| json!({ "sku": { "name": SKU }, "properties": { "creationData": copy_of(disk) } }),
        ))
    }
}

impl Kind for DiskSnapshot {
    fn section(&self) -> Section {
        Section::top("snapshots", "Disk snapshots, from which images are made.")
    }

    fn entry_type(&self) -> EntryType {
        EntryType::of::<DiskSnapshotSpec>()
    }

    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic> {
        let spec: &DiskSnapshotSpec = entry.spec();
        Ok(scope.top_level(entry, &spec.name))
    }

    /// Azure copies what whoever asks may read.
    fn besides(&self) -> Besides {
        Besides {
            reads: &["Microsoft.Compute/disks/read"],
            named: &[
                ("Microsoft.Compute/disks", "Microsoft.Compute/disks/beginGetAccess/action"),
                ("Microsoft.Compute/snapshots", "Microsoft.Compute/snapshots/beginGetAccess/action"),
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
        let spec: &DiskSnapshotSpec = entry.spec();
        let types = ["Microsoft.Compute/disks", "Microsoft.Compute/snapshots"];
        let source = match parse_id(&spec.source, &types, entry.place_of("source")) {
            Ok(id) => id,
            Err(diagnostic) => {
                report.push(diagnostic);
                return None;
            }
        };
        let mut lowering = Lowering::of(entry);
        lowering.put_default("/location", scope.home(entry).location.into());
        lowering.put_default("/sku/name", json!(SKU));
        lowering.put("/properties/creationData", copy_of(&source));
        if let Some(other) = scope.by_id(&source) {
            lowering.need(&other.address, Until::SettledToCreate, entry.place_of("source"));
        }
        Some(Lowered { desired: Some(lowering.finish(own, scope)), ..Lowered::default() })
    }
}

/// What makes one a copy of a disk, or of another.
fn copy_of(source: &ResourceId) -> Value {
    json!({ "createOption": "Copy", "sourceResourceId": source.to_string() })
}
