//! `pool/vm-size-retired`: the VM size can still be had.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::lint::vm_size::VmSize;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/vm-size-retired"),
    facts: &["A27", "B47"],
    severity: Severity::Warning,
    confidence: Confidence::Reported,
    needs: Needs::Files,
    checks: "The VM size is of no series that Azure has retired.",
    why: "Machines of a retired series are taken away: a pool of them cannot grow, and its nodes become unusable.",
    example: "pools:\n  - { id: render, vmSize: Standard_A1 }",
    mend: "pools:\n  - { id: render, vmSize: Standard_D2s_v5 }",
    source: "Microsoft's notices in Azure/Batch: issues 87 and 140",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.today.as_deref() else { return };
    for pool in &subject.pools {
        let Some(name) = pool.spec.vm_size.as_deref() else { continue };
        let end = VmSize::read(name).and_then(|size| size.end());
        let Some((series, day)) = end.and_then(|end| Some((end.series, end.day?))) else { continue };
        if day >= today {
            continue;
        }
        let message = format!("`{name}` is of the {series} series, which was retired on {day}");
        found.push(
            RULE.found(pool.entry.place_of("vmSize"), message)
                .help("choose a size of a current series; `az batch location list-skus --location REGION` shows those that Batch offers"),
        );
    }
}
