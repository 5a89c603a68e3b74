//! `pool/specialized-image`: what a pool boots is generalized.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::vocabulary::OsState;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/specialized-image"),
    facts: &["A03"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The image that a pool boots has `osState: Generalized`.",
    why: "Batch gives every node a name and an account of its own, which only a generalized system takes. No node starts from a specialized one; and because `osState` never changes, a new image is needed.",
    example: "images:\n  - { name: builder, osState: Specialized }\npools:\n  - { id: render, image: builder@1.0.0 }",
    mend: "images:\n  - { name: builder-generalized, osState: Generalized }\npools:\n  - { id: render, image: builder-generalized@1.0.0 }",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\" and \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(image) = subject.image_of(pool).filter(|image| image.spec.os_state == OsState::Specialized)
        else {
            continue;
        };
        let message = format!("{} is specialized, and Batch boots generalized images only", image.address);
        found.push(
            RULE.found(pool.entry.place_of("image"), message)
                .also(image.place_of("osState"), "this never changes")
                .help("generalize the machine (`waagent -deprovision+user` on Linux, `sysprep` on Windows), capture it, and publish it as a version of a new image"),
        );
    }
}
