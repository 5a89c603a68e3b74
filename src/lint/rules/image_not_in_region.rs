//! `pool/image-not-in-region`: the image is where the pool is.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/image-not-in-region"),
    facts: &["A06"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The version that a pool boots is replicated to the region of the pool's account.",
    why: "Nodes are made from the copy in their own region. Without one the pool is made all the same, and every resize fails with AllocationFailed (GalleryImageNotFound).",
    example: "accounts: { weu: { name: prodweu, location: westeurope } }\nimages:\n  - name: ubuntu\n    targetRegions: [{ name: eastus }]\npools:\n  - { id: render, account: weu, image: ubuntu@1.0.0 }",
    mend: "    targetRegions: [{ name: eastus }, { name: westeurope }]",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"; azure-batch, ImageReference",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let (Some(version), Some(wanted)) = (subject.version_of(pool), &pool.region) else { continue };
        if version.is_in(wanted) {
            continue;
        }
        let message = format!("{} has no copy in {wanted}, where this pool's account is", version.address);
        found.push(
            RULE.found(pool.entry.place_of("image"), message)
                .also(version.place_of("targetRegions"), "the regions of the version")
                .help(format!("add `{{ name: {wanted} }}` to its `targetRegions`")),
        );
    }
}
