//! `pool/ephemeral-disk-on-spot`: Spot nodes have no ephemeral operating system disk.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/ephemeral-disk-on-spot"),
    facts: &["B50"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool with `ephemeralOSDiskSettings` asks for dedicated nodes only. Where a formula assigns Spot nodes, this is a warning.",
    why: "Batch offers ephemeral operating system disks on dedicated nodes only.",
    example: "pools:\n  - id: render\n    osDisk: { ephemeralOSDiskSettings: { placement: CacheDisk } }\n    scaleSettings: { fixedScale: { targetLowPriorityNodes: 40 } }",
    mend: "pools:\n  - id: render\n    osDisk: { ephemeralOSDiskSettings: { placement: CacheDisk } }\n    scaleSettings: { fixedScale: { targetDedicatedNodes: 40 } }",
    source: "Microsoft, \"Create a Batch pool with an ephemeral OS disk\" and \"Run Batch workloads on Spot VMs\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let disk = pool.spec.os_disk.as_ref().and_then(|disk| disk.ephemeral_os_disk_settings.as_ref());
        if disk.is_none_or(|disk| disk.placement.is_none()) {
            continue;
        }
        let Some(scale) = pool.spec.scale_settings.as_ref() else { continue };
        let fixed = scale.fixed_scale.as_ref().and_then(|fixed| fixed.target_low_priority_nodes).unwrap_or(0);
        let by_formula = scale.auto_scale.as_ref().is_some_and(|auto| assigns_spot(&auto.formula));
        let (route, message) = if fixed > 0 {
            (
                ["scaleSettings", "fixedScale", "targetLowPriorityNodes"],
                format!("{fixed} Spot nodes cannot have the ephemeral disk that the pool asks for"),
            )
        } else if by_formula {
            (
                ["scaleSettings", "autoScale", "formula"],
                "the formula asks for Spot nodes, which cannot have the pool's ephemeral disk".to_owned(),
            )
        } else {
            continue;
        };
        let ephemeral = pool.entry.place_at(&["osDisk", "ephemeralOSDiskSettings", "placement"]);
        let mut diagnostic = RULE
            .found(pool.entry.place_at(&route), message)
            .also(ephemeral, "the ephemeral disk")
            .help("leave `ephemeralOSDiskSettings` out, or ask for dedicated nodes only");
        if fixed == 0 {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic);
    }
}

/// Whether a formula gives the pool Spot nodes: it assigns their number, and not 0.
fn assigns_spot(formula: &str) -> bool {
    let statements = formula.split(';').filter_map(|statement| statement.split_once('='));
    statements
        .filter(|(name, _)| name.trim().ends_with("$TargetLowPriorityNodes"))
        .any(|(_, value)| value.trim() != "0")
}
