//! What is known of node agents: the system each runs on, and when its support ends.
//! Says nothing of an agent that it does not know: Azure's own list is asked when planning.

use crate::kinds::vocabulary::OsType;

/// The end of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// The last day of support.
    pub(crate) day: &'static str,
    /// The last day on which pools could be made with it, where Azure has said so.
    pub(crate) refused_since: Option<&'static str>,
}

/// After this day Azure makes no pool with the agents that were retired by then, and forces theirs to zero nodes.
const CLEARANCE: Option<&str> = Some("2024-12-31");

/// Agents whose end Microsoft has announced.
const ENDS: &[(&str, &str, Option<&str>)] = &[
    ("batch.node.centos 7", "2024-07-01", CLEARANCE),
    ("batch.node.centos 8", "2021-12-31", CLEARANCE),
    // Theirs is the day of the clearance: when each was retired before is not written down.
    ("batch.node.debian 10", "2024-12-31", CLEARANCE),
    ("batch.node.debian 8", "2024-12-31", CLEARANCE),
    ("batch.node.debian 9", "2024-12-31", CLEARANCE),
    ("batch.node.mariner 2.0", "2025-07-30", None),
    ("batch.node.ubuntu 14.04", "2019-08-01", CLEARANCE),
    ("batch.node.ubuntu 16.04", "2021-05-21", CLEARANCE),
    ("batch.node.ubuntu 18.04", "2023-05-30", CLEARANCE),
    ("batch.node.ubuntu 20.04", "2025-04-23", None),
    ("batch.node.ubuntu 22.04", "2027-06-30", None),
];

/// When support for an agent ends, where that is announced.
pub(crate) fn end_of(agent: &str) -> Option<End> {
    let found = ENDS.iter().find(|(sku, ..)| sku.eq_ignore_ascii_case(agent.trim()));
    found.map(|(_, day, refused_since)| End { day, refused_since: *refused_since })
}

/// The system that an agent runs on: every one that is not Windows' is for Linux.
pub(crate) fn system_of(agent: &str) -> Option<OsType> {
    let name = agent.to_ascii_lowercase();
    let family = name.strip_prefix("batch.node.")?;
    Some(if family.starts_with("windows") { OsType::Windows } else { OsType::Linux })
}

#[cfg(test)]
mod tests {
    use super::{end_of, system_of};
    use crate::kinds::vocabulary::OsType;

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(end_of("Batch.Node.Ubuntu 22.04").map(|end| end.day), Some("2027-06-30"));
        assert_eq!(end_of("batch.node.ubuntu 26.04"), None);
        assert_eq!(system_of("batch.node.windows amd64"), Some(OsType::Windows));
        assert_eq!(system_of("batch.node.el 9"), Some(OsType::Linux));
        assert_eq!(system_of("ubuntu"), None);
    }
}
