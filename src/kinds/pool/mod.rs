//! Batch pools: the nodes that boot an image version.

mod emptying;
mod fields;
pub(crate) mod image;
mod import;
pub(crate) mod lower;
pub mod spec;
mod twins;
mod waypoints;

use serde_json::Value;

use crate::diag::{Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::importing::Importing;
use crate::kinds::lowering::Lowered;
use crate::kinds::pool::spec::PoolSpec;
use crate::kinds::scope::{Identity, Scope};
use crate::kinds::{EntryType, Kind, Section};
use crate::model::address::Address;
use crate::model::field::FieldRule;
use crate::model::kind::{Companion, MarkHome, Planning, Target, Waypoint};
use crate::model::permission::Besides;
use crate::model::request::Plane;
use crate::model::resource_id::ResourceId;
use crate::model::rollout::{Emptying, Twins};
use crate::model::snapshot::{Live, Snapshot};

/// Batch management, and the data plane.
const API_VERSION: &str = "2025-06-01";

/// The kind.
#[derive(Debug)]
pub struct Pool;

impl Planning for Pool {
    fn name(&self) -> &'static str {
        "pool"
    }

    fn azure_type(&self) -> &'static str {
        "Microsoft.Batch/batchAccounts/pools"
    }

    fn api_version(&self) -> &'static str {
        API_VERSION
    }

    fn fields(&self) -> &'static [FieldRule] {
        fields::FIELDS
    }

    /// Metadata can be set while nodes run.
    fn mark_home(&self) -> MarkHome {
        MarkHome::Metadata
    }

    fn has_etag(&self) -> bool {
        true
    }

    /// The node counts of the account's pools: the management plane does not tell whether nodes can run tasks.
    fn companion(&self, parent: &Live) -> Option<Companion> {
        let endpoint = parent.body.pointer("/properties/accountEndpoint")?.as_str()?;
        let request = waypoints::list_node_counts(Plane::Batch { endpoint: endpoint.to_owned() });
        Some(Companion { request, key: "poolId", what: "the node counts" })
    }

    fn waypoints(&self, target: Target<'_>, snapshot: &Snapshot) -> Vec<Waypoint> {
        waypoints::waypoints(target, snapshot)
    }

    /// Azure replaces the deployment configuration whole, and demands image and agent in it.
    fn complete_patch(&self, live: &Value, patch: &mut Value) {
        let at = "/properties/deploymentConfiguration/virtualMachineConfiguration";
        let Some(configuration) = patch.pointer_mut(at).and_then(Value::as_object_mut) else { return };
        for name in ["imageReference", "nodeAgentSkuId"] {
            if let Some(value) = live.pointer(&format!("{at}/{name}")) {
                configuration.entry(name).or_insert_with(|| value.clone());
            }
        }
    }

    fn retry_units(&self) -> &'static [&'static str] {
        &["scaleSettings"]
    }

    /// From Microsoft's page on updating pools: these at any time, and all else only while the pool is steady.
    fn taken_while_busy(&self, unit: &str) -> bool {
        ["applicationPackages", "metadata", "startTask", "tags"].contains(&unit)
    }

    fn at_rest(&self, live: &Live) -> bool {
        let state = live.body.pointer("/properties/allocationState").and_then(Value::as_str);
        state.is_none_or(|state| state.eq_ignore_ascii_case("Steady"))
    }

    fn emptying(&self) -> Option<&'static dyn Emptying> {
        Some(&Self)
    }

    fn twins(&self) -> Option<&'static dyn Twins> {
        Some(&Self)
    }

    /// Its image, and the one that it may go back to.
    fn uses(&self, live: &Live) -> Vec<ResourceId> {
        let former = self.memory(live).image;
        let images = self.image(&live.body).into_iter().chain(former.as_deref());
        images.filter_map(|id| ResourceId::parse(id).ok()).collect()
    }

    fn boots_images(&self) -> bool {
        true
    }
}

impl Kind for Pool {
    fn section(&self) -> Section {
        Section::top("pools", "Batch pools.")
    }

    fn entry_type(&self) -> EntryType {
        EntryType::of::<PoolSpec>()
    }

    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic> {
        let spec: &PoolSpec = entry.spec();
        let account = scope.account(&spec.account, entry.place_of("account"))?;
        Ok(Identity {
            address: Address::new(self.name(), [spec.account.as_str(), spec.id.as_str()]),
            id: account.id.child("pools", &spec.id),
            referenced: false,
        })
    }

    /// Batch reads the image in the name of whoever makes the pool; nodes and jobs are of the data plane.
    fn besides(&self) -> Besides {
        Besides {
            reads: &[
                "Microsoft.Batch/batchAccounts/read",
                "Microsoft.Compute/galleries/images/read",
                "Microsoft.Compute/galleries/images/versions/read",
                "Microsoft.Compute/galleries/read",
            ],
            writes: &[
                "Microsoft.Batch/batchAccounts/poolOperationResults/read",
                "Microsoft.Batch/batchAccounts/pools/stopResize/action",
                "Microsoft.Compute/disks/beginGetAccess/action",
            ],
            named_reads: &[(
                "Microsoft.ManagedIdentity/userAssignedIdentities",
                "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            )],
            named: &[
                (
                    "Microsoft.ManagedIdentity/userAssignedIdentities",
                    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
                ),
                (
                    "Microsoft.Network/virtualNetworks/subnets",
                    "Microsoft.Network/virtualNetworks/subnets/join/action",
                ),
            ],
            data_reads: &[
                "Microsoft.Batch/batchAccounts/jobSchedules/read",
                "Microsoft.Batch/batchAccounts/jobs/read",
            ],
            data_writes: &[
                "Microsoft.Batch/batchAccounts/jobSchedules/write",
                "Microsoft.Batch/batchAccounts/jobs/write",
            ],
            having: &[],
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

fn count(live: &Live, name: &str) -> u64 {
    live.body.pointer(&format!("/properties/{name}")).and_then(Value::as_u64).unwrap_or(0)
}
