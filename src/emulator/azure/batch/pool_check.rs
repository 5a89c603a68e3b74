//! What Batch demands of a pool beyond the shape of its properties, as far as the body alone tells.
//! Looks at no other resource: images are `pool_image`'s, nodes and quotas the sizing model's.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::batch::allocation::Counts;
use crate::emulator::azure::batch::autoscale::{self, Trouble};
use crate::emulator::azure::batch::autoscale_history::History;
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::azure::batch::supported_images;
use crate::emulator::azure::iso_duration;
use crate::emulator::azure::vm_size;
use crate::emulator::call::{Failure, Result};

const MINUTE: i64 = 60_000;
/// The shortest resize time-out and evaluation interval.
const SHORTEST: i64 = 5 * MINUTE;
/// The longest evaluation interval.
const LONGEST_INTERVAL: i64 = 168 * 60 * MINUTE;

/// True for an id that a pool may have.
pub(crate) fn is_pool_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Checks a pool as it would be stored. Paths in refusals are those of the plane that is spoken to.
pub(crate) fn check(properties: &Value, dialect: Dialect) -> Result<()> {
    let check = Check { dialect };
    check.top(properties)?;
    check.scale(&properties["scaleSettings"])?;
    check.machine(properties)?;
    check.network(&properties["networkConfiguration"])?;
    check.start_task(&properties["startTask"])?;
    check.accounts_and_mounts(properties)?;
    check.upgrade(properties)
}

/// Checks the length of a resize time-out.
pub(crate) fn check_resize_timeout(timeout: &Value, path: &str, dialect: Dialect) -> Result<()> {
    match timeout.as_str().and_then(iso_duration::parse) {
        Some(length) if length < SHORTEST => {
            Err(dialect.invalid(path, timeout, "The resize timeout must be at least 5 minutes (PT5M)."))
        }
        _ => Ok(()),
    }
}

/// Checks an autoscale formula and its interval; both may be missing.
pub(crate) fn check_auto_scale(
    formula: &Value,
    interval: &Value,
    path: &str,
    dialect: Dialect,
) -> Result<()> {
    if let Some(length) = interval.as_str().and_then(iso_duration::parse)
        && !(SHORTEST..=LONGEST_INTERVAL).contains(&length)
    {
        let name = if dialect.data_plane { "autoScaleEvaluationInterval" } else { "evaluationInterval" };
        let reason = "The evaluation interval must be between 5 minutes and 168 hours.";
        return Err(dialect.invalid(&format!("{path}{name}"), interval, reason));
    }
    let Some(text) = formula.as_str() else { return Ok(()) };
    match autoscale::evaluate(text, Counts::default(), Counts::default(), &History::none()) {
        Ok(_) | Err(Trouble::Evaluation(_)) => Ok(()),
        Err(Trouble::Syntax(why)) => Err(Failure::arm(
            400,
            "AutoScalingFormulaSyntaxError",
            "The specified autoscaling formula has a syntax error.",
        )
        .detail("Message", why)),
        Err(Trouble::TooLong(why)) => Err(Failure::arm(
            400,
            "AutoScalingFormulaTooLong",
            "The specified autoscaling formula is too long.",
        )
        .detail("Message", why)),
    }
}

/// True when the pool's system is Windows, by its node agent.
pub(crate) fn is_windows(properties: &Value) -> bool {
    let agent = &properties["deploymentConfiguration"]["virtualMachineConfiguration"]["nodeAgentSkuId"];
    agent.as_str().and_then(supported_images::agent_is_windows).unwrap_or(false)
}

fn in_machine(name: &str) -> String {
    format!("deploymentConfiguration.virtualMachineConfiguration.{name}")
}

fn is_subnet(id: &str) -> bool {
    let parsed = ArmId::parse(id).filter(|parsed| parsed.is_item() && parsed.group.is_some());
    parsed.is_some_and(|parsed| parsed.kind().ends_with("/virtualnetworks/subnets"))
}

struct Check {
    dialect: Dialect,
}

impl Check {
    /// A path in the spelling of the plane: what stands at the top there stands under `properties` here.
    fn path(&self, path: &str) -> String {
        if !self.dialect.data_plane {
            return format!("properties.{path}");
        }
        let path = path.strip_prefix("deploymentConfiguration.").unwrap_or(path);
        let path = path.strip_prefix("scaleSettings.fixedScale.").unwrap_or(path);
        path.replace("nodeAgentSkuId", "nodeAgentSKUId").replace("inboundNatPools", "inboundNATPools")
    }

