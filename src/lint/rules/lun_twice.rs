//! `managed-image/lun-twice`: each disk of a managed image has a number of its own.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::spec::node::Node;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("managed-image/lun-twice"),
    facts: &["B22"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "The `dataDisks` of a managed image have different `lun`s.",
    why: "A node knows its disks by these numbers, and Azure refuses one that stands twice.",
    example: "dataDisks:\n  - { lun: 0, snapshot: textures }\n  - { lun: 0, snapshot: models }",
    mend: "dataDisks:\n  - { lun: 0, snapshot: textures }\n  - { lun: 1, snapshot: models }",
    source: "azure-mgmt-compute, ImageDataDisk.lun",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for image in subject.sources.all("managed-image") {
        let mut luns: BTreeMap<&str, Place> = BTreeMap::new();
        let disks = image.entry.node.get("dataDisks").map_or(&[][..], Node::elements);
        for (node, lun) in
            disks.iter().filter_map(|disk| disk.get("lun")).filter_map(|node| Some((node, node.text()?)))
        {
            if let Some(first) = luns.get(lun) {
                let message = format!("{} has two disks with the LUN {lun}", image.address);
                let diagnostic = RULE.found(node.place, message).also(*first, "first here");
                found.push(diagnostic.help("give one of them another `lun`, from 0 to 63"));
            } else {
                luns.insert(lun, node.place);
            }
        }
    }
}
