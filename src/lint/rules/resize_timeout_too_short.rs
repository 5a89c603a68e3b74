//! `pool/resize-timeout-too-short`: time enough for the nodes that are asked for.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::duration;
use crate::model::pending::resize_timeout_for;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/resize-timeout-too-short"),
    facts: &["A22"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A fixed number of nodes has a `resizeTimeout` of 15 minutes for every started 1,000 nodes, and of 30 minutes at least above 300 nodes.",
    why: "Azure gives up at the time-out and leaves the pool with the nodes it has by then (AllocationTimedOut). Nodes from a custom image come more slowly than others. What is not written is 15 minutes.",
    example: "scaleSettings:\n  fixedScale: { targetDedicatedNodes: 2000, resizeTimeout: PT15M }",
    mend: "scaleSettings:\n  fixedScale: { targetDedicatedNodes: 2000, resizeTimeout: auto }",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\" and \"Azure Batch pool and node errors\"",
    check,
};

/// Azure's default, and what it takes at least.
const DEFAULT: u64 = 15 * 60;
const LEAST: u64 = 5 * 60;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(fixed) = pool.spec.scale_settings.as_ref().and_then(|scale| scale.fixed_scale.as_ref())
        else {
            continue;
        };
        let written = fixed.resize_timeout.as_deref();
        let nodes = u64::from(fixed.target_dedicated_nodes.unwrap_or(0))
            + u64::from(fixed.target_low_priority_nodes.unwrap_or(0));
        let has = match written {
            Some("auto") => continue,
            Some(text) => match duration::seconds(text) {
                Some(seconds) if seconds >= LEAST => seconds,
                // Azure does not take it at all, which another rule says.
                Some(_) | None => continue,
            },
            None => DEFAULT,
        };
        let needs = resize_timeout_for(nodes);
        if has >= needs {
            continue;
        }
        let key = match (written, fixed.target_dedicated_nodes) {
            (Some(_), _) => "resizeTimeout",
            (None, Some(_)) => "targetDedicatedNodes",
            (None, None) => "targetLowPriorityNodes",
        };
        let place = pool.entry.place_at(&["scaleSettings", "fixedScale", key]);
        let text = format!(
            "{nodes} nodes need a `resizeTimeout` of {} at least, and this pool has {}",
            duration::text(needs),
            duration::text(has)
        );
        let mut diagnostic = RULE.found(place, text).help("write `resizeTimeout: auto`");
        diagnostic = match written {
            Some(_) => diagnostic.edit(place, "auto"),
            None => diagnostic.label("Azure's 15 minutes count where none is written"),
        };
        found.push(diagnostic);
    }
}
