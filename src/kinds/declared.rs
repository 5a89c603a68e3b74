//! Documents to entries: every resource that the files write, held against its type.
//! Resolves no reference; one entry that is wrong hides no other.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::diag::{Code, Diagnostic, Place, Report};
use crate::kinds::decode::{Shape, decode};
use crate::kinds::header::Header;
use crate::kinds::{Inside, Kind, REGISTRY};
use crate::spec::comments::Ignore;
use crate::spec::document::Documents;
use crate::spec::node::{Node, NodeValue};

/// One resource as a file writes it. It prints without its values, among which are secrets in clear.
#[derive(Clone)]
pub struct Declared {
    /// Its kind.
    pub kind: &'static dyn Kind,
    /// The entry, with profile and inherited values filled in.
    pub node: Node,
    /// The same as JSON, with every scalar typed.
    pub value: Value,
    /// The same as the kind's own type.
    spec: Arc<dyn Any + Send + Sync>,
    /// The entry it stands inside, by its place in [`Stack::declared`].
    pub inside: Option<usize>,
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, node, value: _, spec: _, inside } = self;
        f.debug_struct("Declared")
            .field("kind", kind)
            .field("node", node)
            .field("inside", inside)
            .finish_non_exhaustive()
    }
}

impl Declared {
    /// The entry as the type that its kind reads it into.
    ///
    /// # Panics
    /// If asked for another kind's type, which only a kind could do, of itself.
    pub fn spec<T: 'static>(&self) -> &T {
        self.spec.downcast_ref().expect("a kind asks for the type that it reads its own entries into")
    }

    /// Something short to point at: the first key of the entry.
    pub fn place(&self) -> Place {
        self.node.entries().first().map_or(self.node.place, |entry| entry.key_place.to(entry.value.place))
    }

    /// Where the value at the end of a route of keys stands, or as far on the way there as is written.
    pub fn place_at(&self, route: &[&str]) -> Place {
        let mut at = None;
        let mut node = &self.node;
        for key in route {
            let Some(next) = node.get(key) else { break };
            (at, node) = (Some(next.place), next);
        }
        at.unwrap_or_else(|| self.place())
    }

    /// Where the key of a property stands, or the entry: a map as a value spans many lines.
    pub fn key_place_of(&self, key: &str) -> Place {
        self.node.entry(key).map_or_else(|| self.place(), |entry| entry.key_place)
    }

    /// Where the value of a property stands, or the entry.
    pub fn place_of(&self, key: &str) -> Place {
        self.node.get(key).map_or_else(|| self.place(), |node| node.place)
    }
}

/// A stack as its files write it.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The header.
    pub header: Header,
    /// Where the header stands.
    pub header_place: Place,
    /// Where each account stands, by alias.
    pub account_places: BTreeMap<String, Place>,
    /// Where each tag of the header stands.
    pub tag_places: BTreeMap<String, Place>,
    /// Where each code stands whose severity the header sets.
    pub lint_places: BTreeMap<String, Place>,
    /// Where each name of the waves of `rollout` stands.
    pub wave_places: Vec<Vec<Place>>,
    /// What the files do not want to be told.
    pub ignores: Vec<Ignore>,
    /// Every entry that is right in itself. What another stands inside comes before it.
    pub declared: Vec<Declared>,
    /// Kind and name of the entries that are not: what refers to them is not wrong for that.
    pub wrong: BTreeSet<(&'static str, String)>,
}

