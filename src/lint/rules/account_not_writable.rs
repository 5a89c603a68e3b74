//! Whoever signs in may not do with an account what plans do.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::permission::{grant, missing};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/account-not-writable"),
    facts: &["B83"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "Whoever signs in may read the account of a pool, and read, write and delete its pools.",
    why: "A plan only reads. Whoever carries it out needs more, and learns so in the middle of a run otherwise. It is a warning, because whoever plans need not be who applies.",
    example: "# az role assignment list --assignee PRINCIPAL --scope ACCOUNT\n#   Azure Batch Account Reader\npools:\n  - { id: render, account: main, image: ubuntu@1.0.0 }",
    mend: "# once:\n#   az role assignment create --assignee PRINCIPAL --role \"Azure Batch Data Contributor\" --scope ACCOUNT",
    source: "Microsoft, \"Role-based access control for Azure Batch service\"",
    check,
};

const ACTIONS: [&str; 4] = [
    "Microsoft.Batch/batchAccounts/read",
    "Microsoft.Batch/batchAccounts/pools/read",
    "Microsoft.Batch/batchAccounts/pools/write",
    "Microsoft.Batch/batchAccounts/pools/delete",
];

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    for pool in &subject.pools {
        let Some(account) = pool.account.as_ref().filter(|account| told.insert(account.id.clone())) else {
            continue;
        };
        let missing = missing(subject, &account.id, &ACTIONS);
        if missing.is_empty() {
            continue;
        }
        let message = format!(
            "whoever signs in does not have {} on the account {}",
            missing.join(", "),
            account.id.name()
        );
        found.push(
            RULE.found(pool.entry.place_of("account"), message)
                .help(grant("Azure Batch Data Contributor", &account.id)),
        );
    }
}
