//! `image-version/region-twice`: each region stands once.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::region;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/region-twice"),
    facts: &["B15"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "No region stands twice among the `targetRegions` of a version, in whatever spelling.",
    why: "`West US` and `westus` are one region. Azure refuses the version with InvalidParameter.",
    example: "targetRegions:\n  - { name: westus }\n  - { name: West US, regionalReplicaCount: 4 }",
    mend: "targetRegions:\n  - { name: westus, regionalReplicaCount: 4 }",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"; hashicorp/terraform-provider-azurerm issue 7751",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // Versions of one image inherit one list of regions: what is written once is told once.
    let mut told = BTreeSet::new();
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let mut first: BTreeMap<String, Place> = BTreeMap::new();
        for (target, node) in version.named_regions() {
            let place = node.get("name").map_or(node.place, |name| name.place);
            let name = region::normal(&target.name);
            if let Some(first) = first.get(&name) {
                if told.insert(place) {
                    let message = format!("{} has the region {name} twice", version.address);
                    let diagnostic = RULE.found(place, message).also(*first, "first here");
                    found.push(diagnostic.help("take one of them out"));
                }
            } else {
                first.insert(name, place);
            }
        }
    }
}
