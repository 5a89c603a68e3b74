//! `image-version/source-does-not-fit`: a version is made from what its image promises.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::managed_image::spec::ManagedImageSpec;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/source-does-not-fit"),
    facts: &["B23"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "The managed image that a version is made from has the operating system, the state and the generation of the version's image.",
    why: "Azure compares them when it makes the version, and refuses one whose source differs from its image definition.",
    example: "managedImages: [{ name: render, hyperVGeneration: V1 }]\nimages:\n  - name: ubuntu\n    hyperVGeneration: V2\n    versions: [{ version: 1.0.0, source: { managedImage: render } }]",
    mend: "managedImages: [{ name: render, hyperVGeneration: V2 }]",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
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

/// A variant as files write it: the types are spelled as Azure's words.
fn word(variant: impl std::fmt::Debug) -> String {
    format!("{variant:?}")
}
