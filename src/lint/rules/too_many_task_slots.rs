//! `pool/too-many-task-slots`: slots for the cores that there are.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts::cores;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/too-many-task-slots"),
    facts: &["B62"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A pool has at most four task slots for each core of its VM size.",
    why: "Azure refuses the pool otherwise (400 InvalidPropertyValue). The cores stand in Batch's list of sizes, and in the names of most: D4s_v5 has 4.",
    example: "vmSize: Standard_D4ds_v5\ntaskSlotsPerNode: 32",
    mend: "vmSize: Standard_D4ds_v5\ntaskSlotsPerNode: 16",
    source: "azure-batch 2025-06-01, BatchPoolCreateOptions; Microsoft, \"Azure virtual machine sizes naming conventions\"",
    check,
};

const SLOTS_PER_CORE: u32 = 4;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let (Some(slots), Some(size)) = (pool.spec.task_slots_per_node, &pool.spec.vm_size) else { continue };
        let Some(cores) = cores(subject, pool, size) else { continue };
        let most = cores.saturating_mul(SLOTS_PER_CORE);
        if slots <= most {
            continue;
        }
        let place = pool.entry.place_of("taskSlotsPerNode");
        let message =
            format!("{slots} task slots are too many for {size}: it has {most} at most, four for each core");
        let words = if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") };
        found.push(
            RULE.found(place, message)
                .also(pool.entry.place_of("vmSize"), words)
                .help(format!("write `taskSlotsPerNode: {most}`, or take a larger size")),
        );
    }
}
