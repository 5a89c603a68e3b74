//! What a pool boots, whoever makes it: an image or a version of the stack, or one that only Azure knows.
//! Reads both into the types of the files, so that a rule over them is one rule.

use serde_json::{Map, Value, json};

use crate::diag::Place;
use crate::kinds::declared::Declared;
use crate::kinds::image_definition::spec::ImageDefinitionSpec;
use crate::kinds::image_version::spec::ImageVersionSpec;
use crate::kinds::vocabulary::TargetRegion;
use crate::model::address::Address;
use crate::model::region;
use crate::model::snapshot::Live;

/// An image definition that a pool boots.
#[derive(Debug, Clone, Copy)]
pub struct BootedImage<'s> {
    /// As it is written, where the stack makes it.
    pub(in crate::lint) entry: Option<&'s Declared>,
    /// The same, typed.
    pub spec: &'s ImageDefinitionSpec,
    /// Its address.
    pub address: &'s Address,
}

impl<'s> BootedImage<'s> {
    /// Where a property is written, if it is in a file.
    pub fn place_of(&self, key: &str) -> Option<Place> {
        self.entry.map(|entry| entry.place_of(key))
    }

    /// Where the value at the end of a route is written, if it is in a file.
    pub fn place_at(&self, route: &[&str]) -> Option<Place> {
        self.entry.map(|entry| entry.place_at(route))
    }

    /// A feature's value, and where it stands. Names are compared without regard to case.
    pub fn feature(&self, name: &str) -> Option<(&'s str, Option<Place>)> {
        let at = self.spec.features.iter().position(|feature| feature.name.eq_ignore_ascii_case(name))?;
        let nodes = self.entry.and_then(|entry| entry.node.get("features"));
        let node = nodes.and_then(|nodes| nodes.elements().get(at));
        let place = node.map(|node| node.get("value").map_or(node.place, |value| value.place));
        Some((self.spec.features.get(at)?.value.trim(), place))
    }
}

/// An image version that a pool boots.
#[derive(Debug, Clone, Copy)]
pub struct BootedVersion<'s> {
    /// As it is written, where the stack makes it.
    pub(in crate::lint) entry: Option<&'s Declared>,
    /// The same, typed.
    pub spec: &'s ImageVersionSpec,
    /// Its address.
    pub address: &'s Address,
    /// The region it is made in, in Azure's short form.
    pub home: &'s str,
}

impl BootedVersion<'_> {
    /// Where a property is written, if it is in a file.
    pub fn place_of(&self, key: &str) -> Option<Place> {
        self.entry.map(|entry| entry.place_of(key))
    }

    /// Whether it has a copy in a region, in Azure's short form, as far as can be told: regions that no file names may be there
    /// where they are kept.
    pub fn is_in(&self, wanted: &str) -> bool {
        let is_here = |target: &TargetRegion| region::normal(&target.name) == wanted;
        if self.spec.keeps_other_regions() {
            return !self.spec.target_regions.iter().any(|target| target.remove && is_here(target));
        }
        if self.spec.target_regions.is_empty() {
            // Azure takes the version's own region when none is written.
            return self.home == wanted;
        }
        self.spec.wanted_regions().any(is_here)
    }
}

/// An image definition of somebody else's gallery.
#[derive(Debug)]
pub(super) struct LiveImage {
    pub(super) spec: ImageDefinitionSpec,
    pub(super) address: Address,
}

impl LiveImage {
    /// Reads Azure's body; none where it is not what a definition is.
    pub(super) fn of(address: &Address, live: &Live) -> Option<Self> {
        let properties = live.body.get("properties")?;
        let mut spec = picked(
            properties,
            &[
                "osType",
                "osState",
                "hyperVGeneration",
                "architecture",
                "endOfLifeDate",
                "recommended",
                "disallowed",
            ],
        );
        spec.insert("name".to_owned(), json!(live.id.name()));
        // Azure leaves out what is its default.
        spec.entry("hyperVGeneration").or_insert_with(|| json!("V1"));
        let identifier = picked(properties.get("identifier")?, &["publisher", "offer", "sku"]);
        spec.insert("identifier".to_owned(), Value::Object(identifier));
        let features = properties.get("features").and_then(Value::as_array).into_iter().flatten();
        let features = features.map(|feature| Value::Object(picked(feature, &["name", "value"])));
        spec.insert("features".to_owned(), features.collect());
        let spec = serde_json::from_value(Value::Object(spec)).ok()?;
        Some(Self { spec, address: address.clone() })
    }
}

/// An image version of somebody else's gallery.
#[derive(Debug)]
pub(super) struct LiveVersion {
    pub(super) spec: ImageVersionSpec,
    pub(super) address: Address,
    pub(super) home: String,
}

impl LiveVersion {
    /// Reads Azure's body; none where it is not what a version is.
    pub(super) fn of(address: &Address, live: &Live) -> Option<Self> {
        let profile = live.body.pointer("/properties/publishingProfile")?;
        let mut spec = picked(profile, &["replicationMode", "excludeFromLatest", "endOfLifeDate"]);
        spec.insert("version".to_owned(), json!(live.id.name()));
        let regions = profile.get("targetRegions").and_then(Value::as_array).into_iter().flatten();
        let counted = |target: &Value| {
            let mut target = picked(target, &["name", "regionalReplicaCount", "excludeFromLatest"]);
            if let (None, Some(count)) = (target.get("regionalReplicaCount"), profile.get("replicaCount")) {
                target.insert("regionalReplicaCount".to_owned(), count.clone());
            }
            Value::Object(target)
        };
        spec.insert("targetRegions".to_owned(), regions.map(counted).collect());
        let spec = serde_json::from_value(Value::Object(spec)).ok()?;
        let home = region::normal(live.location().unwrap_or_default());
        Some(Self { spec, address: address.clone(), home })
    }
}

/// Those of the keys that have a value.
fn picked(from: &Value, keys: &[&str]) -> Map<String, Value> {
    let value = |key: &&str| from.get(*key).filter(|value| !value.is_null());
    keys.iter().filter_map(|key| Some(((*key).to_owned(), value(key)?.clone()))).collect()
}
