//! `gallery/lets-in-too-many`: a gallery is shared with few subscriptions and tenants.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::gallery::spec::SharingGroupType;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::spec::node::Node;

/// How many of each Azure lets in.
const MOST_SUBSCRIPTIONS: usize = 30;
const MOST_TENANTS: usize = 5;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("gallery/lets-in-too-many"),
    facts: &[],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "The `groups` of a gallery are at most 30 subscriptions and 5 tenants.",
    why: "Azure shares a gallery with no more than that while the sharing with groups is a preview, and refuses the others. A role reaches any number.",
    example: "sharing:\n  permissions: Groups\n  groups:\n    - type: AADTenants\n      ids: [TENANT-1, TENANT-2, TENANT-3, TENANT-4, TENANT-5, TENANT-6]",
    mend: "sharing:\n  permissions: Groups\n  groups:\n    - type: AADTenants\n      ids: [TENANT-1, TENANT-2, TENANT-3, TENANT-4, TENANT-5]",
    source: "Microsoft, \"Share a gallery with all users in a subscription or tenant\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for gallery in &subject.galleries {
        let groups = gallery.spec.sharing.iter().flat_map(|sharing| sharing.groups.iter().flatten());
        let nodes = gallery.entry.node.get("sharing").and_then(|sharing| sharing.get("groups"));
        for (group, node) in groups.zip(nodes.map_or(&[][..], Node::elements)) {
            let (most, what) = match group.sort {
                SharingGroupType::Subscriptions => (MOST_SUBSCRIPTIONS, "subscriptions"),
                SharingGroupType::AADTenants => (MOST_TENANTS, "tenants"),
            };
            if group.ids.len() <= most {
                continue;
            }
            let place = node.get("ids").map_or(node.place, |ids| ids.place);
            let message =
                format!("{} lets in {} {what}, and Azure takes {most}", gallery.address, group.ids.len());
            found.push(RULE.found(place, message).help("give the others a role on it: `access`"));
        }
    }
}
