//! `pool/vm-size-retired`: the VM size can still be had.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts;
use crate::lint::subject::Subject;
use crate::lint::vm_size::VmSize;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/vm-size-retired"),
    facts: &["A27", "B46", "B47"],
    severity: Severity::Warning,
    confidence: Confidence::Reported,
    needs: Needs::Either,
    checks: "The VM size is of no series that Azure has retired, and Batch has not ended its support for it.",
    why: "Machines of a retired series are taken away: a pool of them cannot grow, and its nodes become unusable.",
    example: "pools:\n  - { id: render, vmSize: Standard_A1 }",
    mend: "pools:\n  - { id: render, vmSize: Standard_D2s_v5 }",
    source: "Microsoft's notices in Azure/Batch: issues 87 and 140; azure-mgmt-batch 2025-06-01, SupportedSku.batchSupportEndOfLife",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.today.as_deref() else { return };
    for pool in &subject.pools {
        let Some(name) = pool.spec.vm_size.as_deref() else { continue };
        let end = VmSize::read(name).and_then(|size| size.end());
        let of_series = end.and_then(|end| Some((end.series, end.day.filter(|day| *day < today)?)));
        let message = if let Some((series, day)) = of_series {
            format!("`{name}` is of the {series} series, which was retired on {day}")
        } else if let Some(day) = size_facts::end(subject, pool, name).filter(|day| *day < today) {
            format!("Batch's support for `{name}` ended on {day}")
        } else {
            continue;
        };
        found.push(
            RULE.found(pool.entry.place_of("vmSize"), message)
                .help("choose a size of a current series; `az batch location list-skus --location REGION` shows those that Batch offers"),
        );
    }
}
