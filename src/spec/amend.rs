//! Adds to a text what its documents do not say yet: an element of a list, a value of a map, a document.
//! Pure, and sure: where the new text would be read as anything but the old one and what is added, there is none.

use std::collections::BTreeMap;

use crate::diag::{Place, Span};
use crate::spec::edit::{Tree, all_same};
use crate::spec::layout;
use crate::spec::node::{Entry, Node, NodeValue, Scalar};

/// What is added, before it has a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A single value.
    Text(String),
    /// A map.
    Map(Vec<(&'static str, Written)>),
}

/// A change of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// Where the map stands.
    pub map: Span,
    /// Its key.
    pub key: &'static str,
    /// What is under the key afterwards.
    pub what: What,
}

/// What is under a key afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A list with this element at its end.
    Element(Written),
    /// This single value.
    Value(String),
}

/// The text with the additions, each laid out as what stands around it. `None`: there is no sure way to write them, because an
/// alias repeats the place, or a value has more than one line.
pub fn amend(text: &str, additions: &[Addition]) -> Option<String> {
    let before = Tree::of(text);
    let mut edits = Vec::new();
    let mut meant = before.documents.clone();
    for addition in additions {
        let map = before.documents.iter().find_map(|document| map_at(document, addition.map))?;
        edits.extend(layout::edits(text, &before.documents, map, addition)?);
        add(meant.iter_mut().find_map(|document| map_at_mut(document, addition.map))?, addition)?;
    }
    edits.sort_by_key(|(at, _)| at.start);
    if edits.windows(2).any(|pair| pair[0].0.end > pair[1].0.start) {
        return None;
    }
    let mut after = text.to_owned();
    for (at, replacement) in edits.into_iter().rev() {
        after.replace_range(at, &replacement);
    }
    is_read_as(&after, &meant, before.wrong).then_some(after)
}

/// A text that is one document.
pub fn document(entries: &[(&'static str, Written)], line_end: &str) -> String {
    layout::document(entries, line_end)
}

/// The text with one more document at its end.
pub fn add_document(text: &str, entries: &[(&'static str, Written)]) -> Option<String> {
    let before = Tree::of(text);
    let line_end = line_end_of(text);
    let gap = if text.ends_with('\n') || text.is_empty() { "" } else { line_end };
    let after = format!("{text}{gap}---{line_end}{}", layout::document(entries, line_end));
    let mut meant = before.documents;
    meant.push(map_of(entries));
    is_read_as(&after, &meant, before.wrong).then_some(after)
}

/// How many documents a text holds.
pub fn count_documents(text: &str) -> usize {
    Tree::of(text).documents.len()
}

/// How the lines of a text end.
pub fn line_end_of(text: &str) -> &'static str {
    let first = text.find('\n').and_then(|at| text.get(..at));
    if first.is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" }
}

/// Whether a text says this, and no more is wrong with it than before.
fn is_read_as(text: &str, meant: &[Node], wrong: usize) -> bool {
    let after = Tree::of(text);
    after.wrong == wrong && all_same(meant, &after.documents, &BTreeMap::new())
}

/// The map that stands at a place.
fn map_at(node: &Node, at: Span) -> Option<&Node> {
    match &node.value {
        NodeValue::Map(_) if node.place.span == at => Some(node),
        NodeValue::Map(entries) => entries.iter().find_map(|entry| map_at(&entry.value, at)),
        NodeValue::List(elements) => elements.iter().find_map(|element| map_at(element, at)),
        NodeValue::Scalar(_) => None,
    }
}

fn map_at_mut(node: &mut Node, at: Span) -> Option<&mut Node> {
    if node.place.span == at && matches!(node.value, NodeValue::Map(_)) {
        return Some(node);
    }
    match &mut node.value {
        NodeValue::Map(entries) => entries.iter_mut().find_map(|entry| map_at_mut(&mut entry.value, at)),
        NodeValue::List(elements) => elements.iter_mut().find_map(|element| map_at_mut(element, at)),
        NodeValue::Scalar(_) => None,
    }
}

/// Does to what was read what the new text is to say.
fn add(map: &mut Node, addition: &Addition) -> Option<()> {
    // What a merge key brings comes after the map's own entries.
    let own = map.entries().iter().take_while(|entry| layout::is_own(map, entry)).count();
    let NodeValue::Map(entries) = &mut map.value else { return None };
    let mut found = entries.iter().position(|entry| entry.key == addition.key);
    if let (What::Value(_), Some(at)) = (&addition.what, found.filter(|at| *at >= own)) {
        entries.remove(at);
        found = None;
    }
    let at = found.unwrap_or_else(|| {
        let value = scalar_of("");
        entries.insert(own, Entry { key: addition.key.to_owned(), key_place: Place::default(), value });
        own
    });
    let value = &mut entries.get_mut(at)?.value.value;
    match (&addition.what, value) {
        (What::Element(written), NodeValue::List(elements)) => elements.push(node_of(written)),
        (What::Element(written), value @ NodeValue::Scalar(_)) => {
            *value = NodeValue::List(vec![node_of(written)]);
        }
        (What::Value(text), NodeValue::Scalar(scalar)) if scalar.is_null() => {
            *scalar = Scalar { plain: layout::is_plain(text), text: text.clone(), ..scalar.clone() };
        }
        // Quotes stay.
        (What::Value(text), NodeValue::Scalar(scalar)) => scalar.text.clone_from(text),
        _ => return None,
    }
    Some(())
}

fn node_of(written: &Written) -> Node {
    match written {
        Written::Text(text) => scalar_of(text),
        Written::Map(entries) => map_of(entries),
    }
}

fn map_of(entries: &[(&'static str, Written)]) -> Node {
    let entries = entries.iter().map(|(key, value)| Entry {
        key: (*key).to_owned(),
        key_place: Place::default(),
        value: node_of(value),
    });
    Node { place: Place::default(), value: NodeValue::Map(entries.collect()) }
}

fn scalar_of(text: &str) -> Node {
    let mut node = Node::scalar(Place::default(), text);
    if let NodeValue::Scalar(scalar) = &mut node.value {
        scalar.plain = text.is_empty() || layout::is_plain(text);
    }
    node
}

#[cfg(test)]
#[path = "amend_tests.rs"]
mod tests;
