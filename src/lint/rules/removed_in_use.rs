//! `image-version/removed-in-use`: no pool boots a version that goes.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/removed-in-use"),
    facts: &["B81"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "No pool of the stack boots a version with `remove: true`.",
    why: "Batch does not keep a version from being deleted: running nodes stay, and later resizes and reimages fail (AllocationFailed, DependentResourceNotFound). poolwright keeps it, and a plan is blocked as long as a pool boots it.",
    example: "versions:\n  - { version: 1.0.0, remove: true }\n  - { version: 1.1.0 }\npools:\n  - { id: render, image: ubuntu@1.0.0 }",
    mend: "pools:\n  - { id: render, image: ubuntu@1.1.0 }",
    source: "Microsoft, \"Use a managed image to create a custom image pool\"; Batch, PoolResizeErrorCodes.DependentResourceNotFound",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(version) = subject.own_version_of(pool).filter(|version| version.spec.remove) else {
            continue;
        };
        found.push(
            RULE.found(
                pool.entry.place_of("image"),
                format!("this pool boots {}, which is to be removed", version.address),
            )
            .also(version.entry.place_of("remove"), "removed here")
            .help("move the pool to another version and apply; then remove this one"),
        );
    }
}
