//! What is known of a disk snapshot's properties (disk API 2024-03-02).

use crate::model::field::FieldRule;

pub(super) const FIELDS: &[FieldRule] = &[
    FieldRule::new("location", "location").region().replace(),
    FieldRule::new("tags", "tags").merged(),
    FieldRule::new("sku", "sku.name").ignore_case().default("\"Standard_LRS\""),
    FieldRule::new("source", "properties.creationData.sourceResourceId").id().create_only(),
    FieldRule::new("", "properties.creationData.createOption").create_only(),
    FieldRule::new("incremental", "properties.incremental").replace().default("false"),
];
