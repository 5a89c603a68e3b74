//! The image that somebody on the command line means: as it is written there, and found in the files. Decides nothing about it.

use crate::cli::error::Failure;
use crate::kinds::declared::Declared;
use crate::kinds::decode::nearest;
use crate::kinds::scope::{Identity, Scope};
use crate::model::address::Address;
use crate::model::version_number;
use crate::spec::document::Documents;
use crate::spec::node::Node;

/// An image with one of its versions.
#[derive(Debug, Clone)]
pub(crate) struct NumberedImage {
    /// Its gallery, where that is said.
    pub(crate) gallery: Option<String>,
    /// Its name.
    pub(crate) name: String,
    /// The version.
    pub(crate) version: String,
}

/// `NAME@1.2.3` or `GALLERY/NAME@1.2.3`.
pub(crate) fn numbered_image(text: &str) -> Result<NumberedImage, String> {
    let form = || "IMAGE@VERSION is expected, such as ubuntu@1.2.3".to_owned();
    let (image, version) = text.rsplit_once('@').ok_or_else(form)?;
    if version_number::read(version).is_none() {
        return Err(format!("`{version}` is no version, which is three numbers: 1.2.3"));
    }
    let (gallery, name) =
        image.split_once('/').map_or((None, image), |(gallery, name)| (Some(gallery), name));
    if name.is_empty() || name.contains('/') || gallery == Some("") {
        return Err(form());
    }
    Ok(NumberedImage {
        gallery: gallery.map(str::to_owned),
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

/// The image that gets a version.
pub(crate) struct Image<'s> {
    /// Who it is.
    pub(crate) identity: &'s Identity,
    /// Its entry as it stands in a file.
    pub(crate) node: &'s Node,
    /// `NAME`, or `GALLERY/NAME` where it was asked for so.
    pub(crate) reference: String,
}

impl<'s> Image<'s> {
    /// The only image of the stack that is meant.
    pub(crate) fn find(
        wanted: &NumberedImage,
        scope: &'s Scope<'_>,
        documents: &'s Documents,
    ) -> Result<Self, Failure> {
        let all: Vec<(&Declared, &Identity)> =
            scope.entries().filter(|(entry, _)| entry.kind.name() == "image-definition").collect();
        let is_meant = |identity: &Identity| {
            let (gallery, name) = names(&identity.address);
            let in_gallery =
                wanted.gallery.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(gallery));
            in_gallery && wanted.name.eq_ignore_ascii_case(name)
        };
        let found: Vec<&(&Declared, &Identity)> =
            all.iter().filter(|(_, identity)| is_meant(identity)).collect();
        let (entry, identity) = match found.as_slice() {
            [found] => **found,
            [] => {
                let known: Vec<&str> = all.iter().map(|(_, identity)| names(&identity.address).1).collect();
                let typed = wanted.gallery.iter().map(String::as_str).chain([wanted.name.as_str()]);
                let typed = typed.collect::<Vec<_>>().join("/");
                return Err(match nearest(&wanted.name, known.iter().copied()) {
                    Some(near) if near != wanted.name => {
                        Failure::new(format!("the stack has no image `{typed}`"))
                            .hint(format!("did you mean `{near}`?"))
                    }
                    _ => Failure::new(format!("the stack has no image `{typed}`"))
                        .hint("an image stands under `images:`; `validate` says whether its entry is right"),
                });
            }
            several => {
                let all = several.iter().map(|(_, identity)| identity.address.name());
                let all: Vec<&str> = all.collect();
                return Err(Failure::new(format!("`{}` could be {}", wanted.name, all.join(" or ")))
                    .hint(format!("write the gallery before it: {}@{}", all[0], wanted.version)));
            }
        };
        let (gallery, name) = names(&identity.address);
        let reference = if wanted.gallery.is_some() { format!("{gallery}/{name}") } else { name.to_owned() };
        let images = documents.stack.get("images").map(Node::elements).unwrap_or_default();
        let node = images.iter().find(|node| node.place == entry.node.place);
        let node =
            node.ok_or_else(|| Failure::new(format!("the entry of {} is not found", identity.address)))?;
        Ok(Self { identity, node, reference })
    }

    /// Whether an `ImageVersion` document is about it.
    pub(crate) fn is_of(&self, document: &Node) -> bool {
        let (gallery, name) = names(&self.identity.address);
        document.get("image").and_then(Node::text).is_some_and(|text| match text.split_once('/') {
            Some((in_gallery, text)) => {
                in_gallery.eq_ignore_ascii_case(gallery) && text.eq_ignore_ascii_case(name)
            }
            None => text.eq_ignore_ascii_case(name),
        })
    }
}

/// The gallery and the name in the address of an image.
fn names(address: &Address) -> (&str, &str) {
    address.name().split_once('/').unwrap_or(("", address.name()))
}
