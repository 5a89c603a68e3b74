//! Live resources to documents that ask for exactly what is there: planning from bodies to files, the other way round.
//! Pure: what was read is an argument, and the texts are the result.

mod documents;
mod entry;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::import::documents::{Header, Written};
use crate::import::entry::{Entry, entry};
use crate::kinds::decode::{Shape, respell};
use crate::kinds::importing::Neighbours;
use crate::kinds::{Kind, REGISTRY, declared};
use crate::model::field_tree::Field;
use crate::model::mark;
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;

pub use crate::import::documents::Document;

/// The type of Batch accounts. The files refer to one, and do not keep it.
const ACCOUNT: &str = "Microsoft.Batch/batchAccounts";
const GALLERY: &str = "Microsoft.Compute/galleries";
const VERSION: &str = "image-version";

/// What the documents are to be.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The stack's name. `None`: that of the first resource.
    pub name: Option<String>,
    /// A file for each image beside that of the stack; otherwise all is one document.
    pub split: bool,
    /// Rules that what is there breaks, and that must not be errors.
    pub weighed: BTreeSet<&'static str>,
    /// What was asked for: the home is that of the first.
    pub roots: Vec<ResourceId>,
}

/// What live resources come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// The documents. The first has the header.
    pub documents: Vec<Document>,
    /// What is worth knowing.
    pub warnings: Vec<String>,
    /// What is in no document, and why.
    pub skipped: Vec<String>,
}

/// Why there are no documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing of it can be written. What, and why.
    Nothing(Vec<String>),
    /// Two galleries of one name cannot be in one stack.
    Namesakes(String),
}

/// The documents for what was read.
pub fn import(lives: &[Live], wishes: &Wishes) -> Result<Imported, Refusal> {
    let mut pass = Pass::new(lives, wishes)?;
    for kind in REGISTRY {
        for live in lives.iter().filter(|live| live.id.is_type(kind.azure_type())) {
            pass.add(*kind, live);
        }
    }
    if pass.entries.is_empty() {
        return Err(Refusal::Nothing(pass.imported.skipped));
    }
    Ok(pass.finish())
}

struct Pass<'a> {
    wishes: &'a Wishes,
    header: Header,
    neighbours: Neighbours,
    /// By id, the galleries that are only referred to.
    referred: BTreeMap<ResourceId, String>,
    entries: Vec<Written>,
    imported: Imported,
}

impl<'a> Pass<'a> {
    fn new(lives: &'a [Live], wishes: &'a Wishes) -> Result<Self, Refusal> {
        let of_type = |of: &'static str| lives.iter().filter(move |live| live.id.is_type(of));
        let mut neighbours = Neighbours::default();
        let mut taken = BTreeSet::new();
        for gallery in of_type(GALLERY) {
            if !taken.insert(gallery.id.name().to_lowercase()) {
                return Err(Refusal::Namesakes(gallery.id.name().to_owned()));
            }
            neighbours.galleries.insert(gallery.id.clone(), gallery.id.name().to_owned());
        }
        neighbours.own_galleries = neighbours.galleries.len();
        neighbours.images =
            of_type("Microsoft.Compute/galleries/images").map(|live| live.id.clone()).collect();
        let mut aliases = BTreeSet::new();
        let mut accounts = Vec::new();
        for account in of_type(ACCOUNT) {
            let alias = free(account.id.name(), &mut aliases);
            neighbours.accounts.insert(account.id.clone(), alias.clone());
            accounts.push((alias, account));
        }
        let mut referred = BTreeMap::new();
        for kind in REGISTRY {
            for live in lives.iter().filter(|live| live.id.is_type(kind.azure_type())) {
                for gallery in kind.uses(live).iter().filter_map(gallery_of) {
                    if !neighbours.galleries.contains_key(&gallery) {
                        let alias = free(gallery.name(), &mut taken);
                        neighbours.galleries.insert(gallery.clone(), alias.clone());
                        referred.insert(gallery, alias);
                    }
                }
            }
        }
        let header = Header::of(wishes, lives, &accounts);
        let (entries, imported) = (Vec::new(), Imported::default());
        Ok(Self { wishes, header, neighbours, referred, entries, imported })
    }

