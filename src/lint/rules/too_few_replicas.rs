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

/// How many pools are shown with a finding.
const SHOWN: usize = 3;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // Versions of one image inherit one list of regions: what is written once is told once, for the worst of them.
    let mut worst: BTreeMap<Place, (u64, Diagnostic)> = BTreeMap::new();
    let mut following: BTreeMap<(&Address, &str), Crowd<'_>> = BTreeMap::new();
    let by_image = subject.following();
    for (image, pools) in &by_image {
        for pool in pools {
            if let Some(region) = pool.region.as_deref() {
                following.entry((*image, region)).or_default().add(pool);
            }
        }
    }
    let made = subject.versions.iter().zip(subject.pinning());
    for (version, pools) in made.filter(|(version, _)| !version.spec.remove) {
        let image = subject.definition_of(version).map(|image| &image.address);
        for (target, node) in version.regions() {
            let Some(has) = written(target) else { continue };
            let here = region::normal(&target.name);
            let followed = image.filter(|_| version.spec.may_be_latest_in(&here));
            let mut crowd = followed
                .and_then(|image| following.get(&(image, here.as_str())))
                .cloned()
                .unwrap_or_default();
            for pool in pools.iter().filter(|pool| pool.region.as_ref() == Some(&here)) {
                crowd.add(pool);
            }
            let Crowd { nodes, needs, first } = crowd;
            if needs <= has {
                continue;
            }
            let count = node.get("regionalReplicaCount");
            let place = count.or_else(|| node.get("name")).map_or(node.place, |node| node.place);
            let message = told(&version.address, &here, nodes, needs, has);
            let mut diagnostic = RULE.found(place, message).help("write `regionalReplicaCount: auto`");
            if let Some(ReplicaCount::Fixed(_)) = target.regional_replica_count {
                diagnostic = diagnostic.edit(place, "auto");
            }
            for (pool, nodes) in first {
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

/// Versions that the stack does not make: no file says how many replicas they have, so a pool is pointed at.
fn of_others(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut booting: BTreeMap<(&Address, &str), (BootedVersion<'_>, Crowd<'_>)> = BTreeMap::new();
    for pool in &subject.pools {
        let (Some(version), Some(here)) = (subject.version_of(pool), &pool.region) else { continue };
        if version.entry.is_none() {
            booting.entry((version.address, here)).or_insert_with(|| (version, Crowd::default())).1.add(pool);
        }
    }
    for ((address, here), (version, crowd)) in booting {
        let Crowd { nodes, needs, first } = crowd;
        let mut targets = version.spec.target_regions.iter();
        let has = targets.find(|target| region::normal(&target.name) == here).and_then(written);
        let (Some(has), Some(((pool, _), rest))) = (has.filter(|has| *has < needs), first.split_first())
        else {
            continue;
        };
        let mut diagnostic = RULE.found(pool.entry.place_of("image"), told(address, here, nodes, needs, has));
        for (pool, nodes) in rest {
            let text = format!("{} can have {nodes} nodes", pool.address);
            diagnostic = diagnostic.also(pool.entry.place_of("image"), text);
        }
        found.push(
            diagnostic
                .help(format!("ask whoever publishes it for `regionalReplicaCount: {needs}` in {here}")),
        );
    }
}

/// The pools of one region that boot one version.
#[derive(Clone, Default)]
struct Crowd<'s> {
    /// Their nodes.
    nodes: u64,
    /// The replicas that they need.
    needs: u64,
    /// As many of them as are shown.
    first: Vec<(&'s PoolSeen<'s>, u64)>,
}

impl<'s> Crowd<'s> {
    fn add(&mut self, pool: &'s PoolSeen<'s>) {
        let Some(nodes) = pool.nodes else { return };
        self.nodes = self.nodes.saturating_add(nodes);
        self.needs = self.needs.saturating_add(replicas_for(nodes));
        if self.first.len() < SHOWN {
            self.first.push((pool, nodes));
        }
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
    format!("{nodes} nodes can boot {version} in {here}: they need {needs} replicas, and it has {has}")
}
