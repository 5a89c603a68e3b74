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
pub static OTHERWISE: &[(&str, Otherwise)] = &[];

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
