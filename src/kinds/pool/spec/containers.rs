//! Containers: what the nodes are prepared with, and what a start task runs in.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::registry::ContainerRegistry;

/// Prepares every node for tasks in containers. The image must hold the container runtime.
///
/// Omitted: no containers; what is there is taken away. Every job task must then say `containerSettings`. A change
/// is taken only with zero nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerConfiguration {
    /// The container technology.
    #[serde(rename = "type")]
    pub container_type: ContainerType,
    /// Container images that every node pulls when it starts, in any order. Omitted: none.
    #[serde(default)]
    #[schemars(example = ["renderregistry.azurecr.io/render:3.4"])]
    pub container_image_names: Vec<String>,
    /// Private registries, each with its own `registryServer`. Omitted: none.
    #[serde(default)]
    pub container_registries: Vec<ContainerRegistry>,
}

/// A container technology.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ContainerType {
    /// Docker, or what understands its commands.
    DockerCompatible,
    /// A runtime with the Kubernetes container runtime interface, such as containerd.
    CriCompatible,
}

/// The container that a start task runs in.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskContainerSettings {
    /// The container image, as `docker pull` takes it. Without a tag it is `:latest`.
    #[schemars(length(min = 1), example = &"renderregistry.azurecr.io/render:3.4")]
    pub image_name: String,
    /// More options for creating the container, as `docker create` takes them.
    #[schemars(example = &"--rm --ipc=host")]
    pub container_run_options: Option<String>,
    /// The registry of the image. Omitted: those of the pool's `containerConfiguration`.
    pub registry: Option<ContainerRegistry>,
    /// The folder the command starts in. Omitted: `TaskWorkingDirectory`.
    pub working_directory: Option<ContainerWorkingDirectory>,
    /// Folders of the node that the container sees. Omitted: the whole Batch folder of the node (on Windows the whole
    /// temporary drive); an empty list: none.
    pub container_host_batch_bind_mounts: Option<Vec<BindMount>>,
}

/// The folder a container's command starts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ContainerWorkingDirectory {
    /// The task's own folder, where its files are.
    TaskWorkingDirectory,
    /// The one the container image names; the task's files are not there.
    ContainerImageDefault,
}

/// A folder of the node that a container sees.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BindMount {
    /// Which folder.
    pub source: Option<NodeFolder>,
    /// Whether the container may only read it. Omitted: false.
    pub is_read_only: Option<bool>,
}

/// A folder that Batch keeps on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum NodeFolder {
    /// What all tasks of the node share.
    Shared,
    /// The start task's folder.
    Startup,
    /// The mounted file systems.
    VfsMounts,
    /// The task's folder.
    Task,
    /// The job preparation task's folder.
    JobPrep,
    /// The application packages.
    Applications,
}
