//! `pool/unversioned-image`: a pool says which version it boots.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::rollout::RolloutStrategy;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{Boots, Subject};

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/unversioned-image"),
    facts: &["A28", "B28"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool names a version of its image, or has automatic OS upgrade, which needs it open.",
    why: "Without a version Azure takes the latest one whenever it makes a node: nodes of one pool can differ, and a version that is published reaches the pool when it happens to grow, not when somebody decides it.",
    example: "pools:\n  - { id: render, image: ubuntu }",
    mend: "pools:\n  - { id: render, image: ubuntu@latest }",
    source: "azure-batch, ImageReference",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in subject.pools.iter().filter(|pool| pool.boots == Boots::Azures) {
        let rollout = pool.spec.rollout.as_ref().and_then(|rollout| rollout.strategy);
        if pool.upgrades_itself() || rollout == Some(RolloutStrategy::Automatic) {
            continue;
        }
        let text = pool.spec.image.as_deref().unwrap_or_default();
        let by_name = !text.starts_with('/');
        let message = "Azure chooses the version of this image anew for each node it makes";
        found.push(RULE.found(pool.entry.place_of("image"), message).help(if by_name {
            format!("write `{text}@latest`, which is chosen when planning and then pinned, or a version: `{text}@1.2.3`")
        } else {
            "add the version: `…/versions/1.2.3`".to_owned()
        }));
    }
}
