//! The disks that an image version brings along, as far as the stack says what it is made from.
//! Knows only what the files write: a source outside of the stack has no disks here.

use crate::diag::Place;
use crate::kinds::declared::Declared;
use crate::kinds::managed_image::spec::ManagedImageSpec;
use crate::lint::places::each;
use crate::lint::subject::{Subject, VersionSeen};

/// The managed image of the stack that a version is made from.
fn image<'a>(subject: &Subject<'a>, version: &VersionSeen<'_>) -> Option<&'a Declared> {
    let text = version.spec.source.as_ref()?.managed_image.as_ref()?;
    subject.sources.find("managed-image", text).map(|made| made.entry)
}

/// The numbers of a version's data disks, each with the place where it is written.
pub(in crate::lint) fn data(subject: &Subject<'_>, version: &VersionSeen<'_>) -> Vec<(u32, Place)> {
    let source = version.spec.source.as_ref();
    if let Some(snapshots) = source.and_then(|source| source.snapshots.as_ref()) {
        let written = each(version.entry, &["source", "snapshots", "data"], "lun");
        return snapshots.data.iter().map(|disk| disk.lun).zip(written).collect();
    }
    if let Some(vhd) = source.and_then(|source| source.vhd.as_ref()) {
        let written = each(version.entry, &["source", "vhd", "data"], "lun");
        return vhd.data.iter().map(|disk| disk.lun).zip(written).collect();
    }
    let Some(image) = image(subject, version) else { return Vec::new() };
    let disks = &image.spec::<ManagedImageSpec>().data_disks;
    disks.iter().map(|disk| disk.lun).zip(each(image, &["dataDisks"], "lun")).collect()
}

/// The size of a version's operating system disk in GB, where it is written, with its place.
pub(in crate::lint) fn os_size(subject: &Subject<'_>, version: &VersionSeen<'_>) -> Option<(u32, Place)> {
    let image = image(subject, version)?;
    let size = image.spec::<ManagedImageSpec>().os_disk.disk_size_gb?;
    Some((size, image.place_at(&["osDisk", "diskSizeGB"])))
}
