//! Galleries: what image definitions are kept in.

mod fields;
mod import;
mod sharing;
pub mod spec;

use serde_json::{Value, json};

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::gallery::spec::GallerySpec;
use crate::kinds::importing::Importing;
use crate::kinds::lowering::{Lowered, Lowering};
use crate::kinds::scope::{Identity, Scope, parse_id};
use crate::kinds::{EntryType, Kind, Section, planning, waits};
use crate::model::address::Address;
use crate::model::call::Call;
use crate::model::desired::Referenced;
use crate::model::field::{FieldRule, Forces};
use crate::model::kind::{Detail, Planning, Refusal, Target, Waypoint};
use crate::model::permission::Besides;
use crate::model::plan::Change;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Live, Snapshot};
use crate::model::step::Milestone;

/// The kind.
#[derive(Debug)]
pub struct Gallery;

impl Planning for Gallery {
    fn name(&self) -> &'static str {
        "gallery"
    }

    fn azure_type(&self) -> &'static str {
        "Microsoft.Compute/galleries"
    }

    fn api_version(&self) -> &'static str {
        waits::GALLERY_API
    }

    fn fields(&self) -> &'static [FieldRule] {
        fields::FIELDS
    }

    fn detail(&self) -> Option<Detail> {
        Some(sharing::DETAIL)
    }

    fn waypoints(&self, target: Target<'_>, _: &Snapshot) -> Vec<Waypoint> {
        let settled = waits::settled(target.id, self.api_version(), waits::MINUTES);
        let shared = sharing::is_told(target).then(|| Waypoint {
            milestone: Milestone::Shared,
            wait: sharing::in_effect(target.id),
            on_companion: false,
            gates_next: false,
        });
        [settled].into_iter().chain(shared).collect()
    }

    fn calls(&self, id: &ResourceId, desired: Option<&Value>, live: Option<&Live>) -> Vec<Call> {
        sharing::calls(id, desired, live)
    }

    fn is_called(&self, change: &Change, desired: &Value) -> bool {
        change.forces == Forces::Call || sharing::is_ended(change, desired)
    }

    fn refusal(&self, change: &Change, live: &Live) -> Option<Refusal> {
        sharing::refusal(change, live).or_else(|| Refusal::by_rule(change))
    }
}

impl Kind for Gallery {
    fn section(&self) -> Section {
        Section::top("galleries", "Galleries, in which images are kept.")
    }

    fn entry_type(&self) -> EntryType {
        EntryType::of::<GallerySpec>()
    }

    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic> {
        let spec: &GallerySpec = entry.spec();
        let wrong = |message: &str| {
            Diagnostic::error(Code::MissingKey, entry.place(), message)
                .help("`{ name: … }` is a gallery that the stack makes; `{ id: …, as: … }` is one that it refers to")
        };
        match (&spec.name, &spec.id, &spec.alias) {
            (Some(name), None, None) => Ok(scope.top_level(entry, name)),
            (None, Some(id), Some(alias)) => {
                let id = parse_id(id, &[self.azure_type()], entry.place_of("id"))?;
                Ok(Identity { address: Address::new(self.name(), [alias.as_str()]), id, referenced: true })
            }
            (None, Some(_), None) => Err(wrong("a gallery that is referred to needs an alias")),
            (None, None, _) => Err(wrong("a gallery needs a `name` or an `id`")),
            (Some(_), _, _) => Err(wrong("a gallery has either a `name`, or an `id` and an alias")),
        }
    }

    fn besides(&self) -> Besides {
        Besides {
            having: &[("/properties/sharingProfile", "Microsoft.Compute/galleries/share/action")],
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
        let spec: &GallerySpec = entry.spec();
        if own.referenced {
            let written = [
                ("description", spec.description.is_some()),
                ("softDeletePolicy", spec.soft_delete_policy.is_some()),
                ("sharing", spec.sharing.is_some()),
                ("adopt", spec.adopt),
            ];
            if let Some((key, _)) = written.into_iter().find(|(_, is_there)| *is_there) {
                let message = format!("a gallery that is referred to is never written, so it has no `{key}`");
                let help =
                    "take it out, or write `name` instead of `id` and `as` for a gallery of this stack";
                report.push(Diagnostic::error(Code::NotAllowed, entry.key_place_of(key), message).help(help));
                return None;
            }
            let referenced = Referenced {
                id: own.id.clone(),
                api_version: self.api_version(),
                place: entry.place(),
                location: None,
                kind: planning(self.name()),
            };
            return Some(Lowered {
                referenced: vec![(own.address.clone(), referenced)],
                ..Lowered::default()
            });
        }
        let mut lowering = Lowering::of(entry);
        if let Some(sharing) = &spec.sharing {
            if let Some(wrong) = sharing::wrong(entry, sharing) {
                report.push(wrong);
                return None;
            }
            sharing::lower(sharing, &mut lowering);
        }
        lowering.put_default("/location", scope.home(entry).location.into());
        lowering.put_default("/properties", json!({}));
        Some(Lowered { desired: Some(lowering.finish(own, scope)), ..Lowered::default() })
    }
}
