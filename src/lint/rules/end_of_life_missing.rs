//! `image-version/end-of-life-missing`: what is kept until its end of life has one.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/end-of-life-missing"),
    facts: &["B25"],
    severity: Severity::Warning,
    confidence: Confidence::Inferred,
    needs: Needs::Files,
    checks: "A version with `blockDeletionBeforeEndOfLife: true` has an `endOfLifeDate`.",
    why: "Without a date there is nothing to wait for, and the version is likely not kept at all.",
    example: "versions:\n  - version: 1.0.0\n    safetyProfile: { blockDeletionBeforeEndOfLife: true }",
    mend: "versions:\n  - version: 1.0.0\n    endOfLifeDate: 2030-06-30\n    safetyProfile: { blockDeletionBeforeEndOfLife: true }",
    source: "azure-mgmt-compute, GalleryImageVersionSafetyProfile.block_deletion_before_end_of_life",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // Versions of one image inherit one profile: what is written once is told once.
    let mut told = BTreeSet::new();
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let safety = version.spec.safety_profile.as_ref();
        let blocks = safety.and_then(|safety| safety.block_deletion_before_end_of_life) == Some(true);
        let place = version.entry.place_at(&["safetyProfile", "blockDeletionBeforeEndOfLife"]);
        if blocks && version.spec.end_of_life_date.is_none() && told.insert(place) {
            let message = format!("{} has no end of life until which it could be kept", version.address);
            found.push(RULE.found(place, message).help("write the version's `endOfLifeDate`"));
        }
    }
}
