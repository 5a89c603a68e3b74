//! Where keys and the elements of lists stand: what a rule points at when it is not one single value.
//! Looks at one entry only.

use crate::diag::Place;
use crate::kinds::declared::Declared;

/// Where the key at the end of a route stands, or as far on the way there as is written.
pub(in crate::lint) fn key(entry: &Declared, route: &[&str]) -> Place {
    let mut at = None;
    let mut node = &entry.node;
    for key in route {
        let Some(next) = node.entry(key) else { break };
        (at, node) = (Some(next.key_place), &next.value);
    }
    at.unwrap_or_else(|| entry.place())
}

/// Where a key stands in each element of a list, or the element where it is not written.
pub(in crate::lint) fn each(entry: &Declared, list: &[&str], key: &str) -> Vec<Place> {
    let mut node = &entry.node;
    for key in list {
        let Some(next) = node.get(key) else { return Vec::new() };
        node = next;
    }
    node.elements().iter().map(|element| element.get(key).map_or(element.place, |it| it.place)).collect()
}
