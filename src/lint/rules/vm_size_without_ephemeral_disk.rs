//! `pool/vm-size-without-ephemeral-disk`: the operating system's disk is ephemeral where the size has room for it.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts::SizeFacts;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/vm-size-without-ephemeral-disk"),
    facts: &["B50"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "A pool with `ephemeralOSDiskSettings` has a VM size of which Azure's list says `EphemeralOSDiskSupported`.",
    why: "An ephemeral disk lives in the machine's own cache, which such a size does not have: Azure refuses the pool or its nodes.",
    example: "# az vm list-skus -l eastus --size Standard_D4s_v5: EphemeralOSDiskSupported False\npools:\n  - { id: render, vmSize: Standard_D4s_v5, osDisk: { ephemeralOSDiskSettings: { placement: CacheDisk } } }",
    mend: "pools:\n  - { id: render, vmSize: Standard_D4ds_v5, osDisk: { ephemeralOSDiskSettings: { placement: CacheDisk } } }",
    source: "Microsoft, \"Ephemeral OS disks for Azure VMs\" and \"Create a Batch pool with an ephemeral OS disk\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let disk = pool.spec.os_disk.as_ref().and_then(|disk| disk.ephemeral_os_disk_settings.as_ref());
        if disk.is_none_or(|disk| disk.placement.is_none()) {
            continue;
        }
        let Some(size) = SizeFacts::of(subject, pool).filter(SizeFacts::is_never_ephemeral) else { continue };
        let ephemeral = pool.entry.place_at(&["osDisk", "ephemeralOSDiskSettings", "placement"]);
        found.push(
            RULE.found(
                pool.entry.place_of("vmSize"),
                format!("`{}` cannot have the ephemeral disk that the pool asks for", size.name),
            )
            .also(ephemeral, "the ephemeral disk")
            .help("choose a size with a local disk, such as one of the Ddsv5 series, or leave `ephemeralOSDiskSettings` out"),
        );
    }
}