/// Takes the documents apart. `None`: the header is not right, and nothing can be said about the rest.
pub fn declare(documents: Documents, report: &mut Report) -> Option<Stack> {
    let Documents { mut stack, header: header_place, versions, ignores } = documents;
    let mut taken: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
    for kind in REGISTRY {
        let section = kind.section();
        if section.inside.is_none() {
            taken.insert(
                section.key,
                list(stack.take(section.key).map(|entry| entry.value), section.key, report),
            );
        }
    }
    let profiles = stack.take("profiles");
    let header = read_header(&stack, report);
    let key_places = |of: &str| -> BTreeMap<String, Place> {
        let entries = stack.get(of).map(Node::entries).unwrap_or_default();
        entries.iter().map(|entry| (entry.key.clone(), entry.key_place)).collect()
    };
    let (account_places, tag_places) = (key_places("accounts"), key_places("tags"));
    let lint_places = key_places("lint");
    let waves = stack.get("rollout").and_then(|rollout| rollout.get("waves")).map_or(&[][..], Node::elements);
    let places_of = |wave: &Node| wave.elements().iter().map(|name| name.place).collect();
    let wave_places = waves.iter().map(places_of).collect();
    check_profiles(profiles.map(|entry| entry.value).as_ref(), report);

    let mut reader = Reader { declared: Vec::new(), nested: Vec::new(), wrong: BTreeSet::new() };
    for kind in REGISTRY {
        let section = kind.section();
        let schema = kind_schema(*kind);
        match section.inside {
            None => {
                for node in taken.remove(section.key).unwrap_or_default() {
                    reader.entry(*kind, &schema, node, Within::Document, report);
                }
            }
            Some(inside) => {
                let own: Vec<Nested> =
                    reader.nested.extract_if(.., |nested| nested.key == section.key).collect();
                let documents = versions.iter().filter(|_| inside.section == "images");
                let parents = parents_of(&reader.declared, inside);
                let from_documents: Vec<Nested> =
                    documents.filter_map(|node| of_document(node.clone(), &parents, report)).collect();
                for nested in own.into_iter().chain(from_documents) {
                    let Nested { parent_node, inside: within, mut node, .. } = nested;
                    for key in inside.inherits {
                        if let Some(entry) = parent_node.entry(key) {
                            node.add_missing(entry);
                        }
                    }
                    reader.entry(*kind, &schema, node, within, report);
                }
            }
        }
    }
    let header = header?;
    if let Some(access) = stack.entry("access").filter(|_| !header.access.is_empty()) {
        report.push(not_yet(access.key_place, "`access`", "grant the roles by hand until then"));
    }
    let Reader { declared, nested: _, wrong } = reader;
    Some(Stack {
        header,
        header_place,
        account_places,
        tag_places,
        lint_places,
        wave_places,
        ignores,
        declared,
        wrong,
    })
}

/// A list inside an entry, waiting for the kind it belongs to.
struct Nested {
    key: &'static str,
    parent_node: Node,
    inside: Within,
    node: Node,
}

/// What an entry stands inside.
#[derive(Clone, Copy)]
enum Within {
    /// The document.
    Document,
    /// The entry at this place in the stack.
    Entry(usize),
    /// An entry that is wrong itself: what is inside it is checked, and not kept.
    Wrong,
}

