//! `pool/boots-shallow-version`: only a small pool boots a version that is not copied.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::image_version::spec::ReplicationMode;
use crate::lint::booted::BootedVersion;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/boots-shallow-version"),
    facts: &["B18"],
    severity: Severity::Warning,
    confidence: Confidence::Reported,
    needs: Needs::Either,
    checks: "A pool of more than 50 nodes boots a version with `replicationMode: Full`.",
    why: "A shallow version is for development and tests: every node reads the source itself, which serves few at a time. Nodes come late, and the resize times out.",
    example: "versions:\n  - version: 1.0.0\n    replicationMode: Shallow\npools:\n  - { id: render, image: ubuntu@1.0.0, scaleSettings: { fixedScale: { targetDedicatedNodes: 400 } } }",
    mend: "versions:\n  - version: 1.0.0\n    replicationMode: Full",
    source: "Microsoft, \"Shared Image Galleries overview\"; hashicorp/packer-plugin-azure issue 337",
    check,
};

/// Some say 20, some 50: of so many there is no doubt.
const MOST_NODES: u64 = 50;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(nodes) = pool.nodes.filter(|nodes| *nodes > MOST_NODES) else { continue };
        let shallow =
            |version: &BootedVersion<'_>| version.spec.replication_mode == Some(ReplicationMode::Shallow);
        let Some(version) = subject.version_of(pool).filter(shallow) else { continue };
        let message = format!(
            "this pool can have {nodes} nodes, and {} is shallow: it serves few at a time",
            version.address
        );
        found.push(
            RULE.found(pool.entry.place_of("image"), message)
                .also(version.place_of("replicationMode"), "it is not copied")
                .help("publish a version without `replicationMode: Shallow`; the mode of this one cannot change"),
        );
    }
}
