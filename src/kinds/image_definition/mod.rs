//! Image definitions: what all versions of an image have in common.

mod fields;
mod import;
pub mod retention;
pub mod spec;

use serde_json::Value;

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::image_definition::spec::ImageDefinitionSpec;
use crate::kinds::importing::Importing;
use crate::kinds::lowering::{Lowered, Lowering};
use crate::kinds::scope::{Identity, Scope};
use crate::kinds::{EntryType, Kind, Section, waits};
use crate::model::address::Address;
use crate::model::desired::Until;
use crate::model::field::FieldRule;
use crate::model::kind::{Planning, Target, Waypoint};
use crate::model::snapshot::Snapshot;

/// The kind.
#[derive(Debug)]
pub struct ImageDefinition;

impl Planning for ImageDefinition {
    fn name(&self) -> &'static str {
        "image-definition"
    }

    fn azure_type(&self) -> &'static str {
        "Microsoft.Compute/galleries/images"
    }

    fn api_version(&self) -> &'static str {
        waits::GALLERY_API
    }

    fn fields(&self) -> &'static [FieldRule] {
        fields::FIELDS
    }

    fn waypoints(&self, target: Target<'_>, _: &Snapshot) -> Vec<Waypoint> {
        vec![waits::settled(target.id, self.api_version(), waits::MINUTES)]
    }

    /// A PATCH with properties must repeat those that the model requires; Azure's own examples repeat the generation too.
    fn complete_patch(&self, live: &Value, patch: &mut Value) {
        let Some(properties) = patch.get_mut("properties").and_then(Value::as_object_mut) else { return };
        for name in ["osType", "osState", "hyperVGeneration", "identifier"] {
            if let Some(value) = live.pointer(&format!("/properties/{name}")) {
                properties.entry(name).or_insert_with(|| value.clone());
            }
        }
    }
}

impl Kind for ImageDefinition {
    fn section(&self) -> Section {
        Section::top("images", "Image definitions, with their versions.")
    }

    fn entry_type(&self) -> EntryType {
        EntryType::of::<ImageDefinitionSpec>()
    }

    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic> {
        let spec: &ImageDefinitionSpec = entry.spec();
        let gallery = gallery(entry, spec, scope)?;
        Ok(Identity {
            address: Address::new(self.name(), [gallery.address.name(), spec.name.as_str()]),
            id: gallery.id.child("images", &spec.name),
            referenced: false,
        })
    }

    fn importing(&self) -> Option<Importing> {
        Some(import::IMPORTING)
    }

    fn lower(&self, entry: &Declared, own: &Identity, scope: &Scope<'_>, _: &mut Report) -> Option<Lowered> {
        let mut lowering = Lowering::of(entry);
        lowering.put_default("/location", scope.home(entry).location.into());
        let gallery = gallery(entry, entry.spec(), scope).ok()?;
        lowering.need(&gallery.address, Until::Settled, entry.place_of("gallery"));
        let spec: &ImageDefinitionSpec = entry.spec();
        let retention = spec.retention.as_ref().and_then(|spec| spec.lower(entry.key_place_of("retention")));
        Some(Lowered { desired: Some(lowering.finish(own, scope)), retention, ..Lowered::default() })
    }
}

/// The gallery that a definition is in: the one it names, or the only one that the stack owns.
fn gallery<'s>(
    entry: &Declared,
    spec: &ImageDefinitionSpec,
    scope: &'s Scope<'_>,
) -> Result<&'s Identity, Diagnostic> {
    let place = entry.place_of("gallery");
    let gallery = if let Some(name) = &spec.gallery {
        scope.find("gallery", name, place)?
    } else {
        let mut owned = scope.own_galleries();
        if owned.len() != 1 {
            let how_many = if owned.is_empty() { "none".to_owned() } else { owned.len().to_string() };
            let message = format!("`{}` does not say its gallery, and the stack owns {how_many}", spec.name);
            return Err(
                Diagnostic::error(Code::MissingKey, entry.place(), message).help("write `gallery: NAME`")
            );
        }
        owned.remove(0)
    };
    if gallery.referenced {
        let message = format!("the stack only refers to {}, and makes no image in it", gallery.address);
        return Err(Diagnostic::error(Code::UnknownReference, place, message).help(
            "name a gallery that the stack owns, or refer to the image in a pool: `ALIAS/IMAGE@VERSION`",
        ));
    }
    Ok(gallery)
}
