//! From a virtual machine to an image version by way of disk snapshots and a managed image: what a file asks for, which
//! disks the machine has, and what everything on the way is called. Reads nothing, and knows no kind.

use serde_json::Value;

use crate::model::digest::digest;
use crate::model::resource_id::ResourceId;

/// The longest name that Azure takes for a managed image or a disk snapshot.
const LONGEST: usize = 80;
/// What the names of disk snapshots have behind that of the image: `-data-63` is the longest.
const LONGEST_END: usize = 8;

/// How a version is made of a machine whose disks are copied first.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// The virtual machine.
    pub machine: ResourceId,
    /// Whether what was only a means stays when the version has Succeeded.
    pub keep: bool,
}

/// What a kind is on the way, with the body of one: its properties, without location and tags.
#[derive(Debug, Clone, Copy)]
pub enum Link {
    /// A frozen copy of this disk.
    Copy(fn(&ResourceId) -> Value),
    /// An image of such copies.
    Image(fn(&Parts<'_>) -> Value),
}

/// What an image on the way is made from.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The copies.
    pub copies: &'a Disks,
    /// The body of the image definition, which says what the system is.
    pub definition: &'a Value,
}

/// The disks of a machine, or the copies of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Disks {
    /// The one with the operating system.
    pub os: ResourceId,
    /// The others, each with its logical unit number.
    pub data: Vec<(u64, ResourceId)>,
}

impl Disks {
    /// Those of a virtual machine as Azure answers it. `None`: not all of them are managed disks.
    pub fn of(machine: &Value) -> Option<Self> {
        let profile = machine.pointer("/properties/storageProfile")?;
        let managed = |disk: &Value| ResourceId::parse(disk.pointer("/managedDisk/id")?.as_str()?).ok();
        let data = profile.get("dataDisks").and_then(Value::as_array).into_iter().flatten();
        let data = data.map(|disk| Some((disk.get("lun")?.as_u64()?, managed(disk)?)));
        let mut data: Vec<_> = data.collect::<Option<_>>()?;
        data.sort();
        Some(Self { os: managed(profile.get("osDisk")?)?, data })
    }
}

/// The name of the managed image between a machine and a version: readable, and another for every pair of the two, so that
/// nothing that was taken from another machine is ever gone on with.
pub fn image_name(version: &ResourceId, machine: &ResourceId) -> String {
    let hash: String = digest(&format!("{} {}", version.key(), machine.key())).chars().take(8).collect();
    let end = format!("-{}-{hash}", version.name());
    let image: String = version.parent().map(|image| image.name().to_owned()).unwrap_or_default();
    let room = LONGEST.saturating_sub(LONGEST_END + end.len());
    let image: String = image.chars().take(room).collect();
    format!("{image}{end}")
}

/// The name of the snapshot of the disk with the operating system.
pub fn os_name(image: &str) -> String {
    format!("{image}-os")
}

/// The name of the snapshot of a further disk.
pub fn data_name(image: &str, lun: u64) -> String {
    format!("{image}-data-{lun}")
}

/// Whether a name is that of an image, or of a snapshot that it is made from, in any case.
pub fn is_on_the_way(name: &str, image: &str) -> bool {
    let (name, image) = (name.to_ascii_lowercase(), image.to_ascii_lowercase());
    name.strip_prefix(&image).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Disks, data_name, image_name, is_on_the_way, os_name};
    use crate::model::resource_id::ResourceId;

    fn id(rest: &str) -> ResourceId {
        let text = format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/{rest}");
        ResourceId::parse(&text).expect("an id")
    }

    #[test]
    fn names_tell_the_image_and_the_version_and_fit_in_azure() {
        let version = id("galleries/renders/images/ubuntu/versions/1.0.0");
        let name = image_name(&version, &id("virtualMachines/builder"));
        assert!(name.starts_with("ubuntu-1.0.0-") && name.len() == "ubuntu-1.0.0-".len() + 8, "{name}");
        assert_ne!(name, image_name(&version, &id("virtualMachines/another")));
        assert_eq!(name, image_name(&version, &id("virtualMachines/BUILDER")));
        let long = format!("galleries/g/images/{}/versions/4294967295.4294967295.4294967295", "i".repeat(80));
        let longest = data_name(&image_name(&id(&long), &id("virtualMachines/builder")), 63);
        assert_eq!(longest.len(), 80, "{longest}");
    }

    #[test]
    fn what_is_on_the_way_is_told_by_its_name() {
        let name = "ubuntu-1.0.0-0a1b2c3d";
        for own in [name.to_owned(), os_name(name), data_name(name, 7), os_name(name).to_uppercase()] {
            assert!(is_on_the_way(&own, name), "{own}");
        }
        assert!(!is_on_the_way("ubuntu-1.0.0", name) && !is_on_the_way("ubuntu-1.0.0-0a1b2c3de", name));
    }

    #[test]
    fn a_machine_has_its_disks_by_their_numbers_or_none() {
        let disk = |name: &str| id(&format!("disks/{name}"));
        let managed =
            |name: &str, lun: u64| json!({"lun": lun, "managedDisk": {"id": disk(name).to_string()}});
        let machine = |data: &[serde_json::Value]| json!({"properties": {"storageProfile": {"osDisk": managed("os", 0), "dataDisks": data}}});
        let two = Disks::of(&machine(&[managed("b", 5), managed("a", 1)])).expect("managed disks");
        assert_eq!(two, Disks { os: disk("os"), data: vec![(1, disk("a")), (5, disk("b"))] });
        assert_eq!(Disks::of(&machine(&[json!({"lun": 0, "vhd": {"uri": "https://x/y"}})])), None);
    }
}
