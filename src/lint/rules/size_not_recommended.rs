//! `pool/size-not-recommended`: a pool's nodes are of a size that its image is meant for.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::lint::vm_cores::active_cores;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/size-not-recommended"),
    facts: &["B38"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The cores of a pool's `vmSize` are in the range of `recommended.vCPUs` of its image, where the name of the size tells them.",
    why: "The range is advice of whoever made the image, and Azure does not hold a pool to it. Sizes tell their cores by their names from the third version of a series on.",
    example: "images:\n  - { name: ubuntu, recommended: { vCPUs: { min: 4 } } }\npools:\n  - { id: render, image: ubuntu@1.0.0, vmSize: Standard_D2ds_v5 }",
    mend: "pools:\n  - { id: render, image: ubuntu@1.0.0, vmSize: Standard_D4ds_v5 }",
    source: "Microsoft, \"Shared Image Galleries overview\"; Microsoft, \"Azure virtual machine sizes naming conventions\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let size = pool.spec.vm_size.as_deref();
        let Some((size, cores)) = size.and_then(|size| Some((size, active_cores(size)?))) else { continue };
        let Some(image) = subject.image_of(pool) else { continue };
        let range = image.spec.recommended.as_ref().and_then(|recommended| recommended.vcpus.as_ref());
        let Some(range) = range else { continue };
        let (bound, key, words) = match (range.min, range.max) {
            (Some(min), _) if cores < min => (min, "min", "at least"),
            (_, Some(max)) if cores > max => (max, "max", "at most"),
            _ => continue,
        };
        let message = format!("{size} has {cores} cores, and {} is meant for {words} {bound}", image.address);
        found.push(
            RULE.found(pool.entry.place_of("vmSize"), message)
                .also(image.place_at(&["recommended", "vCPUs", key]), "what it is meant for")
                .help("take another size, or correct the range if the image runs well there"),
        );
    }
}
