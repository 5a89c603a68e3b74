//! The built-in roles that people call by name here, with the GUIDs they have in every tenant.
//! Says nothing about what a role allows: Azure may change that.

use crate::kinds::guid::is_guid;

/// Names and GUIDs, by name.
const BUILT_IN: &[(&str, &str)] = &[
    ("Azure Batch Account Contributor", "29fe4964-1e60-436b-bd3a-77fd4c178b3c"),
    ("Azure Batch Account Reader", "11076f67-66f6-4be0-8f6b-f0609fd05cc9"),
    ("Azure Batch Data Contributor", "6aaa78f1-f7de-44ca-8722-c64a23943cae"),
    ("Azure Batch Job Submitter", "48e5e92e-a480-4e71-aa9c-2778f4c13781"),
    ("Azure Batch Service Orchestration Role", "a35466a1-cfd6-450a-b35e-683fcdf30363"),
    ("Compute Gallery Artifacts Publisher", "85a2d0d9-2eba-4c9c-b355-11c2cc0788ab"),
    ("Compute Gallery Image Reader", "cf7c76d2-98a3-4358-a134-615aa78bf44d"),
    ("Compute Gallery Sharing Admin", "1ef6a3be-d0ac-425d-8c01-acb62866290b"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("Managed Identity Contributor", "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59"),
    ("Managed Identity Operator", "f1a07417-d97a-45cb-824c-7a7467783830"),
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    ("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
    ("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
    ("Virtual Machine Contributor", "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"),
];

/// The GUID of the role that somebody writes by its name, by its GUID, or by the full id of its definition.
pub(super) fn guid(role: &str) -> Option<String> {
    if let Some((_, guid)) = BUILT_IN.iter().find(|(name, _)| name.eq_ignore_ascii_case(role)) {
        return Some((*guid).to_owned());
    }
    let own = role.rsplit('/').next().unwrap_or_default();
    let is_id = own == role || is_definition(role);
    (is_id && is_guid(own)).then(|| own.to_ascii_lowercase())
}

/// Whether a text is the id of a role's definition, at a subscription or at none.
fn is_definition(text: &str) -> bool {
    let (scope, definition) = text.rsplit_once("/providers/").unwrap_or_default();
    let parts: Vec<String> = definition.split('/').map(str::to_ascii_lowercase).collect();
    let subscription = scope.strip_prefix("/subscriptions/");
    (scope.is_empty() && text.starts_with('/') || subscription.is_some_and(is_guid))
        && parts.len() == 3
        && parts[..2] == ["microsoft.authorization", "roledefinitions"]
}

/// The name by which people know a role, or its GUID.
pub(super) fn name(guid: &str) -> &str {
    let known = BUILT_IN.iter().find(|(_, known)| known.eq_ignore_ascii_case(guid));
    known.map_or(guid, |(name, _)| name)
}

/// The names, for messages.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, guid, is_guid};

    #[test]
    fn a_role_is_known_by_name_guid_and_id() {
        let reader = Some("acdd72a7-3385-48ef-bd42-f606fba81ae7".to_owned());
        let id = "/providers/Microsoft.Authorization/roleDefinitions/ACDD72A7-3385-48ef-bd42-f606fba81ae7";
        let subscription = "/subscriptions/11111111-1111-1111-1111-111111111111";
        for text in ["reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", id, &format!("{subscription}{id}")] {
            assert_eq!(guid(text), reader, "{text}");
        }
        let last = id.rsplit('/').next().unwrap_or_default();
        for text in ["Readers", "", "/", &format!("x/{last}"), &format!("/{last}"), &format!("x{id}")] {
            assert_eq!(guid(text), None, "{text}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_holds_guids() {
        assert!(BUILT_IN.is_sorted() && BUILT_IN.iter().all(|(_, guid)| is_guid(guid)));
    }
}
