//! Entries to documents: which file says what, in which order, and what stands at its top.
//! Chooses names for files, and writes none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::import::entry::Entry;
use crate::import::yaml::{Order, Writer, scalar};
use crate::import::{VERSION, Wishes, free, location_of};
use crate::kinds::schema::ID;
use crate::kinds::{Kind, REGISTRY};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;
use crate::spec::document::API_VERSION;

/// The file with the header.
const STACK: &str = "stack";
/// How far an element of a list at the top is indented.
const ELEMENT: usize = 2;

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The name of its file.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// An entry that is to be written.
pub(super) struct Written {
    pub(super) kind: &'static dyn Kind,
    pub(super) id: ResourceId,
    pub(super) entry: Entry,
}

/// The stack's name and home, and the accounts of its pools.
pub(super) struct Header {
    name: String,
    subscription: String,
    group: String,
    pub(super) location: String,
    accounts: BTreeMap<String, Value>,
}

impl Header {
    pub(super) fn of(wishes: &Wishes, lives: &[Live], accounts: &[(String, &Live)]) -> Self {
        // As Azure spells it.
        let root = wishes.roots.first();
        let root = root.map(|root| lives.iter().find(|live| live.id == *root).map_or(root, |live| &live.id));
        let of = |text: fn(&ResourceId) -> &str| root.map(text).unwrap_or_default().to_owned();
        // A pool has no region of its own.
        let home = root.and_then(|root| {
            let is_it = |live: &&Live| live.id == *root || live.id.contains(root);
            lives.iter().filter(is_it).find_map(location_of)
        });
        let mut header = Self {
            name: wishes.name.clone().unwrap_or_else(|| of(ResourceId::name)),
            subscription: of(ResourceId::subscription).to_lowercase(),
            group: of(ResourceId::group),
            location: home.unwrap_or_default(),
            accounts: BTreeMap::new(),
        };
        for (alias, live) in accounts {
            let mut account = Map::new();
            account.insert("name".to_owned(), live.id.name().into());
            account.extend(
                header.home_of(&live.id).into_iter().map(|(key, value)| (key.to_owned(), value.into())),
            );
            account.extend(location_of(live).map(|location| ("location".to_owned(), location.into())));
            header.accounts.insert(alias.clone(), Value::Object(account));
        }
        header
    }

    /// What must be written to say where something is that is not in the stack's home.
    pub(super) fn home_of(&self, id: &ResourceId) -> Vec<(&'static str, String)> {
        let subscription = (!id.subscription().eq_ignore_ascii_case(&self.subscription))
            .then(|| ("subscription", id.subscription().to_owned()));
        let group =
            (!id.group().eq_ignore_ascii_case(&self.group)).then(|| ("resourceGroup", id.group().to_owned()));
        subscription.into_iter().chain(group).collect()
    }

    /// Whether this is the stack that a mark names.
    pub(super) fn is(&self, owner: &str) -> bool {
        let Self { name, subscription, group, .. } = self;
        owner == format!("{name}@{subscription}/{}", group.to_ascii_lowercase())
    }

    fn text(&self, wishes: &Wishes, skipped: &[String]) -> String {
        let mut text = String::new();
        if !skipped.is_empty() {
            text.push_str("#\n# Not in these files:\n");
            for line in skipped {
                let _ = writeln!(text, "# - {line}");
            }
        }
        let _ = writeln!(text, "apiVersion: {API_VERSION}\nkind: Stack");
        let Self { name, subscription, group, location, accounts } = self;
        for (key, value) in
            [("name", name), ("subscription", subscription), ("resourceGroup", group), ("location", location)]
        {
            let _ = writeln!(text, "{key}: {}", scalar(key, value));
        }
        if !wishes.weighed.is_empty() {
            text.push_str("\n# What is there breaks these rules: `poolwright explain CODE` says why that is bad.\nlint:\n");
            for code in &wishes.weighed {
                let _ = writeln!(text, "  {code}: warning");
            }
        }
        if !accounts.is_empty() {
            let order =
                Order { first: &["name", "subscription", "resourceGroup", "location"], ..Order::NONE };
            // An alias is no key of the order.
            let writer = Writer { order: &order, remarks: &BTreeMap::new() };
            text.push_str("\naccounts:\n");
            for (alias, account) in accounts {
                text.push_str(&writer.property(alias, account, ELEMENT));
            }
        }
        text
    }
}

