//! `image-version/published-by-itself`: a new version that Azure brings to pools that are there, whatever the files say.

use serde_json::Value;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::azure::Azure;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{Subject, VersionSeen};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;
use crate::model::version_number;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/published-by-itself"),
    facts: &["B94"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "A new version of an image does not reach, by their automatic upgrade, pools that are there already.",
    why: "With automatic upgrade and an image without a version, Azure brings each new version to the pool's nodes as soon as it is replicated to its region: to publish is to deploy, and running tasks are interrupted.",
    example: "images:\n  - name: ubuntu\n    versions: [{ version: 2.0.0 }]\n# and in Azure a pool with the image …/images/ubuntu and enableAutomaticOSUpgrade: true",
    mend: "images:\n  - name: ubuntu\n    versions: [{ version: 2.0.0, excludeFromLatest: true }]",
    source: "Microsoft, \"Auto OS Upgrade in Azure Batch\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(azure) = &subject.azure else { return };
    let upgrading: Vec<(ResourceId, &Live)> = azure.all_of("pool").filter_map(upgrading).collect();
    if upgrading.is_empty() {
        return;
    }
    for version in subject.versions.iter().filter(|version| azure.is_absent(&version.address)) {
        if version.spec.remove || !is_highest(azure, version) {
            continue;
        }
        let reached = upgrading
            .iter()
            .filter(|(image, live)| version.id.is_child_of(image) && is_in_reach(subject, version, live));
        let names: Vec<&str> = reached.map(|(_, live)| live.id.name()).collect();
        if names.is_empty() {
            continue;
        }
        let message = format!(
            "Azure brings {} to the nodes of {} by itself, once it is replicated",
            version.address,
            names.join(", ")
        );
        found.push(RULE.found(version.entry.place_of("version"), message).help(
            "`excludeFromLatest: true` publishes it without that; take it away when the version shall go out",
        ));
    }
}

/// The image of a live pool that upgrades itself to each new version.
fn upgrading(live: &Live) -> Option<(ResourceId, &Live)> {
    let properties = live.body.get("properties")?;
    let policy = "/upgradePolicy/automaticOSUpgradePolicy/enableAutomaticOSUpgrade";
    if properties.pointer(policy).and_then(Value::as_bool) != Some(true) {
        return None;
    }
    let image = "/deploymentConfiguration/virtualMachineConfiguration/imageReference/id";
    let image = ResourceId::parse(properties.pointer(image)?.as_str()?).ok()?;
    Some((image, live))
}

/// Whether a version may become the latest where a pool is, which is where its account is.
fn is_in_reach(subject: &Subject<'_>, version: &VersionSeen<'_>, live: &Live) -> bool {
    let seen = |account: &ResourceId| live.id.is_child_of(account);
    let of_account =
        subject.pools.iter().find(|pool| pool.account.as_ref().is_some_and(|account| seen(&account.id)));
    let region = of_account.and_then(|pool| pool.region.as_deref());
    match region {
        Some(region) => version.as_booted().is_in(region) && version.spec.may_be_latest_in(region),
        None => version.spec.exclude_from_latest != Some(true),
    }
}

/// Whether no version with a higher number is there, which Azure goes on taking for the latest.
fn is_highest(azure: &Azure<'_>, version: &VersionSeen<'_>) -> bool {
    let Some(image) = version.id.parent() else { return true };
    let number = version_number::read(version.id.name());
    let mut others = azure.all_of("image-version").filter(|live| live.id.is_child_of(&image));
    !others.any(|live| {
        let excluded = "/properties/publishingProfile/excludeFromLatest";
        live.body.pointer(excluded) != Some(&Value::Bool(true))
            && version_number::read(live.id.name()) > number
    })
}
