//! `pool/image-in-another-subscription`: an image from another subscription needs a registration there.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/image-in-another-subscription"),
    facts: &["B86"],
    severity: Severity::Note,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "The image is in the subscription of the pool's account; where it is not, Batch must be registered there.",
    why: "Batch boots it only where Microsoft.Batch is registered in the image's subscription, and both subscriptions are in one tenant. The data plane takes no such image at all; poolwright makes pools through the management plane, which does.",
    example: "accounts: { main: { name: mybatch, subscription: 11111111-1111-1111-1111-111111111111 } }\ngalleries:\n  - { id: /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Compute/galleries/corp, as: corp }\npools:\n  - { id: render, account: main, image: corp/ubuntu@1.0.0 }",
    mend: "# once:\n#   az provider register -n Microsoft.Batch --subscription 22222222-2222-2222-2222-222222222222",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"; azure-batch, ImageReference, says otherwise of the data plane",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let (Some(image), Some(account)) = (&pool.definition, &pool.account) else { continue };
        if image.subscription().eq_ignore_ascii_case(account.id.subscription()) {
            continue;
        }
        let message = format!(
            "this image is in subscription {}, and the pool's account is in {}",
            image.subscription(),
            account.id.subscription()
        );
        let help = if pool.registers {
            "Microsoft.Batch is registered there by the stack where it is missing; both subscriptions must be of one tenant"
                .to_owned()
        } else {
            format!(
                "once, in the same tenant: `az provider register -n Microsoft.Batch --subscription {}`",
                image.subscription()
            )
        };
        found.push(RULE.found(pool.entry.place_of("image"), message).help(help));
    }
}
