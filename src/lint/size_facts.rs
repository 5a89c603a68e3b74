//! What Azure's lists say of the VM size of a pool: Batch's, of what it offers in a region, and Compute's, of what a size can do.
//! Reads, and judges nothing; says nothing of a size where no list has been read.

use serde_json::Value;

use crate::kinds::vocabulary::HyperVGeneration;
use crate::lint::subject::{PoolSeen, Subject};
use crate::lint::vm_cores;
use crate::lint::vm_size::VmSize;
use crate::model::facts::Question;

/// The sizes that Batch offers where a pool is, by their names in lower case. An empty list is none.
pub(in crate::lint) fn offered<'a>(subject: &Subject<'a>, pool: &PoolSeen<'_>) -> Option<&'a Value> {
    let (subscription, region) = place(pool)?;
    let list = subject.ask(Question::BatchSizes { subscription, region }).there()?;
    list.as_object().is_some_and(|list| !list.is_empty()).then_some(list)
}

/// What Batch's list says of a size.
fn batch<'a>(subject: &Subject<'a>, pool: &PoolSeen<'_>, size: &str) -> Option<&'a Value> {
    offered(subject, pool)?.get(size.to_lowercase())
}

/// The family of a size, as quotas call it.
pub(in crate::lint) fn family<'a>(subject: &Subject<'a>, pool: &PoolSeen<'_>, size: &str) -> Option<&'a str> {
    batch(subject, pool, size)?.get("familyName")?.as_str()
}

/// The day on which Batch's support for a size ends, where Azure says one.
pub(in crate::lint) fn end<'a>(subject: &Subject<'a>, pool: &PoolSeen<'_>, size: &str) -> Option<&'a str> {
    batch(subject, pool, size)?.get("batchSupportEndOfLife")?.as_str()?.get(.."2026-11-25".len())
}

/// The cores of a size: by Batch's list, else by its name.
pub(in crate::lint) fn cores(subject: &Subject<'_>, pool: &PoolSeen<'_>, size: &str) -> Option<u32> {
    let listed = || capability_of(batch(subject, pool, size)?, "vCPUs")?.parse().ok();
    listed().or_else(|| vm_cores::cores(size))
}

/// What a pool's size can do: by Compute's list, else by its name.
#[derive(Debug)]
pub(in crate::lint) struct SizeFacts<'s, 'a> {
    /// The name as it is written.
    pub(in crate::lint) name: &'s str,
    parsed: Option<VmSize>,
    listed: Option<&'a Value>,
}

impl<'s, 'a> SizeFacts<'s, 'a> {
    /// Those of a pool's size; none for a pool without one.
    pub(in crate::lint) fn of(subject: &Subject<'a>, pool: &PoolSeen<'s>) -> Option<Self> {
        let name = pool.spec.vm_size.as_deref()?;
        let listed = place(pool).and_then(|(subscription, region)| {
            let list = subject.ask(Question::ComputeSkus { subscription, region }).there()?;
            // Disks are in that list too.
            let is_machine = |sku: &&Value| {
                let kind = sku.get("resourceType").and_then(Value::as_str);
                kind.is_some_and(|kind| kind.eq_ignore_ascii_case("virtualMachines"))
            };
            list.get(name.to_lowercase()).filter(is_machine)
        });
        Some(Self { name, parsed: VmSize::read(name), listed })
    }

    fn capability(&self, name: &str) -> Option<&'a str> {
        capability_of(self.listed?, name)
    }

    /// Whether a capability is there; none where Azure does not say.
    fn flag(&self, name: &str) -> Option<bool> {
        Some(self.capability(name)?.eq_ignore_ascii_case("true"))
    }

    /// The only generation of images that it boots; none where it boots both or nobody knows.
    pub(in crate::lint) fn only_generation(&self) -> Option<HyperVGeneration> {
        let Some(generations) = self.capability("HyperVGenerations") else {
            return self.parsed.as_ref()?.only_generation();
        };
        match (lists(generations, "V1"), lists(generations, "V2")) {
            (true, false) => Some(HyperVGeneration::V1),
            (false, true) => Some(HyperVGeneration::V2),
            _ => None,
        }
    }

    /// Whether its processor is an Arm64 one.
    pub(in crate::lint) fn is_arm64(&self) -> Option<bool> {
        match self.capability("CpuArchitectureType") {
            Some(architecture) => Some(architecture.eq_ignore_ascii_case("Arm64")),
            None => self.parsed.as_ref()?.is_arm64(),
        }
    }

    /// Whether all its disks are `NVMe` ones.
    pub(in crate::lint) fn has_nvme_only(&self) -> bool {
        match self.capability("DiskControllerTypes") {
            Some(controllers) => lists(controllers, "NVMe") && !lists(controllers, "SCSI"),
            None => self.parsed.as_ref().is_some_and(VmSize::has_nvme_only),
        }
    }

    /// Whether it certainly has no accelerated networking.
    pub(in crate::lint) fn is_never_accelerated(&self) -> bool {
        match self.flag("AcceleratedNetworkingEnabled") {
            Some(accelerated) => !accelerated,
            None => self.parsed.as_ref().is_some_and(VmSize::is_a_series),
        }
    }

    /// Whether it certainly cannot be a confidential VM.
    pub(in crate::lint) fn is_never_confidential(&self) -> bool {
        match (self.listed, self.capability("ConfidentialComputingType")) {
            // Azure names the technique where there is one.
            (Some(_), None) => true,
            (_, Some("SNP" | "TDX")) => false,
            _ => self.parsed.as_ref().is_some_and(VmSize::is_never_confidential),
        }
    }

    /// Whether Azure says that it starts nothing with trusted launch.
    pub(in crate::lint) fn is_never_trusted(&self) -> bool {
        self.flag("TrustedLaunchDisabled") == Some(true)
    }

    /// Whether Azure says that its operating system's disk cannot be an ephemeral one.
    pub(in crate::lint) fn is_never_ephemeral(&self) -> bool {
        self.flag("EphemeralOSDiskSupported") == Some(false)
    }
}

/// Whose lists are asked, and for which region.
fn place(pool: &PoolSeen<'_>) -> Option<(String, String)> {
    Some((pool.account.as_ref()?.id.subscription().to_lowercase(), pool.region.clone()?))
}

/// Both lists have capabilities as pairs of texts.
fn capability_of<'a>(sku: &'a Value, name: &str) -> Option<&'a str> {
    let all = sku.get("capabilities")?.as_array()?;
    let named = |entry: &&Value| entry.get("name").and_then(Value::as_str) == Some(name);
    all.iter().find(named)?.get("value")?.as_str()
}

/// Whether a capability such as `SCSI, NVMe` has a word.
fn lists(value: &str, word: &str) -> bool {
    value.split(',').any(|one| one.trim().eq_ignore_ascii_case(word))
}