/// The documents, that with the header first.
pub(super) fn documents(
    header: &Header,
    referred: BTreeMap<ResourceId, String>,
    entries: Vec<Written>,
    skipped: &[String],
    wishes: &Wishes,
) -> Vec<Document> {
    let entries = with_versions(entries);
    let refer = |(id, alias): (ResourceId, String)| {
        let value = json!({ "id": id.to_string(), "as": alias });
        value.as_object().cloned().unwrap_or_default()
    };
    let referred: Vec<Map<String, Value>> = referred.into_iter().map(refer).collect();
    let is_apart = |written: &&Written| wishes.split && written.kind.section().key == "images";
    let mut text = begin("") + &header.text(wishes, skipped);
    for kind in REGISTRY {
        let own = entries.iter().filter(|written| written.kind.name() == kind.name() && !is_apart(written));
        let others = referred.iter().filter(|_| kind.section().key == "galleries");
        text.push_str(&section(*kind, own.map(|written| &written.entry), others));
    }
    let mut documents = vec![Document { name: format!("{STACK}.yaml"), text }];
    let mut taken = BTreeSet::from([STACK.to_owned()]);
    for written in entries.iter().filter(is_apart) {
        let gallery = written.id.parent().map(|gallery| gallery.name().to_owned()).unwrap_or_default();
        let plain = written.id.name();
        let is_taken = taken.contains(&plain.to_lowercase());
        let name = if is_taken { format!("{gallery}-{plain}") } else { plain.to_owned() };
        let name = free(&name, &mut taken);
        let text = begin(&format!("apiVersion: {API_VERSION}\nkind: Stack\n"))
            + &section(written.kind, std::iter::once(&written.entry), std::iter::empty());
        documents.push(Document { name: format!("{name}.yaml"), text });
    }
    documents
}

/// The line by which editors find the schema, and what follows it.
fn begin(text: &str) -> String {
    format!("# yaml-language-server: $schema={ID}\n{text}")
}

/// One list of a document.
fn section<'e>(
    kind: &dyn Kind,
    own: impl Iterator<Item = &'e Entry>,
    referred: impl Iterator<Item = &'e Map<String, Value>>,
) -> String {
    let Some(importing) = kind.importing() else { return String::new() };
    let inner = REGISTRY
        .iter()
        .find(|inner| inner.section().inside.is_some_and(|it| it.section == kind.section().key));
    let inner = inner.and_then(|inner| Some((inner.section().key, inner.importing()?, inner.fields())));
    let inner_order =
        inner.map(|(_, importing, fields)| Order { first: importing.first, fields, inner: None });
    let order = Order {
        first: importing.first,
        fields: kind.fields(),
        inner: inner.zip(inner_order.as_ref()).map(|((key, ..), order)| (key, order)),
    };
    let is_block = kind.section().key != "galleries";
    let own = own.map(|entry| {
        Writer { order: &order, remarks: &entry.remarks }.element(&entry.value, ELEMENT, is_block)
    });
    let none = BTreeMap::new();
    let referred =
        referred.map(|value| Writer { order: &order, remarks: &none }.element(value, ELEMENT, is_block));
    let lines: String = own.chain(referred).collect();
    if lines.is_empty() { lines } else { format!("\n{}:\n{lines}", kind.section().key) }
}

/// Puts versions where they stand: inside their image.
fn with_versions(entries: Vec<Written>) -> Vec<Written> {
    let (mut versions, mut entries): (Vec<Written>, Vec<Written>) =
        entries.into_iter().partition(|written| written.kind.name() == VERSION);
    versions.sort_by_key(|version| crate::model::version_number::read(version.id.name()));
    for version in versions {
        let Some(image) = version.id.parent().and_then(|id| entries.iter_mut().find(|image| image.id == id))
        else {
            continue;
        };
        let list = image.entry.value.entry("versions").or_insert_with(|| json!([]));
        let Some(list) = list.as_array_mut() else { continue };
        for (pointer, remarks) in version.entry.remarks {
            image.entry.remarks.insert(format!("/versions/{}{pointer}", list.len()), remarks);
        }
        list.push(Value::Object(version.entry.value));
    }
    entries
}
