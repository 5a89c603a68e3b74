//! `image-version/away-from-shared-gallery`: what others are let into is made where its gallery is.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/away-from-shared-gallery"),
    facts: &[],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A version in a gallery of `Groups` or `Community` is made in the region of the gallery.",
    why: "Azure shares only versions that are made where their gallery is. They may have replicas anywhere.",
    example: "location: eastus\ngalleries: [{ name: g, sharing: { permissions: Groups } }]\nimages:\n  - name: ubuntu\n    location: westus2\n    targetRegions: [{ name: westus2 }]",
    mend: "location: eastus\ngalleries: [{ name: g, sharing: { permissions: Groups } }]\nimages:\n  - name: ubuntu\n    targetRegions: [{ name: eastus }, { name: westus2 }]",
    source: "Microsoft, \"Share a gallery with all users in a subscription or tenant\"; \"Share images using a community gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let Some((gallery, sharing)) = subject.shared_gallery_of(version) else { continue };
        if version.home == gallery.home {
            continue;
        }
        let place = version.entry.place_of("location");
        if told.insert(place) {
            let message = format!(
                "{} is made in {}, and {}, which is shared, is in {}",
                version.address, version.home, gallery.address, gallery.home
            );
            found.push(RULE.found(place, message).also(sharing, "shared here").help(format!(
                "make it in {}: a version may have replicas in every other region",
                gallery.home
            )));
        }
    }
}
