//! `stack/source-in-other-region`: what is made is made where its source is.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::outside;
use crate::lint::sources::{Written, written};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("stack/source-in-other-region"),
    facts: &["B16"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A managed image or an image version is in the region of what it is made from, or of the storage account that its VHD is in, and a disk snapshot in that of what it copies.",
    why: "Azure makes all of them inside one region, and refuses a source in another. Replicas in other regions are `targetRegions` of the version.",
    example: "location: eastus\nmanagedImages: [{ name: render, location: westus }]\nimages:\n  - { name: ubuntu, versions: [{ version: 1.0.0, source: { managedImage: render } }] }",
    mend: "location: eastus\nmanagedImages: [{ name: render }]",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for source in written(subject) {
        let own = source.node.text().and_then(|text| subject.sources.find(source.kind, text));
        let Some(own) = own.filter(|own| own.home != source.home) else { continue };
        let mut diagnostic = tell(&source, &own.address.to_string(), &own.home);
        if let Some(location) = own.entry.node.get("location") {
            diagnostic = diagnostic.also(location.place, "where the source is");
        }
        found.push(diagnostic.help("write one `location` for both, or for neither"));
    }
    copied(subject, found);
    for source in outside(subject) {
        let Some(region) = source.region().filter(|_| !source.is_in(source.written.home)) else { continue };
        found.push(tell(&source.written, &source.name(), &region).help(format!(
            "write `location: {region}`, or make it from something in {}",
            source.written.home
        )));
    }
}

/// Versions that are still to be made from versions of the stack: afterwards, the source may lose its replicas.
fn copied(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let is_absent = |address| subject.azure.as_ref().is_some_and(|azure| azure.is_absent(address));
    for source in written(subject).into_iter().filter(|source| source.kind == "image-version") {
        let own = source.node.text().and_then(|id| subject.own_version(id));
        let Some(own) = own.filter(|own| is_absent(source.made) && !own.as_booted().is_in(source.home))
        else {
            continue;
        };
        let Written { made, home, node, .. } = source;
        let message = format!("{made} is made in {home}, where its source {} has no replicas", own.address);
        found.push(
            RULE.found(node.place, message)
                .also(own.entry.place_of("targetRegions"), "where it has some")
                .help(format!("add {home} to these regions, or write another `location`")),
        );
    }
}

fn tell(source: &Written<'_>, name: &str, region: &str) -> Diagnostic {
    let Written { made, home, node, .. } = source;
    RULE.found(node.place, format!("{made} is made in {home}, and its source {name} is in {region}"))
}
