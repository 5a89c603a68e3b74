//! What images are made from: the disk snapshots and managed images of a stack, found by name or by resource id.
//! Finds what the stack makes itself, and nothing else.

use std::collections::BTreeMap;

use crate::kinds::declared::Declared;
use crate::kinds::scope::Scope;
use crate::model::address::Address;
use crate::model::region;
use crate::model::resource_id::ResourceId;

/// Something that images are made from.
#[derive(Debug)]
pub struct Made<'a> {
    /// As it is written.
    pub entry: &'a Declared,
    /// Its address.
    pub address: Address,
    /// The region it is in, in Azure's short form.
    pub home: String,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Sources<'a> {
    made: Vec<Made<'a>>,
    by_id: BTreeMap<ResourceId, usize>,
    /// By kind and name in lower case; none for a name that several have.
    by_name: BTreeMap<(&'static str, String), Option<usize>>,
}

impl<'a> Sources<'a> {
    /// Those of a stack.
    pub(crate) fn of(scope: &Scope<'a>) -> Self {
        let mut sources = Self::default();
        for (entry, own) in scope.entries() {
            let kind = entry.kind.name();
            if !["disk-snapshot", "managed-image"].contains(&kind) {
                continue;
            }
            let at = sources.made.len();
            let home = region::normal(&scope.home(entry).location);
            sources.by_id.insert(own.id.clone(), at);
            sources
                .by_name
                .entry((kind, own.id.name().to_lowercase()))
                .and_modify(|known| *known = None)
                .or_insert(Some(at));
            sources.made.push(Made { entry, address: own.address.clone(), home });
        }
        sources
    }

    /// Those of one kind.
    pub fn all(&self, kind: &str) -> impl Iterator<Item = &Made<'a>> {
        self.made.iter().filter(move |made| made.entry.kind.name() == kind)
    }

    /// The one of a kind that a text means, where the stack makes it.
    pub fn find(&self, kind: &'static str, text: &str) -> Option<&Made<'a>> {
        let at = if text.starts_with('/') {
            *self.by_id.get(&ResourceId::parse(text).ok()?)?
        } else {
            (*self.by_name.get(&(kind, text.to_lowercase()))?)?
        };
        self.made.get(at).filter(|made| made.entry.kind.name() == kind)
    }
}
