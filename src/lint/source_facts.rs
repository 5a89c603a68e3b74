//! What Azure knows of what images are made from, where the stack does not make that itself.
//! Asks only for what is still to be made: a source is read once, to create, and may be gone afterwards.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::lint::azure::Heard;
use crate::lint::sources::{Part, Written, ends_in, written};
use crate::lint::subject::Subject;
use crate::model::address::Address;
use crate::model::facts::Question;
use crate::model::region;
use crate::model::resource_id::ResourceId;

/// The types that sources have.
const TYPES: [(Type, &str); 6] = [
    (Type::ManagedImage, "Microsoft.Compute/images"),
    (Type::Machine, "Microsoft.Compute/virtualMachines"),
    (Type::Disk, "Microsoft.Compute/disks"),
    (Type::Snapshot, "Microsoft.Compute/snapshots"),
    (Type::Version, "Microsoft.Compute/galleries/images/versions"),
    (Type::StorageAccount, "Microsoft.Storage/storageAccounts"),
];
const IMAGES_API: &str = "2024-07-01";
const DISKS_API: &str = "2024-03-02";
const GALLERY_API: &str = "2024-03-03";
const STORAGE_API: &str = "2024-01-01";

/// The type of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lint) enum Type {
    ManagedImage,
    Machine,
    Disk,
    Snapshot,
    Version,
    /// The one that a VHD is in.
    StorageAccount,
}

/// A source that the stack does not make.
pub(in crate::lint) struct Outside<'s, 'a> {
    subject: &'s Subject<'a>,
    /// Where it is written, and what is made from it.
    pub(in crate::lint) written: Written<'s>,
    /// Its id.
    pub(in crate::lint) id: ResourceId,
    /// Its type.
    pub(in crate::lint) of: Type,
    /// What Azure says of it.
    pub(in crate::lint) heard: Heard<'a>,
}

/// Every source that the stack does not make, of what is not there yet.
pub(in crate::lint) fn outside<'s, 'a>(subject: &'s Subject<'a>) -> Vec<Outside<'s, 'a>> {
    let Some(azure) = &subject.azure else { return Vec::new() };
    let to_be_made = written(subject).into_iter().filter(|written| azure.is_absent(written.made));
    to_be_made.filter_map(|written| Outside::of(subject, written)).collect()
}

impl<'s, 'a> Outside<'s, 'a> {
    fn of(subject: &'s Subject<'a>, written: Written<'s>) -> Option<Self> {
        let id = ResourceId::parse(written.node.text()?).ok()?;
        let kinds = ["managed-image", "disk-snapshot"];
        let own = kinds.into_iter().any(|kind| subject.sources.find(kind, &id.to_string()).is_some());
        if own || subject.versions.iter().any(|version| version.id == id) {
            return None;
        }
        let (of, _) = TYPES.into_iter().find(|(_, of)| id.is_type(of))?;
        let api_version = match of {
            Type::ManagedImage => IMAGES_API,
            Type::Disk | Type::Snapshot => DISKS_API,
            Type::Version => GALLERY_API,
            Type::StorageAccount => STORAGE_API,
            Type::Machine => {
                let heard = machine(subject, &id);
                return Some(Self { subject, written, id, of, heard });
            }
        };
        let heard = subject.ask(Question::Resource { id: id.clone(), api_version });
        Some(Self { subject, written, id, of, heard })
    }

    /// What people call it.
    pub(in crate::lint) fn name(&self) -> String {
        self.id.names().collect::<Vec<_>>().join("/")
    }

