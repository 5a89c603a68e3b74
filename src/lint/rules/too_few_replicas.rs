//! `image-version/too-few-replicas`: copies enough for all nodes that boot from a region at once.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::kinds::vocabulary::ReplicaCount;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{PoolSeen, Subject};
use crate::model::pending::replicas_for;
use crate::model::region;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/too-few-replicas"),
    facts: &["A19", "A21"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "In each region a version has one replica for every started 300 nodes of each pool that boots it there, summed over the pools.",
    why: "A replica serves about 300 nodes at once. With fewer, Azure throttles the copies, nodes come late, and a large resize times out half done.",
    example: "images:\n  - name: ubuntu\n    targetRegions: [{ name: eastus, regionalReplicaCount: 1 }]\npools:\n  - { id: render, image: ubuntu@1.0.0, scaleSettings: { fixedScale: { targetDedicatedNodes: 3000 } } }",
    mend: "    targetRegions: [{ name: eastus, regionalReplicaCount: auto }]",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // Versions of one image inherit one list of regions: what is written once is told once, for the worst of them.
    let mut worst: BTreeMap<Place, (u64, Diagnostic)> = BTreeMap::new();
    for (version, pools) in subject.versions.iter().zip(subject.booting()) {
        if pools.is_empty() {
            continue;
        }
        let targets = version.entry.node.get("targetRegions").map_or(&[][..], |node| node.elements());
        for (target, node) in version.spec.target_regions.iter().zip(targets) {
            let has = match target.regional_replica_count {
                Some(ReplicaCount::Auto) => continue,
                Some(ReplicaCount::Fixed(count)) => u64::from(count),
                Some(ReplicaCount::ForNodes(nodes)) => replicas_for(nodes).max(1),
                None => 1,
            };
            let here = region::normal(&target.name);
            let booting: Vec<(&PoolSeen<'_>, u64)> = pools
                .iter()
                .filter(|pool| pool.region.as_ref() == Some(&here))
                .filter_map(|pool| Some((*pool, pool.nodes?)))
                .collect();
            let needs: u64 = booting.iter().map(|(_, nodes)| replicas_for(*nodes)).sum();
            if needs <= has {
                continue;
            }
            let count = node.get("regionalReplicaCount");
            let place = count.or_else(|| node.get("name")).map_or(node.place, |node| node.place);
            let nodes: u64 = booting.iter().map(|(_, nodes)| nodes).sum();
            let message = format!(
                "{nodes} nodes boot {} in {here}: they need {needs} replicas, and it has {has}",
                version.address
            );
            let mut diagnostic = RULE.found(place, message).help("write `regionalReplicaCount: auto`");
            if count.is_some() {
                diagnostic = diagnostic.edit(place, "auto");
            }
            for (pool, nodes) in booting.iter().take(3) {
                let text = format!("{} can have {nodes} nodes", pool.address);
                diagnostic = diagnostic.also(pool.entry.place_at(&["scaleSettings"]), text);
            }
            if worst.get(&place).is_none_or(|(other, _)| *other < needs) {
                worst.insert(place, (needs, diagnostic));
            }
        }
    }
    found.extend(worst.into_values().map(|(_, diagnostic)| diagnostic));
}
