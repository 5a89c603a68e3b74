//! `image-version/never-latest`: a version that is to be the latest has the highest number.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{Boots, PoolSeen, Subject, VersionSeen};
use crate::model::address::Address;
use crate::model::version_number;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/never-latest"),
    facts: &["B31"],
    severity: Severity::Note,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "Where a pool follows the latest version of an image, the versions of the image are written in the order of their numbers.",
    why: "The latest version is the one with the highest Major, then Minor, then Patch, whenever it was made. A version with a lower number never becomes the latest, and pools that follow the latest never boot it.",
    example: "versions:\n  - version: 1.9.0\n  - version: 2.0.0\n  - version: 1.10.0\npools:\n  - { id: render, image: ubuntu@latest }",
    mend: "versions:\n  - version: 1.9.0\n  - version: 2.0.0\n  - version: 2.1.0",
    source: "Microsoft, \"Shared Image Galleries overview\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut followed: BTreeMap<&Address, &PoolSeen<'_>> = BTreeMap::new();
    for pool in subject.pools.iter().filter(|pool| matches!(pool.boots, Boots::Latest | Boots::Azures)) {
        if let Some(image) = subject.image_of(pool) {
            followed.entry(image.address).or_insert(pool);
        }
    }
    let mut of_image: BTreeMap<&Address, Vec<(&VersionSeen<'_>, [u64; 3])>> = BTreeMap::new();
    for version in &subject.versions {
        let Some(image) = subject.definition_of(version) else { continue };
        // Versions in files of their own have no order.
        let together = version.entry.place().file == image.entry.place().file;
        let may = !version.spec.remove && version.spec.exclude_from_latest != Some(true);
        if let Some(number) = version_number::read(&version.spec.version).filter(|_| together && may) {
            of_image.entry(&image.address).or_default().push((version, number));
        }
    }
    for (image, pool) in followed {
        let versions = of_image.get(image).map_or(&[][..], Vec::as_slice);
        // The newest first is an order too.
        if versions.is_sorted_by(|(_, one), (_, next)| one >= next) {
            continue;
        }
        let mut highest: Option<(&VersionSeen<'_>, [u64; 3])> = None;
        for (version, number) in versions {
            match highest {
                Some((above, most)) if *number < most => {
                    let above_number = &above.spec.version;
                    let message = format!(
                        "{} is lower than {above_number}, which stands before it, and never becomes the latest",
                        version.address
                    );
                    found.push(
                        RULE.found(version.entry.place_of("version"), message)
                            .also(above.entry.place_of("version"), "higher")
                            .also(
                                pool.entry.place_of("image"),
                                format!("{} follows the latest", pool.address),
                            )
                            .help(format!(
                                "if pools are to follow it, give it a number above {above_number}"
                            )),
                    );
                }
                _ => highest = Some((version, *number)),
            }
        }
    }
}
