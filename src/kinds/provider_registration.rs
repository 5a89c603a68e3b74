//! Registrations of resource providers: what Batch must have in the subscription of an image before a pool can boot it.
//! No file writes one, none is anybody's, and none is ever taken back.

use std::collections::BTreeMap;

use serde_json::json;

use crate::kinds::lowering::Registration;
use crate::kinds::waits::{self, MINUTES};
use crate::model::address::Address;
use crate::model::desired::{Desired, Wishes};
use crate::model::field::FieldRule;
use crate::model::kind::{Planning, Target, Waypoint};
use crate::model::request::Request;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Live, Snapshot};
use crate::model::step::Milestone;
use crate::model::wait::Condition;

/// The kind.
#[derive(Debug)]
pub struct ProviderRegistration;

const FIELDS: &[FieldRule] = &[FieldRule::new("registrationState", "registrationState")];

impl Planning for ProviderRegistration {
    fn name(&self) -> &'static str {
        "provider-registration"
    }

    fn azure_type(&self) -> &'static str {
        "Microsoft.Resources/subscriptions/providers"
    }

    fn api_version(&self) -> &'static str {
        "2024-07-01"
    }

    fn fields(&self) -> &'static [FieldRule] {
        FIELDS
    }

    fn brought_about_by(&self) -> Option<&'static str> {
        Some("register")
    }

    /// Azure registers region after region.
    fn waypoints(&self, target: Target<'_>, _: &Snapshot) -> Vec<Waypoint> {
        let read = Request::get(target.id, self.api_version());
        vec![waits::waypoint(Milestone::Settled, read, Condition::Registered, MINUTES)]
    }

    fn at_rest(&self, live: &Live) -> bool {
        let state = live.body.get("registrationState").and_then(|state| state.as_str());
        state.is_none_or(|state| !state.eq_ignore_ascii_case("Registering"))
    }

    fn removed_by_absence(&self) -> bool {
        false
    }
}

/// The address of a provider in a subscription.
pub fn address(subscription: &str, namespace: &str) -> Address {
    Address::new(ProviderRegistration.name(), [subscription.to_lowercase().as_str(), namespace])
}

/// What planning brings about.
pub fn desired(registration: &Registration) -> Desired {
    let Registration { subscription, namespace, place } = registration;
    Desired {
        address: address(subscription, namespace),
        kind: &ProviderRegistration,
        place: *place,
        id: ResourceId::provider(&subscription.to_lowercase(), namespace),
        body: json!({ "registrationState": "Registered" }),
        places: BTreeMap::new(),
        pending: Vec::new(),
        needs: Vec::new(),
        files: Vec::new(),
        wishes: Wishes::default(),
    }
}
