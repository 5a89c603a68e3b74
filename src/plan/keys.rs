//! How the elements of two lists find each other: by the property that names them, whatever their order.
//! Compares no element.

use serde_json::Value;

use crate::model::equal::canonical;
use crate::model::field::Compare;
use crate::model::field_tree::Field;

/// What names an element.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    /// In the spelling in which names can be compared.
    canonical: Value,
}

/// The key of an element: its property `name`, or for `*.name` that of the one object inside it which has it (a mount
/// stands under a property of its own sort). `None`: it has none, and matches nothing.
pub(crate) fn key(element: &Field, name: &str, value: &Value) -> Option<Key> {
    let (holder, name) = holder(element, name, value)?;
    let how = holder.0.children.get(name).map_or(Compare::Exact, |child| child.compare);
    holder.1.get(name).map(|value| Key { canonical: canonical(how, value) })
}

/// The same as people read it.
pub(crate) fn shown(element: &Field, name: &str, value: &Value) -> String {
    let found = holder(element, name, value).and_then(|(holder, name)| holder.1.get(name));
    found.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default()
}

/// The object that has the key, and the key's own name in it.
fn holder<'a>(
    element: &'a Field,
    name: &'a str,
    value: &'a Value,
) -> Option<((&'a Field, &'a Value), &'a str)> {
    let Some(inner) = name.strip_prefix("*.") else { return Some(((element, value), name)) };
    let inside = element.children.iter().filter_map(|(child, field)| Some((field, value.get(child)?)));
    let mut holders = inside.filter(|(_, value)| value.get(inner).is_some());
    holders.next().map(|holder| (holder, inner))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{key, shown};
    use crate::model::field::FieldRule;
    use crate::model::field_tree::Field;

    #[test]
    fn a_key_may_stand_one_level_deeper() {
        const RULES: &[FieldRule] = &[
            FieldRule::new("mounts", "mounts").keyed("*.path"),
            FieldRule::new("mounts[].nfs.path", "mounts[].nfs.path"),
            FieldRule::new("mounts[].blob.path", "mounts[].blob.path").ignore_case(),
        ];
        let tree = Field::tree(RULES);
        let element = tree.children["mounts"].element.as_deref().expect("a list");
        let of = |value| key(element, "*.path", &value);
        assert_eq!(of(json!({"blob": {"path": "Data"}})), of(json!({"blob": {"path": "data"}})));
        assert_ne!(of(json!({"nfs": {"path": "Data"}})), of(json!({"nfs": {"path": "data"}})));
        assert_eq!(of(json!({"nfs": {}})), None);
        assert_eq!(shown(element, "*.path", &json!({"nfs": {"path": "data"}})), "data");
    }
}
