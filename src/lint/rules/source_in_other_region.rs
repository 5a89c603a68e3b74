//! `stack/source-in-other-region`: what is made is made where its source is.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::address::Address;
use crate::spec::node::Node;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("stack/source-in-other-region"),
    facts: &["B16"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A managed image or an image version is in the region of the snapshots and managed images of the stack that it is made from, and a snapshot in that of the snapshot it copies.",
    why: "Azure makes all of them inside one region, and refuses a source in another. Replicas in other regions are `targetRegions` of the version.",
    example: "location: eastus\nmanagedImages: [{ name: render, location: westus }]\nimages:\n  - { name: ubuntu, versions: [{ version: 1.0.0, source: { managedImage: render } }] }",
    mend: "location: eastus\nmanagedImages: [{ name: render }]",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let Some(source) = version.entry.node.get("source") else { continue };
        let snapshots = source.get("snapshots");
        let data = snapshots.and_then(|node| node.get("data")).map_or(&[][..], Node::elements);
        let disks = data.iter().filter_map(|disk| disk.get("snapshot"));
        let disks = snapshots.and_then(|node| node.get("os")).into_iter().chain(disks);
        let sources = source.get("managedImage").into_iter().map(|node| ("managed-image", node));
        let sources = sources.chain(disks.map(|node| ("disk-snapshot", node)));
        look(subject, &version.address, &version.home, sources, found);
    }
    for image in subject.sources.all("managed-image") {
        let data = image.entry.node.get("dataDisks").map_or(&[][..], Node::elements);
        let disks = image.entry.node.get("osDisk").into_iter().chain(data);
        let sources = disks.filter_map(|disk| Some(("disk-snapshot", disk.get("snapshot")?)));
        look(subject, &image.address, &image.home, sources, found);
    }
    for snapshot in subject.sources.all("disk-snapshot") {
        let source = snapshot.entry.node.get("source").map(|node| ("disk-snapshot", node));
        look(subject, &snapshot.address, &snapshot.home, source.into_iter(), found);
    }
}

fn look<'n>(
    subject: &Subject<'_>,
    made: &Address,
    home: &str,
    sources: impl Iterator<Item = (&'static str, &'n Node)>,
    found: &mut Vec<Diagnostic>,
) {
    for (kind, node) in sources {
        let Some(source) = node.text().and_then(|text| subject.sources.find(kind, text)) else { continue };
        if source.home == home {
            continue;
        }
        let message =
            format!("{made} is made in {home}, and its source {} is in {}", source.address, source.home);
        let mut diagnostic = RULE.found(node.place, message);
        if let Some(location) = source.entry.node.get("location") {
            diagnostic = diagnostic.also(location.place, "where the source is");
        }
        found.push(diagnostic.help("write one `location` for both, or for neither"));
    }
}
