//! Gives a file another text, or leaves it as it is: never half of one and half of the other.
//! The only part of the program that writes into a user's spec, or a file beside it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// What a file is to say.
#[derive(Debug)]
pub(super) struct NewText<'a> {
    /// The file.
    pub(super) path: &'a Path,
    /// What it must still say. `None`: there must be no such file.
    pub(super) before: Option<&'a str>,
    /// What it says then.
    pub(super) after: &'a str,
    /// Whose permissions a new file gets; of a folder, those to read and to write.
    pub(super) like: &'a Path,
}

/// Replaces `before`, which must still be the file's text, by `after`. Of a link, what it leads to is replaced; permissions
/// stay, and so does the owner where the system lets it.
pub(super) fn rewrite(path: &Path, before: &str, after: &str) -> io::Result<()> {
    rewrite_all(&[NewText { path, before: Some(before), after, like: path }]).map_err(|(_, error)| error)
}

/// The same for several files, of which none is changed if one cannot be. Each is written down whole before the first takes its
/// place; a run that is killed between two leaves them changed up to there, in their order. The error comes with its file.
pub(super) fn rewrite_all<'a>(texts: &[NewText<'a>]) -> Result<(), (&'a Path, io::Error)> {
    let mut staged = Vec::new();
    let mut ended = Ok(());
    for text in texts {
        match Staged::new(text, staged.len()) {
            Ok(one) => staged.push(one),
            Err(error) => {
                ended = Err((text.path, error));
                break;
            }
        }
    }
    let mut done = 0;
    if ended.is_ok() {
        for (one, text) in staged.iter().zip(texts) {
            if let Err(error) = one.take_place(text) {
                ended = Err((text.path, error));
                break;
            }
            done += 1;
        }
    }
    if ended.is_err() {
        for (one, text) in staged.iter().zip(texts).take(done).rev() {
            drop(match text.before {
                Some(before) => rewrite(&one.path, text.after, before),
                None => fs::remove_file(&one.path),
            });
        }
    }
    for one in &staged {
        drop(fs::remove_file(&one.fresh));
    }
    ended
}

