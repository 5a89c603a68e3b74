//! `image-version/own-region-missing`: a version has replicas where it is made.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::vocabulary::TargetRegion;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::region;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/own-region-missing"),
    facts: &["B14"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "The region that a version is made in is among its `targetRegions`.",
    why: "Azure makes the first copy in the version's own region and the others from it; a list without that region is refused. Without any list, Azure takes the version's own region. A region is the version's `location`, else the image's, else the stack's.",
    example: "location: eastus\nimages:\n  - name: ubuntu\n    targetRegions: [{ name: westeurope }]",
    mend: "    targetRegions: [{ name: eastus }, { name: westeurope }]",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // Versions of one image inherit one list of regions: what is written once is told once.
    let mut told = BTreeSet::new();
    for version in &subject.versions {
        let Some(entry) = version.entry.node.entry("targetRegions") else { continue };
        let is_home = |target: &TargetRegion| region::normal(&target.name) == version.home;
        // Where regions that no file names are kept, it may be among those of a version that is there.
        let may_be_kept = version.spec.keeps_other_regions()
            && subject.azure.as_ref().is_none_or(|azure| !azure.is_absent(&version.address))
            && !version.named_regions().any(|(target, _)| target.remove && is_home(target));
        if version.spec.remove
            || may_be_kept
            || version.named_regions().next().is_none()
            || version.regions().any(|(target, _)| is_home(target))
            || !told.insert((entry.key_place, version.home.as_str()))
        {
            continue;
        }
        let message =
            format!("{} is made in {}, which is not among its regions", version.address, version.home);
        let mut diagnostic = RULE.found(entry.key_place, message);
        if let Some(location) = version.entry.node.get("location") {
            diagnostic = diagnostic.also(location.place, "the region that it is made in");
        }
        found.push(diagnostic.help(format!(
            "add `{{ name: {} }}`, or write one of the regions as its `location`",
            version.home
        )));
    }
}
