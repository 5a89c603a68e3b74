//! A role in the form that `az role definition create --role-definition` takes.
//! Prints nothing; returns text.

use serde::Serialize;

use crate::model::permission::Role;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoleDefinition<'a> {
    name: &'a str,
    is_custom: bool,
    description: &'a str,
    actions: Vec<&'a str>,
    not_actions: [&'a str; 0],
    data_actions: Vec<&'a str>,
    not_data_actions: [&'a str; 0],
    assignable_scopes: Vec<&'a str>,
}

/// The text, with a line's end.
pub fn role_definition(role: &Role) -> Result<String, serde_json::Error> {
    let Role { name, description, actions, data_actions, scopes } = role;
    let definition = RoleDefinition {
        name,
        is_custom: true,
        description,
        actions: actions.iter().map(String::as_str).collect(),
        not_actions: [],
        data_actions: data_actions.iter().map(String::as_str).collect(),
        not_data_actions: [],
        assignable_scopes: scopes.iter().map(String::as_str).collect(),
    };
    Ok(format!("{}\n", serde_json::to_string_pretty(&definition)?))
}
