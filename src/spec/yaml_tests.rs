//! What the YAML reader must do with the texts that readers differ about.

use std::fmt::Write as _;

use proptest::prelude::{any, proptest};

use super::documents;
use crate::diag::{Code, Files, Report};
use crate::spec::node::{Node, NodeValue};

fn read(text: &str) -> (Vec<Node>, Vec<Code>, Files) {
    let mut files = Files::default();
    let file = files.add("t.yaml", text);
    let mut report = Report::default();
    let nodes = documents(file, &files, &mut report);
    (nodes, report.iter().map(|diagnostic| diagnostic.code).collect(), files)
}

fn one(text: &str) -> Node {
    let (mut nodes, codes, _) = read(text);
    assert_eq!((nodes.len(), codes.as_slice()), (1, &[][..]), "{text}");
    nodes.remove(0)
}

fn texts(node: &Node) -> String {
    match &node.value {
        NodeValue::Scalar(scalar) => scalar.text.clone(),
        NodeValue::List(list) => format!("[{}]", list.iter().map(texts).collect::<Vec<_>>().join(",")),
        NodeValue::Map(map) => {
            let entries = map.iter().map(|entry| format!("{}:{}", entry.key, texts(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

#[test]
fn scalars_keep_the_text_that_stands_there() {
    let node = one("[1.10, 24.10, 010, no, on, y, 1_000, 0x1f, '5', \"a\\n\", ~]");
    assert_eq!(texts(&node), "[1.10,24.10,010,no,on,y,1_000,0x1f,5,a\n,~]");
    assert!(node.elements()[10].is_null());
    assert!(!one("'null'").is_null());
}

#[test]
fn anchors_and_merges_work_and_the_map_itself_wins() {
    let node = one("base: &b { a: 1, b: 2 }\nx: *b\ny: { <<: *b, b: 3 }\nz: { <<: [*b, {c: 4}] }\n");
    assert_eq!(texts(&node), "{base:{a:1,b:2},x:{a:1,b:2},y:{b:3,a:1},z:{a:1,b:2,c:4}}");
}

#[test]
fn places_are_exact() {
    let text = "name: ü\nlist:\n  - one\n  - 'two'\nmap: { k: v }\nlong: |\n  a\n  b\n\nend: x\n";
    let (nodes, codes, files) = read(text);
    assert_eq!(codes, []);
    let at = |key: &str| files.excerpt(nodes[0].get(key).expect("there").place).to_owned();
    assert_eq!(at("name"), "ü");
    assert_eq!(at("list"), "- one\n  - 'two'");
    assert!(at("map").starts_with("{ k: v"), "{:?}", at("map"));
    assert_eq!(at("long"), "|\n  a\n  b");
    assert_eq!(files.excerpt(nodes[0].entry("end").expect("there").key_place), "end");
}

#[test]
fn byte_order_marks_and_carriage_returns_are_read() {
    let (nodes, codes, files) = read("\u{feff}a: 1\r\nb: two\r\n");
    assert_eq!((texts(&nodes[0]).as_str(), codes.len()), ("{a:1,b:two}", 0));
    assert_eq!(files.excerpt(nodes[0].get("b").expect("there").place), "two");
}

#[test]
fn several_documents_are_several() {
    assert_eq!(read("a: 1\n---\nb: 2\n").0.len(), 2);
    assert_eq!(read("").0.len(), 0);
    assert_eq!(read("# only a comment\n").0.len(), 0);
}

#[test]
fn what_readers_differ_about_is_an_error() {
    let deep = "[".repeat(20_000);
    let bomb = {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            let _ = writeln!(text, "a{level}: &a{level} [{aliases}]");
        }
        text
    };
    for (text, code) in [
        ("a: 1\na: 2\n", Code::DuplicateKey),
        ("m: {a: 1, a: 2}\n", Code::DuplicateKey),
        ("a: !include x.yaml\n", Code::UnknownTag),
        ("a: !!python/object/apply:os.system [x]\n", Code::UnknownTag),
        ("a: [1\nb: 2\n", Code::YamlSyntax),
        ("a: *nowhere\n", Code::YamlSyntax),
        ("a: &a [*a]\n", Code::YamlSyntax),
        ("a: 1\n\tb: 2\n", Code::YamlSyntax),
        ("[a, b]: 1\n", Code::YamlSyntax),
        ("<<: text\n", Code::YamlSyntax),
        ("a: \0\n", Code::YamlSyntax),
        (bomb.as_str(), Code::YamlLimit),
    ] {
        let (_, codes, _) = read(text);
        assert!(codes.contains(&code), "{codes:?} for {}", &text[..text.len().min(60)]);
    }
    let (_, codes, _) = read(&deep);
    assert!(codes == [Code::YamlLimit] || codes == [Code::YamlSyntax], "{codes:?}");
}

#[test]
fn a_quoted_merge_key_is_a_key() {
    assert_eq!(texts(&one("'<<': x\n")), "{<<:x}");
}

#[test]
fn a_container_with_an_alias_at_its_end_stays_where_it_is() {
    let (nodes, _, files) = read("a: &a { b: 1 }\nz:\n  - x\n  - *a\nend: 1\n");
    let excerpt = files.excerpt(nodes[0].get("z").expect("there").place);
    assert!(excerpt.starts_with("- x") && !excerpt.contains("end"), "{excerpt:?}");
}

/// Small files that would become large, deep or slow: each is refused (or read) at once.
#[test]
fn small_files_do_not_become_large_deep_or_slow() {
    let mut ladder = "a0: &a0 {x: 1}\n".to_owned();
    for level in 1..2_000 {
        let _ = writeln!(ladder, "a{level}: &a{level} {{x: *a{}}}", level - 1);
    }
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(1 << 10));
    for text in [&ladder, &long] {
        assert_eq!(read(text).1, [Code::YamlLimit], "{}", &text[..40]);
    }
    let keys = |count: usize, end: &str| {
        (0..count).map(|key| format!("k{key}: v{end}")).collect::<Vec<_>>().concat()
    };
    let (nodes, codes, _) = read(&keys(100_000, "\n"));
    assert_eq!((nodes[0].entries().len(), codes.len()), (100_000, 0));
    let merged = format!("a: &a {{{}}}\nb: {{<<: [{}]}}\n", keys(500, ", "), "*a, ".repeat(500));
    assert_eq!(read(&merged).1, []);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn no_yaml_like_text_makes_it_panic(text in "[-a-c:{}\\[\\],&*!|>'\"#?<~ \n\t]{0,60}") {
        let _ = read(&text);
    }
}
