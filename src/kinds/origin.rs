//! What a version is made from, told by a resource id alone: the key of `source` that the id's type belongs under, and
//! whether a `source` that is written already is that resource.

use crate::kinds::scope::Scope;
use crate::model::resource_id::ResourceId;
use crate::spec::amend::Written;
use crate::spec::node::{Node, NodeValue};

/// A resource that a version can be made from by its id.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    id: ResourceId,
    row: &'static Row,
}

/// The types of Azure that stand under one key.
#[derive(Debug)]
struct Row {
    types: &'static [&'static str],
    /// The keys on the way to the id.
    route: &'static [&'static str],
    /// The kind whose entries can be named there instead.
    kind: &'static str,
}

static ROWS: [Row; 4] = [
    Row { types: &["Microsoft.Compute/images"], route: &["managedImage"], kind: "managed-image" },
    Row {
        types: &["Microsoft.Compute/galleries/images/versions"],
        route: &["imageVersion"],
        kind: "image-version",
    },
    Row {
        types: &["Microsoft.Compute/snapshots", "Microsoft.Compute/disks"],
        route: &["snapshots", "os"],
        kind: "disk-snapshot",
    },
    Row {
        types: &["Microsoft.Compute/virtualMachines"],
        route: &["virtualMachine"],
        kind: "virtual-machine",
    },
];

impl Origin {
    /// The origin that a resource is. `None`: no version is made from what is of its type.
    pub(crate) fn of(id: ResourceId) -> Option<Self> {
        let row = ROWS.iter().find(|row| row.types.iter().any(|of| id.is_type(of)))?;
        Some(Self { id, row })
    }

    /// The resource.
    pub(crate) fn id(&self) -> &ResourceId {
        &self.id
    }

    /// The value of `source`.
    pub(crate) fn written(&self) -> Written {
        // What looks like a variable in an id is none.
        let id = Written::Text(self.id.to_string().replace("${", "$${"));
        self.row.route.iter().rev().fold(id, |inner, key| Written::Map(vec![(key, inner)]))
    }

    /// Whether this value of `source` means the same: by another spelling of the id, or by the name of what has it in the
    /// stack. Further disks make it another.
    pub(crate) fn is_in(&self, source: &Node, scope: &Scope<'_>) -> bool {
        let mut at = source;
        for (depth, key) in self.row.route.iter().enumerate() {
            if depth > 0 && at.entries().iter().any(|other| other.key != *key && says_something(&other.value))
            {
                return false;
            }
            let Some(next) = at.get(key) else { return false };
            at = next;
        }
        let found = at.text().map(|text| scope.name_or_id(self.row.kind, self.row.types, text, at.place));
        matches!(found, Some(Ok((id, _))) if id == self.id)
    }
}

/// Whether a value is more than nothing or an empty list.
fn says_something(value: &Node) -> bool {
    let is_empty_list = matches!(&value.value, NodeValue::List(elements) if elements.is_empty());
    !value.is_null() && !is_empty_list
}

#[cfg(test)]
mod tests {
    use super::Origin;
    use crate::model::resource_id::ResourceId;
    use crate::spec::amend::Written;

    #[test]
    fn the_type_of_an_id_says_what_it_is_to_a_version() {
        let written = |kind: &str| {
            let id = format!("/subscriptions/s/resourceGroups/g/providers/{kind}");
            let origin = Origin::of(ResourceId::parse(&id).expect("an id"))?;
            let mut keys = Vec::new();
            let mut at = origin.written();
            while let Written::Map(mut entries) = at {
                let (key, inner) = entries.remove(0);
                keys.push(key);
                at = inner;
            }
            assert_eq!(at, Written::Text(id));
            Some(keys.join("."))
        };
        for (kind, route) in [
            ("Microsoft.Compute/images/i", Some("managedImage")),
            ("microsoft.compute/Images/i", Some("managedImage")),
            ("Microsoft.Compute/galleries/g/images/i/versions/1.0.0", Some("imageVersion")),
            ("Microsoft.Compute/snapshots/s", Some("snapshots.os")),
            ("Microsoft.Compute/disks/d", Some("snapshots.os")),
            ("Microsoft.Compute/virtualMachines/v", Some("virtualMachine")),
            ("Microsoft.Compute/galleries/g/images/i", None),
            ("Microsoft.Storage/storageAccounts/a", None),
        ] {
            assert_eq!(written(kind).as_deref(), route, "{kind}");
        }
    }
}