    fn at(&self, pointer: &str) -> Option<&'a Value> {
        self.heard.there()?.pointer(pointer)
    }

    /// The region it is in, in Azure's short form.
    pub(in crate::lint) fn region(&self) -> Option<String> {
        self.at("/location").and_then(Value::as_str).map(region::normal)
    }

    /// Whether something can be made of it in a region, in Azure's short form: where it is, and where a version has replicas.
    pub(in crate::lint) fn is_in(&self, wanted: &str) -> bool {
        let targets = self.at("/properties/publishingProfile/targetRegions").and_then(Value::as_array);
        let mut names = targets.into_iter().flatten().filter_map(|target| target.get("name")?.as_str());
        self.region().is_some_and(|region| region == wanted) || names.any(|name| region::same(name, wanted))
    }

    /// Everything of the stack that it ends in.
    pub(in crate::lint) fn ends_in(&self) -> BTreeSet<&'s Address> {
        ends_in(self.subject, &self.written)
    }

    /// The `osType`, `hyperVGeneration` or `osState` of what is on it, where Azure knows.
    pub(in crate::lint) fn trait_of(&self, key: &str) -> Option<&'a str> {
        let holder = match self.of {
            Type::ManagedImage if key != "hyperVGeneration" => {
                self.at("/properties/storageProfile/osDisk")?
            }
            Type::ManagedImage | Type::Disk | Type::Snapshot => self.at("/properties")?,
            Type::Machine if key == "osType" => self.at("/properties/storageProfile/osDisk")?,
            Type::Machine if key == "osState" => return self.state(),
            Type::Machine => {
                let view = self.at("/properties/instanceView").filter(|view| view.get(key).is_some());
                view.or_else(|| self.system_disk()?.get("properties"))?
            }
            // A version is as its definition says.
            Type::Version => {
                self.heard.there()?;
                let id = self.id.parent()?;
                let definition = Question::Resource { id, api_version: GALLERY_API };
                self.subject.ask(definition).there()?.get("properties")?
            }
            // It knows nothing of what is in a blob.
            Type::StorageAccount => return None,
        };
        holder.get(key)?.as_str()
    }

    /// The `osState` that an image of a machine has.
    fn state(&self) -> Option<&'static str> {
        let statuses = self.at("/properties/instanceView/statuses")?.as_array()?;
        let is_generalized = statuses.iter().any(|status| {
            let code = status.get("code").and_then(Value::as_str);
            code.is_some_and(|code| code.eq_ignore_ascii_case("OSState/generalized"))
        });
        Some(if is_generalized { "Generalized" } else { "Specialized" })
    }

    /// The sizes of its disks in GB.
    pub(in crate::lint) fn sizes(&self) -> Vec<u64> {
        let (os, data, key) = match self.of {
            Type::Disk | Type::Snapshot => {
                return self.at("/properties/diskSizeGB").and_then(Value::as_u64).into_iter().collect();
            }
            Type::ManagedImage | Type::Machine => ("osDisk", "dataDisks", "diskSizeGB"),
            Type::Version => ("osDiskImage", "dataDiskImages", "sizeInGB"),
            Type::StorageAccount => return Vec::new(),
        };
        let Some(profile) = self.at("/properties/storageProfile") else { return Vec::new() };
        let data = profile.get(data).and_then(Value::as_array).into_iter().flatten();
        let size = |disk: &Value| {
            let of_disk = || self.disk_of(disk)?.pointer("/properties/diskSizeGB");
            disk.get(key).or_else(of_disk)?.as_u64()
        };
        profile.get(os).into_iter().chain(data).filter_map(size).collect()
    }

    /// The disk that an entry in the profile of a machine names. A machine that is off, as one that is generalized is, tells
    /// nothing else of it.
    fn disk_of(&self, entry: &Value) -> Option<&'a Value> {
        if self.of != Type::Machine {
            return None;
        }
        let id = ResourceId::parse(entry.pointer("/managedDisk/id")?.as_str()?).ok()?;
        self.subject.ask(Question::Resource { id, api_version: DISKS_API }).there()
    }

    /// The disk with the operating system of a machine.
    fn system_disk(&self) -> Option<&'a Value> {
        self.disk_of(self.at("/properties/storageProfile/osDisk")?)
    }

    /// Why no image is made of what it is on, as the end of a sentence.
    pub(in crate::lint) fn hinders(&self) -> Option<&'static str> {
        const ULTRA: &str = "UltraSSD_LRS";
        match self.of {
            Type::Disk => (self.at("/sku/name")? == ULTRA).then_some("is an Ultra disk"),
            Type::Machine => {
                if self.at("/properties/storageProfile/osDisk/diffDiskSettings/option").is_some() {
                    return Some("has an ephemeral disk");
                }
                let data = self.at("/properties/storageProfile/dataDisks")?.as_array()?;
                let is_ultra = |disk: &Value| {
                    let of_disk = || self.disk_of(disk)?.pointer("/sku/name");
                    disk.pointer("/managedDisk/storageAccountType").or_else(of_disk)
                        == Some(&Value::from(ULTRA))
                };
                data.iter().any(is_ultra).then_some("has an Ultra disk")
            }
            Type::ManagedImage | Type::Snapshot | Type::Version | Type::StorageAccount => None,
        }
    }

    /// Whether it is a disk with an operating system that Azure Disk Encryption has encrypted.
    pub(in crate::lint) fn is_encrypted_inside(&self) -> bool {
        const OF_DISK: &str = "/properties/encryptionSettingsCollection/enabled";
        const OF_MACHINE: &str = "/properties/storageProfile/osDisk/encryptionSettings/enabled";
        let is_true = |value: Option<&Value>| value == Some(&Value::Bool(true));
        let is_encrypted = match self.of {
            Type::Disk | Type::Snapshot => is_true(self.at(OF_DISK)),
            // Azure has two ways of it: one says so on the machine, the other on its disk.
            Type::Machine => {
                is_true(self.at(OF_MACHINE))
                    || is_true(self.system_disk().and_then(|disk| disk.pointer(OF_DISK)))
            }
            Type::ManagedImage | Type::Version | Type::StorageAccount => false,
        };
        is_encrypted && self.has_system()
    }

    fn has_system(&self) -> bool {
        match self.written.part {
            Part::Whole | Part::System => true,
            Part::Data => false,
            Part::Copy => self.trait_of("osType").is_some(),
        }
    }

    /// The virtual machine whose system is on it, where Azure still knows.
    pub(in crate::lint) fn machine(&self) -> Option<ResourceId> {
        if !self.has_system() {
            return None;
        }
        let id = match self.of {
            Type::Machine => return Some(self.id.clone()),
            Type::ManagedImage => self.at("/properties/sourceVirtualMachine/id")?,
            Type::Disk => self.at("/managedBy")?,
            Type::Snapshot => {
                let disk = self.at("/properties/creationData/sourceResourceId")?.as_str()?;
                let id = ResourceId::parse(disk).ok().filter(|id| id.is_type("Microsoft.Compute/disks"))?;
                let disk = Question::Resource { id, api_version: DISKS_API };
                self.subject.ask(disk).there()?.get("managedBy")?
            }
            Type::Version | Type::StorageAccount => return None,
        };
        ResourceId::parse(id.as_str()?).ok().filter(|id| id.is_type("Microsoft.Compute/virtualMachines"))
    }
}

/// What a virtual machine is.
pub(in crate::lint) fn machine<'a>(subject: &Subject<'a>, id: &ResourceId) -> Heard<'a> {
    subject.ask(Question::Machine(id.clone()))
}
