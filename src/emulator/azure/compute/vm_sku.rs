//! The sizes of virtual machines that are listed: `skus`, `vmSizes`, Batch's own list, and what a size can boot and hold.
//! A fixed table of common series; a size that is not in it is not refused by that.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::compute_sku;
use crate::emulator::azure::compute::machine_power;
use crate::emulator::azure::compute::virtual_machine;
use crate::emulator::call::{Answer, Call, Result, Verb};
use crate::emulator::regions::Region;
use crate::emulator::router::Route;
use crate::emulator::store::World;

/// Sizes that differ in their cores alone.
#[derive(Debug)]
struct Series {
    /// What stands before and after the cores in a name.
    name: (&'static str, &'static str),
    /// As quotas call it.
    family: &'static str,
    cores: &'static [u32],
    /// GB for each core.
    memory: f64,
    /// GB of local disk for each core; 0 without one.
    local: u32,
    /// `V1`, `V2` or both.
    generations: &'static str,
    architecture: &'static str,
    /// Premium disks.
    premium: bool,
    /// Boots with trusted launch where the image allows it.
    trusted: bool,
    /// The disk controllers it has.
    controllers: &'static str,
    /// Only in regions with zones.
    rare: bool,
}

const STEPS: &[u32] = &[2, 4, 8, 16, 32, 64];

/// What most series of today have in common.
const COMMON: Series = Series {
    name: ("D", "s_v5"),
    family: "standardDSv5Family",
    cores: STEPS,
    memory: 4.0,
    local: 0,
    generations: "V1,V2",
    architecture: "x64",
    premium: true,
    trusted: true,
    controllers: "SCSI",
    rare: false,
};

const TABLE: &[Series] = &[
    COMMON,
    Series { name: ("D", "ds_v5"), family: "standardDDSv5Family", local: 37, ..COMMON },
    Series { name: ("D", "as_v5"), family: "standardDASv5Family", ..COMMON },
    Series { name: ("D", "s_v4"), family: "standardDSv4Family", ..COMMON },
    Series { name: ("D", "s_v3"), family: "standardDSv3Family", local: 8, ..COMMON },
    Series {
        name: ("D", "_v3"),
        family: "standardDv3Family",
        local: 25,
        generations: "V1",
        premium: false,
        trusted: false,
        ..COMMON
    },
    Series {
        name: ("D", "ps_v5"),
        family: "standardDPSv5Family",
        generations: "V2",
        architecture: "Arm64",
        trusted: false,
        ..COMMON
    },
    Series {
        name: ("D", "s_v6"),
        family: "standardDSv6Family",
        generations: "V2",
        controllers: "NVMe",
        rare: true,
        ..COMMON
    },
    Series {
        name: ("D", "as_v6"),
        family: "standardDASv6Family",
        controllers: "SCSI, NVMe",
        rare: true,
        ..COMMON
    },
    Series { name: ("E", "s_v5"), family: "standardESv5Family", memory: 8.0, ..COMMON },
    Series { name: ("E", "ds_v5"), family: "standardEDSv5Family", memory: 8.0, local: 37, ..COMMON },
    Series { name: ("F", "s_v2"), family: "standardFSv2Family", memory: 2.0, local: 8, ..COMMON },
    Series { name: ("B", "ms"), family: "standardBSFamily", cores: &[1, 2, 4, 8], local: 8, ..COMMON },
    Series {
        name: ("A", "_v2"),
        family: "standardAv2Family",
        cores: &[1, 2, 4, 8],
        memory: 2.0,
        local: 10,
        generations: "V1",
        premium: false,
        trusted: false,
        ..COMMON
    },
    Series {
        name: ("DC", "as_v5"),
        family: "standardDCASv5Family",
        cores: &[2, 4, 8],
        generations: "V2",
        rare: true,
        ..COMMON
    },
    Series {
        name: ("L", "s_v3"),
        family: "standardLSv3Family",
        cores: &[8, 16],
        memory: 8.0,
        local: 10,
        rare: true,
        ..COMMON
    },
    Series {
        name: ("NC", "s_v3"),
        family: "standardNCSv3Family",
        cores: &[6, 12, 24],
        memory: 18.6,
        local: 56,
        rare: true,
        ..COMMON
    },
    Series {
        name: ("NC", "ads_A100_v4"),
        family: "StandardNCADSA100v4Family",
        cores: &[24, 48, 96],
        memory: 9.1,
        local: 2,
        generations: "V2",
        rare: true,
        ..COMMON
    },
    Series {
        name: ("NC", "as_T4_v3"),
        family: "Standard NCASv3_T4 Family",
        cores: &[4, 8, 16, 64],
        memory: 7.0,
        local: 44,
        rare: true,
        ..COMMON
    },
    Series {
        name: ("HB", "rs_v3"),
        family: "standardHBrsv3Family",
        cores: &[120],
        memory: 3.8,
        local: 4,
        trusted: false,
        rare: true,
        ..COMMON
    },
];

