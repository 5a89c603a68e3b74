//! The image and the account of a pool are in two tenants.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::facts::Question;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/image-of-another-tenant"),
    facts: &["A04"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The subscription of the image that a pool boots is in the tenant of the account's subscription.",
    why: "Batch reads the image in the account's own tenant. A gallery that another tenant shares with it can be read, and still boots no node.",
    example: "# az account show --subscription 22222222-2222-2222-2222-222222222222 --query tenantId\n#   another one\ngalleries:\n  - { id: /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Compute/galleries/corp, as: corp }\npools:\n  - { id: render, account: main, image: corp/ubuntu@1.0.0 }",
    mend: "galleries: [{ name: own }]\nimages:\n  - name: ubuntu   # made in the account's tenant, from a disk that was copied there\npools:\n  - { id: render, account: main, image: own/ubuntu@1.0.0 }",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let tenant = |subscription: &str| {
        let answer = subject.ask(Question::Subscription(subscription.to_lowercase())).there()?;
        answer.get("tenantId")?.as_str()
    };
    let mut told = BTreeSet::new();
    for pool in subject.pools.iter().filter(|pool| !subject.boots_already(pool)) {
        let (Some(image), Some(account)) = (&pool.definition, &pool.account) else { continue };
        if image.subscription().eq_ignore_ascii_case(account.id.subscription()) {
            continue;
        }
        // Both are asked before either is missed, so that they are read at once.
        let tenants = (tenant(image.subscription()), tenant(account.id.subscription()));
        let (Some(of_image), Some(of_account)) = tenants else { continue };
        let pair = (image.subscription().to_lowercase(), &account.id);
        if of_image.eq_ignore_ascii_case(of_account) || !told.insert(pair) {
            continue;
        }
        let message =
            format!("this image is in the tenant {of_image}, and the pool's account in {of_account}");
        found
            .push(RULE.found(pool.entry.place_of("image"), message).help(
                "copy the image's disk to a gallery in the account's tenant, and make the image there",
            ));
    }
}
