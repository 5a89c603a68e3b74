//! `pool/too-many-communicating-nodes`: as many nodes as can talk to each other.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::placement::InterNodeCommunication;
use crate::lint::cores::is_user_subscription;
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/too-many-communicating-nodes"),
    facts: &["B63"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A pool whose nodes communicate has 100 nodes at most, and 80 in an account whose `poolAllocationMode` is UserSubscription.",
    why: "Azure puts such nodes close together, and has no room for more: the resize ends with CommunicationEnabledPoolReachedMaxVMCount. No quota request raises it.",
    example: "interNodeCommunication: Enabled\nscaleSettings: { fixedScale: { targetDedicatedNodes: 200 } }",
    mend: "interNodeCommunication: Disabled\nscaleSettings: { fixedScale: { targetDedicatedNodes: 200 } }",
    source: "Microsoft, \"Batch service quotas and limits\"",
    check,
};

const MOST: u64 = 100;

/// The same where pools are allocated in the user's subscription.
const MOST_OF_USER: u64 = 80;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        if pool.spec.inter_node_communication != Some(InterNodeCommunication::Enabled) {
            continue;
        }
        let fixed = pool.spec.scale_settings.as_ref().and_then(|scale| scale.fixed_scale.as_ref());
        let target = fixed.map_or(0, |fixed| {
            u64::from(fixed.target_dedicated_nodes.unwrap_or(0))
                + u64::from(fixed.target_low_priority_nodes.unwrap_or(0))
        });
        let most = pool.spec.max_nodes.map_or(0, u64::from);
        let of_user = pool.account.as_ref().is_some_and(|account| is_user_subscription(subject, account));
        let allowed = if of_user { MOST_OF_USER } else { MOST };
        let mut diagnostic = if target > allowed {
            let message = format!(
                "{target} nodes are too many for nodes that communicate: Azure has {allowed} at most"
            );
            RULE.found(key(pool.entry, &["scaleSettings", "fixedScale"]), message)
        } else if most > allowed {
            let message = format!("`maxNodes` is {most}, and nodes that communicate are {allowed} at most");
            RULE.found(pool.entry.place_of("maxNodes"), message)
        } else {
            continue;
        };
        if target <= allowed {
            diagnostic.severity = Severity::Warning;
        }
        found.push(
            diagnostic
                .also(pool.entry.place_of("interNodeCommunication"), "they communicate")
                .help("split the pool, or leave `interNodeCommunication` out if no task uses MPI"),
        );
    }
}
