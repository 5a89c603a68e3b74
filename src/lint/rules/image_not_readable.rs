//! Whoever signs in may not read the image that a pool boots.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::permission::{grant, missing};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/image-not-readable"),
    facts: &["A08", "B83"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "Whoever signs in has the actions `Microsoft.Compute/galleries/images/read` and `Microsoft.Compute/galleries/images/versions/read` on the image that a pool boots, or on its gallery.",
    why: "Batch looks whether whoever makes a pool may read its image, and refuses the pool otherwise (LinkedAuthorizationFailed). A role on the gallery holds for all its images, those to come among them.",
    example: "# az role assignment list --assignee PRINCIPAL --all\n#   only roles on the Batch account\ngalleries:\n  - { id: /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Compute/galleries/corp, as: corp }\npools:\n  - { id: render, account: main, image: corp/ubuntu@1.0.0 }",
    mend: "# once:\n#   az role assignment create --assignee PRINCIPAL --role Reader --scope GALLERY",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"; \"Share gallery resources\"",
    check,
};

const ACTIONS: [&str; 2] =
    ["Microsoft.Compute/galleries/images/read", "Microsoft.Compute/galleries/images/versions/read"];

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    if subject.azure.is_none() {
        return;
    }
    let mut told = BTreeSet::new();
    for pool in subject.pools.iter().filter(|pool| !subject.boots_already(pool)) {
        let Some((image, gallery)) =
            pool.definition.as_ref().and_then(|image| Some((image, image.parent()?)))
        else {
            continue;
        };
        if missing(subject, &gallery, &ACTIONS).is_empty() {
            continue;
        }
        // What the gallery does not grant, the image by itself may.
        let missing = missing(subject, image, &ACTIONS);
        if missing.is_empty() || !told.insert(image) {
            continue;
        }
        let message = format!("whoever signs in does not have {} on this image", missing.join(" and "));
        found.push(RULE.found(pool.entry.place_of("image"), message).help(grant("Reader", &gallery)));
    }
}
