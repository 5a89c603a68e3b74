//! `image-definition/incomplete-purchase-plan`: a purchase plan is whole.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-definition/incomplete-purchase-plan"),
    facts: &["A12"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A `purchasePlan` has its `name`, `publisher` and `product`, exactly as the image it was built from has them.",
    why: "Azure checks the plan when a node is made: with a part of it missing, resizes fail (MissingPublisherPropertyInMarketPlacePlan). Where the base has no plan, the definition has none either.",
    example: "purchasePlan: { name: standard, product: render-linux }",
    mend: "purchasePlan: { name: standard, publisher: contoso, product: render-linux }",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"; Microsoft.Azure.Batch, PoolResizeErrorCodes",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for image in &subject.images {
        let Some(plan) = image.spec.purchase_plan.as_ref() else { continue };
        let parts = [("name", &plan.name), ("publisher", &plan.publisher), ("product", &plan.product)];
        let missing: Vec<String> =
            parts.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| format!("`{key}`")).collect();
        if missing.is_empty() {
            continue;
        }
        let message = format!("the purchase plan has no {}", missing.join(" and no "));
        found.push(
            RULE.found(image.entry.key_place_of("purchasePlan"), message).help(
                "`az vm image show --urn URN --query plan` shows the plan of the image it was built from",
            ),
        );
    }
}