    fn invalid(&self, path: &str, value: &Value, reason: &str) -> Result<()> {
        Err(self.dialect.invalid(&self.path(path), value, reason))
    }

    fn top(&self, pool: &Value) -> Result<()> {
        if pool["vmSize"].is_null() {
            return Err(self.dialect.missing(&self.path("vmSize")));
        }
        let Some(size) = vm_size::parse(pool["vmSize"].as_str().unwrap_or_default()) else {
            return self.invalid("vmSize", &pool["vmSize"], "The specified VM size is not supported.");
        };
        let slots = &pool["taskSlotsPerNode"];
        let most = i64::from(size.cores.saturating_mul(4).min(256));
        if slots.as_i64().is_some_and(|slots| slots > most) {
            let reason = format!("A node of this size has {most} task slots at most.");
            return self.invalid("taskSlotsPerNode", slots, &reason);
        }
        if pool["deploymentConfiguration"].is_null() {
            return Err(self.dialect.missing(&self.path("deploymentConfiguration")));
        }
        let name = pool["displayName"].as_str().unwrap_or_default();
        if name.chars().count() > 1_024 {
            return self.invalid(
                "displayName",
                &pool["displayName"],
                "The display name is longer than 1024 characters.",
            );
        }
        for (list, most) in [("applicationPackages", 10), ("mountConfiguration", 10)] {
            if pool[list].as_array().is_some_and(|items| items.len() > most) {
                return self.invalid(list, &pool[list], "There can be no more than 10.");
            }
        }
        Ok(())
    }

    fn scale(&self, scale: &Value) -> Result<()> {
        let (fixed, auto) = (&scale["fixedScale"], &scale["autoScale"]);
        if fixed.is_object() && auto.is_object() {
            let reason = "Exactly one of fixedScale and autoScale must be specified.";
            return self.invalid("scaleSettings", scale, reason);
        }
        check_resize_timeout(
            &fixed["resizeTimeout"],
            &self.path("scaleSettings.fixedScale.resizeTimeout"),
            self.dialect,
        )?;
        if auto.is_object() && auto["formula"].is_null() {
            return Err(self.dialect.missing(&self.path("autoScaleFormula")));
        }
        let path = if self.dialect.data_plane { "" } else { "properties.scaleSettings.autoScale." };
        check_auto_scale(&auto["formula"], &auto["evaluationInterval"], path, self.dialect)
    }

    fn machine(&self, pool: &Value) -> Result<()> {
        let machine = &pool["deploymentConfiguration"]["virtualMachineConfiguration"];
        self.image(&machine["imageReference"])?;
        let windows = self.agent(&machine["nodeAgentSkuId"])?;
        self.system(machine, windows)?;
        self.no_twins(&machine["dataDisks"], "lun", &in_machine("dataDisks"))?;
        self.no_twins(&machine["extensions"], "name", &in_machine("extensions"))?;
        let low_priority =
            pool["scaleSettings"]["fixedScale"]["targetLowPriorityNodes"].as_u64().unwrap_or(0);
        if machine["osDisk"]["ephemeralOSDiskSettings"].is_object() && low_priority > 0 {
            let reason = "Ephemeral OS disks are not supported for Spot or low-priority nodes.";
            let path = in_machine("osDisk.ephemeralOSDiskSettings");
            return self.invalid(&path, &machine["osDisk"], reason);
        }
        let security = &machine["securityProfile"];
        if security["uefiSettings"].is_object() && security["securityType"].is_null() {
            let path = in_machine("securityProfile.uefiSettings");
            return self.invalid(&path, &security["uefiSettings"], "UEFI settings need a security type.");
        }
        Ok(())
    }

    fn image(&self, image: &Value) -> Result<()> {
        let path = in_machine("imageReference");
        let kinds = ["publisher", "id", "sharedGalleryImageId", "communityGalleryImageId"];
        let given: Vec<&&str> = kinds.iter().filter(|kind| !image[**kind].is_null()).collect();
        if given.len() != 1 {
            let reason = "Exactly one of a platform image, id, sharedGalleryImageId and communityGalleryImageId must be specified.";
            return self.invalid(&path, image, reason);
        }
        if *given[0] != "publisher" && ["offer", "sku", "version"].iter().any(|part| !image[*part].is_null())
        {
            let reason = "An image id cannot be specified together with publisher, offer, sku or version.";
            return self.invalid(&path, image, reason);
        }
        Ok(())
    }

