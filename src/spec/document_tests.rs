//! Documents of a run, sorted and merged.

use super::{Documents, sort};
use crate::diag::{Code, Files, Report};
use crate::spec::yaml;

const HEAD: &str = "apiVersion: poolwright/v1\nkind: Stack\n";

/// The documents of these texts, one file each, and what is wrong with them: codes with the text they point at.
fn sorted(texts: &[String]) -> (Option<Documents>, Vec<(Code, String)>) {
    let mut files = Files::default();
    let mut report = Report::default();
    let mut nodes = Vec::new();
    let mut ids = Vec::new();
    for text in texts {
        let file = files.add("t.yaml", text.as_str());
        ids.push(file);
        nodes.extend(yaml::documents(file, &files, &mut report));
    }
    let documents = sort(nodes, &ids, &mut report);
    let found = report.iter().map(|d| (d.code, files.excerpt(d.place().expect("a place")).to_owned()));
    (documents, found.collect())
}

#[test]
fn sections_of_several_documents_are_one_stack() {
    let (documents, found) = sorted(&[
        format!("{HEAD}pools: [{{id: b}}]\nprofiles:\naccounts: {{x: {{name: x}}}}\n"),
        format!(
            "{HEAD}name: s\npools: [{{id: a}}]\naccounts: {{y: {{name: y}}}}\n---\napiVersion: poolwright/v1\nkind: ImageVersion\nimage: i\n"
        ),
    ]);
    let documents = documents.expect("a stack");
    assert_eq!(found, []);
    assert_eq!(documents.stack.get("pools").map(|pools| pools.elements().len()), Some(2));
    assert_eq!(documents.stack.get("accounts").map(|accounts| accounts.entries().len()), Some(2));
    assert_eq!(documents.versions.len(), 1);
}

#[test]
fn one_document_has_the_header_and_nothing_stands_twice() {
    let (_, found) = sorted(&[
        format!("{HEAD}name: s\nlocation: x\naccounts: {{x: {{}}}}\npools: []\n"),
        format!("{HEAD}name: t\nlocation: y\n"),
        format!("{HEAD}location: z\naccounts: {{x: {{}}}}\npools: {{}}\n"),
    ]);
    let texts: Vec<(Code, &str)> = found.iter().map(|(code, text)| (*code, text.as_str())).collect();
    assert_eq!(
        texts,
        [
            (Code::SeveralStacks, "name"),
            (Code::SeveralStacks, "location"),
            (Code::DuplicateKey, "x"),
            (Code::DuplicateKey, "pools"),
        ]
    );
}

#[test]
fn what_is_no_document_of_ours_is_said() {
    let (documents, found) = sorted(&[
        "apiVersion: poolwright/v2\nkind: stack\n".to_owned(),
        "kind: Stack\n".to_owned(),
        "- a\n".to_owned(),
        "apiVersion: poolwright/v1\nname: x\n".to_owned(),
    ]);
    assert!(documents.is_none());
    assert!(found.iter().all(|(code, _)| *code == Code::UnknownDocument), "{found:?}");
    assert_eq!(found.len(), 5, "{found:?}");
    assert_eq!(sorted(&[format!("{HEAD}pools: []\n")]).1, [(Code::NoStack, "pools".to_owned())]);
    assert_eq!(sorted(&["# nothing\n".to_owned()]).1, [(Code::NoStack, String::new())]);
}
