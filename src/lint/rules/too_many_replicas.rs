//! `image-version/too-many-replicas`: no more replicas than a version may have.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::replicas::{Replicas, written};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/too-many-replicas"),
    facts: &["B17"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A version has 50 replicas at most in a region, and 100 at most in all.",
    why: "Microsoft names 50 as the limit of a region and 100 as that of a version. Above, Azure may refuse the version, or replicate it for hours and fail. One region takes 100 in some of Microsoft's pages, and never more.",
    example: "targetRegions:\n  - { name: eastus, regionalReplicaCount: 80 }",
    mend: "targetRegions:\n  - { name: eastus, regionalReplicaCount: 50 }",
    source: "Microsoft, \"Store and share images in an Azure Compute Gallery\"; hashicorp/packer-plugin-azure issue 337",
    check,
};

/// The most in a region, and in all.
const MOST: (u64, u64) = (50, 100);

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let replicas = Replicas::of(subject);
    // Versions of one image inherit one list of regions: what is written once is told once.
    let mut told = BTreeSet::new();
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let mut all = 0;
        let mut crowded = false;
        for (target, node) in version.regions() {
            let count = replicas.count(subject, version, target);
            all += count;
            if count > MOST.0 {
                crowded = true;
                let written = written(node).or_else(|| node.get("name"));
                let place = written.map_or(node.place, |node| node.place);
                let message = format!(
                    "{} comes to {count} replicas in {}, and a region takes {}",
                    version.address, target.name, MOST.0
                );
                if told.insert(place) {
                    found.push(RULE.found(place, message).help(WAY_OUT));
                }
            }
        }
        let list = version.entry.node.entry("targetRegions").map(|entry| entry.key_place);
        if let Some(place) = list.filter(|_| all > MOST.1 && !crowded).filter(|place| told.insert(*place)) {
            let message = format!(
                "{} comes to {all} replicas in all its regions, and a version takes {}",
                version.address, MOST.1
            );
            found.push(RULE.found(place, message).help(WAY_OUT));
        }
    }
}

const WAY_OUT: &str =
    "publish the same content as a second version, with replicas of its own, for some of the pools";