/// One size.
#[derive(Debug)]
pub(crate) struct Size {
    /// `Standard_D2s_v5`
    pub(crate) name: String,
    /// Its cores.
    pub(crate) cores: u32,
    series: &'static Series,
}

impl Size {
    /// True when it boots that generation.
    pub(crate) fn boots(&self, generation: &str) -> bool {
        self.series.generations.split(',').any(|known| known == generation)
    }

    /// How many data disks it holds.
    pub(crate) fn data_disks(&self) -> usize {
        (self.cores as usize * 2).min(32)
    }

    /// Its family, as quotas call it.
    pub(crate) fn family(&self) -> &'static str {
        self.series.family
    }

    fn memory(&self) -> f64 {
        (f64::from(self.cores) * self.series.memory).floor()
    }

    /// What both lists say that it can do.
    fn common(&self) -> Vec<(&'static str, String)> {
        let series = self.series;
        vec![
            ("MaxResourceVolumeMB", (series.local * self.cores * 1024).to_string()),
            ("vCPUs", self.cores.to_string()),
            ("HyperVGenerations", series.generations.to_owned()),
            ("MemoryGB", self.memory().to_string()),
            ("LowPriorityCapable", flag(true)),
            ("PremiumIO", flag(series.premium)),
            ("vCPUsAvailable", self.cores.to_string()),
            ("EphemeralOSDiskSupported", flag(series.premium && series.local > 0)),
        ]
    }

    fn is_sold(&self, region: &Region) -> bool {
        region.zones || !self.series.rare
    }

    /// As Batch's `virtualMachineSkus` answers it in a region; none where it is not sold.
    pub(crate) fn batch_sku(&self, region: &Region) -> Option<Value> {
        self.is_sold(region).then(|| {
            json!({
                "name": self.name, "familyName": self.series.family, "capabilities": pairs(self.common()),
            })
        })
    }

    /// As `skus` answers it in a region; none where it is not sold.
    pub(crate) fn sku(&self, region: &Region) -> Option<Value> {
        if !self.is_sold(region) {
            return None;
        }
        let series = self.series;
        let mut capabilities = self.common();
        capabilities.extend([
            ("OSVhdSizeMB", "1047552".to_owned()),
            ("MemoryPreservingMaintenanceSupported", flag(!series.rare)),
            ("DiskControllerTypes", series.controllers.to_owned()),
            ("MaxDataDiskCount", self.data_disks().to_string()),
            ("CpuArchitectureType", series.architecture.to_owned()),
            ("VMDeploymentTypes", "IaaS".to_owned()),
            ("EncryptionAtHostSupported", flag(series.premium)),
            ("CapacityReservationSupported", flag(false)),
            ("AcceleratedNetworkingEnabled", flag(self.cores > 1 && series.name.0 != "A")),
            ("RdmaEnabled", flag(series.name.0 == "HB")),
            ("MaxNetworkInterfaces", (self.cores / 2).clamp(2, 8).to_string()),
        ]);
        if !series.trusted {
            capabilities.push(("TrustedLaunchDisabled", flag(true)));
        }
        if series.name.0 == "DC" {
            capabilities.push(("ConfidentialComputingType", "SNP".to_owned()));
        }
        let (tier, size) = self.name.split_once('_').unwrap_or(("Standard", &self.name));
        let zones = if region.zones { json!(["1", "2", "3"]) } else { json!([]) };
        Some(json!({
            "resourceType": "virtualMachines", "name": self.name, "tier": tier, "size": size,
            "family": series.family, "locations": [region.name],
            "locationInfo": [{"location": region.name, "zones": zones, "zoneDetails": []}],
            "capabilities": pairs(capabilities), "restrictions": [],
        }))
    }

    /// As `vmSizes` answers it.
    fn plain(&self) -> Value {
        json!({
            "name": self.name, "numberOfCores": self.cores, "osDiskSizeInMB": 1_047_552,
            "resourceDiskSizeInMB": self.series.local * self.cores * 1024,
            "memoryInMB": whole((self.memory() * 1024.0).round()),
            "maxDataDiskCount": self.data_disks(),
        })
    }
}

