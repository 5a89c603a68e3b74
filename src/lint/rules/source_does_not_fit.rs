//! `image-version/source-does-not-fit`: a version is made from what its image promises.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::declared::Declared;
use crate::kinds::managed_image::spec::ManagedImageSpec;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::{Outside, Type, outside};
use crate::lint::sources::{Made, Part, Written, written};
use crate::lint::subject::{ImageSeen, Subject, VersionSeen};
use crate::model::address::Address;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/source-does-not-fit"),
    facts: &["B23"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "What a version is made from has the operating system, the state and the generation of the version's image, and what a managed image is made from those that it says, as far as the stack or Azure knows them; and no disk of it is an Ultra disk, or an ephemeral one.",
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
        let (Some((key, name, has)), Some(image)) = (own(subject, version), subject.definition_of(version))
        else {
            continue;
        };
        let wanted = Promise::of_definition(image);
        for (has_trait, wanted_trait) in has.traits.iter().zip(&wanted.traits) {
            if has_trait.word == wanted_trait.word {
                continue;
            }
            let message =
                format!("{name} is {}, and {} is {}", has_trait.word, wanted.address, wanted_trait.word);
            found.push(
                RULE.found(version.entry.place_at(&["source", key]), message)
                    .also(has.entry.place_at(has_trait.at), format!("{} here", has_trait.word))
                    .also(wanted.entry.place_at(wanted_trait.at), format!("{} here", wanted_trait.word))
                    .help(format!(
                        "correct the `{}` that is wrong, or make the version from another image",
                        has_trait.key
                    )),
            );
        }
    }
}

/// What the stack makes and a version is made from: its key, its address, and what it is said to hold.
fn own<'s>(
    subject: &'s Subject<'_>,
    version: &'s VersionSeen<'_>,
) -> Option<(&'static str, &'s Address, Promise<'s>)> {
    let source = version.spec.source.as_ref()?;
    if let Some(text) = &source.managed_image {
        let image = subject.sources.find("managed-image", text)?;
        return Some(("managedImage", &image.address, Promise::of_managed_image(image)));
    }
    let other = subject.own_version(source.image_version.as_ref()?)?;
    Some(("imageVersion", &other.address, Promise::of_definition(subject.definition_of(other)?)))
}

fn made_elsewhere(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for source in outside(subject) {
        let (place, name) = (source.written.node.place, source.name());
        let becomes_image = || source.ends_in().iter().any(|made| made.kind() != "disk-snapshot");
        if let Some(hindrance) = source.hinders().filter(|_| becomes_image()) {
            let message = format!("{name} {hindrance}, of which no image is made");
            found.push(RULE.found(place, message).help("copy it to a disk of another type first"));
        }
        for wanted in promises(subject, &source) {
            for Trait { key, at, word } in &wanted.traits {
                let Some(has) = source.trait_of(key).filter(|has| !has.eq_ignore_ascii_case(word)) else {
                    continue;
                };
                let message = format!("{name} is {has}, and {} is {word}", wanted.address);
                let help = match (source.of, word.as_str()) {
                    // Azure knows nothing of what was done inside, and takes the user's word.
                    (Type::Machine, "Generalized") => {
                        format!(
                            "deprovision it inside, then `az vm deallocate --ids {0}` and `az vm generalize --ids {0}`",
                            source.id
                        )
                    }
                    _ => format!("correct the `{key}` here, or make it from something else"),
                };
                found.push(
                    RULE.found(place, message)
                        .also(wanted.entry.place_at(at), format!("{word} here"))
                        .help(help),
                );
            }
        }
    }
}

/// What is said of the system that a source becomes, also by way of a snapshot of the stack.
fn promises<'s>(subject: &'s Subject<'_>, source: &Outside<'s, '_>) -> Vec<Promise<'s>> {
    let holders: BTreeSet<&Address> = match source.written.part {
        Part::Whole | Part::System => [source.written.made].into(),
        Part::Data => BTreeSet::new(),
        Part::Copy => {
            let is_copied = |other: &Written<'_>| {
                let own = other.node.text().and_then(|text| subject.sources.find(other.kind, text));
                other.part == Part::System && own.is_some_and(|own| own.address == *source.written.made)
            };
            written(subject).into_iter().filter(is_copied).map(|other| other.made).collect()
        }
    };
    let of = |holder: &Address| {
        let version = subject.versions.iter().find(|version| version.address == *holder);
        if let Some(version) = version {
            return subject.definition_of(version).map(Promise::of_definition);
        }
        let mut images = subject.sources.all("managed-image");
        images.find(|image| image.address == *holder).map(Promise::of_managed_image)
    };
    let mut seen = BTreeSet::new();
    holders.into_iter().filter_map(of).filter(|promise| seen.insert(promise.address)).collect()
}

/// What an image definition, or a managed image of the stack, is said to hold.
struct Promise<'s> {
    entry: &'s Declared,
    address: &'s Address,
    traits: [Trait; 3],
}

/// One of the properties that Azure compares.
struct Trait {
    key: &'static str,
    /// The way to it.
    at: &'static [&'static str],
    /// As files write it.
    word: String,
}

impl<'s> Promise<'s> {
    fn of_definition(image: &'s ImageSeen<'_>) -> Self {
        let spec = image.spec;
        let traits = [
            Trait { key: "osType", at: &["osType"], word: word(spec.os_type) },
            Trait { key: "osState", at: &["osState"], word: word(spec.os_state) },
            Trait { key: "hyperVGeneration", at: &["hyperVGeneration"], word: word(spec.hyper_v_generation) },
        ];
        Self { entry: image.entry, address: &image.address, traits }
    }

    fn of_managed_image(image: &'s Made<'_>) -> Self {
        let spec: &ManagedImageSpec = image.entry.spec();
        let traits = [
            Trait { key: "osType", at: &["osDisk", "osType"], word: word(spec.os_disk.os_type) },
            Trait { key: "osState", at: &["osDisk", "osState"], word: word(spec.os_disk.os_state) },
            Trait { key: "hyperVGeneration", at: &["hyperVGeneration"], word: word(spec.hyper_v_generation) },
        ];
        Self { entry: image.entry, address: &image.address, traits }
    }
}

/// A variant as files write it: the types are spelled as Azure's words.
fn word(variant: impl std::fmt::Debug) -> String {
    format!("{variant:?}")
}
