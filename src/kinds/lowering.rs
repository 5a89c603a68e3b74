//! An entry to Azure's body, by the kind's field rules: each property goes where its rule says, with the place it was
//! written at. What no rule can say is done by the kind itself, on the result.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::diag::Place;
use crate::kinds::declared::Declared;
use crate::kinds::scope::{Identity, Scope};
use crate::model::address::Address;
use crate::model::desired::{Desired, Need, Referenced, Until, Wishes, pointer_part};
use crate::model::field::FieldRule;
use crate::model::kind::MarkHome;
use crate::model::mark;
use crate::model::pending::{Crowd, Pending, Question};
use crate::model::retention::Retention;
use crate::model::rollout::Rollout;
use crate::model::upload::DiskFile;
use crate::spec::node::{Node, NodeValue};

/// What an entry asks for.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The resource to make and keep; `None` where the entry only refers to one.
    pub desired: Option<Desired>,
    /// The resources that it refers to and the stack does not make.
    pub referenced: Vec<(Address, Referenced)>,
    /// For a pool: the definition it boots, and what it asks of that.
    pub crowd: Option<(Address, Crowd)>,
    /// For an image: how its old versions go.
    pub retention: Option<Retention>,
    /// For a pool: the provider that has to be registered in the subscription of its image.
    pub registration: Option<Registration>,
}

/// A resource provider that has to be registered in another subscription, for what is written to work.
#[derive(Debug)]
pub struct Registration {
    /// The subscription.
    pub subscription: String,
    /// The provider.
    pub namespace: &'static str,
    /// What in the files needs it.
    pub place: Place,
}

/// A body in the making.
pub struct Lowering<'a> {
    entry: &'a Declared,
    /// The body.
    pub body: Value,
    places: BTreeMap<String, Place>,
    pending: Vec<Pending>,
    needs: Vec<Need>,
    files: Vec<DiskFile>,
}

impl<'a> Lowering<'a> {
    /// Puts every property of the entry where its rule says. Properties without a row are the kind's to place.
    pub fn of(entry: &'a Declared) -> Self {
        let mut lowering = Self {
            entry,
            body: json!({}),
            places: BTreeMap::new(),
            pending: Vec::new(),
            needs: Vec::new(),
            files: Vec::new(),
        };
        for rule in entry.kind.fields() {
            if !rule.spec.is_empty() && !rule.spec.contains(['.', '[']) && rule.spec != "tags" {
                lowering.copy(rule);
            }
        }
        lowering
    }

    fn copy(&mut self, rule: &FieldRule) {
        let (Some(value), Some(node)) = (self.entry.value.get(rule.spec), self.entry.node.get(rule.spec))
        else {
            return;
        };
        if rule.body.is_empty() {
            return;
        }
        let pointer = format!("/{}", rule.body.replace('.', "/"));
        self.note_places(node, &pointer);
        self.put(&pointer, value.clone());
    }

    /// Sets a value, making the objects on the way.
    pub fn put(&mut self, pointer: &str, value: Value) {
        let mut at = &mut self.body;
        for part in pointer.split('/').skip(1) {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            let Value::Object(object) = at else { return };
            at = object.entry(part.to_owned()).or_insert(Value::Null);
        }
        *at = value;
    }

    /// Sets a value unless something is there.
    pub fn put_default(&mut self, pointer: &str, value: Value) {
        if self.body.pointer(pointer).is_none_or(Value::is_null) {
            self.put(pointer, value);
        }
    }

    /// Takes a value out, with all that is known of where its parts were written.
    pub fn take(&mut self, pointer: &str) -> Option<Value> {
        let below = format!("{pointer}/");
        self.places.retain(|place, _| place != pointer && !place.starts_with(&below));
        self.body.pointer_mut(pointer).map(Value::take)
    }

    /// Says where the value at a pointer was written.
    pub fn written_at(&mut self, pointer: &str, place: Place) {
        self.places.insert(pointer.to_owned(), place);
    }

    /// Leaves a value to planning.
    pub fn ask(&mut self, pointer: &str, what: Question) {
        self.put(pointer, Value::Null);
        self.leave_to_planning(pointer, what);
    }

    /// Leaves a value to planning whose place in the body is there already.
    pub fn leave_to_planning(&mut self, pointer: &str, what: Question) {
        self.pending.push(Pending { pointer: pointer.to_owned(), what });
    }

    /// What must be there first.
    pub fn need(&mut self, on: &Address, until: Until, place: Place) {
        self.needs.push(Need { on: on.clone(), until, place });
    }

    /// What is uploaded before it can be made.
    pub fn upload(&mut self, file: DiskFile) {
        self.files.push(file);
    }

    /// Where each value below `pointer` was written.
    pub fn note_places(&mut self, node: &Node, pointer: &str) {
        self.places.insert(pointer.to_owned(), node.place);
        match &node.value {
            NodeValue::Scalar(_) => {}
            NodeValue::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.note_places(element, &format!("{pointer}/{index}"));
                }
            }
            NodeValue::Map(entries) => {
                for entry in entries {
                    self.note_places(&entry.value, &format!("{pointer}/{}", pointer_part(&entry.key)));
                }
            }
        }
    }

    /// Adds location, tags and mark, and closes the body.
    pub fn finish(mut self, own: &Identity, scope: &Scope<'_>) -> Desired {
        let kind = self.entry.kind;
        let mark = scope.owner().mark(&own.id);
        let mut tags: Map<String, Value> = Map::new();
        let written = self.entry.value.get("tags").and_then(Value::as_object);
        let header_tags = scope.header.tags.iter().filter(|_| kind.mark_home() != MarkHome::Name);
        for (key, value) in header_tags {
            tags.insert(key.clone(), value.clone().into());
            if let Some(place) = scope.tag_places.get(key) {
                self.places.insert(format!("/tags/{}", pointer_part(key)), *place);
            }
        }
        tags.extend(written.cloned().unwrap_or_default());
        if let Some(node) = self.entry.node.get("tags") {
            self.note_places(node, "/tags");
        }
        match kind.mark_home() {
            MarkHome::Tags => {
                tags.insert(mark::KEY.to_owned(), mark.into());
            }
            MarkHome::Metadata => {
                let pointer = "/properties/metadata";
                self.put_default(pointer, json!([]));
                if let Some(list) = self.body.pointer_mut(pointer).and_then(Value::as_array_mut) {
                    list.push(json!({ "name": mark::KEY, "value": mark }));
                }
            }
            // What has no place for a mark has none for tags either.
            MarkHome::Name => {}
        }
        if !tags.is_empty() {
            self.put("/tags", Value::Object(tags));
        }
        let alone = own.id.parent().is_none() && own.id.attached_to().is_none();
        if let Some(group) = own.id.in_group().filter(|_| alone).and_then(|group| scope.by_id(&group)) {
            let place = self.entry.place_of("resourceGroup");
            self.need(&group.address, Until::SettledToCreate, place);
        }
        let flag = |key: &str| self.entry.value.get(key) == Some(&Value::Bool(true));
        let wishes = Wishes {
            adopt: flag("adopt"),
            protect: flag("protect"),
            remove: flag("remove"),
            rollout: Rollout::default(),
        };
        Desired {
            address: own.address.clone(),
            kind: self.entry.kind,
            place: self.entry.place(),
            id: own.id.clone(),
            body: self.body,
            places: self.places,
            pending: self.pending,
            needs: self.needs,
            files: self.files,
            wishes,
        }
    }
}
