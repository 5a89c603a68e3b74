//! Which actions whoever signs in may not take, and how they are granted.
//! Pure: who it is about, and at which scope, is in the question.

use crate::lint::azure::Heard;
use crate::lint::subject::Subject;
use crate::model::facts::Question;
use crate::model::permission::grants;
use crate::model::resource_id::ResourceId;

/// Those of the actions that whoever signs in may not take at a scope; none where Azure does not tell.
pub(super) fn missing<'n>(subject: &Subject<'_>, scope: &ResourceId, actions: &[&'n str]) -> Vec<&'n str> {
    match subject.ask(Question::Permissions(scope.clone())) {
        Heard::There(roles) => actions.iter().copied().filter(|action| !grants(roles, action)).collect(),
        // Nothing is at that scope yet, or nobody may know.
        Heard::Absent | Heard::Nothing => Vec::new(),
    }
}

/// The command that grants a role at a scope.
pub(super) fn grant(role: &str, scope: &ResourceId) -> String {
    format!("`az role assignment create --assignee PRINCIPAL --role \"{role}\" --scope {scope}`")
}
