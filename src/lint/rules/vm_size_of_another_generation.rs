//! `pool/vm-size-of-another-generation`: the VM size boots the generation of the image.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::vocabulary::HyperVGeneration;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts::SizeFacts;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/vm-size-of-another-generation"),
    facts: &["A27", "B39"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The VM size boots the image's `hyperVGeneration`. Azure's list of sizes decides; without it only series that are known to boot no other are held to this.",
    why: "Azure makes the pool all the same, and every resize fails with AllocationFailed; the reason, a BadRequest, stands in its \"Provider Error Json\" only.",
    example: "images:\n  - { name: ubuntu, hyperVGeneration: V2 }\npools:\n  - { id: render, image: ubuntu@1.0.0, vmSize: Standard_A1_v2 }",
    mend: "pools:\n  - { id: render, image: ubuntu@1.0.0, vmSize: Standard_D2s_v5 }",
    source: "Microsoft, \"Azure Batch pool resizing failure\" and \"Support for Generation 2 VMs on Azure\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(image) = subject.image_of(pool) else { continue };
        let Some(size) = SizeFacts::of(subject, pool) else { continue };
        let name = size.name;
        let Some(only) = size.only_generation() else { continue };
        if only == image.spec.hyper_v_generation {
            continue;
        }
        let (boots, is) = match only {
            HyperVGeneration::V1 => (1, 2),
            HyperVGeneration::V2 => (2, 1),
        };
        let message =
            format!("`{name}` boots generation {boots} only, and {} is of generation {is}", image.address);
        found.push(
            RULE.found(pool.entry.place_of("vmSize"), message)
                .also(image.place_of("hyperVGeneration"), "this never changes")
                .help(format!(
                    "choose a size that boots generation {is}, or an image of generation {boots}; most series from Dsv3 to Dsv5 boot both"
                )),
        );
    }
}
