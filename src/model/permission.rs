//! Whether what Azure says somebody may do at a scope grants an action.
//! Asks nothing: the answer of the permissions list is an argument.

use std::collections::BTreeSet;

use serde_json::Value;

/// The actions that a kind needs beside reading, writing and deleting what is of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Besides {
    /// To plan.
    pub reads: &'static [&'static str],
    /// To carry plans out.
    pub writes: &'static [&'static str],
    /// To plan where what is written names a resource of this type: the type, and the action on it.
    pub named_reads: &'static [(&'static str, &'static str)],
    /// To carry plans out where what is written names a resource of this type: the type, and the action on it.
    pub named: &'static [(&'static str, &'static str)],
    /// To carry plans out where what is written has this: its place in the body, and the action.
    pub having: &'static [(&'static str, &'static str)],
    /// To plan, of the data plane.
    pub data_reads: &'static [&'static str],
    /// To carry plans out, of the data plane.
    pub data_writes: &'static [&'static str],
}

/// A role with no action too many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name, which a tenant has once.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its actions.
    pub actions: BTreeSet<String>,
    /// Its actions of the data plane.
    pub data_actions: BTreeSet<String>,
    /// The ids of the groups and subscriptions where it can be assigned.
    pub scopes: BTreeSet<String>,
}

/// Whether one of the roles grants an action. What one takes out again, another may still grant.
pub fn grants(roles: &Value, action: &str) -> bool {
    let lists = |role: &Value, key: &str| {
        let patterns = role.get(key).and_then(Value::as_array).into_iter().flatten();
        patterns.filter_map(Value::as_str).any(|pattern| covers(pattern, action))
    };
    let roles = roles.as_array().into_iter().flatten();
    roles.into_iter().any(|role| lists(role, "actions") && !lists(role, "notActions"))
}

/// Whether one of the roles grants to read everything there is, so that a list has left nothing out.
pub fn reads_everything(roles: &Value) -> bool {
    let list = |role: &Value, key: &str| -> Vec<String> {
        let patterns = role.get(key).and_then(Value::as_array).into_iter().flatten();
        patterns.filter_map(Value::as_str).map(str::to_lowercase).collect()
    };
    let takes_out_reading =
        |pattern: &String| pattern == "*" || pattern.ends_with("/*") || pattern.ends_with("/read");
    roles.as_array().into_iter().flatten().any(|role| {
        list(role, "actions").iter().any(|pattern| pattern == "*" || pattern == "*/read")
            && !list(role, "notActions").iter().any(takes_out_reading)
    })
}

/// Whether a pattern, in which `*` stands for any text, covers an action. Case does not matter.
fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == action };
    let Some(mut left) = action.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    // The first place that fits is as good as any: what comes after may only grow by it.
    for part in middle.split('*') {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{covers, grants, reads_everything};

    const READ: &str = "Microsoft.Compute/galleries/images/read";

    #[test]
    fn a_star_stands_for_any_text_anywhere() {
        for pattern in [
            "*",
            "*/read",
            "microsoft.compute/*",
            "Microsoft.Compute/*/READ",
            READ,
            "*/galleries/*/read",
            "**",
        ] {
            assert!(covers(pattern, READ), "{pattern}");
        }
        for pattern in [
            "",
            "*/write",
            "Microsoft.Batch/*",
            "Microsoft.Compute/galleries/read",
            "*/images/*/read",
            "read",
        ] {
            assert!(!covers(pattern, READ), "{pattern}");
        }
        // What stands before the star and after it does not overlap.
        assert!(!covers("Microsoft.Compute/galleries*s/images/read", READ));
        assert!(covers("a*b*c", "abbc") && !covers("a*b*b", "ab"));
    }

    #[test]
    fn who_reads_everything_is_let_out_of_nothing() {
        let contributor = json!({"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]});
        assert!(reads_everything(&json!([{"actions": ["*/read"], "notActions": []}])));
        assert!(reads_everything(&json!([{"actions": ["Microsoft.Batch/*"]}, contributor])));
        for role in [
            json!({"actions": ["Microsoft.Compute/*/read", "*/write"]}),
            json!({"actions": ["*"], "notActions": ["Microsoft.Network/*"]}),
            json!({"actions": ["*/read"], "notActions": ["Microsoft.Storage/storageAccounts/read"]}),
        ] {
            assert!(!reads_everything(&json!([role])), "{role}");
        }
    }

    #[test]
    fn a_role_takes_out_only_of_what_it_grants_itself() {
        let all_but = json!({"actions": ["*"], "notActions": ["Microsoft.Compute/galleries/*"]});
        let reader = json!({"actions": ["*/read"], "notActions": []});
        assert!(!grants(&json!([all_but]), READ));
        assert!(grants(&json!([all_but, reader]), READ));
        assert!(!grants(&json!([]), READ));
        assert!(!grants(&json!([{"dataActions": ["*"]}]), READ), "data actions are another plane");
    }
}
