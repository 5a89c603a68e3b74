//! `image-definition/not-where-its-gallery-is`: an image is where its gallery is.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-definition/not-where-its-gallery-is"),
    facts: &["B87"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "The `subscription` and `resourceGroup` of an image, where they are written, are those of its gallery.",
    why: "An image is inside its gallery and cannot be elsewhere, nor can it be moved: what is written here changes nothing. Another subscription or resource group takes another gallery, and a copy of the versions.",
    example: "resourceGroup: images\ngalleries: [{ name: renderGallery }]\nimages:\n  - { name: ubuntu, resourceGroup: render }",
    mend: "resourceGroup: images\ngalleries: [{ name: renderGallery }]\nimages:\n  - { name: ubuntu }",
    source: "Microsoft, \"Store and share images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for image in &subject.images {
        let written = [
            ("subscription", image.spec.subscription.as_deref(), image.id.subscription()),
            ("resourceGroup", image.spec.resource_group.as_deref(), image.id.group()),
        ];
        for (key, written, actual) in written {
            let Some(written) = written.filter(|written| !written.eq_ignore_ascii_case(actual)) else {
                continue;
            };
            found.push(
                RULE.found(
                    image.entry.place_of(key),
                    format!("{} is in its gallery's {actual}, not in {written}", image.address),
                )
                .help(format!("take `{key}` out, or write another gallery")),
            );
        }
    }
}
