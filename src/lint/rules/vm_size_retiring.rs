//! `pool/vm-size-retiring`: the VM size can be had for long enough.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::day::a_year_after;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts;
use crate::lint::subject::Subject;
use crate::lint::vm_size::VmSize;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/vm-size-retiring"),
    facts: &["A27", "B46", "B47"],
    severity: Severity::Note,
    confidence: Confidence::Reported,
    needs: Needs::Either,
    checks: "The VM size is of no series whose end Azure has announced, and Batch's list names no end for it. Within twelve months of that day this is a warning.",
    why: "After that day machines of the series cannot be had any more. Another size means zero nodes once, and perhaps another quota and another image.",
    example: "pools:\n  - { id: render, vmSize: Standard_A1_v2 }",
    mend: "pools:\n  - { id: render, vmSize: Standard_D2s_v5 }",
    source: "Microsoft's notice in Azure/Batch, issue 140; Microsoft's announcements of the series that end on 1 May and 15 November 2028; azure-mgmt-batch 2025-06-01, SupportedSku.batchSupportEndOfLife",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.today.as_deref() else { return };
    let horizon = a_year_after(today);
    for pool in &subject.pools {
        let Some(name) = pool.spec.vm_size.as_deref() else { continue };
        let of_series = VmSize::read(name).and_then(|size| size.end());
        let series_day = of_series.and_then(|end| end.day);
        // The earlier of the two days counts.
        let listed = size_facts::end(subject, pool, name);
        let earlier = listed.filter(|listed| series_day.is_none_or(|day| *listed < day));
        let day = earlier.or(series_day);
        if day.is_some_and(|day| day < today) {
            continue;
        }
        let message = match (earlier, of_series) {
            (Some(day), _) => format!("Batch's support for `{name}` ends on {day}"),
            (None, Some(end)) => {
                let when = series_day.map_or_else(
                    || "whose end Azure has announced".to_owned(),
                    |day| format!("which ends on {day}"),
                );
                format!("`{name}` is of the {} series, {when}", end.series)
            }
            (None, None) => continue,
        };
        let mut diagnostic = RULE
            .found(pool.entry.place_of("vmSize"), message)
            .help("plan the move to a size of a current series, such as Dsv5 or Ddsv5");
        if day.is_some_and(|day| day <= horizon.as_str()) {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic);
    }
}
