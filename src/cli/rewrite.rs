//! Gives a file another text, or leaves it as it is: never half of one and half of the other.
//! The only part of the program that writes into a user's spec, or a file beside it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// Replaces `before`, which must still be the file's text, by `after`. Of a link, what it leads to is replaced; permissions
/// stay, and so does the owner where the system lets it.
pub(super) fn rewrite(path: &Path, before: &str, after: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    if !still_is(&path, before)? {
        return Err(io::Error::other("it was changed meanwhile; nothing was written to it"));
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    // Hidden, so that a run that is killed here leaves nothing that the next one reads.
    let fresh = folder.join(format!(".poolwright-{}.tmp", std::process::id()));
    let written = write(&fresh, after, &fs::metadata(&path)?).and_then(|()| fs::rename(&fresh, &path));
    if written.is_err() {
        drop(fs::remove_file(&fresh));
        return written;
    }
    sync_folder(folder.to_owned());
    Ok(())
}

/// Writes a file that only its owner may read, whole or not at all, in the place of what is there.
pub(super) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
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
    file.set_permissions(like.permissions())?;
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

    use super::rewrite;

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
}
