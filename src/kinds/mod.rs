//! The kinds of resources, each a folder: what users write, what Azure has, and how the two compare.
//! Kinds do not know each other; what one refers to in another is found through `scope` as an address.
//!
//! To add a kind: a folder here with `mod.rs` (the two traits), `spec.rs` (what users write) and `fields.rs` (what is
//! known of each property); its module and its row in [`REGISTRY`] below, after the kinds it refers to; its cases in
//! `tests/kinds/`; its server side in `emulator/azure/`.

pub mod batch_account;
pub mod declared;
pub mod decode;
pub mod disk_snapshot;
pub mod gallery;
mod guid;
pub mod header;
pub mod image_definition;
pub mod image_version;
pub mod importing;
pub mod lowering;
pub mod managed_image;
pub(crate) mod origin;
pub(crate) mod pattern;
pub mod pool;
pub mod provider_registration;
pub mod resource_group;
pub mod role_assignment;
pub mod schema;
pub mod scope;
pub mod vocabulary;
mod waits;

/// How what a pool boots is written: what `version add` reads and writes, without knowing pools.
pub(crate) use crate::kinds::pool::image as image_reference;

use std::any::Any;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diag::{Diagnostic, Report};
use crate::kinds::declared::Declared;
use crate::kinds::importing::Importing;
use crate::kinds::lowering::Lowered;
use crate::kinds::scope::{Identity, Scope};
use crate::model::kind::Planning;
use crate::model::permission::Besides;

/// Every kind, each after those it refers to.
pub static REGISTRY: &[&dyn Kind] = &[
    &resource_group::ResourceGroup,
    &batch_account::BatchAccount,
    &disk_snapshot::DiskSnapshot,
    &managed_image::ManagedImage,
    &gallery::Gallery,
    &image_definition::ImageDefinition,
    &image_version::ImageVersion,
    &pool::Pool,
    &role_assignment::RoleAssignment,
];

/// The same kinds as planning sees them, and the one that no file writes: it follows from what pools boot.
pub static PLANNING: &[&dyn Planning] = &[
    &resource_group::ResourceGroup,
    &batch_account::BatchAccount,
    &disk_snapshot::DiskSnapshot,
    &managed_image::ManagedImage,
    &gallery::Gallery,
    &image_definition::ImageDefinition,
    &image_version::ImageVersion,
    &pool::Pool,
    &role_assignment::RoleAssignment,
    &provider_registration::ProviderRegistration,
];

/// A kind of resource, from what users write to what Azure is sent.
pub trait Kind: Planning {
    /// Where its entries stand.
    fn section(&self) -> Section;

    /// The type that an entry is read into.
    fn entry_type(&self) -> EntryType;

    /// Its address and its id. The entries of kinds before this one in the registry are in the scope.
    fn identify(&self, entry: &Declared, scope: &Scope<'_>) -> Result<Identity, Diagnostic>;

    /// Its type in the names of the actions on it.
    fn action_type(&self) -> &'static str {
        self.azure_type()
    }

    /// The actions that whoever plans and applies needs beside reading, writing and deleting what is of this kind.
    fn besides(&self) -> Besides {
        Besides::default()
    }

    /// What turns a live one back into an entry, beside its field table. `None`: it is not imported.
    fn importing(&self) -> Option<Importing> {
        None
    }

    /// What it asks of Azure. Every entry is in the scope. `None`: something is wrong, and is in the report.
    fn lower(
        &self,
        entry: &Declared,
        own: &Identity,
        scope: &Scope<'_>,
        report: &mut Report,
    ) -> Option<Lowered>;
}

/// The type of a kind's entries: its schema, and how it is read.
#[derive(Debug, Clone, Copy)]
pub struct EntryType {
    /// Its schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// Reads an entry that fits the schema.
    pub read: fn(Value) -> Result<Arc<dyn Any + Send + Sync>, serde_json::Error>,
}

impl EntryType {
    /// That of `T`.
    pub const fn of<T: JsonSchema + DeserializeOwned + Any + Send + Sync>() -> Self {
        Self {
            schema: |generator| generator.root_schema_for::<T>(),
            read: |entry| Ok(Arc::new(serde_json::from_value::<T>(entry)?)),
        }
    }
}

/// Where the entries of a kind stand in a document.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// The key of the list.
    pub key: &'static str,
    /// What the list holds: the schema's text.
    pub description: &'static str,
    /// The section whose entries hold this list, if it is not at the top.
    pub inside: Option<Inside>,
}

/// A list that stands inside the entries of another section.
#[derive(Debug, Clone, Copy)]
pub struct Inside {
    /// The other section's key.
    pub section: &'static str,
    /// The keys that an entry takes from the one it is inside, where it does not write them itself.
    pub inherits: &'static [&'static str],
}

impl Section {
    /// A list at the top of a document.
    pub const fn top(key: &'static str, description: &'static str) -> Self {
        Self { key, description, inside: None }
    }
}

/// The kind of a name, as planning sees it.
pub(crate) fn planning(name: &str) -> Option<&'static dyn Planning> {
    PLANNING.iter().copied().find(|kind| kind.name() == name)
}
