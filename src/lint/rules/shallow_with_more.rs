//! `image-version/shallow-with-more`: a shallow version has one replica, and no key.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::image_version::spec::ReplicationMode;
use crate::lint::replicas::{Replicas, written};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{Subject, VersionSeen};

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/shallow-with-more"),
    facts: &["B18"],
    severity: Severity::Error,
    confidence: Confidence::Reported,
    needs: Needs::Files,
    checks: "A version with `replicationMode: Shallow` has one replica in each region, and no encryption with keys of your own.",
    why: "A shallow version is not copied: it reads its source whenever a node is made. Azure refuses more than one replica, and disk encryption sets.",
    example: "versions:\n  - version: 1.0.0\n    replicationMode: Shallow\n    targetRegions: [{ name: eastus, regionalReplicaCount: 3 }]",
    mend: "versions:\n  - version: 1.0.0\n    targetRegions: [{ name: eastus, regionalReplicaCount: 3 }]",
    source: "Microsoft, \"Shared Image Galleries overview\"; hashicorp/packer-plugin-azure issue 337; terraform-provider-azurerm, shared_image_version",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let replicas = Replicas::of(subject);
    let shallow = |version: &&VersionSeen<'_>| {
        version.spec.replication_mode == Some(ReplicationMode::Shallow) && !version.spec.remove
    };
    // Versions of one image inherit one list of regions: what is written once is told once.
    let mut told = BTreeSet::new();
    for version in subject.versions.iter().filter(shallow) {
        let mode = version.entry.place_of("replicationMode");
        for (target, node) in version.regions() {
            let count = replicas.count(subject, version, target);
            let key = node.entry("encryption").filter(|_| target.encryption.is_some());
            let (place, message) = match (written(node), key) {
                (Some(written), _) if count > 1 => {
                    let message = format!(
                        "{} is shallow and has one replica in {}, not {count}",
                        version.address, target.name
                    );
                    (written.place, message)
                }
                (_, Some(key)) => {
                    let message = format!("{} is shallow and takes no key of your own", version.address);
                    (key.key_place, message)
                }
                _ => continue,
            };
            if told.insert(place) {
                let diagnostic = RULE.found(place, message).also(mode, "it is not copied");
                found.push(diagnostic.help(
                    "take `replicationMode` out, which copies it; or leave one replica and no `encryption`",
                ));
            }
        }
    }
}