    /// True when the node agent is Windows'.
    fn agent(&self, agent: &Value) -> Result<bool> {
        supported_images::agent_is_windows(agent.as_str().unwrap_or_default()).ok_or_else(|| {
            let failure =
                Failure::arm(404, "NodeAgentSKUNotFound", "The specified node agent SKU does not exist.");
            let path = self.path(&in_machine("nodeAgentSkuId"));
            self.dialect.about(failure, &path, agent.as_str().map(str::to_owned), None)
        })
    }

    /// What only one operating system has.
    fn system(&self, machine: &Value, windows: bool) -> Result<()> {
        for (name, reason) in [
            ("windowsConfiguration", "Windows configuration is only for Windows images."),
            ("licenseType", "A license type is only for Windows images."),
        ] {
            if !windows && !machine[name].is_null() {
                return self.invalid(&in_machine(name), &machine[name], reason);
            }
        }
        let encryption = &machine["diskEncryptionConfiguration"];
        if !windows
            && !machine["imageReference"]["id"].is_null()
            && encryption["targets"].as_array().is_some_and(|it| !it.is_empty())
        {
            let reason = "Disk encryption is not supported on Linux pools created with an Azure Compute Gallery image.";
            return self.invalid(&in_machine("diskEncryptionConfiguration"), encryption, reason);
        }
        Ok(())
    }

    fn network(&self, network: &Value) -> Result<()> {
        let pools = &network["endpointConfiguration"]["inboundNatPools"];
        let at = |name: &str| format!("networkConfiguration.endpointConfiguration.inboundNatPools{name}");
        self.no_twins(pools, "name", &at(""))?;
        self.no_twins(pools, "backendPort", &at(""))?;
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for (index, pool) in pools.as_array().into_iter().flatten().enumerate() {
            let at = |name: &str| at(&format!("[{index}].{name}"));
            let port = |name: &str| pool[name].as_i64().unwrap_or(0);
            if matches!(port("backendPort"), 22 | 3389 | 29876 | 29877) {
                return self.invalid(&at("backendPort"), &pool["backendPort"], "The port is reserved.");
            }
            let (start, end) = (port("frontendPortRangeStart"), port("frontendPortRangeEnd"));
            if end < start || (start <= 55_000 && end >= 50_000) {
                let reason = "The range must be ascending and outside the reserved ports 50000 to 55000.";
                return self.invalid(&at("frontendPortRangeStart"), &pool["frontendPortRangeStart"], reason);
            }
            if ranges.iter().any(|(low, high)| start <= *high && end >= *low) {
                let reason = "The range overlaps with that of another NAT pool.";
                return self.invalid(&at("frontendPortRangeStart"), &pool["frontendPortRangeStart"], reason);
            }
            ranges.push((start, end));
        }
        let subnet = &network["subnetId"];
        if subnet.as_str().is_some_and(|id| !is_subnet(id)) {
            let reason = "The subnet must be /subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/virtualNetworks/{network}/subnets/{subnet}.";
            return self.invalid("networkConfiguration.subnetId", subnet, reason);
        }
        let address = &network["publicIPAddressConfiguration"];
        if address["provision"] == "NoPublicIPAddresses" && subnet.is_null() {
            let reason = "A pool without public IP addresses needs a subnet.";
            let path = "networkConfiguration.publicIPAddressConfiguration.provision";
            return self.invalid(path, &address["provision"], reason);
        }
        if address["provision"] == "NoPublicIPAddresses"
            && (!pools.is_null() || !address["ipAddressIds"].is_null())
        {
            let reason = "A pool without public IP addresses can have neither endpoints nor IP addresses.";
            return self.invalid(
                "networkConfiguration.publicIPAddressConfiguration.provision",
                &address["provision"],
                reason,
            );
        }
        Ok(())
    }

    fn start_task(&self, task: &Value) -> Result<()> {
        let empty = task["commandLine"].as_str().is_none_or(str::is_empty);
        if task.as_object().is_some_and(|task| !task.is_empty()) && empty {
            return Err(self.dialect.missing(&self.path("startTask.commandLine")));
        }
        Ok(())
    }

    fn accounts_and_mounts(&self, pool: &Value) -> Result<()> {
        self.no_twins(&pool["userAccounts"], "name", "userAccounts")?;
        for (index, mount) in pool["mountConfiguration"].as_array().into_iter().flatten().enumerate() {
            if mount.as_object().is_none_or(|mount| mount.len() != 1) {
                let reason = "Exactly one file system must be specified.";
                return self.invalid(&format!("mountConfiguration[{index}]"), mount, reason);
            }
        }
        Ok(())
    }

