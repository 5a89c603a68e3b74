//! Whoever signs in may read the gallery of an image, and has not all that Batch's page asks for.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::permission::{grant, missing};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::resource_id::ResourceId;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/image-disks-not-accessible"),
    facts: &["B83"],
    severity: Severity::Warning,
    confidence: Confidence::Inferred,
    needs: Needs::Azure,
    checks: "Whoever signs in has the actions `Microsoft.Compute/galleries/read` and `Microsoft.Compute/disks/beginGetAccess/action` on the gallery of the image that a pool boots.",
    why: "Microsoft's pages do not agree: that of Batch says that to read is not enough and asks for the second action too, those of galleries say that to read is enough. So this is a warning, and pools may well be made without it.",
    example: "# az role assignment list --assignee PRINCIPAL --scope GALLERY\n#   Reader\npools:\n  - { id: render, account: main, image: corp/ubuntu@1.0.0 }",
    mend: "# once:\n#   az role assignment create --assignee PRINCIPAL --role \"Disk Backup Reader\" --scope GALLERY",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"; \"Share gallery resources\" says otherwise",
    check,
};

const ACTIONS: [(&str, &str); 2] = [
    ("Microsoft.Compute/galleries/read", "Reader"),
    ("Microsoft.Compute/disks/beginGetAccess/action", "Disk Backup Reader"),
];

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    if subject.azure.is_none() {
        return;
    }
    let mut told = BTreeSet::new();
    for pool in &subject.pools {
        let Some(gallery) = pool.definition.as_ref().and_then(ResourceId::parent) else { continue };
        if !told.insert(gallery.clone()) {
            continue;
        }
        for (action, role) in ACTIONS {
            if missing(subject, &gallery, &[action]).is_empty() {
                continue;
            }
            let message =
                format!("whoever signs in does not have {action} on the gallery {}", gallery.name());
            found.push(RULE.found(pool.entry.place_of("image"), message).help(grant(role, &gallery)));
        }
    }
}
