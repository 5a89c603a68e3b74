//! What a pool's `image` means: `name@1.2.3`, `name@latest`, `name`, `alias/name@…`, or a full resource id.

use crate::diag::{Code, Diagnostic, Place};
use crate::kinds::guid::is_guid;
use crate::kinds::planning;
use crate::kinds::scope::{Scope, parse_id};
use crate::model::address::Address;
use crate::model::desired::Referenced;
use crate::model::resource_id::ResourceId;

pub(super) const DEFINITION: &str = "Microsoft.Compute/galleries/images";
pub(super) const VERSION: &str = "Microsoft.Compute/galleries/images/versions";
const MANAGED_IMAGE: &str = "Microsoft.Compute/images";

/// What other tools call a version. That Batch takes it is not known, and a rule says so.
const OTHER_TOOLS_WORDS: [&str; 2] = ["latest", "recent"];

/// What a pool boots.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    /// The image definition.
    pub(crate) definition: Named,
    /// Which of its versions.
    pub(crate) version: Version,
}

/// Which version of an image.
#[derive(Debug, Clone)]
pub(crate) enum Version {
    /// This one.
    Pinned(Named),
    /// The highest eligible one, chosen and pinned when planning.
    Latest,
    /// Whichever Azure chooses when a node starts.
    Azure,
}

/// A resource with its address, and whether the stack makes it.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) address: Address,
    pub(crate) id: ResourceId,
    pub(crate) ours: bool,
}

impl Named {
    /// How observing finds it, if the stack does not make it.
    pub(crate) fn referenced(&self, kind: &str, place: Place) -> Option<(Address, Referenced)> {
        let kind = planning(kind)?;
        let referenced = Referenced {
            id: self.id.clone(),
            api_version: kind.api_version(),
            place,
            location: None,
            kind: Some(kind),
        };
        (!self.ours).then(|| (self.address.clone(), referenced))
    }
}

/// Reads a reference.
pub(crate) fn resolve(text: &str, place: Place, scope: &Scope<'_>) -> Result<Image, Diagnostic> {
    if text.starts_with('/') {
        return by_id(text, place, scope);
    }
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let definition = definition(name, place, scope)?;
    let version = match version {
        None => Version::Azure,
        Some("latest") => Version::Latest,
        Some(number) if is_number(number) => {
            let id = definition.id.child("versions", number);
            Version::Pinned(named("image-version", id, definition.address.name(), scope))
        }
        Some(other) => {
            return Err(Diagnostic::error(Code::InvalidImage, place, format!("`{other}` is no version"))
                .help("write `NAME@1.2.3`, `NAME@latest`, or `NAME` alone for whichever Azure chooses"));
        }
    };
    Ok(Image { definition, version })
}

fn by_id(text: &str, place: Place, scope: &Scope<'_>) -> Result<Image, Diagnostic> {
    let id = parse_id(text, &[VERSION, DEFINITION], place).map_err(|diagnostic| {
        let managed = ResourceId::parse(text).is_ok_and(|id| id.is_type(MANAGED_IMAGE));
        if !managed {
            return diagnostic;
        }
        let message = "this is a managed image, and Batch boots none since 2026-03-31";
        Diagnostic::error(Code::InvalidId, place, message).help(
            "publish it as a version of an image in a gallery, with `source: { managedImage: … }`, and boot that",
        )
    })?;
    if !is_guid(id.subscription()) {
        let message = format!("`{}` is no subscription's id, which is a GUID", id.subscription());
        return Err(Diagnostic::error(Code::InvalidId, place, message)
            .help("`az account list --output table` shows the ids of subscriptions"));
    }
    let of_definition = |id: &ResourceId| {
        let names: Vec<&str> = id.names().collect();
        let gallery = names.first().copied().unwrap_or_default();
        named("image-definition", id.clone(), gallery, scope)
    };
    if id.is_type(DEFINITION) {
        return Ok(Image { definition: of_definition(&id), version: Version::Azure });
    }
    let Some(parent) = id.parent() else {
        return Err(Diagnostic::error(Code::InvalidId, place, "an image version is inside an image"));
    };
    if !is_number(id.name()) && !OTHER_TOOLS_WORDS.iter().any(|word| word.eq_ignore_ascii_case(id.name())) {
        let message = format!("`{}` is no version, which is three numbers: 1.2.3", id.name());
        return Err(Diagnostic::error(Code::InvalidImage, place, message)
            .help("without `/versions/…` the id leaves the choice to Azure"));
    }
    let definition = of_definition(&parent);
    let version = named("image-version", id, definition.address.name(), scope);
    Ok(Image { definition, version: Version::Pinned(version) })
}

/// `name`, which is unique in the stack, or `gallery/name`.
fn definition(text: &str, place: Place, scope: &Scope<'_>) -> Result<Named, Diagnostic> {
    let Some((gallery, name)) = text.split_once('/') else {
        let own = scope.find("image-definition", text, place)?;
        return Ok(Named { address: own.address.clone(), id: own.id.clone(), ours: true });
    };
    let gallery = scope.find("gallery", gallery, place)?;
    if name.is_empty() || name.contains('/') {
        return Err(Diagnostic::error(Code::InvalidImage, place, format!("`{text}` is no image"))
            .help("write `ALIAS/NAME@1.2.3`, where the alias is that of a gallery"));
    }
    let id = gallery.id.child("images", name);
    Ok(named("image-definition", id, gallery.address.name(), scope))
}

/// A resource by its id: the stack's own, or one that it refers to under the name of what contains it.
fn named(kind: &str, id: ResourceId, container: &str, scope: &Scope<'_>) -> Named {
    match scope.by_id(&id) {
        Some(own) => Named { address: own.address.clone(), id: own.id.clone(), ours: true },
        None => Named { address: Address::new(kind, [container, id.name()]), id, ours: false },
    }
}

fn is_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
