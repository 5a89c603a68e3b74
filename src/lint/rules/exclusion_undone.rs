//! `image-version/exclusion-undone`: a version that is withheld is withheld in every region.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::declared::Declared;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/exclusion-undone"),
    facts: &["B27"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A version with `excludeFromLatest: true` inherits no region with `excludeFromLatest: false`.",
    why: "A region's own flag wins over the version's. A region that the version inherits from its image with `false` makes it the latest there all the same, and Azure gives it to pools that name no version. A region written on the version itself may say `false`: that is how a version is tried in one region first.",
    example: "images:\n  - name: ubuntu\n    targetRegions: [{ name: eastus, excludeFromLatest: false }]\n    versions:\n      - { version: 2.0.0, excludeFromLatest: true }",
    mend: "    targetRegions: [{ name: eastus }]",
    source: "Microsoft, \"Store and share images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for version in subject.versions.iter().filter(|version| version.spec.exclude_from_latest == Some(true)) {
        let list = |entry: &Declared| entry.node.get("targetRegions").map(|node| node.place);
        let of_image = subject.definition_of(version).and_then(|image| list(image.entry));
        if version.spec.remove || of_image.is_none() || list(version.entry) != of_image {
            continue;
        }
        let undone = version.regions().find(|(target, _)| target.exclude_from_latest == Some(false));
        let Some((target, node)) = undone else { continue };
        let message = format!(
            "{} is the latest in {} all the same: the region's own flag wins",
            version.address, target.name
        );
        let flag = node.get("excludeFromLatest").map_or(node.place, |flag| flag.place);
        found.push(
            RULE.found(version.entry.place_of("excludeFromLatest"), message)
                .also(flag, "inherited by the version")
                .help("take `excludeFromLatest` out of the image's `targetRegions`"),
        );
    }
}
