//! What becomes of each fact of the field that is no rule here: held by the format, by planning, not yet, or no check at all.
//! A table only; that every fact is in it or in a rule is a test's affair.

/// What becomes of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// The format holds it: what breaks it is reported with this code.
    Format(&'static str),
    /// Planning or carrying out holds it, in these words.
    Planning(&'static str),
    /// Nothing could break it: worth knowing, and no more.
    Information(&'static str),
    /// It needs what Azure knows, and is not asked yet.
    NotYet(&'static str),
}

/// The facts that no rule rests on, by their ids.
pub static OTHERWISE: &[(&str, Otherwise)] = &[
    (
        "A02",
        Otherwise::Planning(
            "each request carries a token for its own plane, which the cloud's endpoints name",
        ),
    ),
    (
        "A07",
        Otherwise::Information(
            "a version may be made in another region than its pools are in, as long as they have replicas",
        ),
    ),
    ("A09", Otherwise::Format("spec/out-of-range")),
    ("A10", Otherwise::Information("snapshots are the most reliable source; a managed disk works too")),
    (
        "A11",
        Otherwise::Information(
            "neither an image definition nor a version tells its base image, and Batch boots others than those it lists; the agent is what must fit",
        ),
    ),
    (
        "A16",
        Otherwise::Information(
            "what an image does with its temporary drive is inside of it; where a VM size has none, Batch takes the operating system's disk",
        ),
    ),
    (
        "A20",
        Otherwise::Information(
            "`auto` is the number that is needed; whoever wants more than that writes a number, or `forNodes`",
        ),
    ),
    ("A23", Otherwise::Format("spec/unknown-key")),
    ("A25", Otherwise::Format("spec/invalid-id")),
    ("A26", Otherwise::Format("spec/azure-spelling")),
    (
        "A29",
        Otherwise::Information("a gallery image takes up to a quarter less time than a managed image did"),
    ),
    ("B01", Otherwise::Format("spec/pattern")),
    ("B02", Otherwise::Format("spec/pattern")),
    ("B04", Otherwise::Format("spec/pattern")),
    ("B06", Otherwise::Format("spec/pattern")),
    ("B07", Otherwise::Format("spec/out-of-range")),
    ("B08", Otherwise::Format("spec/pattern")),
    ("B09", Otherwise::Format("spec/pattern")),
    ("B10", Otherwise::Format("spec/duplicate-resource")),
    (
        "B11",
        Otherwise::Planning(
            "a change of what makes an image definition is blocked, and the plan says what to make instead",
        ),
    ),
    (
        "B12",
        Otherwise::Planning(
            "a change of a version's storage or mode is blocked; its source is only read at creation",
        ),
    ),
    ("B13", Otherwise::Planning("these, and no others, are changed in place")),
    ("B19", Otherwise::Format("spec/not-allowed")),
    (
        "B26",
        Otherwise::Planning(
            "a region that a pool boots from, or that the version keeps by its `safetyProfile`, is not taken away",
        ),
    ),
    (
        "B29",
        Otherwise::Planning(
            "`@latest` is the highest number that is there, not excluded and in the pool's region; without one the pool is blocked",
        ),
    ),
    ("B32", Otherwise::Format("spec/invalid-id")),
    ("B33", Otherwise::Format("spec/invalid-id")),
    ("B34", Otherwise::Format("spec/missing-key")),
    (
        "B35",
        Otherwise::Information(
            "the validation for Trusted Launch takes an hour at least, and a version is awaited for eight",
        ),
    ),
    (
        "B36",
        Otherwise::Information(
            "three replicas are advice for virtual machines in general; Batch's own measure is one for 300 nodes",
        ),
    ),
    ("B37", Otherwise::Information("how images are divided among galleries is for whoever keeps them")),
    (
        "B64",
        Otherwise::Information(
            "a limit of pools from managed images, which Batch no longer makes, and of Terraform; a pool from a gallery has none but its quota",
        ),
    ),
    (
        "B69",
        Otherwise::NotYet(
            "the quotas of Microsoft.Network in the subnet's subscription, whose interface is not read; a resize that meets them ends with an error of the pool, which `apply` tells",
        ),
    ),
    (
        "B73",
        Otherwise::Information(
            "waiting for tasks is what `TaskCompletion` and `RetainedData` are for; the property's text says how long it can be",
        ),
    ),
    (
        "B74",
        Otherwise::Planning(
            "what Azure takes only without nodes reaches a pool that works as its `rollout` says",
        ),
    ),
    ("B76", Otherwise::Planning("a pool that is there gets a PATCH of what differs, and never a PUT")),
    ("B77", Otherwise::Planning("a PATCH of the machine's configuration repeats image and node agent")),
    ("B78", Otherwise::Planning("what Azure takes only of a steady pool waits for it to be steady")),
    ("B79", Otherwise::Planning("a pool that is being deleted is awaited before it is made again")),
    ("B80", Otherwise::Planning("a pool waits until its own region is complete by the replication status")),
    (
        "B82",
        Otherwise::Planning(
            "versions go before their image, and that before its gallery; a parent that still answers with a conflict is tried again",
        ),
    ),
    ("B85", Otherwise::Information("a role on the gallery holds for all its versions")),
    (
        "B88",
        Otherwise::NotYet(
            "locks, and what hangs on the network of a pool that goes: neither interface is read, and a deletion that they forbid fails with Azure's own words",
        ),
    ),
    (
        "B89",
        Otherwise::Information(
            "Azure makes no user-subscription account without its key vault; which role its own principal has is known by an id that differs in each tenant",
        ),
    ),
    ("B91", Otherwise::Format("spec/azure-spelling")),
    ("B95", Otherwise::Format("spec/azure-spelling")),
    ("B96", Otherwise::Format("spec/azure-spelling")),
    ("B97", Otherwise::Format("spec/out-of-range")),
    ("B98", Otherwise::Planning("pools are written and read with the api-version 2025-06-01")),
    (
        "B100",
        Otherwise::Planning(
            "only errors of the resize that a run waits for count; those from before, and those beside a formula that ran well, do not",
        ),
    ),
    (
        "B101",
        Otherwise::Information(
            "an image's own firewall is inside of it; the classic model, which needed open ports, is gone",
        ),
    ),
    (
        "B102",
        Otherwise::Information("a gallery may keep deleted versions for some days, and hold their numbers"),
    ),
    (
        "B103",
        Otherwise::Information(
            "a price, and no mistake: snapshots times replicas times regions, and the copy to each further region",
        ),
    ),
];

/// Every fact's id, in order: `A01` to `A29`, `B01` to `B103`.
pub fn ids() -> impl Iterator<Item = String> {
    let series = |letter: char, last: u32| (1..=last).map(move |number| format!("{letter}{number:02}"));
    series('A', 29).chain(series('B', 103))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{OTHERWISE, ids};
    use crate::lint::rules;

    #[test]
    fn every_fact_is_a_rules_or_has_its_reason() {
        let mut covered: BTreeMap<&str, usize> = BTreeMap::new();
        let of_rules = rules::ALL.iter().flat_map(|rule| rule.facts.iter().copied());
        for id in of_rules.chain(OTHERWISE.iter().map(|(id, _)| *id)) {
            *covered.entry(id).or_default() += 1;
        }
        let missing: Vec<String> = ids().filter(|id| !covered.contains_key(id.as_str())).collect();
        assert!(missing.is_empty(), "nothing is said of {missing:?}");
        let known: Vec<String> = ids().collect();
        let unknown: Vec<&&str> =
            covered.keys().filter(|id| !known.iter().any(|known| known == **id)).collect();
        assert!(unknown.is_empty(), "{unknown:?} are no facts");
        for (id, _) in OTHERWISE {
            assert_eq!(covered.get(id), Some(&1), "{id} is a rule's, or stands twice");
        }
    }
}
