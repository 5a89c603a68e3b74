//! `pool/vm-size-not-offered`: Batch has the VM size in the pool's region.

use serde_json::Value;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::decode::nearest;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/vm-size-not-offered"),
    facts: &["B46"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The VM size is in Batch's list for the region of the account. Of a pool that is there and has the size already, this is a warning.",
    why: "Azure makes no pool of a size that Batch does not offer in the region, and a pool that has one cannot be counted on to grow.",
    example: "# az batch location list-skus --location westus: no Standard_HB120rs_v3\npools:\n  - { id: render, account: west, vmSize: Standard_HB120rs_v3 }",
    mend: "pools:\n  - { id: render, account: west, vmSize: Standard_D32ds_v5 }",
    source: "azure-mgmt-batch 2025-06-01, LocationOperations.list_supported_virtual_machine_skus",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let (Some(size), Some(region)) = (pool.spec.vm_size.as_deref(), &pool.region) else { continue };
        let Some(offered) = size_facts::offered(subject, pool) else { continue };
        if offered.get(size.to_lowercase()).is_some() {
            continue;
        }
        let names = offered.as_object().into_iter().flat_map(|list| list.values());
        let names = names.filter_map(|sku| sku.get("name").and_then(Value::as_str));
        let mut diagnostic = RULE
            .found(pool.entry.place_of("vmSize"), format!("Batch does not offer `{size}` in {region}"))
            .help(match nearest(size, names) {
                Some(near) => format!(
                    "did you mean `{near}`? `az batch location list-skus --location {region}` shows all"
                ),
                None => format!(
                    "`az batch location list-skus --location {region}` shows the sizes that it offers"
                ),
            });
        if subject.has_already(pool, "/properties/vmSize", size) {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic);
    }
}
