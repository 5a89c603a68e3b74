//! `image-version/number-too-large`: the numbers of a version fit 32 bits.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/number-too-large"),
    facts: &["B03"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "Each number of a `version` is 2147483647 at most.",
    why: "Azure keeps them as 32-bit integers. Dates fit as 20261125, and with the hour as 2026112514; with minutes they do not.",
    example: "versions:\n  - version: 4000000000.0.0",
    mend: "versions:\n  - version: 4.0.0",
    source: "Microsoft, \"Create an image definition and an image version\"; azure-cli, sig image-version",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for version in &subject.versions {
        let fits = |part: &str| part.parse::<i32>().is_ok();
        let Some(part) = version.spec.version.split('.').find(|part| !fits(part)) else { continue };
        found.push(
            RULE.found(
                version.entry.place_of("version"),
                format!("{part} does not fit a 32-bit integer, as which Azure keeps it"),
            )
            .help(format!("write a number up to {}", i32::MAX)),
        );
    }
}
