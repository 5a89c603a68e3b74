//! `pool/evaluation-interval-out-of-range`: as often as Azure looks.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::duration;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/evaluation-interval-out-of-range"),
    facts: &["B59"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "An `evaluationInterval` is between 5 minutes and 168 hours.",
    why: "Azure refuses the pool otherwise (400 InvalidPropertyValue). What is not written is 15 minutes.",
    example: "scaleSettings:\n  autoScale: { formula: \"$TargetDedicatedNodes = 4;\", evaluationInterval: PT1M }",
    mend: "scaleSettings:\n  autoScale: { formula: \"$TargetDedicatedNodes = 4;\", evaluationInterval: PT5M }",
    source: "azure-batch 2025-06-01, BatchPoolCreateOptions; Microsoft, \"Automatically scale compute nodes in an Azure Batch pool\"",
    check,
};

/// What Azure takes, in seconds.
const TAKEN: std::ops::RangeInclusive<u64> = 5 * 60..=168 * 3_600;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let auto = pool.spec.scale_settings.as_ref().and_then(|scale| scale.auto_scale.as_ref());
        let Some(text) = auto.and_then(|auto| auto.evaluation_interval.as_deref()) else { continue };
        let taken = format!("Azure takes an `evaluationInterval` of PT5M to PT168H, not {text}");
        let seconds = duration::seconds(text);
        let (message, instead) = match seconds {
            Some(seconds) if TAKEN.contains(&seconds) => continue,
            Some(seconds) if seconds < *TAKEN.start() => (taken, "PT5M"),
            Some(_) => (taken, "PT168H"),
            None => (format!("`{text}` is no length of time"), "PT15M"),
        };
        let place = pool.entry.place_at(&["scaleSettings", "autoScale", "evaluationInterval"]);
        let diagnostic = RULE.found(place, message).help(format!("write `evaluationInterval: {instead}`"));
        // The nearest that Azure takes; what is no length of time at all may have been meant for any.
        found.push(if seconds.is_some() { diagnostic.edit(place, instead) } else { diagnostic });
    }
}
