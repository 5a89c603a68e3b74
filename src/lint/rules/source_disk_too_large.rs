//! A disk of a source is larger than a version may hold.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::image_version::spec::ReplicationMode;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::outside;
use crate::lint::subject::{Subject, VersionSeen};

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/source-disk-too-large"),
    facts: &["B21"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "Each disk that a version is made from has 2048 GB at most, or 32 TB where `replicationMode` is `Shallow`.",
    why: "Azure copies no larger disk to other places, and refuses the version. What the stack writes itself is held to that by the format.",
    example: "# az snapshot show -n render-data -g build --query diskSizeGB\n#   4095\nversions:\n  - version: 1.0.0\n    source:\n      snapshots:\n        os: render-os\n        data: [{ lun: 0, snapshot: /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/build/providers/Microsoft.Compute/snapshots/render-data }]",
    mend: "        data: []   # and fetch the data when a node starts, or mount a file share",
    source: "Microsoft, \"Store and share images in an Azure Compute Gallery\"; \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

/// The most in GB: copied, and not copied.
const MOST: (u64, u64) = (2048, 32 * 1024);

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for source in outside(subject) {
        let Some(size) = source.sizes().into_iter().max() else { continue };
        let ends_in = source.ends_in();
        let mut versions = subject.versions.iter().filter(|version| ends_in.contains(&version.address));
        let most = |version: &VersionSeen<'_>| match version.spec.replication_mode {
            Some(ReplicationMode::Shallow) => MOST.1,
            Some(ReplicationMode::Full) | None => MOST.0,
        };
        let Some(version) = versions.find(|version| size > most(version)) else { continue };
        let message = format!(
            "a disk of {} has {size} GB, and {} takes {}",
            source.name(),
            version.address,
            most(version)
        );
        found.push(
            RULE.found(source.written.node.place, message)
                .help("make the image from a smaller disk, and fetch large data when a node starts"),
        );
    }
}