    fn add(&mut self, kind: &'static dyn Kind, live: &Live) {
        let Some(importing) = kind.importing() else { return };
        let called = live.id.called(kind.name());
        let mut found = entry(&Field::tree(kind.fields()), &importing, &live.body);
        if let Err(why) = (importing.complete)(live, &self.neighbours, &mut found.value) {
            self.imported.skipped.push(format!("{called}: {why}"));
            return;
        }
        self.place(&mut found.value, live);
        let schema = declared::kind_schema(kind);
        let mut lost = found.unsaid.clone();
        let fitting = respell(Value::Object(found.value), Shape::of(&schema), "", &mut lost);
        let Some(Value::Object(value)) = fitting else { return };
        for property in lost {
            let said = format!("`{property}` is set in Azure and cannot be written here; it stays as it is");
            self.imported.warnings.push(format!("{called}: {said}"));
            found.remarks.entry(String::new()).or_default().push(said);
        }
        let owner = kind.mark_home().read(&live.body).and_then(|mark| mark::owner_of(mark, &live.id));
        if let Some(owner) = owner.filter(|owner| !self.header.is(owner)) {
            self.imported.warnings.push(format!(
                "{called} belongs to the stack {owner}: this one is another, and leaves it alone until it has `adopt: true`"
            ));
        }
        self.signatures(&value, &called, "");
        let entry = Entry { value, ..found };
        self.entries.push(Written { kind, id: live.id.clone(), entry });
    }

    /// Says where it is, where that is not where the stack is.
    fn place(&self, entry: &mut Map<String, Value>, live: &Live) {
        let is_home = |location: &Value| location.as_str() == Some(self.header.location.as_str());
        if entry.get("location").is_some_and(is_home) {
            entry.remove("location");
        }
        if live.id.parent().is_none() {
            self.header.home_of(&live.id).into_iter().for_each(|(key, value)| {
                entry.insert(key.to_owned(), value.into());
            });
        }
    }

    /// A signature in a URL opens what it names to whoever reads the file.
    fn signatures(&mut self, map: &Map<String, Value>, called: &str, above: &str) {
        for (key, value) in map {
            let property = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
            match value {
                Value::Object(map) => self.signatures(map, called, &property),
                Value::Array(list) => {
                    for (index, map) in
                        list.iter().enumerate().filter_map(|(at, one)| Some((at, one.as_object()?)))
                    {
                        self.signatures(map, called, &format!("{property}[{index}]"));
                    }
                }
                Value::String(text) if text.contains("sig=") && text.contains('?') => {
                    self.imported.warnings.push(format!(
                        "{called}: `{property}` holds a signature: put it into a variable, ${{env:NAME}}, before others read the file"
                    ));
                }
                _ => {}
            }
        }
    }

    fn finish(self) -> Imported {
        let Self { wishes, header, neighbours: _, referred, entries, mut imported } = self;
        let boots = |alias: &str| {
            let named = format!("{alias}/");
            entries.iter().any(|written| {
                let image = written.entry.value.get("image").and_then(Value::as_str);
                image.is_some_and(|image| image.starts_with(&named))
            })
        };
        let referred = referred.into_iter().filter(|(_, alias)| boots(alias)).collect();
        imported.documents = documents::documents(&header, referred, entries, &imported.skipped, wishes);
        imported
    }
}

/// The gallery that an image definition or version is in.
fn gallery_of(image: &ResourceId) -> Option<ResourceId> {
    let mut at = image.parent()?;
    while let Some(above) = at.parent() {
        at = above;
    }
    at.is_type(GALLERY).then_some(at)
}

/// A name that nothing else has, without regard to case.
fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| taken.insert(name.to_lowercase())).unwrap_or_default()
}

/// The region of a live resource, in Azure's short form.
fn location_of(live: &Live) -> Option<String> {
    live.location().map(region::normal)
}
