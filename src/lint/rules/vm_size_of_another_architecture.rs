//! `pool/vm-size-of-another-architecture`: the VM size has the processor that the image is made for.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::image_definition::spec::Architecture;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts::SizeFacts;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/vm-size-of-another-architecture"),
    facts: &["B40"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The VM size has the image's `architecture`: Arm64 sizes, such as `Standard_D4ps_v5`, boot Arm64 images, and no other does.",
    why: "The machine cannot run what the image holds: every resize fails with AllocationFailed. An image without `architecture` is one for x64.",
    example: "images:\n  - { name: ubuntu, architecture: x64 }\npools:\n  - { id: render, image: ubuntu@1.0.0, vmSize: Standard_D4ps_v5 }",
    mend: "pools:\n  - { id: render, image: ubuntu@1.0.0, vmSize: Standard_D4s_v5 }",
    source: "Microsoft, \"Azure Compute Gallery\" and \"Azure virtual machine sizes naming conventions\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(image) = subject.image_of(pool) else { continue };
        let Some(size) = SizeFacts::of(subject, pool) else { continue };
        let name = size.name;
        let Some(size_is_arm) = size.is_arm64() else { continue };
        let image_is_arm = image.spec.architecture == Some(Architecture::Arm64);
        if size_is_arm == image_is_arm {
            continue;
        }
        let word = |arm| if arm { "Arm64" } else { "x64" };
        let message = format!(
            "`{name}` has {} processors, and {} is made for {}",
            word(size_is_arm),
            image.address,
            word(image_is_arm)
        );
        let is_said = image.spec.architecture.is_some();
        let (key, text) = if is_said {
            ("architecture", "this never changes")
        } else {
            ("name", "x64 where nothing is written")
        };
        found.push(
            RULE.found(pool.entry.place_of("vmSize"), message)
                .also(image.place_of(key), text)
                .help(format!("choose a size with {} processors", word(image_is_arm))),
        );
    }
}
