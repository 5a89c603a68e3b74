//! Files to documents: reading, YAML, variables, profiles; and the way back, from edits to texts. Knows no kind and no Azure.
//!
//! Everything that is wrong is reported, and what can be read is returned along with it: one broken file, document or
//! entry hides no other.

pub mod amend;
pub mod comments;
pub mod document;
pub mod edit;
mod extent;
pub mod interpolate;
mod layout;
mod load;
pub mod node;
mod profile;
mod yaml;

use std::path::{Path, PathBuf};

use crate::diag::{FileId, Files, Report};
use crate::spec::document::Documents;
use crate::spec::interpolate::Variables;
use crate::spec::node::{Node, NodeValue};
use crate::spec::profile::Profiles;

/// What was read.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The files, for places.
    pub files: Files,
    /// Those of them that were read whole.
    pub loaded: Vec<FileId>,
    /// The documents, with variables and profiles filled in; `None` if there is no stack.
    pub documents: Option<Documents>,
}

/// Reads files and folders. `variables` are those of the command line; the defaults of `vars:` come below them.
pub fn read(paths: &[PathBuf], variables: &Variables<'_>, report: &mut Report) -> Spec {
    let mut files = Files::default();
    let loaded = load::load(paths, &mut files, report);
    documents_of(files, loaded, variables, report)
}

/// Reads texts that are already here (standard input, or a file of another revision): the name to show, and the text.
pub fn read_texts(texts: &[(String, String)], variables: &Variables<'_>, report: &mut Report) -> Spec {
    let mut files = Files::default();
    let loaded: Vec<FileId> = texts.iter().map(|(name, text)| files.add(name, text)).collect();
    documents_of(files, loaded, variables, report)
}

/// A file below a folder that is part of a stack, by its name; none where there is no such folder.
pub fn document_below(folder: &Path) -> Option<String> {
    let mut files = Files::default();
    let loaded = load::load(&[folder.to_owned()], &mut files, &mut Report::default());
    let is_document =
        |file: &FileId| files.text(*file).lines().any(|line| line.starts_with("apiVersion: poolwright/"));
    loaded.into_iter().find(is_document).map(|file| files.name(file).to_owned())
}

fn documents_of(files: Files, loaded: Vec<FileId>, variables: &Variables<'_>, report: &mut Report) -> Spec {
    let (mut nodes, mut ignores) = (Vec::new(), Vec::new());
    for file in &loaded {
        let yaml::Text { documents, comments } = yaml::text(*file, &files, report);
        ignores.extend(comments::ignores(*file, &comments, &documents, &files, report));
        nodes.extend(documents);
    }
    let documents = document::sort(nodes, &loaded, report);
    let documents = documents.map(|documents| fill_in(Documents { ignores, ..documents }, variables, report));
    Spec { files, loaded, documents }
}

fn fill_in(mut documents: Documents, variables: &Variables<'_>, report: &mut Report) -> Documents {
    let mut vars = documents.stack.take("vars").map(|entry| entry.value);
    if let Some(vars) = &mut vars {
        interpolate::defaults(vars, variables, report);
    }
    let nodes = std::iter::once(&mut documents.stack).chain(&mut documents.versions);
    interpolate::interpolate(nodes, vars.as_ref(), variables, report);
    let profiles: Profiles = documents
        .stack
        .get("profiles")
        .map(|node| node.entries().iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect())
        .unwrap_or_default();
    if let NodeValue::Map(entries) = &mut documents.stack.value
        && let Some(pools) = entries.iter_mut().find(|entry| entry.key == "pools")
        && let Node { value: NodeValue::List(pools), .. } = &mut pools.value
    {
        profile::fill_in(pools, &profiles, report);
    }
    documents
}