/// Whether nothing has this name.
pub(super) fn is_free(path: &Path) -> bool {
    matches!(fs::symlink_metadata(path), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// A text that is on the disk under another name.
struct Staged {
    fresh: PathBuf,
    /// Where it belongs, past all links.
    path: PathBuf,
}

impl Staged {
    fn new(text: &NewText<'_>, number: usize) -> io::Result<Self> {
        let path = match text.before {
            Some(_) => fs::canonicalize(text.path)?,
            None => text.path.to_owned(),
        };
        check(&path, text)?;
        // Hidden, so that a run that is killed here leaves nothing that the next one reads.
        let fresh = folder_of(&path).join(format!(".poolwright-{}-{number}.tmp", std::process::id()));
        if let Err(error) = write(&fresh, text.after, &fs::metadata(text.like)?) {
            drop(fs::remove_file(&fresh));
            return Err(error);
        }
        Ok(Self { fresh, path })
    }

    fn take_place(&self, text: &NewText<'_>) -> io::Result<()> {
        check(&self.path, text)?;
        match text.before {
            Some(_) => fs::rename(&self.fresh, &self.path)?,
            // A second name, unlike another name, is refused where there is a file.
            None => fs::hard_link(&self.fresh, &self.path)?,
        }
        sync_folder(folder_of(&self.path).to_owned());
        Ok(())
    }
}

/// Whether a file is as it was read.
fn check(path: &Path, text: &NewText<'_>) -> io::Result<()> {
    let is_as_read = match text.before {
        Some(before) => still_is(path, before)?,
        None => is_free(path),
    };
    if is_as_read {
        return Ok(());
    }
    Err(io::Error::other("it was changed meanwhile; nothing was written to it"))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file that only its owner may read, whole or not at all, in the place of what is there.
pub(super) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    let fresh = folder.join(format!(".poolwright-{}.tmp", std::process::id()));
    let written =
        create(&fresh, text).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        drop(fs::remove_file(&fresh));
        return written;
    }
    sync_folder(folder.to_owned());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a text is only replaced by one who has read it")]
fn still_is(path: &Path, text: &str) -> io::Result<bool> {
    Ok(fs::read(path)? == text.as_bytes())
}

/// Makes a file that only its owner may read.
#[expect(clippy::disallowed_methods, reason = "this is the file that writes for users")]
fn create(fresh: &Path, text: &str) -> io::Result<File> {
    // One that a killed process of the same number left behind.
    drop(fs::remove_file(fresh));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(fresh)?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// Writes a file of its own with the permissions of another, down to the disk.
fn write(fresh: &Path, text: &str, like: &fs::Metadata) -> io::Result<()> {
    let file = create(fresh, text)?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        // Only root may give files away; to others the file then belongs, as with most editors.
        drop(fchown(&file, Some(like.uid()), Some(like.gid())));
    }
    let mut permissions = like.permissions();
    if like.is_dir() {
        permissions.set_mode(permissions.mode() & 0o666);
    }
    file.set_permissions(permissions)?;
    file.sync_all()
}

/// Makes the new name last. Where a folder cannot be synced the file is still whole, old or new.
#[expect(clippy::disallowed_methods, reason = "a folder is opened to be synced")]
fn sync_folder(folder: PathBuf) {
    drop(File::open(folder).and_then(|folder| folder.sync_all()));
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests write the files that are replaced")]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::{NewText, rewrite, rewrite_all};

    /// The names in a folder.
    fn names(folder: &std::path::Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced_with_its_permissions() {
        let folder = tempfile::tempdir().expect("a folder");
        let (real, link) = (folder.path().join("real.yaml"), folder.path().join("link.yaml"));
        fs::write(&real, "old").expect("a file");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("permissions");
        symlink("real.yaml", &link).expect("a link");
        rewrite(&link, "old", "new").expect("it is written");
        assert_eq!(fs::read_to_string(&real).expect("a file"), "new");
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
        assert_eq!(fs::metadata(&real).expect("a file").permissions().mode() & 0o777, 0o640);
        assert_eq!(names(folder.path()), ["link.yaml", "real.yaml"]);
    }

    #[test]
    fn what_somebody_else_has_changed_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.yaml");
        fs::write(&path, "theirs").expect("a file");
        assert!(rewrite(&path, "old", "new").is_err());
        assert_eq!(fs::read_to_string(&path).expect("a file"), "theirs");
        assert_eq!(names(folder.path()), ["a.yaml"]);
    }

    #[test]
    fn of_several_files_all_are_written_or_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let [a, b, new] = ["a.yaml", "b.yaml", "new.yaml"].map(|name| folder.path().join(name));
        fs::write(&a, "a").expect("a file");
        fs::write(&b, "b").expect("a file");
        fs::set_permissions(&a, fs::Permissions::from_mode(0o604)).expect("permissions");
        let texts = |b_is: &'static str| {
            [
                NewText { path: &new, before: None, after: "new", like: &a },
                NewText { path: &a, before: Some("a"), after: "A", like: &a },
                NewText { path: &b, before: Some(b_is), after: "B", like: &b },
            ]
        };
        let (failed, _) = rewrite_all(&texts("other")).expect_err("b is another");
        assert_eq!(
            (failed, names(folder.path())),
            (b.as_path(), vec!["a.yaml".to_owned(), "b.yaml".to_owned()])
        );
        assert_eq!(fs::read_to_string(&a).expect("a file"), "a");
        rewrite_all(&texts("b")).expect("all are written");
        let read = [&new, &a, &b].map(|path| fs::read_to_string(path).expect("a file"));
        assert_eq!(read, ["new", "A", "B"]);
        assert_eq!(fs::metadata(&new).expect("a file").permissions().mode() & 0o777, 0o604);
        assert_eq!(names(folder.path()), ["a.yaml", "b.yaml", "new.yaml"]);
        let (failed, _) = rewrite_all(&texts("b")).expect_err("the new one is there");
        assert_eq!(failed, new.as_path());
    }

    #[test]
    fn what_took_its_place_is_put_back_where_a_later_one_cannot() {
        let folder = tempfile::tempdir().expect("a folder");
        let [a, new] = ["a.yaml", "new.yaml"].map(|name| folder.path().join(name));
        fs::write(&a, "a").expect("a file");
        // Both are sound when they are looked at first; the second new file finds the first in its place.
        let fresh = || NewText { path: &new, before: None, after: "new", like: &a };
        let texts = [NewText { path: &a, before: Some("a"), after: "A", like: &a }, fresh(), fresh()];
        assert_eq!(rewrite_all(&texts).expect_err("it is twice").0, new.as_path());
        assert_eq!(fs::read_to_string(&a).expect("a file"), "a");
        assert_eq!(names(folder.path()), ["a.yaml"]);
    }
}
