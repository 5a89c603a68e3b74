//! Merges shared pool settings under the pools that name them: maps merge, lists and single values replace.
//! Every merged value keeps its own place, so that a diagnostic points into the profile.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Report};
use crate::spec::node::{Entry, Node, NodeValue};

/// How much weight profiles may add to all pools together. A stack of 10,000 pools with a profile of 200 values is below it.
const MOST_ADDED: usize = 4_000_000;

/// The profiles of a stack by name.
pub(super) type Profiles = BTreeMap<String, Node>;

/// Merges profiles under every pool that names one. A property that is written without a value in the pool (`startTask:`)
/// is not taken from the profile.
pub(super) fn fill_in(pools: &mut [Node], profiles: &Profiles, report: &mut Report) {
    let weights: BTreeMap<&str, usize> =
        profiles.iter().map(|(name, profile)| (name.as_str(), profile.weight())).collect();
    let mut added = 0_usize;
    for pool in pools {
        for name in apply(pool, profiles, report) {
            added = added.saturating_add(weights.get(name.as_str()).copied().unwrap_or(0));
        }
        if added > MOST_ADDED {
            let message = "the profiles of this stack expand to too much";
            return report.push(Diagnostic::error(Code::YamlLimit, pool.place, message));
        }
    }
}

/// Puts the profile that `pool` names, and those that it names in turn, under the pool; gives their names.
fn apply(pool: &mut Node, profiles: &Profiles, report: &mut Report) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    let mut naming = pool.get("profile").cloned();
    while let Some(node) = naming {
        let Some(name) = node.text().map(str::to_owned) else { break };
        let Some(profile) = profiles.get(&name) else {
            let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
            let diagnostic =
                Diagnostic::error(Code::UnknownProfile, node.place, format!("there is no profile `{name}`"));
            report.push(diagnostic.help(match known.as_slice() {
                [] => "write it under `profiles:`".to_owned(),
                known => format!("the profiles are {}", known.join(", ")),
            }));
            break;
        };
        if path.contains(&name) {
            let circle = path.iter().skip_while(|other| **other != name).chain([&name]);
            let circle: Vec<&str> = circle.map(String::as_str).collect();
            let message = format!("profiles in a circle: {}", circle.join(" → "));
            report.push(
                Diagnostic::error(Code::ProfileCycle, node.place, message).help("take one `profile:` out"),
            );
            break;
        }
        path.push(name);
        naming = profile.get("profile").cloned();
        under(pool, profile);
    }
    path
}

/// Adds what `lower` has and `upper` has not; maps on both sides are merged in the same way.
fn under(upper: &mut Node, lower: &Node) {
    let (NodeValue::Map(own), NodeValue::Map(other)) = (&mut upper.value, &lower.value) else { return };
    for entry in other {
        match own.iter_mut().find(|own| own.key == entry.key) {
            Some(Entry { value, .. }) => under(value, &entry.value),
            None => own.push(entry.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Profiles, fill_in};
    use crate::diag::{Code, Files, Report};
    use crate::spec::node::{Node, NodeValue};
    use crate::spec::yaml;

    fn filled(text: &str) -> (Vec<Node>, Report, Files) {
        let mut files = Files::default();
        let file = files.add("t.yaml", text);
        let mut report = Report::default();
        let mut document = yaml::documents(file, &files, &mut report).remove(0);
        let profiles = document.take("profiles").expect("profiles").value;
        let profiles: Profiles =
            profiles.entries().iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect();
        let Some(NodeValue::List(mut pools)) = document.take("pools").map(|entry| entry.value.value) else {
            panic!("pools")
        };
        fill_in(&mut pools, &profiles, &mut report);
        (pools, report, files)
    }

    #[test]
    fn maps_merge_lists_and_values_replace_and_places_stay() {
        let (pools, report, files) = filled(
            "profiles:\n  base: { vmSize: a, list: [1, 2], task: { x: 1, y: 2 } }\n  big: { profile: base, vmSize: b, task: { z: 3 } }\n\
             pools:\n  - { id: p, profile: big, list: [3], task: { x: 9 }, }\n  - { id: q, profile: base, task: }\n",
        );
        assert!(report.is_empty(), "{report:?}");
        let [p, q] = pools.as_slice() else { panic!("two pools") };
        let text = |path: [&str; 2]| p.get(path[0]).and_then(|node| node.get(path[1])).and_then(Node::text);
        assert_eq!(p.get("vmSize").and_then(Node::text), Some("b"));
        assert_eq!(p.get("list").map(|list| list.elements().len()), Some(1));
        assert_eq!(
            [["task", "x"], ["task", "y"], ["task", "z"]].map(text),
            [Some("9"), Some("2"), Some("3")]
        );
        assert_eq!(files.position(p.get("vmSize").expect("there").place).line, 3);
        assert!(q.get("task").is_none());
    }

    #[test]
    fn circles_and_unknown_names_are_said() {
        let (_, report, files) = filled(
            "profiles: { a: { profile: b }, b: { profile: a }, c: { profile: c } }\n\
             pools: [{ profile: a }, { profile: c }, { profile: none }]\n",
        );
        let found: Vec<(Code, &str, &str)> = report
            .iter()
            .map(|d| (d.code, d.message.as_str(), files.excerpt(d.place().expect("a place"))))
            .collect();
        assert_eq!(
            found,
            [
                (Code::ProfileCycle, "profiles in a circle: a → b → a", "a"),
                (Code::ProfileCycle, "profiles in a circle: c → c", "c"),
                (Code::UnknownProfile, "there is no profile `none`", "none"),
            ]
        );
    }

    #[test]
    fn a_large_profile_under_many_pools_is_refused() {
        let text = format!(
            "profiles: {{ a: {{ x: {} }} }}\npools: [{}]\n",
            "y".repeat(1 << 20),
            "{profile: a}, ".repeat(1000)
        );
        let (_, report, _) = filled(&text);
        assert_eq!(report.iter().map(|d| d.code).collect::<Vec<_>>(), [Code::YamlLimit]);
    }
}