    fn upgrade(&self, pool: &Value) -> Result<()> {
        let policy = &pool["upgradePolicy"]["rollingUpgradePolicy"];
        let percent = |name: &str| policy[name].as_i64();
        if let (Some(batch), Some(unhealthy)) =
            (percent("maxBatchInstancePercent"), percent("maxUnhealthyInstancePercent"))
            && batch > unhealthy
        {
            let reason = "The value must not be more than maxUnhealthyInstancePercent.";
            let path = "upgradePolicy.rollingUpgradePolicy.maxBatchInstancePercent";
            return self.invalid(path, &json!(batch), reason);
        }
        Ok(())
    }

    /// Refuses a list in which two items agree in a property.
    fn no_twins(&self, list: &Value, key: &str, path: &str) -> Result<()> {
        let mut seen = BTreeSet::new();
        for (index, item) in list.as_array().into_iter().flatten().enumerate() {
            if !seen.insert(item[key].to_string().to_ascii_lowercase()) {
                return self.invalid(
                    &format!("{path}[{index}].{key}"),
                    &item[key],
                    "The value must be unique.",
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Dialect = Dialect { data_plane: false, old: false };

    fn pool(change: impl FnOnce(&mut Value)) -> Value {
        let mut pool = json!({"vmSize": "Standard_D2s_v5", "deploymentConfiguration": {"virtualMachineConfiguration": {
            "imageReference": {"id": "/i"}, "nodeAgentSkuId": "batch.node.ubuntu 24.04"}},
            "scaleSettings": {"fixedScale": {"targetDedicatedNodes": 1}}});
        change(&mut pool);
        pool
    }

    /// The code of the refusal, and the path it names.
    fn refused(change: impl FnOnce(&mut Value)) -> (String, String) {
        let failure = check(&pool(change), NEW).unwrap_err();
        let path = failure.details.iter().find(|(key, _)| key == "PropertyPath");
        (failure.code.clone(), path.map(|(_, path)| path.clone()).unwrap_or_default())
    }

    #[test]
    fn a_plain_pool_passes() {
        assert_eq!(check(&pool(|_| ()), NEW), Ok(()));
    }

    #[test]
    fn each_rule_has_its_refusal() {
        let invalid = |path: &str| ("InvalidPropertyValue".to_owned(), format!("properties.{path}"));
        assert_eq!(refused(|it| it["vmSize"] = json!("small")), invalid("vmSize"));
        assert_eq!(
            refused(|it| it["scaleSettings"]["fixedScale"]["resizeTimeout"] = json!("PT4M")),
            invalid("scaleSettings.fixedScale.resizeTimeout")
        );
        assert_eq!(
            refused(
                |it| it["scaleSettings"] = json!({"autoScale": {"formula": "$TargetDedicatedNodes=1", "evaluationInterval": "PT4M"}})
            ),
            invalid("scaleSettings.autoScale.evaluationInterval")
        );
        assert_eq!(
            refused(|it| it["scaleSettings"] = json!({"autoScale": {"formula": "x=1"}})).0,
            "AutoScalingFormulaSyntaxError"
        );
        let machine = "deploymentConfiguration.virtualMachineConfiguration";
        let set = |name: &'static str, value: Value| {
            move |it: &mut Value| it["deploymentConfiguration"]["virtualMachineConfiguration"][name] = value
        };
        assert_eq!(
            refused(set("nodeAgentSkuId", json!("batch.node.ubuntu 18.04"))).0,
            "NodeAgentSKUNotFound"
        );
        assert_eq!(refused(set("licenseType", json!("x"))), invalid(&format!("{machine}.licenseType")));
        assert_eq!(
            refused(set("dataDisks", json!([{"lun": 1}, {"lun": 1}]))),
            invalid(&format!("{machine}.dataDisks[1].lun"))
        );
        assert_eq!(
            refused(set("imageReference", json!({"id": "/i", "sku": "s"}))),
            invalid(&format!("{machine}.imageReference"))
        );
        assert_eq!(
            refused(|it| it["startTask"] = json!({"waitForSuccess": true})).0,
            "MissingRequiredProperty"
        );
        let nat = json!([{"name": "a", "backendPort": 1, "frontendPortRangeStart": 49_000, "frontendPortRangeEnd": 50_000}]);
        assert_eq!(
            refused(
                |it| it["networkConfiguration"] = json!({"endpointConfiguration": {"inboundNatPools": nat}})
            )
            .0,
            "InvalidPropertyValue"
        );
    }

    #[test]
    fn pool_ids_are_held_to_their_rule() {
        assert!(is_pool_id("render-3_4"));
        for id in ["", "a.b", "a b", &"a".repeat(65)] {
            assert!(!is_pool_id(id), "{id}");
        }
    }
}
