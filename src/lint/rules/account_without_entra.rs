//! The account of a pool takes no Entra ID sign-in, without which it links no image.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::batch_account::spec::{AuthenticationMode, BatchAccountSpec};
use crate::kinds::declared::Declared;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{AccountSeen, Subject};

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/account-without-entra"),
    facts: &["A01"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The account of a pool has `AAD` among its `allowedAuthenticationModes`.",
    why: "Batch links an image of a gallery only for callers that are signed in with Entra ID, and refuses a shared key: \"authentication SharedKey is not allowed when external resources of type Compute are linked\".",
    example: "# az batch account show -n mybatch -g rg --query allowedAuthenticationModes\n#   [\"SharedKey\"]\npools:\n  - { id: render, account: main, image: ubuntu@1.0.0 }",
    mend: "# once:\n#   az resource update --ids ACCOUNT --set 'properties.allowedAuthenticationModes=[\"SharedKey\",\"AAD\"]'",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"; azure-mgmt-batch, AuthenticationMode",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    for pool in subject.pools.iter().filter(|pool| !subject.boots_already(pool)) {
        let Some(account) = &pool.account else { continue };
        if let Some(entry) = own_account(subject, account) {
            let spec: &BatchAccountSpec = entry.spec();
            let modes = spec.allowed_authentication_modes.as_deref().unwrap_or_default();
            if modes.is_empty() || modes.contains(&AuthenticationMode::Aad) || !told.insert(&account.id) {
                continue;
            }
            let message = format!(
                "the account {} does not take Entra ID, and so boots no image of a gallery",
                account.id.name()
            );
            let found_here = RULE.found(entry.place_of("allowedAuthenticationModes"), message);
            found.push(
                found_here
                    .also(pool.entry.place_of("account"), "this pool is in it")
                    .help("add `AAD`, or leave the list out"),
            );
            continue;
        }
        let modes = subject.account_property(account, "allowedAuthenticationModes").and_then(Value::as_array);
        // Where Azure names none, all are allowed.
        let Some(modes) = modes.filter(|modes| !modes.is_empty()) else { continue };
        let is_entra = |mode: &Value| mode.as_str().is_some_and(|mode| mode.eq_ignore_ascii_case("AAD"));
        if modes.iter().any(is_entra) || !told.insert(&account.id) {
            continue;
        }
        let message = format!(
            "the account {} does not take Entra ID, and so boots no image of a gallery",
            account.id.name()
        );
        // What others sign in with stays.
        let all = modes.iter().filter_map(Value::as_str).chain(["AAD"]);
        let all: Vec<String> = all.map(|mode| format!("\"{mode}\"")).collect();
        found.push(RULE.found(pool.entry.place_of("account"), message).help(format!(
            "`az resource update --ids {} --set 'properties.allowedAuthenticationModes=[{}]'`",
            account.id,
            all.join(",")
        )));
    }
}

/// The account as the stack itself writes it.
fn own_account<'a>(subject: &Subject<'a>, account: &AccountSeen) -> Option<&'a Declared> {
    let is_it = |entry: &&Declared| {
        entry.kind.name() == account.address.kind() && {
            let spec: &BatchAccountSpec = entry.spec();
            spec.alias.as_deref().unwrap_or(&spec.name) == account.address.name()
        }
    };
    subject.entries.iter().find(is_it)
}
