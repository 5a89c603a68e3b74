//! `stack/end-of-life-passed`: what the stack publishes is not past its end of life.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::address::Address;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("stack/end-of-life-passed"),
    facts: &["B24"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The `endOfLifeDate` of an image or a version is not in the past.",
    why: "Azure refuses to make a version whose end of life has passed. One that is there already goes on: the date is information, and nodes still start from it, without the fixes of a newer one.",
    example: "versions:\n  - version: 1.0.0\n    endOfLifeDate: 2024-06-30",
    mend: "versions:\n  - version: 1.0.0\n    endOfLifeDate: 2030-06-30",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"; Microsoft, \"Shared Image Galleries overview\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.today.as_deref() else { return };
    let passed = |date: &Option<String>| -> Option<String> {
        let date = date.as_deref()?.get(..today.len())?;
        (date < today).then(|| date.to_owned())
    };
    for image in &subject.images {
        if let Some(date) = passed(&image.spec.end_of_life_date) {
            found.push(told(&image.address, &date, image.entry.place_of("endOfLifeDate")));
        }
    }
    for (version, pools) in subject.versions.iter().zip(subject.pinning()) {
        let Some(date) = passed(&version.spec.end_of_life_date).filter(|_| !version.spec.remove) else {
            continue;
        };
        let mut diagnostic = told(&version.address, &date, version.entry.place_of("endOfLifeDate"));
        for pool in pools.iter().take(3) {
            diagnostic = diagnostic.also(pool.entry.place_of("image"), format!("{} boots it", pool.address));
        }
        found.push(diagnostic);
    }
    // Of what the stack does not make only the pool that boots it can be pointed at.
    let mut others = BTreeSet::new();
    for pool in &subject.pools {
        let Some(version) = subject.version_of(pool).filter(|version| version.entry.is_none()) else {
            continue;
        };
        if let Some(date) = passed(&version.spec.end_of_life_date)
            && others.insert(version.address)
        {
            found.push(told(version.address, &date, pool.entry.place_of("image")));
        }
    }
}

fn told(address: &Address, date: &str, place: Place) -> Diagnostic {
    RULE.found(place, format!("the end of life of {address} was {date}"))
        .help("publish a newer one and move the pools to it, or write a later date if it is still kept up")
}
