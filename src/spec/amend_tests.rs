//! Additions to texts of every layout.

use super::{Addition, What, Written, add_document, amend};
use crate::diag::Span;
use crate::spec::edit::Tree;
use crate::spec::node::Node;

fn version() -> Written {
    let source = Written::Map(vec![("managedImage", Written::Text("/a/b".to_owned()))]);
    Written::Map(vec![("version", Written::Text("1.1.0".to_owned())), ("source", source)])
}

/// The text with something added to the map below these keys of its first document; a number is an element.
fn amended(text: &str, route: &[&str], key: &'static str, what: What) -> Option<String> {
    let tree = Tree::of(text);
    assert_eq!(tree.wrong, 0, "{text}");
    let step = |node: &Node, key: &str| match key.parse::<usize>() {
        Ok(at) => node.elements()[at].clone(),
        Err(_) => node.get(key).expect("the key is there").clone(),
    };
    let map = route.iter().fold(tree.documents[0].clone(), |node, key| step(&node, key));
    let Span { start, end } = map.place.span;
    amend(text, &[Addition { map: Span { start, end }, key, what }])
}

/// The same for a version below the first image.
fn with_version(text: &str) -> Option<String> {
    amended(text, &["images", "0"], "versions", What::Element(version()))
}

#[test]
fn an_element_is_written_like_the_last_one() {
    for (before, after) in [
        (
            "images:\n- name: a\n  versions:\n  - version: 1.0.0 # one\n    source: {managedImage: x}\n    # eol: never\n\n  # b\npools: []\n",
            "images:\n- name: a\n  versions:\n  - version: 1.0.0 # one\n    source: {managedImage: x}\n    # eol: never\n  - version: 1.1.0\n    source: { managedImage: /a/b }\n\n  # b\npools: []\n",
        ),
        (
            "images:\n  - versions:\n      -   version: 1\n          source:\n             managedImage: x",
            "images:\n  - versions:\n      -   version: 1\n          source:\n             managedImage: x\n      -   version: 1.1.0\n          source:\n             managedImage: /a/b",
        ),
        (
            "images:\n  - versions:\n    - {version: 1}\n    # - {version: 2}\n    name: a\n",
            "images:\n  - versions:\n    - {version: 1}\n    - {version: 1.1.0, source: {managedImage: /a/b}}\n    # - {version: 2}\n    name: a\n",
        ),
        (
            "images:\n  - versions:\n      - { version: 1 }\n\n      # new\n      - { version: 2 }\n  - name: b\n",
            "images:\n  - versions:\n      - { version: 1 }\n\n      # new\n      - { version: 2 }\n\n      - { version: 1.1.0, source: { managedImage: /a/b } }\n  - name: b\n",
        ),
        (
            "images: [{ versions: [{ version: 1 }] }]\n",
            "images: [{ versions: [{ version: 1 }, { version: 1.1.0, source: { managedImage: /a/b } }] }]\n",
        ),
        (
            "images:\n  - { versions: [{version: 1},] } # x\n",
            "images:\n  - { versions: [{version: 1}, {version: 1.1.0, source: {managedImage: /a/b}},] } # x\n",
        ),
        (
            "images:\n  - versions: [\n      { version: 1 }, # one\n      { version: 2 } # two\n    ]\n",
            "images:\n  - versions: [\n      { version: 1 }, # one\n      { version: 2 }, # two\n      { version: 1.1.0, source: { managedImage: /a/b } }\n    ]\n",
        ),
        (
            "images:\n  - versions: [\n      { version: 1 },\n    ]\n",
            "images:\n  - versions: [\n      { version: 1 },\n      { version: 1.1.0, source: { managedImage: /a/b } },\n    ]\n",
        ),
    ] {
        assert_eq!(with_version(before).as_deref(), Some(after));
        let of_windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(with_version(&of_windows(before)), Some(of_windows(after)));
    }
}

#[test]
fn a_list_is_begun_where_there_is_none() {
    let lines = "      - version: 1.1.0\n        source: { managedImage: /a/b }\n";
    for (before, after) in [
        ("images:\n  - name: a\n    versions: [] # none\n    x: 1\n", format!("images:\n  - name: a\n    versions: # none\n{lines}    x: 1\n")),
        (
            "images:\n  - versions: [ # ä\n    ] # none\n",
            format!("images:\n  - versions: # none\n{lines}"),
        ),
        (
            "images:\n  - versions: [ # ä\n    ] # none\n",
            format!("images:\n  - versions: # none\n{lines}"),
        ),
        ("images:\n  - versions: ~\n    x: 1\n", format!("images:\n  - versions:\n{lines}    x: 1\n")),
        ("images:\n  - versions:\n    x: 1\n", format!("images:\n  - versions:\n{lines}    x: 1\n")),
        ("images:\n  - name: a\n    # end\n\n# next\nb: 1\n", format!("images:\n  - name: a\n    # end\n    versions:\n{lines}\n# next\nb: 1\n")),
        ("images:\n  - name: a\n    t: |\n      x\n      # y\n", format!("images:\n  - name: a\n    t: |\n      x\n      # y\n    versions:\n{lines}")),
        ("images:\n  - name: a\n    # poolwright: ignore[a/b] x\n  - name: b\n", format!("images:\n  - name: a\n    versions:\n{lines}    # poolwright: ignore[a/b] x\n  - name: b\n")),
        ("images:\n  - { name: a, r: [1] }\n", "images:\n  - { name: a, r: [1], versions: [{ version: 1.1.0, source: { managedImage: /a/b } }] }\n".to_owned()),
        ("images: [{ versions: [], a: 1 }]\n", "images: [{ versions: [{ version: 1.1.0, source: { managedImage: /a/b } }], a: 1 }]\n".to_owned()),
        ("images:\n- name: a\n", "images:\n- name: a\n  versions:\n  - version: 1.1.0\n    source: { managedImage: /a/b }\n".to_owned()),
    ] {
        assert_eq!(with_version(before), Some(after));
    }
}

