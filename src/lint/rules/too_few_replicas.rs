//! `image-version/too-few-replicas`: copies enough for all nodes that boot from a region at once.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::kinds::vocabulary::{ReplicaCount, TargetRegion};
use crate::lint::booted::BootedVersion;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{PoolSeen, Subject};
use crate::model::address::Address;
use crate::model::pending::replicas_for;
use crate::model::region;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/too-few-replicas"),
    facts: &["A19", "A21"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Either,
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
            let Some(has) = written(target) else { continue };
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
            let message = told(&version.address, &here, nodes, needs, has);
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
    of_others(subject, found);
}

/// A version, and the pools that boot it in one region with the nodes they can have.
type Booting<'s> = (BootedVersion<'s>, Vec<(&'s PoolSeen<'s>, u64)>);

/// Versions that the stack does not make: no file says how many replicas they have, so a pool is pointed at.
fn of_others(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut booting: BTreeMap<(&Address, &str), Booting<'_>> = BTreeMap::new();
    for pool in &subject.pools {
        let (Some(version), Some(here), Some(nodes)) = (subject.version_of(pool), &pool.region, pool.nodes)
        else {
            continue;
        };
        if version.entry.is_none() {
            let (_, pools) = booting.entry((version.address, here)).or_insert_with(|| (version, Vec::new()));
            pools.push((pool, nodes));
        }
    }
    for ((address, here), (version, pools)) in booting {
        let mut targets = version.spec.target_regions.iter();
        let has = targets.find(|target| region::normal(&target.name) == here).and_then(written);
        let needs: u64 = pools.iter().map(|(_, nodes)| replicas_for(*nodes)).sum();
        let (Some(has), Some((first, rest))) = (has.filter(|has| *has < needs), pools.split_first()) else {
            continue;
        };
        let nodes: u64 = pools.iter().map(|(_, nodes)| nodes).sum();
        let mut diagnostic =
            RULE.found(first.0.entry.place_of("image"), told(address, here, nodes, needs, has));
        for (pool, nodes) in rest.iter().take(3) {
            diagnostic = diagnostic
                .also(pool.entry.place_of("image"), format!("{} can have {nodes} nodes", pool.address));
        }
        found.push(
            diagnostic
                .help(format!("ask whoever publishes it for `regionalReplicaCount: {needs}` in {here}")),
        );
    }
}

/// How many replicas are written for a region; none where planning computes what is needed.
fn written(target: &TargetRegion) -> Option<u64> {
    match target.regional_replica_count {
        Some(ReplicaCount::Auto) => None,
        Some(ReplicaCount::Fixed(count)) => Some(u64::from(count)),
        Some(ReplicaCount::ForNodes(nodes)) => Some(replicas_for(nodes).max(1)),
        None => Some(1),
    }
}

fn told(version: &Address, here: &str, nodes: u64, needs: u64, has: u64) -> String {
    format!("{nodes} nodes boot {version} in {here}: they need {needs} replicas, and it has {has}")
}
