//! `image-version/source-does-not-fit`: a version is made from what its image promises.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::managed_image::spec::ManagedImageSpec;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::{Outside, Type, outside};
use crate::lint::sources::Part;
use crate::lint::subject::{ImageSeen, Subject};

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/source-does-not-fit"),
    facts: &["B23"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "What a version is made from has the operating system, the state and the generation of the version's image, as far as the stack or Azure says them; and no disk of it is an Ultra disk, or an ephemeral one.",
    why: "Azure compares them when it makes the version, and refuses one whose source differs from its image definition, or is on Ultra or ephemeral disks.",
    example: "managedImages: [{ name: render, hyperVGeneration: V1 }]\nimages:\n  - name: ubuntu\n    hyperVGeneration: V2\n    versions: [{ version: 1.0.0, source: { managedImage: render } }]",
    mend: "managedImages: [{ name: render, hyperVGeneration: V2 }]",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    made_here(subject, found);
    made_elsewhere(subject, found);
}

fn made_here(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let named = version.spec.source.as_ref().and_then(|source| source.managed_image.as_deref());
        let source = named.and_then(|text| subject.sources.find("managed-image", text));
        let (Some(source), Some(image)) = (source, subject.definition_of(version)) else { continue };
        let spec: &ManagedImageSpec = source.entry.spec();
        let rows: [(&[&str], &str, String, String); 3] = [
            (&["osDisk", "osType"], "osType", word(spec.os_disk.os_type), word(image.spec.os_type)),
            (&["osDisk", "osState"], "osState", word(spec.os_disk.os_state), word(image.spec.os_state)),
            (
                &["hyperVGeneration"],
                "hyperVGeneration",
                word(spec.hyper_v_generation),
                word(image.spec.hyper_v_generation),
            ),
        ];
        for (at, key, has, wanted) in rows.into_iter().filter(|(_, _, has, wanted)| has != wanted) {
            let message = format!("{} is {has}, and {} is {wanted}", source.address, image.address);
            found.push(
                RULE.found(version.entry.place_at(&["source", "managedImage"]), message)
                    .also(source.entry.place_at(at), format!("{has} here"))
                    .also(image.entry.place_of(key), format!("{wanted} here"))
                    .help(format!(
                        "correct the `{key}` that is wrong, or make the version from another image"
                    )),
            );
        }
    }
}

fn made_elsewhere(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for source in outside(subject) {
        let (place, name) = (source.written.node.place, source.name());
        if let Some(hindrance) = source.hinders().filter(|_| source.becomes_image()) {
            let message = format!("{name} {hindrance}, of which no image is made");
            found.push(RULE.found(place, message).help("copy it to a disk of another type first"));
        }
        let Some(image) = becomes(subject, &source) else { continue };
        let rows = [
            ("osType", word(image.spec.os_type)),
            ("osState", word(image.spec.os_state)),
            ("hyperVGeneration", word(image.spec.hyper_v_generation)),
        ];
        for (key, wanted) in rows {
            let Some(has) = source.trait_of(key).filter(|has| !has.eq_ignore_ascii_case(&wanted)) else {
                continue;
            };
            let message = format!("{name} is {has}, and {} is {wanted}", image.address);
            let help = match (source.of, wanted.as_str()) {
                // Azure knows nothing of what was done inside, and takes the user's word.
                (Type::Machine, "Generalized") => {
                    format!(
                        "deprovision it inside, then `az vm deallocate --ids {0}` and `az vm generalize --ids {0}`",
                        source.id
                    )
                }
                _ => format!("correct the `{key}` here, or make the version from something else"),
            };
            found.push(
                RULE.found(place, message)
                    .also(image.entry.place_of(key), format!("{wanted} here"))
                    .help(help),
            );
        }
    }
}

/// The definition of the version whose system a source becomes, also by way of a snapshot of the stack.
fn becomes<'s, 'a>(subject: &'s Subject<'a>, source: &Outside<'_, '_>) -> Option<&'s ImageSeen<'a>> {
    let mut versions = subject.versions.iter().filter(|version| !version.spec.remove);
    let version = match source.written.part {
        Part::Whole | Part::System => versions.find(|version| &version.address == source.written.made),
        Part::Data => None,
        Part::Copy => versions.find(|version| {
            let snapshots = version.spec.source.as_ref().and_then(|source| source.snapshots.as_ref());
            let os = snapshots.and_then(|snapshots| subject.sources.find("disk-snapshot", &snapshots.os));
            os.is_some_and(|os| &os.address == source.written.made)
        }),
    };
    subject.definition_of(version?)
}

/// A variant as files write it: the types are spelled as Azure's words.
fn word(variant: impl std::fmt::Debug) -> String {
    format!("{variant:?}")
}
