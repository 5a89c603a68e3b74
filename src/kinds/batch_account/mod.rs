//! Batch accounts that the stack makes; those that it only refers to stand in the header.
//! Removing one removes the pools and the jobs in it, so that only an empty one goes.

mod fields;
pub mod spec;

use serde_json::{Map, Value, json};

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::batch_account::spec::{BatchAccountSpec, PoolAllocationMode};
use crate::kinds::declared::Declared;
use crate::kinds::header::ACCOUNT_API;
use crate::kinds::lowering::{Lowered, Lowering};
use crate::kinds::scope::{Identity, Scope};
use crate::kinds::{EntryType, Kind, Section, waits};
use crate::model::address::Address;
use crate::model::field::FieldRule;
use crate::model::kind::{Planning, Target, Waypoint};
use crate::model::permission::Besides;
use crate::model::request::{Method, Plane, Request};
use crate::model::snapshot::{Live, Snapshot};

/// The kind.
#[derive(Debug)]
pub struct BatchAccount;

impl Planning for BatchAccount {
    fn name(&self) -> &'static str {
        "batch-account"
    }

    fn azure_type(&self) -> &'static str {
        "Microsoft.Batch/batchAccounts"
    }

    fn api_version(&self) -> &'static str {
        ACCOUNT_API
    }

    fn fields(&self) -> &'static [FieldRule] {
        fields::FIELDS
    }

    /// Its jobs: its pools are known by their own kind.
    fn content(&self, live: &Live) -> Option<Request> {
        let endpoint = live.body.pointer("/properties/accountEndpoint")?.as_str()?;
        let jobs = Request {
            method: Method::Get,
            plane: Plane::Batch { endpoint: endpoint.to_owned() },
            path: "/jobs".to_owned(),
            api_version: ACCOUNT_API,
            query: Vec::new(),
            body: None,
        };
        Some(jobs.with_query("$select", "id"))
    }

    fn waypoints(&self, target: Target<'_>, _: &Snapshot) -> Vec<Waypoint> {
        vec![waits::settled(target.id, self.api_version(), waits::MINUTES)]
    }
}

impl Kind for BatchAccount {
    fn section(&self) -> Section {
        Section::top(
            "batchAccounts",
            "Batch accounts that the stack makes; those of others stand in `accounts`.",
        )
    }

    fn entry_type(&self) -> EntryType {
        EntryType::of::<BatchAccountSpec>()
    }

    /// Jobs are of the data plane, and how a deletion goes on is told at the region.
    fn besides(&self) -> Besides {
        Besides {
            writes: &["Microsoft.Batch/locations/accountOperationResults/read"],
            named_reads: &[(
                "Microsoft.ManagedIdentity/userAssignedIdentities",
                "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            )],
            named: &[(
                "Microsoft.ManagedIdentity/userAssignedIdentities",
                "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
            )],
            data_reads: &["Microsoft.Batch/batchAccounts/jobs/read"],
            ..Besides::default()
        }
    }

    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic> {
        let spec: &BatchAccountSpec = entry.spec();
        let alias = spec.called();
        let address = Address::new(self.name(), [alias]);
        if scope.accounts().any(|account| account.address == address) {
            let message = format!("there are two accounts `{alias}`");
            return Err(Diagnostic::error(Code::DuplicateResource, entry.place(), message).help(
                "an account that the stack makes stands under `batchAccounts:` alone; give each its own `as`",
            ));
        }
        Ok(Identity { address, ..scope.top_level(entry, &spec.name) })
    }

    fn lower(
        &self,
        entry: &Declared,
        own: &Identity,
        scope: &Scope<'_>,
        report: &mut Report,
    ) -> Option<Lowered> {
        let spec: &BatchAccountSpec = entry.spec();
        if spec.pool_allocation_mode == Some(PoolAllocationMode::UserSubscription)
            && spec.key_vault_reference.is_none()
        {
            let place = entry.place_of("poolAllocationMode");
            report.push(
                Diagnostic::error(
                    Code::MissingKey,
                    place,
                    "an account of `UserSubscription` needs a `keyVaultReference`",
                )
                .help("write `keyVaultReference: { id: …, url: … }` of a key vault in the account's region"),
            );
            return None;
        }
        let mut lowering = Lowering::of(entry);
        lowering.put_default("/location", scope.home(entry).location.into());
        if let Some(identity) = &spec.identity {
            lowering.take("/identity");
            lowering.put("/identity", json!({ "type": identity.kind }));
            if !identity.user_assigned_identities.is_empty() {
                let ids: Map<String, Value> =
                    identity.user_assigned_identities.iter().map(|id| (id.clone(), json!({}))).collect();
                lowering.put("/identity/userAssignedIdentities", Value::Object(ids));
            }
        }
        lowering.put_default("/properties", json!({}));
        Some(Lowered { desired: Some(lowering.finish(own, scope)), ..Lowered::default() })
    }
}
