//! The disks that an image version brings along, as far as the stack says what it is made from.
//! Knows only what the files write: a source outside of the stack has no disks here.

use std::collections::BTreeMap;

use crate::diag::Place;
use crate::kinds::declared::Declared;
use crate::kinds::managed_image::spec::ManagedImageSpec;
use crate::lint::places::each;
use crate::lint::subject::{Subject, VersionSeen};

/// The managed images of a stack by name.
pub(in crate::lint) struct SourceDisks<'a> {
    images: BTreeMap<String, &'a Declared>,
}

impl<'a> SourceDisks<'a> {
    /// Looks a stack through once.
    pub(in crate::lint) fn of(subject: &Subject<'a>) -> Self {
        let images = subject.entries.iter().filter(|entry| entry.kind.name() == "managed-image");
        let named = |entry: &'a Declared| (entry.spec::<ManagedImageSpec>().name.to_lowercase(), entry);
        Self { images: images.map(named).collect() }
    }

    /// The managed image of this stack that a version is made from.
    fn image(&self, version: &VersionSeen<'_>) -> Option<&'a Declared> {
        let name = version.spec.source.as_ref()?.managed_image.as_ref()?;
        self.images.get(&name.to_lowercase()).copied()
    }

    /// The numbers of a version's data disks, each with the place where it is written.
    pub(in crate::lint) fn data(&self, version: &VersionSeen<'_>) -> Vec<(u32, Place)> {
        let snapshots = version.spec.source.as_ref().and_then(|source| source.snapshots.as_ref());
        if let Some(snapshots) = snapshots {
            let written = each(version.entry, &["source", "snapshots", "data"], "lun");
            return snapshots.data.iter().map(|disk| disk.lun).zip(written).collect();
        }
        let Some(image) = self.image(version) else { return Vec::new() };
        let disks = &image.spec::<ManagedImageSpec>().data_disks;
        disks.iter().map(|disk| disk.lun).zip(each(image, &["dataDisks"], "lun")).collect()
    }

    /// The size of a version's operating system disk in GB, where it is written, with its place.
    pub(in crate::lint) fn os_size(&self, version: &VersionSeen<'_>) -> Option<(u32, Place)> {
        let image = self.image(version)?;
        let size = image.spec::<ManagedImageSpec>().os_disk.disk_size_gb?;
        Some((size, image.place_at(&["osDisk", "diskSizeGB"])))
    }
}
