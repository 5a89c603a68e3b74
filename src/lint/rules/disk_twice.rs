//! `image-version/disk-twice`: each disk of a version has a number and a source of its own.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::spec::node::Node;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/disk-twice"),
    facts: &["B22"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "The disks of a version have different `lun`s and different sources, the disk with the operating system among them.",
    why: "Azure refuses a version with a LUN twice, and one that is made from the same disk or snapshot twice.",
    example: "snapshots:\n  os: render-os\n  data:\n    - { lun: 0, snapshot: textures }\n    - { lun: 0, snapshot: models }",
    mend: "snapshots:\n  os: render-os\n  data:\n    - { lun: 0, snapshot: textures }\n    - { lun: 1, snapshot: models }",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let Some(source) = version.entry.node.get("source") else { continue };
        // The keys of the first disk, and of each further one.
        let (disks, first, further) = match (source.get("snapshots"), source.get("vhd")) {
            (Some(snapshots), _) => (snapshots, "os", "snapshot"),
            (None, Some(vhd)) => (vhd, "uri", "uri"),
            (None, None) => continue,
        };
        let mut luns: BTreeMap<&str, Place> = BTreeMap::new();
        let mut sources: BTreeMap<String, Place> = BTreeMap::new();
        // A name and an id may mean one snapshot. The name of a blob has case.
        let meant = |text: &str| match subject.sources.find("disk-snapshot", text) {
            Some(own) => own.address.to_string(),
            None if further == "uri" => text.to_owned(),
            None => text.to_lowercase(),
        };
        if let Some((node, text)) = disks.get(first).and_then(|os| Some((os, os.text()?))) {
            sources.insert(meant(text), node.place);
        }
        for disk in disks.get("data").map_or(&[][..], Node::elements) {
            if let Some((node, lun)) = disk.get("lun").and_then(|node| Some((node, node.text()?))) {
                if let Some(first) = luns.get(lun) {
                    let message = format!("{} has two disks with the LUN {lun}", version.address);
                    let diagnostic = RULE.found(node.place, message).also(*first, "first here");
                    found.push(diagnostic.help("give one of them another `lun`, from 0 to 63"));
                } else {
                    luns.insert(lun, node.place);
                }
            }
            if let Some((node, text)) = disk.get(further).and_then(|node| Some((node, node.text()?))) {
                let source = meant(text);
                if let Some(first) = sources.get(&source) {
                    let name = text.rsplit('/').next().unwrap_or(text);
                    let message = format!("{} is made from {name} twice", version.address);
                    let diagnostic = RULE.found(node.place, message).also(*first, "first here");
                    found.push(diagnostic.help(format!("name another `{further}`, or take the disk out")));
                } else {
                    sources.insert(source, node.place);
                }
            }
        }
    }
}
