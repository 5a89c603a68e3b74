//! What a role assignment's `scope` means: something of a gallery by its name in the stack, or a full id.

use crate::diag::{Code, Diagnostic, Place};
use crate::kinds::guid::is_guid;
use crate::kinds::planning;
use crate::kinds::scope::{Identity, Scope};
use crate::model::address::Address;
use crate::model::desired::Referenced;
use crate::model::resource_id::ResourceId;

const GALLERY: &str = "Microsoft.Compute/galleries";
/// What may be inside a gallery: the kind, and its type below the one before.
const INSIDE: [(&str, &str); 2] = [("image-definition", "images"), ("image-version", "versions")];

/// What something is attached to.
#[derive(Debug)]
pub(super) struct Attachment {
    /// Its id: a resource's, a group's or a subscription's.
    pub(super) scope: String,
    /// How addresses call it.
    pub(super) called: String,
    /// Its address, where the stack makes it or refers to it.
    pub(super) address: Option<Address>,
    /// What only is named here, so that it is read.
    pub(super) referenced: Option<(Address, Referenced)>,
}

impl Attachment {
    fn of(identity: &Identity) -> Self {
        Self {
            scope: identity.id.to_string(),
            called: identity.address.name().to_owned(),
            address: Some(identity.address.clone()),
            referenced: None,
        }
    }
}

/// Reads a scope.
pub(super) fn resolve(text: &str, place: Place, scope: &Scope<'_>) -> Result<Attachment, Diagnostic> {
    if text.starts_with('/') {
        return by_id(text, place, scope);
    }
    let names: Vec<&str> = text.split('/').collect();
    if names.len() > 1 + INSIDE.len() || names.iter().any(|name| name.is_empty()) {
        let message = format!("`{text}` is no scope");
        return Err(Diagnostic::error(Code::UnknownReference, place, message)
            .help("write `GALLERY`, `GALLERY/IMAGE`, `GALLERY/IMAGE/VERSION`, or a full id"));
    }
    let gallery = scope.find("gallery", names[0], place)?;
    let Some((kind, _)) = names.len().checked_sub(2).map(|last| INSIDE[last]) else {
        return Ok(Attachment::of(gallery));
    };
    let inner = names[1..].iter().zip(INSIDE);
    let id = inner.fold(gallery.id.clone(), |id, (name, (_, own_type))| id.child(own_type, name));
    if let Some(own) = scope.by_id(&id) {
        return Ok(Attachment::of(own));
    }
    if !gallery.referenced {
        // One that is wrong itself is told where it stands.
        if let Some(stand_in) = names.get(1).and_then(|image| scope.stand_in_for(INSIDE[0].0, image)) {
            return Ok(Attachment::of(stand_in));
        }
        let message = format!("there is no {kind} `{text}`");
        return Err(Diagnostic::error(Code::UnknownReference, place, message)
            .help("declare it in the stack, or write its full id"));
    }
    let own_names = names[1..].iter().copied();
    let address = Address::new(kind, [gallery.address.name()].into_iter().chain(own_names));
    let referenced = planning(kind).map(|kind| Referenced {
        id: id.clone(),
        api_version: kind.api_version(),
        place,
        location: None,
        kind: Some(kind),
    });
    Ok(Attachment {
        scope: id.to_string(),
        called: address.name().to_owned(),
        address: Some(address.clone()),
        referenced: referenced.map(|referenced| (address, referenced)),
    })
}

/// The id of something in a gallery, of a group or of a subscription.
fn by_id(text: &str, place: Place, scope: &Scope<'_>) -> Result<Attachment, Diagnostic> {
    let types = [GALLERY.to_owned(), format!("{GALLERY}/images"), format!("{GALLERY}/images/versions")];
    if let Ok(id) = ResourceId::parse(text)
        && types.iter().any(|wanted| id.is_type(wanted))
        && is_guid(id.subscription())
    {
        return Ok(scope.by_id(&id).map_or_else(|| elsewhere(text), Attachment::of));
    }
    let parts: Vec<&str> = text.split('/').skip(1).collect();
    let is = |at: usize, keyword: &str| parts.get(at).is_some_and(|part| part.eq_ignore_ascii_case(keyword));
    let named = is(0, "subscriptions") && parts.get(1).copied().is_some_and(is_guid);
    let group_or_subscription = parts.len() == 2 || parts.len() == 4 && is(2, "resourceGroups");
    if named && group_or_subscription && ResourceId::attached(text, "_", "_").is_ok() {
        return Ok(elsewhere(text));
    }
    Err(Diagnostic::error(Code::InvalidId, place, format!("`{text}` is no scope")).help(
        "the id of a gallery, of an image or a version in one, of a resource group or of a subscription is wanted here",
    ))
}

fn elsewhere(text: &str) -> Attachment {
    let called = text.trim_start_matches('/').to_owned();
    Attachment { scope: text.to_owned(), called, address: None, referenced: None }
}
