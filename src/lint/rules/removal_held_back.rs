//! `image-version/removal-held-back`: what is to be removed is not kept from it.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/removal-held-back"),
    facts: &["B25"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A version with `remove: true` has no `protect: true`, and no `blockDeletionBeforeEndOfLife` before its end of life.",
    why: "`protect` blocks the plan. `blockDeletionBeforeEndOfLife` makes Azure refuse the deletion with DeleteGalleryImageVersionBlockedBeforeEndOfLife until the date has come.",
    example: "versions:\n  - { version: 1.0.0, remove: true, protect: true }",
    mend: "versions:\n  - { version: 1.0.0, remove: true }",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for version in subject.versions.iter().filter(|version| version.spec.remove) {
        let remove = version.entry.place_of("remove");
        if version.spec.protect {
            let message = format!("{} is to be removed, and is protected", version.address);
            let diagnostic = RULE.found(version.entry.place_of("protect"), message);
            found.push(diagnostic.also(remove, "removed here").help("take one of them out"));
        }
        let blocks =
            version.spec.safety_profile.as_ref().and_then(|safety| safety.block_deletion_before_end_of_life);
        let date = version.spec.end_of_life_date.as_deref().filter(|_| blocks == Some(true));
        let Some((date, today)) = date.zip(subject.today.as_deref()) else { continue };
        if date > today {
            let message =
                format!("Azure refuses to delete {} before its end of life, {date}", version.address);
            found.push(
                RULE.found(remove, message)
                    .also(
                        version.entry.place_at(&["safetyProfile", "blockDeletionBeforeEndOfLife"]),
                        "blocked here",
                    )
                    .also(version.entry.place_of("endOfLifeDate"), "its end of life")
                    .help("write `blockDeletionBeforeEndOfLife: false`, apply, and remove it then"),
            );
        }
    }
}
