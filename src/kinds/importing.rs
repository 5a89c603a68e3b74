//! What importing must know of a kind beside its field table, and what the entries that come of it are to each other.
//! Types only: each kind fills them in, and `import` reads them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;

/// What turns a live resource of a kind back into an entry.
#[derive(Debug, Clone, Copy)]
pub struct Importing {
    /// The keys that an entry begins with, in this order. The others follow in the order of the field table.
    pub first: &'static [&'static str],
    /// What Azure tells and nobody writes, by its place in the body.
    pub told: &'static [&'static str],
    /// Completes an entry that the field table has made; or why the format cannot say what is there.
    pub complete: Complete,
}

/// What completes an entry.
pub type Complete = fn(&Live, &Neighbours, &mut Map<String, Value>) -> Result<(), String>;

/// What is imported together, by the names that entries have for each other.
#[derive(Debug, Clone, Default)]
pub struct Neighbours {
    /// The aliases of the Batch accounts.
    pub accounts: BTreeMap<ResourceId, String>,
    /// The names of the galleries that the stack is to keep, and the aliases of those that it only refers to.
    pub galleries: BTreeMap<ResourceId, String>,
    /// How many of them the stack is to keep.
    pub own_galleries: usize,
    /// The image definitions.
    pub images: Vec<ResourceId>,
}

impl Neighbours {
    /// How a pool names an image definition: by its name alone, where no other has it.
    pub fn image(&self, definition: &ResourceId) -> Option<String> {
        let is_here = self.images.contains(definition);
        let namesakes =
            self.images.iter().filter(|other| other.name().eq_ignore_ascii_case(definition.name()));
        if is_here && namesakes.count() == 1 {
            return Some(definition.name().to_owned());
        }
        let gallery = self.galleries.get(&definition.parent()?)?;
        Some(format!("{gallery}/{}", definition.name()))
    }
}

/// What every resource of Resource Manager has, and nobody writes.
pub const ENVELOPE: [&str; 6] = ["id", "name", "type", "etag", "systemData", "properties.provisioningState"];