/// A capability that is there or not, as a list says it.
fn flag(yes: bool) -> String {
    if yes { "True" } else { "False" }.to_owned()
}

fn pairs(capabilities: Vec<(&'static str, String)>) -> Vec<Value> {
    capabilities.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "a few million MB at most")]
fn whole(number: f64) -> i64 {
    number as i64
}

/// Every size of the table.
pub(crate) fn all() -> &'static [Size] {
    static ALL: OnceLock<Vec<Size>> = OnceLock::new();
    ALL.get_or_init(|| {
        let sizes = TABLE.iter().flat_map(|series| {
            series.cores.iter().map(move |cores| Size {
                name: format!("Standard_{}{cores}{}", series.name.0, series.name.1),
                cores: *cores,
                series,
            })
        });
        sizes.collect()
    })
}

/// Their names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    all().iter().map(|size| size.name.as_str())
}

/// The size of that name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Size> {
    all().iter().find(|size| size.name.eq_ignore_ascii_case(name))
}

/// True when premium disks go with a size: by the table, or by the `s` in its name.
pub(crate) fn is_premium(name: &str) -> bool {
    find(name).map_or_else(
        || {
            let letters = name.split('_').nth(1).unwrap_or_default().trim_start_matches(char::is_alphabetic);
            letters.to_ascii_lowercase().contains('s')
        },
        |size| size.series.premium,
    )
}

pub(crate) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::List,
        kind: "Microsoft.Compute/skus",
        versions: &["2017-03-30", "2017-09-01", "2019-04-01", "2021-07-01"],
        handler: compute_sku::list,
    },
    Route {
        verb: Verb::List,
        kind: "Microsoft.Compute/locations/vmSizes",
        versions: virtual_machine::VERSIONS,
        handler: sizes_in_region,
    },
];

fn sizes_in_region(_: &mut World, call: &Call) -> Result<Answer> {
    let region = compute::region_in_path(call)?;
    let sold = all().iter().filter(|size| size.sku(region).is_some());
    Ok(Answer::ok(json!({"value": sold.map(Size::plain).collect::<Vec<_>>()})))
}

/// GET `vmSizes` of a machine: those it could be resized to.
pub(crate) fn sizes_for_machine(world: &mut World, call: &Call) -> Result<Answer> {
    let machine = machine_power::owner(world, call)?;
    let generation = machine.hidden["hyperVGeneration"].as_str().unwrap_or("V1").to_owned();
    let fitting = all().iter().filter(|size| size.boots(&generation));
    Ok(Answer::ok(json!({"value": fitting.map(Size::plain).collect::<Vec<_>>()})))
}