struct Reader {
    declared: Vec<Declared>,
    nested: Vec<Nested>,
    wrong: BTreeSet<(&'static str, String)>,
}

impl Reader {
    /// Reads one entry, and lays the lists inside it aside for the kinds they belong to.
    fn entry(
        &mut self,
        kind: &'static dyn Kind,
        schema: &Value,
        mut node: Node,
        inside: Within,
        report: &mut Report,
    ) {
        let mut lists = Vec::new();
        for inner in REGISTRY {
            let section = inner.section();
            if section.inside.is_some_and(|inside| inside.section == kind.section().key)
                && let Some(entry) = node.take(section.key)
            {
                lists.push((section.key, list(Some(entry.value), section.key, report)));
            }
        }
        let parent_node = node.clone();
        let read = decode(&node, Shape::of(schema), kind.name(), report).and_then(|value| {
            let spec = (kind.entry_type().read)(value.clone());
            // The schema and the type come from one source; where the type knows more, it says so here.
            let refuse = |error: serde_json::Error| {
                report.push(Diagnostic::error(
                    Code::WrongType,
                    node.place,
                    format!("{}: {error}", kind.name()),
                ));
            };
            spec.map_err(refuse).ok().map(|spec| (value, spec))
        });
        let parent = match inside {
            Within::Entry(at) => Some(at),
            Within::Document | Within::Wrong => None,
        };
        let here = match (read, inside) {
            (Some((value, spec)), Within::Document | Within::Entry(_)) => {
                self.declared.push(Declared { kind, node, value, spec, inside: parent });
                Within::Entry(self.declared.len() - 1)
            }
            (None, _) | (_, Within::Wrong) => {
                let name = parent_node.get("name").and_then(Node::text);
                self.wrong.extend(name.map(|name| (kind.name(), name.to_owned())));
                Within::Wrong
            }
        };
        for (key, elements) in lists {
            let nested = elements.into_iter().map(|node| Nested {
                key,
                parent_node: parent_node.clone(),
                inside: here,
                node,
            });
            self.nested.extend(nested);
        }
    }
}

/// The entries that a document of its own may name: name, gallery, index, node.
type Parents = Vec<(String, Option<String>, usize, Node)>;

fn parents_of(declared: &[Declared], inside: Inside) -> Parents {
    let entries = declared.iter().enumerate().filter(|(_, entry)| entry.kind.section().key == inside.section);
    let text = |entry: &Declared, key: &str| entry.node.get(key).and_then(Node::text).map(str::to_lowercase);
    entries
        .filter_map(|(at, entry)| {
            Some((text(entry, "name")?, text(entry, "gallery"), at, entry.node.clone()))
        })
        .collect()
}

/// An `ImageVersion` document as if it stood inside its image.
fn of_document(mut node: Node, parents: &Parents, report: &mut Report) -> Option<Nested> {
    let image = node.take("image");
    let Some((place, text)) =
        image.as_ref().and_then(|entry| Some((entry.value.place, entry.value.text()?.to_lowercase())))
    else {
        let place = node.entries().first().map_or(node.place, |entry| entry.key_place);
        report.push(
            Diagnostic::error(Code::MissingKey, place, "an ImageVersion document needs `image`")
                .help("write `image: NAME`, or `image: GALLERY/NAME`, of an image in the stack"),
        );
        return None;
    };
    let (gallery, name) =
        text.split_once('/').map_or((None, text.as_str()), |(gallery, name)| (Some(gallery), name));
    let fits = |parent: &&(String, Option<String>, usize, Node)| {
        parent.0 == name && (gallery.is_none() || parent.1.is_none() || parent.1.as_deref() == gallery)
    };
    let found: Vec<_> = parents.iter().filter(fits).collect();
    match found.as_slice() {
        [(_, _, at, parent)] => {
            Some(Nested { key: "versions", parent_node: parent.clone(), inside: Within::Entry(*at), node })
        }
        [] => {
            report.push(
                Diagnostic::error(Code::UnknownReference, place, format!("there is no image `{text}`"))
                    .help("the image stands under `images:` in the stack"),
            );
            None
        }
        _ => {
            report.push(
                Diagnostic::error(
                    Code::UnknownReference,
                    place,
                    format!("several galleries have an image `{text}`"),
                )
                .help("write `image: GALLERY/NAME`"),
            );
            None
        }
    }
}

fn list(node: Option<Node>, key: &str, report: &mut Report) -> Vec<Node> {
    match node {
        Some(Node { value: NodeValue::List(elements), .. }) => elements,
        Some(node) if !node.is_null() => {
            let message = format!("`{key}` takes a list, and this is {}", node.describe());
            report.push(
                Diagnostic::error(Code::WrongType, node.place, message).help("begin each entry with `- `"),
            );
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// The schema of one entry of a kind.
pub(crate) fn kind_schema(kind: &'static dyn Kind) -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let schema = (kind.entry_type().schema)(&mut generator);
    let mut value = schema.to_value();
    if let Value::Object(object) = &mut value {
        object.insert("$defs".to_owned(), Value::Object(generator.take_definitions(true)));
    }
    value
}

fn read_header(stack: &Node, report: &mut Report) -> Option<Header> {
    let mut schema = Header::json_schema_value();
    // The lists are taken out before; their names are known all the same, for "did you mean".
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let top = REGISTRY.iter().map(|kind| kind.section()).filter(|section| section.inside.is_none());
        for key in top.map(|section| section.key).chain(["profiles", "vars"]) {
            properties.insert(key.to_owned(), Value::Bool(true));
        }
    }
    let value = decode(stack, Shape::of(&schema), "Stack", report)?;
    serde_json::from_value(value).ok()
}

/// A profile may hold what a pool may hold, and lacks what each pool writes itself.
fn check_profiles(profiles: Option<&Node>, report: &mut Report) {
    let pool = REGISTRY.iter().find(|kind| kind.section().key == "pools");
    let (Some(profiles), Some(pool)) = (profiles, pool) else { return };
    let mut schema = kind_schema(*pool);
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("required");
    }
    for profile in profiles.entries() {
        let _ = decode(&profile.value, Shape::of(&schema), "pool", report);
    }
}

/// A part of the format that is not done yet.
pub(crate) fn not_yet(place: Place, what: &str, meanwhile: &str) -> Diagnostic {
    Diagnostic::error(Code::NotYet, place, format!("{what} is not done by this version of poolwright yet"))
        .help(meanwhile)
}
