//! Batch is not registered in the subscription of the image that a pool boots.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::azure::Heard;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::facts::Question;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/batch-not-registered"),
    facts: &["A05"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The resource provider Microsoft.Batch is registered in the subscription of the image that a pool boots, where that is not the account's own.",
    why: "Batch reads the image as its own service does, which it may only where it is registered. Otherwise the pool is refused, or no node of it starts.",
    example: "# az provider show -n Microsoft.Batch --subscription 22222222-2222-2222-2222-222222222222 --query registrationState\n#   \"NotRegistered\"\ngalleries:\n  - { id: /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Compute/galleries/corp, as: corp }\npools:\n  - { id: render, account: main, image: corp/ubuntu@1.0.0 }",
    mend: "# once:\n#   az provider register -n Microsoft.Batch --subscription 22222222-2222-2222-2222-222222222222",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    for pool in subject.pools.iter().filter(|pool| !subject.boots_already(pool)) {
        let (Some(image), Some(account)) = (&pool.definition, &pool.account) else { continue };
        let subscription = image.subscription().to_lowercase();
        if subscription.eq_ignore_ascii_case(account.id.subscription()) {
            continue;
        }
        let state = match subject.ask(Question::BatchRegistration(subscription.clone())) {
            Heard::Nothing => continue,
            Heard::Absent => "NotRegistered",
            Heard::There(provider) => {
                provider.get("registrationState").and_then(Value::as_str).unwrap_or("NotRegistered")
            }
        };
        if state.eq_ignore_ascii_case("Registered") || !told.insert(subscription.clone()) {
            continue;
        }
        let message = format!("Microsoft.Batch is {state} in {subscription}, the subscription of this image");
        found.push(
            RULE.found(pool.entry.place_of("image"), message)
                .help(format!("`az provider register -n Microsoft.Batch --subscription {subscription}`")),
        );
    }
}
