//! Replicas in three zones, in a region that has none.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::kinds::vocabulary::VersionStorage;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{Subject, VersionSeen};
use crate::model::facts::Question;
use crate::model::region;
use crate::spec::node::Node;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/zones-missing"),
    facts: &["B20"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "Replicas with `storageAccountType: Standard_ZRS` are only in regions with availability zones.",
    why: "They are kept in three zones of the region. Where there are none, Azure refuses the version, and the storage of one that is made cannot change.",
    example: "storageAccountType: Standard_ZRS\ntargetRegions: [{ name: eastus }, { name: westus }]   # westus has no zones",
    mend: "storageAccountType: Standard_ZRS\ntargetRegions: [{ name: eastus }, { name: westus, storageAccountType: Standard_LRS }]",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(azure) = &subject.azure else { return };
    // Versions of one image inherit one list of regions: what is written once is told once.
    let mut told = BTreeSet::new();
    let to_be_made = |version: &&VersionSeen<'_>| !version.spec.remove && azure.is_absent(&version.address);
    for version in subject.versions.iter().filter(to_be_made) {
        for (region, place) in zonal(version) {
            let locations = azure.ask(Question::Locations(version.id.subscription().to_lowercase())).there();
            let Some(location) = locations.and_then(|all| all.get(&region)) else { continue };
            let zones = location.get("availabilityZoneMappings").and_then(Value::as_array);
            if zones.is_some_and(|zones| !zones.is_empty()) || !told.insert(place) {
                continue;
            }
            let message = format!("{region} has no zones for the replicas of {}", version.address);
            found.push(RULE.found(place, message).help(
                "write `storageAccountType: Standard_LRS` for this region, which keeps three copies in one place",
            ));
        }
    }
}

/// The regions of a version whose replicas are in three zones, each with the place that says so.
fn zonal(version: &VersionSeen<'_>) -> Vec<(String, Place)> {
    let zonal = |storage: Option<VersionStorage>| storage == Some(VersionStorage::StandardZrs);
    let all = version.spec.storage_account_type;
    if version.spec.target_regions.is_empty() {
        let place = version.entry.place_of("storageAccountType");
        return zonal(all).then(|| (version.home.clone(), place)).into_iter().collect();
    }
    let regions = version.regions().filter(|(target, _)| zonal(target.storage_account_type.or(all)));
    let place = |node: &Node| {
        node.get("storageAccountType").or_else(|| node.get("name")).map_or(node.place, |node| node.place)
    };
    regions.map(|(target, node)| (region::normal(&target.name), place(node))).collect()
}
