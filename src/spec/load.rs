//! Paths to texts: the only part of the spec stage that reads files.
//! A path is a file, or a folder that is searched for `*.yaml` and `*.yml`. Everything that cannot be read is reported.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::diag::{Code, Diagnostic, FileId, Files, Place, Report, Severity, Span};

/// No spec is larger; a device or an endless pipe is.
const LARGEST: u64 = 16 * 1024 * 1024;

/// How deep folders are followed.
const DEEPEST_FOLDER: usize = 32;

/// How many files a run may have: more is a folder that was not meant.
const MOST_FILES: usize = 10_000;

/// How many folders are searched: more is a whole disk.
const MOST_FOLDERS: usize = 10_000;

/// Reads every file that the paths name, each once, in the order of the paths; inside folders by name.
pub(super) fn load(paths: &[PathBuf], files: &mut Files, report: &mut Report) -> Vec<FileId> {
    let mut found = Vec::new();
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let before = found.len();
                let mut searched = BTreeSet::new();
                search(path, 0, &mut searched, &mut found, report);
                if searched.len() >= MOST_FOLDERS {
                    let message = format!("{} holds {MOST_FOLDERS} folders or more", path.display());
                    report.push(too_many(message));
                    return Vec::new();
                }
                if found.len() == before {
                    report.push(
                        unreadable(path, "it holds no YAML file")
                            .help("a folder is searched for *.yaml and *.yml"),
                    );
                }
            }
            Ok(_) => found.push(path.clone()),
            Err(error) => report.push(unreadable(path, &error.to_string())),
        }
    }
    if found.len() > MOST_FILES {
        report.push(too_many(format!("the paths hold more than {MOST_FILES} files")));
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    found.iter().filter_map(|path| read(path, files, report)).collect()
}

/// The YAML files of a folder, by name; hidden files and folders are passed over. `seen` are the folders searched so far,
/// so that a link that leads back up ends.
fn search(
    folder: &Path,
    depth: usize,
    seen: &mut BTreeSet<PathBuf>,
    found: &mut Vec<PathBuf>,
    report: &mut Report,
) {
    if depth > DEEPEST_FOLDER {
        return report.push(unreadable(folder, "folders are nested too deeply"));
    }
    let entries = fs::canonicalize(folder)
        .and_then(|real| if seen.insert(real) { fs::read_dir(folder).map(Some) } else { Ok(None) })
        .and_then(|entries| {
            entries.into_iter().flatten().map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>()
        });
    let mut paths = match entries {
        Ok(paths) => paths,
        Err(error) => return report.push(unreadable(folder, &error.to_string())),
    };
    paths.sort();
    for path in paths {
        if found.len() > MOST_FILES || seen.len() >= MOST_FOLDERS {
            return;
        }
        if path.file_name().unwrap_or_default().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            search(&path, depth + 1, seen, found, report);
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            found.push(path);
        }
    }
}

fn read(path: &Path, files: &mut Files, report: &mut Report) -> Option<FileId> {
    let name = path.display().to_string();
    match contents(path) {
        Ok(bytes) if bytes.len() as u64 > LARGEST => {
            let file = files.add(name, "");
            let place = Place { file, ..Place::default() };
            report.push(
                Diagnostic::error(Code::TooLarge, place, "the file is larger than 16 MiB")
                    .help("split the stack into several files in one folder"),
            );
            None
        }
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Some(files.add(name, text)),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let bytes = error.into_bytes();
                // The readable part is kept, so that the place of the first bad byte can be shown.
                let file = files.add(name, String::from_utf8_lossy(&bytes[..valid]));
                let end = u32::try_from(valid).unwrap_or(u32::MAX);
                let place = Place { file, span: Span { start: end, end } };
                report.push(
                    Diagnostic::error(Code::NotUtf8, place, "the file is not UTF-8 text from here on")
                        .help("save it as UTF-8"),
                );
                None
            }
        },
        Err(why) => {
            report.push(unreadable(path, &why));
            None
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the file that reads specs")]
fn contents(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    // Opening a pipe would wait for its writer.
    if !metadata.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn too_many(message: String) -> Diagnostic {
    Diagnostic::new(Code::TooLarge, Severity::Error, message).help("name the folder of the stack")
}

fn unreadable(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::new(Code::Unreadable, Severity::Error, format!("cannot read {}: {why}", path.display()))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests write the files that are read")]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{LARGEST, load};
    use crate::diag::{Code, Files, Report};

    /// What loading `paths` under a folder with these files gives: file names and codes.
    fn loaded(contents: &[(&str, &[u8])], paths: &[&str]) -> (Vec<String>, Vec<Code>) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in contents {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).expect("a link");
        let mut files = Files::default();
        let mut report = Report::default();
        let paths: Vec<PathBuf> = paths.iter().map(|path| folder.path().join(path)).collect();
        let ids = load(&paths, &mut files, &mut report);
        let prefix = format!("{}/", folder.path().display());
        let names = ids.iter().map(|id| files.name(*id).replace(&prefix, "")).collect();
        (names, report.iter().map(|diagnostic| diagnostic.code).collect())
    }

    #[test]
    fn a_folder_is_searched_by_name_once_and_without_what_is_hidden() {
        let contents: [(&str, &[u8]); 6] = [
            ("b.yml", b"b: 1"),
            ("a.yaml", b"a: 1"),
            ("sub/c.yaml", b""),
            (".git/d.yaml", b""),
            (".e.yaml", b""),
            ("f.json", b"{}"),
        ];
        let expected = ["a.yaml", "b.yml", "sub/c.yaml"].map(str::to_owned).to_vec();
        assert_eq!(loaded(&contents, &["", "a.yaml"]), (expected, vec![]));
    }

    #[test]
    fn what_cannot_be_read_is_said_and_hides_nothing() {
        let large = vec![b'#'; usize::try_from(LARGEST).expect("fits") + 1];
        let contents: [(&str, &[u8]); 4] =
            [("a.yaml", b"a: \xff"), ("b.yaml", b"b: 1"), ("c.yaml", &large), ("d/e.txt", b"")];
        let (names, codes) = loaded(&contents, &["a.yaml", "b.yaml", "c.yaml", "d", "nowhere"]);
        assert_eq!(names, ["b.yaml"]);
        assert_eq!(codes, [Code::Unreadable, Code::Unreadable, Code::NotUtf8, Code::TooLarge]);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_read() {
        let mut report = Report::default();
        assert!(load(&[PathBuf::from("/dev/zero")], &mut Files::default(), &mut report).is_empty());
        assert_eq!(report.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>(), [Code::Unreadable]);
    }
}