#[test]
fn a_value_is_set_as_it_was_written() {
    let set = |text: &str| amended(text, &["p"], "image", What::Value("a@2.0.0".to_owned()));
    for (before, after) in [
        ("p:\n  image: a@1.0.0 # x\n", "p:\n  image: a@2.0.0 # x\n"),
        ("p: { image: 'a@1.0.0', b: 1 }\n", "p: { image: 'a@2.0.0', b: 1 }\n"),
        ("p: { image: \"a@1.0.0\" }\n", "p: { image: \"a@2.0.0\" }\n"),
        ("p:\n  image:\n  b: 1\n", "p:\n  image: a@2.0.0\n  b: 1\n"),
        ("p:\n  image: ~\n", "p:\n  image: a@2.0.0\n"),
        ("p:\n  a: [1]\n  b: { c: 1 }\nq: 1\n", "p:\n  a: [1]\n  b: { c: 1 }\n  image: a@2.0.0\nq: 1\n"),
        ("p: { a: 1 }\n", "p: { a: 1, image: a@2.0.0 }\n"),
        ("p: {}\n", "p: { image: a@2.0.0 }\n"),
        (
            "b: &b { image: 1 }\np:\n  <<: *b\n  a: 1\n",
            "b: &b { image: 1 }\np:\n  <<: *b\n  a: 1\n  image: a@2.0.0\n",
        ),
        (
            "b: &b { c: 1 }\np:\n  <<: *b\n  a: 1\n",
            "b: &b { c: 1 }\np:\n  <<: *b\n  a: 1\n  image: a@2.0.0\n",
        ),
        (
            "b: &b { c: 1 }\np:\n  <<: *b # all of it\n\n# next\nq: 1\n",
            "b: &b { c: 1 }\np:\n  <<: *b # all of it\n  image: a@2.0.0\n\n# next\nq: 1\n",
        ),
        (
            "b: &b { c: 1 }\np:\n  <<:\n    - *b\n    # the end\n...\n",
            "b: &b { c: 1 }\np:\n  <<:\n    - *b\n    # the end\n  image: a@2.0.0\n...\n",
        ),
        ("b: &b { c: 1 }\np: { <<: *b }\n", "b: &b { c: 1 }\np: { <<: *b, image: a@2.0.0 }\n"),
    ] {
        assert_eq!(set(before).as_deref(), Some(after));
    }
}

#[test]
fn what_would_change_something_else_is_not_written() {
    for text in [
        "images:\n  - versions: &v\n      - version: 1\nb: *v\n",
        "v: &v\n  - version: 1\nimages:\n  - versions: *v\n",
        "v: &v { versions: [{ version: 1 }] }\nimages:\n  - <<: *v\n    name: a\n",
        "images:\n  - &v\n    name: a\nb: *v\n",
        "images:\n  - versions:\n      - version: 1\n        t: |+\n          x\n\nb: 1\n",
        "images: [{ name: *a }]\n".replace("*a", "&a x, b: *a").as_str(),
    ] {
        assert_eq!(with_version(text), None, "{text}");
    }
    let set = |text: &str| amended(text, &["p"], "image", What::Value("a@2.0.0".to_owned()));
    for text in ["p:\n  image: |\n    a\n", "p:\n  image: &i a\nq: *i\n", "p: { image: [1] }\n"] {
        assert_eq!(set(text), None, "{text}");
    }
}

#[test]
fn a_document_is_added_at_the_end() {
    let entries = [("kind", Written::Text("K".to_owned())), ("image", Written::Text("null".to_owned()))];
    assert_eq!(add_document("a: 1\n", &entries).as_deref(), Some("a: 1\n---\nkind: K\nimage: 'null'\n"));
    assert_eq!(
        add_document("a: 1\r\nb: 2", &entries).as_deref(),
        Some("a: 1\r\nb: 2\r\n---\r\nkind: K\r\nimage: 'null'\r\n")
    );
    assert_eq!(
        add_document("a: |+\n  x\n\n", &entries).as_deref(),
        Some("a: |+\n  x\n\n---\nkind: K\nimage: 'null'\n")
    );
}
