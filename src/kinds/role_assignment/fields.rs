//! What is known of a role assignment's properties (authorization API 2022-04-01).
//! Scope, role and principal are in its name, so another of them is another assignment.

use crate::model::field::FieldRule;

pub(super) const FIELDS: &[FieldRule] = &[
    FieldRule::new("role", "properties.roleDefinitionId").id().replace(),
    FieldRule::new("principalId", "properties.principalId").ignore_case().replace(),
    FieldRule::new("principalType", "properties.principalType").create_only(),
    FieldRule::new("description", "properties.description").leave(),
    FieldRule::new("condition", "properties.condition").leave(),
    FieldRule::new("conditionVersion", "properties.conditionVersion").leave(),
];
