//! `pool/resize-timeout-below-minimum`: a time that Azure takes.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::duration;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/resize-timeout-below-minimum"),
    facts: &["B58"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A `resizeTimeout` is a length of time of 5 minutes at least.",
    why: "Azure refuses the pool otherwise (400 InvalidPropertyValue).",
    example: "scaleSettings:\n  fixedScale: { targetDedicatedNodes: 4, resizeTimeout: PT2M }",
    mend: "scaleSettings:\n  fixedScale: { targetDedicatedNodes: 4, resizeTimeout: auto }",
    source: "Microsoft.Batch management contract 2024-07-01, FixedScaleSettings",
    check,
};

/// What Azure takes at least.
const LEAST: u64 = 5 * 60;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let fixed = pool.spec.scale_settings.as_ref().and_then(|scale| scale.fixed_scale.as_ref());
        let Some(text) = fixed.and_then(|fixed| fixed.resize_timeout.as_deref()) else { continue };
        let seconds = duration::seconds(text);
        let message = match seconds {
            _ if text == "auto" => continue,
            Some(seconds) if seconds >= LEAST => continue,
            Some(_) => format!("Azure takes a `resizeTimeout` of 5 minutes at least, not {text}"),
            None => format!("`{text}` is no length of time"),
        };
        let place = pool.entry.place_at(&["scaleSettings", "fixedScale", "resizeTimeout"]);
        let diagnostic = RULE.found(place, message).help("write `resizeTimeout: auto`");
        // What is no length of time at all may have been meant for any.
        found.push(if seconds.is_some() { diagnostic.edit(place, "auto") } else { diagnostic });
    }
}
