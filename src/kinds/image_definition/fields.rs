//! What is known of an image definition's properties (Compute Gallery API 2024-03-03).

use crate::model::field::FieldRule;

const NEW: &str = "make a new image definition under another name, and publish versions to it";

pub(super) const FIELDS: &[FieldRule] = &[
    FieldRule::new("location", "location").region().never(NEW),
    FieldRule::new("tags", "tags").merged(),
    FieldRule::new("osType", "properties.osType").never(NEW),
    FieldRule::new("osState", "properties.osState").never(NEW),
    FieldRule::new("hyperVGeneration", "properties.hyperVGeneration").never(NEW),
    FieldRule::new("architecture", "properties.architecture").never(NEW).default("\"x64\""),
    FieldRule::new("identifier", "properties.identifier").never(NEW),
    FieldRule::new("identifier.publisher", "properties.identifier.publisher").ignore_case(),
    FieldRule::new("identifier.offer", "properties.identifier.offer").ignore_case(),
    FieldRule::new("identifier.sku", "properties.identifier.sku").ignore_case(),
    FieldRule::new("description", "properties.description").leave(),
    FieldRule::new("eula", "properties.eula").never(NEW).leave(),
    FieldRule::new("privacyStatementUri", "properties.privacyStatementUri").never(NEW).leave(),
    FieldRule::new("releaseNoteUri", "properties.releaseNoteUri").leave(),
    FieldRule::new("endOfLifeDate", "properties.endOfLifeDate").date_time().leave(),
    FieldRule::new("recommended", "properties.recommended").leave(),
    FieldRule::new("recommended.vCPUs", "properties.recommended.vCPUs"),
    FieldRule::new("recommended.vCPUs.min", "properties.recommended.vCPUs.min").number(),
    FieldRule::new("recommended.vCPUs.max", "properties.recommended.vCPUs.max").number(),
    FieldRule::new("recommended.memory", "properties.recommended.memory"),
    FieldRule::new("recommended.memory.min", "properties.recommended.memory.min").number(),
    FieldRule::new("recommended.memory.max", "properties.recommended.memory.max").number(),
    FieldRule::new("disallowed", "properties.disallowed").never(NEW).leave(),
    FieldRule::new("disallowed.diskTypes", "properties.disallowed.diskTypes").set().ignore_case(),
    FieldRule::new("purchasePlan", "properties.purchasePlan").never(NEW).reset("null"),
    FieldRule::new("purchasePlan.name", "properties.purchasePlan.name"),
    FieldRule::new("purchasePlan.publisher", "properties.purchasePlan.publisher"),
    FieldRule::new("purchasePlan.product", "properties.purchasePlan.product"),
    FieldRule::new("features", "properties.features").keyed("name").never(NEW).leave(),
    FieldRule::new("features[].name", "properties.features[].name"),
    FieldRule::new("features[].value", "properties.features[].value"),
];
