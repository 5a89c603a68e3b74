//! How long things take in virtual time; every figure is a setting.
//! The defaults follow what people report of Azure. Batch's sizing model has its own figures in `allocation`.

use std::time::Duration;

/// Lengths of what takes time in Compute and in ARM itself, and of what ARM keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Timings {
    /// Making or changing a gallery, an image definition or a small disk thing.
    pub small_write: Duration,
    /// Making a managed image out of its disks.
    pub managed_image: Duration,
    /// Copying a disk snapshot: a fixed part, and this much for each GB.
    pub snapshot_per_gb: Duration,
    /// Copying the source into the version's own region, for 30 GB.
    pub replicate_source: Duration,
    /// Copying from there to every other region, for 30 GB.
    pub replicate_region: Duration,
    /// What every replica after the first in a region adds.
    pub replicate_replica: Duration,
    /// A shallow version: nothing is copied.
    pub replicate_shallow: Duration,
    /// Deleting a version; other deletions take `small_write`.
    pub delete_version: Duration,
    /// How long a parent refuses to go after its last child went.
    pub parent_lag: Duration,
    /// Deleting a resource group, however much is in it.
    pub delete_group: Duration,
    /// Registering or unregistering a resource provider.
    pub register_provider: Duration,
    /// What a poll is told to wait.
    pub poll: Duration,
    /// How long a finished operation can still be read.
    pub keep_operation: Duration,
}

impl Default for Timings {
    fn default() -> Timings {
        Timings {
            small_write: Duration::from_secs(8),
            managed_image: Duration::from_mins(1),
            snapshot_per_gb: Duration::from_millis(500),
            replicate_source: Duration::from_mins(6),
            replicate_region: Duration::from_mins(8),
            replicate_replica: Duration::from_secs(20),
            replicate_shallow: Duration::from_mins(1),
            delete_version: Duration::from_mins(1),
            parent_lag: Duration::from_secs(15),
            delete_group: Duration::from_mins(1),
            register_provider: Duration::from_secs(30),
            poll: Duration::from_secs(10),
            keep_operation: Duration::from_hours(24),
        }
    }
}
