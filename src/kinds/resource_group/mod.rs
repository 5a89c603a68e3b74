//! Resource groups: what everything else of a stack is in.
//! Removing one removes all that is in it, so that only an empty one goes.

mod fields;
pub mod spec;

use crate::diag::{Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::lowering::{Lowered, Lowering};
use crate::kinds::resource_group::spec::ResourceGroupSpec;
use crate::kinds::scope::{Identity, Scope};
use crate::kinds::{EntryType, Kind, Section, waits};
use crate::model::address::Address;
use crate::model::field::FieldRule;
use crate::model::kind::{Planning, Target, Waypoint};
use crate::model::permission::Besides;
use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::{GROUP_TYPE, ResourceId};
use crate::model::snapshot::{Live, Snapshot};

/// The kind.
#[derive(Debug)]
pub struct ResourceGroup;

impl Planning for ResourceGroup {
    fn name(&self) -> &'static str {
        "resource-group"
    }

    fn azure_type(&self) -> &'static str {
        GROUP_TYPE
    }

    fn api_version(&self) -> &'static str {
        "2024-07-01"
    }

    fn fields(&self) -> &'static [FieldRule] {
        fields::FIELDS
    }

    fn content(&self, live: &Live) -> Option<Request> {
        Some(Request {
            method: Method::Get,
            plane: Plane::Arm,
            path: format!("{}/resources", live.id.url_path()),
            api_version: self.api_version(),
            query: Vec::new(),
            body: None,
        })
    }

    fn waypoints(&self, target: Target<'_>, _: &Snapshot) -> Vec<Waypoint> {
        vec![waits::settled(target.id, self.api_version(), waits::MINUTES)]
    }
}

impl Kind for ResourceGroup {
    fn section(&self) -> Section {
        Section::top(
            "resourceGroups",
            "Resource groups that the stack makes; what is in them comes after them.",
        )
    }

    fn entry_type(&self) -> EntryType {
        EntryType::of::<ResourceGroupSpec>()
    }

    fn action_type(&self) -> &'static str {
        "Microsoft.Resources/subscriptions/resourceGroups"
    }

    /// Who removes a group must see all that goes with it.
    fn besides(&self) -> Besides {
        Besides { reads: &["*/read"], ..Besides::default() }
    }

    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic> {
        let spec: &ResourceGroupSpec = entry.spec();
        let subscription = scope.home(entry).subscription;
        let id = ResourceId::of_group(&subscription, &spec.name);
        // Two subscriptions often have a group of one name.
        let elsewhere = !subscription.eq_ignore_ascii_case(&scope.header.subscription);
        let parts = elsewhere.then_some(subscription.as_str()).into_iter().chain([spec.name.as_str()]);
        Ok(Identity { address: Address::new(self.name(), parts), id, referenced: false })
    }

    fn lower(&self, entry: &Declared, own: &Identity, scope: &Scope<'_>, _: &mut Report) -> Option<Lowered> {
        let mut lowering = Lowering::of(entry);
        lowering.put_default("/location", scope.home(entry).location.into());
        Some(Lowered { desired: Some(lowering.finish(own, scope)), ..Lowered::default() })
    }
}
