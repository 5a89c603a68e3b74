//! `pool/version-called-latest`: `latest` is no version in a resource id.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/version-called-latest"),
    facts: &["B30"],
    severity: Severity::Warning,
    confidence: Confidence::Inferred,
    needs: Needs::Files,
    checks: "The resource id of an image ends with a version's number, or with the image.",
    why: "`/versions/latest` is written by other tools, which replace it before Azure sees it. That Batch takes it for an image in a gallery is documented nowhere.",
    example: "pools:\n  - { id: render, image: /subscriptions/…/galleries/corp/images/ubuntu/versions/latest }",
    mend: "pools:\n  - { id: render, image: corp/ubuntu@latest }",
    source: "inferred: azure-batch, ImageReference, names two forms, with a version's number and without a version",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(text) = pool.spec.image.as_deref().filter(|text| text.starts_with('/')) else { continue };
        let mut words = text.rsplit('/');
        let (Some(word), Some("versions")) = (words.next(), words.next()) else { continue };
        if !word.eq_ignore_ascii_case("latest") && !word.eq_ignore_ascii_case("recent") {
            continue;
        }
        let message =
            format!("`{word}` is a word of other tools, and no version that Batch is known to take");
        found.push(RULE.found(pool.entry.place_of("image"), message).help(
            "name the gallery under `galleries:` with `id` and `as: ALIAS`, and write `image: ALIAS/NAME@latest`",
        ).help("or end the id after the image, and Azure takes the latest version for each node"));
    }
}
