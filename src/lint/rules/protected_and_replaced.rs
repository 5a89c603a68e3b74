//! `pool/protected-and-replaced`: a pool that is kept is not replaced.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::rollout::RolloutStrategy;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/protected-and-replaced"),
    facts: &["B75"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool with `protect: true` has no `rollout` that replaces it.",
    why: "`protect` keeps a pool from being removed or replaced, and `replace` and `blueGreen` do just that for every new image. The plan is blocked then.",
    example: "pools:\n  - { id: render, protect: true, rollout: { strategy: replace } }",
    mend: "pools:\n  - { id: render, protect: true, rollout: { strategy: drain } }",
    source: "poolwright, the format of a pool; Microsoft, \"Update Batch pool properties\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let strategy = pool.spec.rollout.as_ref().and_then(|rollout| rollout.strategy);
        let replaces = matches!(strategy, Some(RolloutStrategy::Replace | RolloutStrategy::BlueGreen));
        if pool.spec.protect != Some(true) || !replaces {
            continue;
        }
        let place = pool.entry.place_at(&["rollout", "strategy"]);
        found.push(
            RULE.found(place, "this pool is protected, and its rollout makes another in its place")
                .also(pool.entry.place_of("protect"), "protected here")
                .help("write `strategy: drain`, which keeps the pool, or take `protect` out"),
        );
    }
}
