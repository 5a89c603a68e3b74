//! `image-definition/identifier-twice`: an identifier is that of one image in a gallery.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::image_definition::spec::ImageIdentifier;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{ImageSeen, Subject};
use crate::model::resource_id::ResourceId;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-definition/identifier-twice"),
    facts: &["B05"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "Two images of one gallery differ in `publisher`, `offer` or `sku`.",
    why: "The three together name an image inside its gallery. Azure refuses the second image with the same identifier, and an image's identifier cannot change later.",
    example: "images:\n  - { name: ubuntu-2204, identifier: { publisher: contoso, offer: render, sku: ubuntu } }\n  - { name: ubuntu-2404, identifier: { publisher: contoso, offer: render, sku: ubuntu } }",
    mend: "images:\n  - { name: ubuntu-2204, identifier: { publisher: contoso, offer: render, sku: ubuntu-2204 } }\n  - { name: ubuntu-2404, identifier: { publisher: contoso, offer: render, sku: ubuntu-2404 } }",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut first: BTreeMap<(Option<ResourceId>, String), &ImageSeen<'_>> = BTreeMap::new();
    for image in &subject.images {
        let ImageIdentifier { publisher, offer, sku } = &image.spec.identifier;
        let identifier = format!("{publisher}/{offer}/{sku}");
        let key = (image.id.parent(), identifier.to_lowercase());
        let Some(other) = first.get(&key) else {
            first.insert(key, image);
            continue;
        };
        let place = |image: &ImageSeen<'_>| image.entry.place_at(&["identifier", "sku"]);
        let message = format!("{} and {} have one identifier: {identifier}", other.address, image.address);
        let mut diagnostic = RULE.found(place(image), message).also(place(other), "the other one");
        if other.spec.identifier != image.spec.identifier {
            // That Azure compares them without regard to case is not written anywhere.
            diagnostic.severity = Severity::Warning;
            diagnostic = diagnostic.label("they differ in case only");
        }
        found.push(diagnostic.help("give one of them another `sku`; it cannot change later"));
    }
}
