//! Batch is not registered in the subscription of the image that a pool boots.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::provider_registration::address;
use crate::lint::azure::Heard;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{PoolSeen, Subject};
use crate::model::facts::Question;
use crate::model::permission::grants;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/batch-not-registered"),
    facts: &["A05"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The resource provider Microsoft.Batch is registered in the subscription of the image that a pool boots, where that is not the account's own; or the stack registers it, and whoever signs in may do that. It does where it writes something in that subscription, or the header says `registerProviders: true`.",
    why: "Batch reads the image as its own service does, which it may only where it is registered. Otherwise the pool is refused, or no node of it starts.",
    example: "# az provider show -n Microsoft.Batch --subscription 22222222-2222-2222-2222-222222222222 --query registrationState\n#   \"NotRegistered\"\ngalleries:\n  - { id: /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Compute/galleries/corp, as: corp }\npools:\n  - { id: render, account: main, image: corp/ubuntu@1.0.0 }",
    mend: "registerProviders: true\n# or once:\n#   az provider register -n Microsoft.Batch --subscription 22222222-2222-2222-2222-222222222222",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"",
    check,
};

const REGISTER: &str = "Microsoft.Batch/register/action";

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    for pool in &subject.pools {
        let (Some(image), Some(account)) = (&pool.definition, &pool.account) else { continue };
        let subscription = image.subscription().to_lowercase();
        if subscription.eq_ignore_ascii_case(account.id.subscription()) {
            continue;
        }
        let missing =
            if pool.registers { unregistrable(subject, &subscription) } else { unregistered(subject, pool) };
        let Some(missing) = missing.filter(|_| told.insert(subscription.clone())) else { continue };
        let command = format!("`az provider register -n Microsoft.Batch --subscription {subscription}`");
        let help = if pool.registers {
            format!("have somebody who may run {command}")
        } else {
            format!("{command}, or write `registerProviders: true` in the header")
        };
        found.push(RULE.found(pool.entry.place_of("image"), missing).help(help));
    }
}

/// What is missing where nobody but the user registers it.
fn unregistered(subject: &Subject<'_>, pool: &PoolSeen<'_>) -> Option<String> {
    let subscription = pool.definition.as_ref()?.subscription().to_lowercase();
    if subject.boots_already(pool) {
        return None;
    }
    let state = match subject.ask(Question::BatchRegistration(subscription.clone())) {
        Heard::Nothing => return None,
        Heard::Absent => "NotRegistered",
        Heard::There(provider) => state(provider),
    };
    let missing = !state.eq_ignore_ascii_case("Registered");
    missing.then(|| format!("Microsoft.Batch is {state} in {subscription}, the subscription of this image"))
}

/// What is missing where the stack would register it, and whoever signs in may not.
fn unregistrable(subject: &Subject<'_>, subscription: &str) -> Option<String> {
    let provider = address(subscription, "Microsoft.Batch");
    // That it could not be read is told with the plan of it.
    let state = state(&subject.azure.as_ref()?.snapshot.live(&provider)?.body);
    if ["Registered", "Registering"].iter().any(|known| state.eq_ignore_ascii_case(known)) {
        return None;
    }
    let roles = subject.ask(Question::SubscriptionPermissions(subscription.to_owned())).there()?;
    (!grants(roles, REGISTER)).then(|| {
        format!(
            "Microsoft.Batch is {state} in {subscription}, the subscription of this image, and whoever signs in may not register it (`{REGISTER}`)"
        )
    })
}

fn state(provider: &Value) -> &str {
    provider.get("registrationState").and_then(Value::as_str).unwrap_or("NotRegistered")
}
