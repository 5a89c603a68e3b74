//! A kind's field rules as a tree that follows Azure's body, with what is inherited filled in.
//! Knows no values.

use std::collections::BTreeMap;

use crate::model::field::{Compare, Elements, FieldRule, Forces, Omitted};

/// One property, or a place on the way to one.
#[derive(Debug)]
pub struct Field {
    /// Where a user writes it; empty on the way to the first rule.
    pub spec: &'static str,
    /// Whether a row of the table stands here.
    pub known: bool,
    /// What a change forces.
    pub forces: Forces,
    /// How values compare.
    pub compare: Compare,
    /// How elements are matched.
    pub elements: Elements,
    /// Only keys that a user writes are managed.
    pub merged: bool,
    /// What omission means.
    pub omitted: Omitted,
    /// Azure never answers it.
    pub write_only: bool,
    /// Properties of an object.
    pub children: BTreeMap<&'static str, Field>,
    /// Every element of a list.
    pub element: Option<Box<Field>>,
}

impl Field {
    /// The tree of a kind's table.
    pub fn tree(rules: &[FieldRule]) -> Self {
        let mut root = Self::on_the_way(Forces::InPlace, Omitted::Leave);
        // A shorter path is inserted before those below it, which inherit from it.
        let mut sorted: Vec<&FieldRule> = rules.iter().collect();
        sorted.sort_by_key(|rule| (segments(rule.body).count(), rule.body));
        for rule in sorted {
            root.insert(rule);
        }
        root
    }

    fn on_the_way(forces: Forces, omitted: Omitted) -> Self {
        Self {
            spec: "",
            known: false,
            forces,
            compare: Compare::Exact,
            elements: Elements::Ordered,
            merged: false,
            omitted,
            write_only: false,
            children: BTreeMap::new(),
            element: None,
        }
    }

    fn insert(&mut self, rule: &FieldRule) {
        let mut field = self;
        for segment in segments(rule.body) {
            let (forces, omitted) = (field.forces, field.omitted);
            let fresh = || Self::on_the_way(forces, omitted);
            field = match segment {
                "[]" => field.element.get_or_insert_with(|| Box::new(fresh())),
                name => field.children.entry(name).or_insert_with(fresh),
            };
        }
        field.spec = rule.spec;
        field.known = true;
        field.forces = rule.forces.unwrap_or(field.forces);
        field.compare = rule.compare;
        field.elements = rule.elements;
        field.merged = rule.merged;
        field.omitted = rule.omitted.unwrap_or(field.omitted);
        field.write_only = rule.write_only;
    }
}

/// `a.b[].c` as `a`, `b`, `[]`, `c`.
pub fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').flat_map(|part| {
        let name = part.trim_end_matches("[]");
        let lists = (part.len() - name.len()) / 2;
        std::iter::once(name).filter(|name| !name.is_empty()).chain(std::iter::repeat_n("[]", lists))
    })
}

#[cfg(test)]
mod tests {
    use super::{Field, segments};
    use crate::model::field::{FieldRule, Forces, Omitted};

    #[test]
    fn paths_are_cut_into_names_and_elements() {
        assert_eq!(segments("a.b[].c").collect::<Vec<_>>(), ["a", "b", "[]", "c"]);
    }

    #[test]
    fn a_row_inherits_what_it_does_not_say() {
        const RULES: &[FieldRule] = &[
            FieldRule::new("x.list[].leaf", "properties.x.list[].leaf").region(),
            FieldRule::new("x", "properties.x").zero_nodes().reset("null"),
        ];
        let tree = Field::tree(RULES);
        let leaf = &tree.children["properties"].children["x"].children["list"]
            .element
            .as_ref()
            .expect("a list")
            .children["leaf"];
        assert_eq!((leaf.forces, leaf.omitted), (Forces::ZeroNodes, Omitted::Reset("null")));
    }
}
