//! A plan in a file: what `plan --out` writes, `show` prints and `apply FILE` carries out.
//!
//! The first line names the format and the digest of all that follows, so that no byte of it changes unseen. The types
//! below are frozen as version 1; what breaks a reader of it is a version 2. Secrets come from the environment and are not
//! in it; of the environment there are only those values that the plan itself shows.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::rewrite::write_private;
use crate::model::digest::digest;
use crate::plan::fingerprint::Done;

/// How such a file begins.
const MAGIC: &str = "poolwright saved plan";
const VERSION: &str = "1";

/// A saved plan, version 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SavedV1 {
    /// The version of poolwright that made it.
    pub(crate) made_by: String,
    pub(crate) spec: SpecV1,
    pub(crate) azure: AzureV1,
    pub(crate) options: OptionsV1,
    /// What is done to each resource, by address.
    pub(crate) resources: BTreeMap<String, ResourceV1>,
    /// The plan as people see it.
    pub(crate) text: String,
    /// The plan as `plan --format json` prints it.
    pub(crate) plan: Value,
}

/// Which files it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SpecV1 {
    /// As they were given.
    pub(crate) paths: Vec<PathBuf>,
    /// Values given by `--var`, and files by `--var-file`.
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) variable_files: Vec<PathBuf>,
    pub(crate) strict: bool,
    /// The digest of each file's text, by its name.
    pub(crate) digests: BTreeMap<String, String>,
}

/// Which Azure it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AzureV1 {
    /// The folder of the embedded emulator; `None` for a cloud.
    pub(crate) emulator: Option<PathBuf>,
    /// The cloud, by name or URL.
    pub(crate) cloud: String,
    /// The tenant of the stack's subscription, where that could be read.
    pub(crate) tenant: Option<String>,
    /// Every subscription that the stack has something in.
    pub(crate) subscriptions: Vec<String>,
}

/// How it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OptionsV1 {
    pub(crate) allow_replace: bool,
    /// Only these resources and what they need, by address; all where there are none.
    pub(crate) targets: Vec<String>,
    /// So many resources may be deleted; `None` is the default.
    pub(crate) max_deletes: Option<usize>,
}

/// What is done to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResourceV1 {
    pub(crate) action: String,
    /// The digest of each part of what is done, by the property or the step that it is about.
    pub(crate) parts: BTreeMap<String, String>,
}

impl SavedV1 {
    /// What it does, to be held against a plan that is made again.
    pub(crate) fn done(&self) -> BTreeMap<String, Done> {
        let done =
            |resource: &ResourceV1| Done { action: resource.action.clone(), parts: resource.parts.clone() };
        self.resources.iter().map(|(address, resource)| (address.clone(), done(resource))).collect()
    }

    /// Writes it, readable by nobody else, whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let body = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::of("cannot put the plan into a file", &error))?;
        let text = format!("{MAGIC} {VERSION} {}\n{body}\n", digest(&format!("{body}\n")));
        // Whoever takes a name for another loses a spec, or a device.
        if !may_be_replaced(path) {
            let name = path.display();
            return Err(Failure::new(format!("{name} is there already, and is no saved plan"))
                .hint("give another name to `--out`, or remove it first"));
        }
        write_private(path, &text)
            .map_err(|error| Failure::of(&format!("cannot write {}", path.display()), &error))
    }

    /// Reads one, and refuses what is not exactly as it was written.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display();
        let bytes = read(path).map_err(|error| Failure::of(&format!("cannot read {name}"), &error))?;
        let refuse = |why: String| Failure::new(why).exit(Exit::Refused).hint("make the plan again");
        let damaged = || refuse(format!("{name} is damaged: it is not what `plan --out` wrote"));
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        let Some((head, body)) = text.split_once('\n') else { return Err(damaged()) };
        let Some(rest) = head.strip_prefix(MAGIC) else {
            return Err(Failure::new(format!("{name} is no saved plan")).hint("`plan --out FILE` writes one"));
        };
        let words: Vec<&str> = rest.split(' ').skip(1).collect();
        match words.as_slice() {
            [VERSION, known] if *known == digest(body) => {}
            [version, _] if *version != VERSION && version.parse::<u32>().is_ok() => {
                return Err(refuse(format!("{name} has the form of another version of poolwright")));
            }
            _ => return Err(damaged()),
        }
        let saved: Self = serde_json::from_str(body).map_err(|_| damaged())?;
        let own = env!("CARGO_PKG_VERSION");
        if saved.made_by != own {
            let other = &saved.made_by;
            return Err(refuse(format!("{name} was made by poolwright {other}, and this is {own}")));
        }
        Ok(saved)
    }
}

/// Refuses files of variables that end when they are read: carrying the plan out reads them again.
pub(crate) fn can_be_read_again(files: &[PathBuf]) -> Result<(), Failure> {
    let ends = |file: &&PathBuf| fs::metadata(file).is_ok_and(|found| !found.is_file());
    let Some(pipe) = files.iter().find(ends) else { return Ok(()) };
    Err(Failure::new(format!("{} cannot be read again when the plan is carried out", pipe.display()))
        .hint("put the variables into a file, or give them with `--var`"))
}

/// Whether a path is a file that begins like a saved plan. What cannot be read is none: whoever reads it as a spec says why.
#[expect(clippy::disallowed_methods, reason = "a path of the command line is either of two sorts of file")]
pub(crate) fn is_saved(path: &Path) -> bool {
    let mut begin = [0; MAGIC.len()];
    fs::metadata(path).is_ok_and(|found| found.is_file())
        && File::open(path).and_then(|mut file| file.read_exact(&mut begin)).is_ok()
        && begin == *MAGIC.as_bytes()
}

/// Whether nothing is lost with what stands at a path: nothing does, or an empty file, or another saved plan.
fn may_be_replaced(path: &Path) -> bool {
    match fs::symlink_metadata(path) {
        Ok(found) => found.is_file() && (found.len() == 0 || is_saved(path)),
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the file that saved plans are read in")]
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if fs::metadata(path)?.is_dir() {
        return Err(std::io::Error::new(ErrorKind::IsADirectory, "it is a folder"));
    }
    fs::read(path)
}
