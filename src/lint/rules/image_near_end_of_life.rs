//! `pool/image-near-end-of-life`: the image of a pool lives on.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::day::count;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{PoolSeen, Subject};
use crate::model::address::Address;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/image-near-end-of-life"),
    facts: &["B25"],
    severity: Severity::Note,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The end of life of the version that a pool boots, or of its image, is more than 30 days away.",
    why: "The date is information: nodes still start after it. It is when whoever keeps the image up stops doing so.",
    example: "versions:\n  - version: 1.0.0\n    endOfLifeDate: 2026-12-01\npools:\n  - { id: render, image: ubuntu@1.0.0 }",
    mend: "versions:\n  - { version: 1.0.0, endOfLifeDate: 2026-12-01 }\n  - { version: 1.1.0, endOfLifeDate: 2028-12-01 }\npools:\n  - { id: render, image: ubuntu@1.1.0 }",
    source: "Microsoft, \"Shared Image Galleries overview\"",
    check,
};

/// How many days before a pool's user is told.
const DAYS: i64 = 30;

/// An end of life, and the pools that it is of.
struct Ending<'s> {
    place: Option<Place>,
    days: i64,
    date: &'s str,
    pools: Vec<&'s PoolSeen<'s>>,
}

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.today.as_deref().and_then(count) else { return };
    // What is written once is told once, of the first pool; the others get labels.
    let mut of_date: BTreeMap<&Address, Ending<'_>> = BTreeMap::new();
    for pool in &subject.pools {
        let version = subject.version_of(pool).filter(|version| !version.spec.remove);
        let of_version = version.and_then(|version| {
            let date = version.spec.end_of_life_date.as_deref()?;
            Some((version.address, version.place_of("endOfLifeDate"), date))
        });
        let of_image = || {
            let image = subject.image_of(pool)?;
            let date = image.spec.end_of_life_date.as_deref()?;
            Some((image.address, image.place_of("endOfLifeDate"), date))
        };
        let Some((address, place, date)) = of_version.or_else(of_image) else { continue };
        let Some(days) = count(date).map(|day| day - today).filter(|days| (0..=DAYS).contains(days)) else {
            continue;
        };
        of_date
            .entry(address)
            .or_insert_with(|| Ending { place, days, date, pools: Vec::new() })
            .pools
            .push(pool);
    }
    for Ending { place, days, date, pools } in of_date.into_values() {
        let Some((first, others)) = pools.split_first() else { continue };
        let when = match days {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            days => format!("in {days} days, on {date}"),
        };
        let message = format!("the end of life of what this pool boots is {when}");
        let mut diagnostic =
            RULE.found(first.entry.place_of("image"), message).also(place, "its end of life");
        for pool in others.iter().take(3) {
            diagnostic = diagnostic.also(pool.entry.place_of("image"), "as is this one's");
        }
        found.push(diagnostic.help("publish a newer version, and move the pool to it"));
    }
}
