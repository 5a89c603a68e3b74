//! Role assignments: who may use the images, and who may publish them.
//! They bear no tags; that one is ours is told by its name, which is made of whose it is and of what it gives to whom.

mod attachment;
mod fields;
mod roles;
pub mod spec;

use std::time::Duration;

use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::decode::nearest;
use crate::kinds::lowering::{Lowered, Lowering};
use crate::kinds::role_assignment::spec::RoleAssignmentSpec;
use crate::kinds::scope::{Identity, Scope};
use crate::kinds::waits::Pace;
use crate::kinds::{EntryType, Kind, Section, waits};
use crate::model::address::Address;
use crate::model::desired::{Desired, Until};
use crate::model::field::FieldRule;
use crate::model::kind::{MarkHome, Planning, Target, Waypoint};
use crate::model::mark::Owner;
use crate::model::request::Request;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Live, Snapshot};
use crate::model::step::Milestone;
use crate::model::wait::Condition;

/// Its type under `Microsoft.Authorization`.
const OWN_TYPE: &str = "roleAssignments";

/// Azure makes an assignment effective within minutes.
const PROPAGATION: Pace = Pace { interval: Duration::from_secs(5), deadline: Duration::from_mins(30) };

/// The kind.
#[derive(Debug)]
pub struct RoleAssignment;

/// What makes one assignment another than the next.
struct Given {
    scope: String,
    role: String,
    principal: String,
}

impl Given {
    /// What a body at an id gives to whom.
    fn of(id: &ResourceId, body: &Value) -> Self {
        let text = |name: &str| {
            let value = body.get("properties").and_then(|properties| properties.get(name));
            value.and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
        };
        let definition = text("roleDefinitionId");
        let role = definition.rsplit('/').next().unwrap_or_default().to_owned();
        Self { scope: id.scope().to_ascii_lowercase(), role, principal: text("principalId") }
    }

    fn key(&self) -> String {
        let Self { scope, role, principal } = self;
        format!("{scope} {role} {principal}")
    }

    /// As part of an address.
    fn called(&self) -> String {
        format!("{}/{}", roles::name(&self.role), self.principal)
    }
}

impl Planning for RoleAssignment {
    fn name(&self) -> &'static str {
        "role-assignment"
    }

    fn azure_type(&self) -> &'static str {
        "Microsoft.Authorization/roleAssignments"
    }

    fn api_version(&self) -> &'static str {
        "2022-04-01"
    }

    fn fields(&self) -> &'static [FieldRule] {
        fields::FIELDS
    }

    fn mark_home(&self) -> MarkHome {
        MarkHome::Name
    }

    fn derived_name(&self, owner: &Owner, live: &Live) -> Option<String> {
        Some(owner.guid(&Given::of(&live.id, &live.body).key()))
    }

    fn is_same(&self, desired: &Desired, live: &Live) -> bool {
        Given::of(&desired.id, &desired.body).key() == Given::of(&live.id, &live.body).key()
    }

    fn called(&self, live: &Live) -> String {
        Given::of(&live.id, &live.body).called()
    }

    fn is_attached(&self) -> bool {
        true
    }

    fn has_patch(&self) -> bool {
        false
    }

    /// Reading it by its id shows it at once; the list at the scope shows what has arrived there.
    fn waypoints(&self, target: Target<'_>, _: &Snapshot) -> Vec<Waypoint> {
        let principal = Given::of(target.id, target.body).principal;
        let list = Request::list_of(target.id, self.api_version())
            .with_query("$filter", &format!("principalId eq '{principal}'"));
        let until = Condition::Listed { id: target.id.key().to_owned() };
        vec![waits::waypoint(Milestone::Settled, list, until, PROPAGATION)]
    }
}

impl Kind for RoleAssignment {
    fn section(&self) -> Section {
        Section::top("access", "Role assignments: who may use, or publish, the images.")
    }

    fn entry_type(&self) -> EntryType {
        EntryType::of::<RoleAssignmentSpec>()
    }

    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic> {
        let spec: &RoleAssignmentSpec = entry.spec();
        let place = entry.place_of("scope");
        let attachment = attachment::resolve(&spec.scope, place, scope)?;
        let given = Given {
            scope: attachment.scope.to_ascii_lowercase(),
            role: role(entry, spec)?,
            principal: spec.principal_id.to_ascii_lowercase(),
        };
        let name = scope.owner().guid(&given.key());
        let id = ResourceId::attached(&attachment.scope, OWN_TYPE, &name)
            .map_err(|error| Diagnostic::error(Code::InvalidId, place, error.to_string()))?;
        let address = Address::new(self.name(), [attachment.called.as_str(), given.called().as_str()]);
        Ok(Identity { address, id, referenced: false })
    }

    fn lower(&self, entry: &Declared, own: &Identity, scope: &Scope<'_>, _: &mut Report) -> Option<Lowered> {
        let spec: &RoleAssignmentSpec = entry.spec();
        let place = entry.place_of("scope");
        let attachment = attachment::resolve(&spec.scope, place, scope).ok()?;
        let mut lowering = Lowering::of(entry);
        let definition = ResourceId::attached(
            &ResourceId::scope_of(own.id.subscription(), ""),
            "roleDefinitions",
            &role(entry, spec).ok()?,
        );
        lowering.put("/properties/roleDefinitionId", definition.ok()?.to_string().into());
        lowering.put("/properties/principalId", spec.principal_id.to_ascii_lowercase().into());
        if spec.condition.is_some() {
            lowering.put_default("/properties/conditionVersion", json!("2.0"));
        }
        if let Some(address) = &attachment.address {
            lowering.need(address, Until::Settled, place);
        }
        Some(Lowered {
            desired: Some(lowering.finish(own, scope)),
            referenced: attachment.referenced.into_iter().collect(),
            ..Lowered::default()
        })
    }
}

/// The GUID of the role that an entry names.
fn role(entry: &Declared, spec: &RoleAssignmentSpec) -> Result<String, Diagnostic> {
    roles::guid(&spec.role).ok_or_else(|| {
        let message = format!("`{}` is no role that is known by name", spec.role);
        let diagnostic = Diagnostic::error(Code::UnknownReference, entry.place_of("role"), message);
        match nearest(&spec.role, roles::names()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(
                "write the GUID of its definition: `az role definition list --name NAME --query [].name` shows it",
            ),
        }
    })
}
