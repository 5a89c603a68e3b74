//! Image versions: what nodes boot, with replicas in every region of the pools.

mod fields;
mod import;
mod lower;
mod source;
pub mod spec;
mod vhd;

use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::image_version::spec::ImageVersionSpec;
use crate::kinds::importing::Importing;
use crate::kinds::lowering::Lowered;
use crate::kinds::scope::{Identity, Scope};
use crate::kinds::waits::{self, HOURS};
use crate::kinds::{EntryType, Inside, Kind, Section};
use crate::model::address::Address;
use crate::model::field::FieldRule;
use crate::model::kind::{Detail, DetailOf, Planning, Refusal, Target, Waypoint};
use crate::model::permission::Besides;
use crate::model::plan::Change;
use crate::model::region;
use crate::model::snapshot::{Live, Snapshot};
use crate::model::step::Milestone;
use crate::model::wait::Condition;

/// Without it Azure does not answer how far each region is.
const REPLICATION: Detail = Detail { name: "$expand", value: "ReplicationStatus", of: DetailOf::Newest };

/// The kind.
#[derive(Debug)]
pub struct ImageVersion;

impl Planning for ImageVersion {
    fn name(&self) -> &'static str {
        "image-version"
    }

    fn azure_type(&self) -> &'static str {
        "Microsoft.Compute/galleries/images/versions"
    }

    fn api_version(&self) -> &'static str {
        waits::GALLERY_API
    }

    fn fields(&self) -> &'static [FieldRule] {
        fields::FIELDS
    }

    fn detail(&self) -> Option<Detail> {
        Some(REPLICATION)
    }

    /// Each region by itself, because a pool waits for its own only; and the whole, which Azure ends last.
    fn waypoints(&self, target: Target<'_>, _: &Snapshot) -> Vec<Waypoint> {
        let read = || REPLICATION.read(target.id, self.api_version());
        let ready = regions(target).into_iter().map(|region| {
            let until = Condition::Replicated { region: region.clone() };
            waits::waypoint(Milestone::Region(region), read(), until, HOURS)
        });
        let settled = waits::settled(target.id, self.api_version(), HOURS);
        ready.chain([settled]).collect()
    }

    /// The model requires `storageProfile` even in a PATCH; empty, it keeps what is there.
    fn complete_patch(&self, _: &Value, patch: &mut Value) {
        if let Some(properties) = patch.get_mut("properties").and_then(Value::as_object_mut) {
            properties.entry("storageProfile").or_insert_with(|| json!({}));
        }
    }

    fn retry_units(&self) -> &'static [&'static str] {
        &["publishingProfile"]
    }

    /// A version may forbid that it loses the replicas of a region.
    fn refusal(&self, change: &Change, live: &Live) -> Option<Refusal> {
        let kept = live.body.pointer("/properties/safetyProfile/allowDeletionOfReplicatedLocations");
        let region = change.property.starts_with("targetRegions[") && change.property.ends_with(']');
        if region && change.after.is_none() && kept == Some(&Value::Bool(false)) {
            return Some(Refusal {
                reason: format!(
                    "`{}` goes, and `safetyProfile.allowDeletionOfReplicatedLocations` is false",
                    change.property
                ),
                ways_out: vec![
                    "write `allowDeletionOfReplicatedLocations: true`, apply, and take the region out then"
                        .to_owned(),
                ],
            });
        }
        Refusal::by_rule(change)
    }

    fn removed_by_absence(&self) -> bool {
        false
    }
}

/// Where a version has replicas: what the body says, else what is live, else where it is made (Azure's default).
fn regions(target: Target<'_>) -> Vec<String> {
    let written = |body: &Value| -> Option<Vec<String>> {
        let list = body.pointer("/properties/publishingProfile/targetRegions")?.as_array()?;
        let names = list.iter().filter_map(|entry| entry.get("name")?.as_str());
        Some(names.map(region::normal).collect())
    };
    let some = |regions: &Vec<String>| !regions.is_empty();
    let live = || target.live.and_then(|live| written(&live.body)).filter(some);
    let made =
        || target.body.get("location").and_then(Value::as_str).map(|location| vec![region::normal(location)]);
    written(target.body).filter(some).or_else(live).or_else(made).unwrap_or_default()
}

impl Kind for ImageVersion {
    fn section(&self) -> Section {
        const INHERITS: &[&str] =
            &["targetRegions", "otherRegions", "storageAccountType", "safetyProfile", "location"];
        Section {
            key: "versions",
            description: "The versions of the image.",
            inside: Some(Inside { section: "images", inherits: INHERITS }),
        }
    }

    fn entry_type(&self) -> EntryType {
        EntryType::of::<ImageVersionSpec>()
    }

    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic> {
        let spec: &ImageVersionSpec = entry.spec();
        let Some((_, image)) = scope.parent(entry) else {
            let message = format!("version {} stands in an image that is wrong itself", spec.version);
            return Err(Diagnostic::error(Code::UnknownReference, entry.place(), message)
                .help("mend the image first"));
        };
        Ok(Identity {
            address: Address::new(self.name(), [image.address.name(), spec.version.as_str()]),
            id: image.id.child("versions", &spec.version),
            referenced: false,
        })
    }

    /// Azure wants these of whoever makes a version from a machine, a disk, a snapshot or a VHD.
    fn besides(&self) -> Besides {
        Besides {
            reads: &[
                "Microsoft.Compute/disks/read",
                "Microsoft.Compute/images/read",
                "Microsoft.Compute/snapshots/read",
                "Microsoft.Compute/virtualMachines/extensions/read",
                "Microsoft.Compute/virtualMachines/read",
            ],
            named: &[
                ("Microsoft.Compute/disks", "Microsoft.Compute/disks/write"),
                ("Microsoft.Compute/snapshots", "Microsoft.Compute/snapshots/write"),
                ("Microsoft.Compute/virtualMachines", "Microsoft.Compute/virtualMachines/write"),
                ("Microsoft.Storage/storageAccounts", "Microsoft.Storage/storageAccounts/listKeys/action"),
            ],
            ..Besides::default()
        }
    }

    fn importing(&self) -> Option<Importing> {
        Some(import::IMPORTING)
    }

    fn lower(
        &self,
        entry: &Declared,
        own: &Identity,
        scope: &Scope<'_>,
        report: &mut Report,
    ) -> Option<Lowered> {
        lower::lower(entry, own, scope, report)
    }
}
