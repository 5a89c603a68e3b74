//! The world on disk: a snapshot, and a log of what changed since, written before each answer.
//! Knows nothing of Azure. A line torn by a kill is dropped; what was answered is never lost.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::emulator::store::{Changes, World, Written};

/// Rewrite the snapshot when the log has grown beyond this many bytes.
const COMPACT_AT: u64 = 32 * 1024 * 1024;

const SNAPSHOT: &str = "snapshot.json";
const LOG: &str = "journal.jsonl";

/// Why the state could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process serves this state.
    #[error("the emulator state in {0} is in use by another process")]
    InUse(PathBuf),
    /// The file system refused.
    #[error("cannot use the emulator state in {0}")]
    Io(PathBuf, #[source] io::Error),
    /// The snapshot is not one of ours, or the log is damaged before its end.
    #[error("the emulator state in {0} cannot be read; remove the folder to begin anew")]
    Corrupt(PathBuf, #[source] serde_json::Error),
}

/// The open log of one state folder, held by a lock while it lives.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    log: File,
    size: u64,
    /// True when something could not be written: then the next that is written is everything.
    behind: bool,
    /// Held for the life of the journal; the system releases it when the process ends, however it ends.
    _lock: File,
}

#[expect(clippy::disallowed_methods, reason = "the journal is the emulator's edge to the disk")]
impl Journal {
    /// Opens the state under `folder` (made when missing) and reads it into `world`. True when there was one.
    pub(crate) fn open(folder: &Path, world: &mut World) -> Result<(Journal, bool), JournalError> {
        let io = |error| JournalError::Io(folder.to_owned(), error);
        let corrupt = |error| JournalError::Corrupt(folder.to_owned(), error);
        fs::create_dir_all(folder).map_err(io)?;
        let lock =
            File::options().create(true).truncate(false).write(true).open(folder.join("lock")).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let mut found = false;
        if let Some(file) = if_there(File::open(folder.join(SNAPSHOT))).map_err(io)? {
            // All at once: serde reads from a slice several times as fast as from a file.
            let bytes = io::read_to_string(file).map_err(io)?;
            world.replay(serde_json::from_str(&bytes).map_err(corrupt)?);
            found = true;
        }
        let mut size = 0;
        if let Some(file) = if_there(File::open(folder.join(LOG))).map_err(io)? {
            let mut torn = None;
            for line in BufReader::new(file).split(b'\n') {
                let line = line.map_err(io)?;
                // Only the last line can be torn: the rest was complete before it was begun.
                if let Some(error) = torn {
                    return Err(corrupt(error));
                }
                match serde_json::from_slice::<Changes>(&line) {
                    Ok(changes) => {
                        world.replay(changes);
                        size += line.len() as u64 + 1;
                        found = true;
                    }
                    Err(error) => torn = Some(error),
                }
            }
        }
        let log = private().append(true).open(folder.join(LOG)).map_err(io)?;
        log.set_len(size).map_err(io)?;
        Ok((Journal { folder: folder.to_owned(), log, size, behind: false, _lock: lock }, found))
    }

    /// Writes what has changed since the last commit; when this returns, a kill of the process no longer loses it.
    /// When it fails, nothing of it is on disk.
    pub(crate) fn write(&mut self, world: &World) -> io::Result<()> {
        if self.behind {
            return self.write_all(world);
        }
        self.append(&world.changes())?;
        if self.size > COMPACT_AT {
            // What has changed is written already: a snapshot that cannot be is tried again with the next change.
            self.behind = self.write_all(world).is_err();
        }
        Ok(())
    }

    fn append(&mut self, changes: &Written) -> io::Result<()> {
        let mut line = serde_json::to_vec(changes)?;
        line.push(b'\n');
        if let Err(error) = self.log.write_all(&line) {
            self.behind = true;
            // Half a line would spoil the next one. When it stays, it is the last: nothing but a snapshot follows.
            drop(self.log.set_len(self.size));
            return Err(error);
        }
        self.size += line.len() as u64;
        Ok(())
    }

    /// Writes the whole world as a snapshot and empties the log. A kill between the two is harmless: the log's
    /// lines say what stands, not how it changed.
    pub(crate) fn write_all(&mut self, world: &World) -> io::Result<()> {
        let fresh = self.folder.join("snapshot.json.new");
        let mut file = BufWriter::new(private().truncate(true).write(true).open(&fresh)?);
        serde_json::to_writer(&mut file, &world.everything())?;
        file.into_inner()?.sync_all()?;
        fs::rename(&fresh, self.folder.join(SNAPSHOT))?;
        self.log = private().append(true).open(self.folder.join(LOG))?;
        self.log.set_len(0)?;
        (self.size, self.behind) = (0, false);
        Ok(())
    }

    /// From now on the log cannot be written to, as on a full disk; snapshots can.
    #[cfg(test)]
    pub(crate) fn fill_disk(&mut self) {
        self.log = File::options().write(true).open("/dev/full").unwrap();
    }
}

/// How files are made that nobody else may read: bodies hold signatures, and what tasks are told.
fn private() -> OpenOptions {
    let mut options = File::options();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A file that was opened; none when there is none.
fn if_there(opened: io::Result<File>) -> io::Result<Option<File>> {
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;

    use crate::emulator::clock::Mode;
    use crate::emulator::endpoints::Endpoints;
    use crate::emulator::store::Resource;
    use crate::emulator::timings::Timings;

    use super::*;

    fn world() -> World {
        World::new(Mode::Manual, Timings::default(), 100, Endpoints::in_process())
    }

    #[test]
    fn what_was_appended_is_there_again_and_a_torn_line_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = world();
        let (mut journal, found) = Journal::open(folder.path(), &mut first).unwrap();
        assert!(!found);
        for id in ["/a", "/b"] {
            first.put(Resource { id: id.into(), body: json!({"n": id}), ..Resource::default() });
        }
        journal.write(&first).unwrap();
        first.commit();
        first.remove("/a");
        journal.write(&first).unwrap();
        journal.log.write_all(b"{\"set\":[{\"id\":\"/torn").unwrap();
        assert!(matches!(Journal::open(folder.path(), &mut world()), Err(JournalError::InUse(_))));
        drop(journal);

        let mut second = world();
        let (mut journal, found) = Journal::open(folder.path(), &mut second).unwrap();
        assert!(found);
        assert!(!second.has("/a") && second.has("/b"));
        // The torn line is out of the way of what is written next.
        second.put(Resource { id: "/c".into(), ..Resource::default() });
        journal.write(&second).unwrap();
        drop(journal);
        let mut third = world();
        Journal::open(folder.path(), &mut third).unwrap();
        assert!(third.has("/b") && third.has("/c"));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test damages what is stored")]
    fn a_log_that_is_damaged_before_its_end_is_not_taken_for_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        drop(Journal::open(folder.path(), &mut world()).unwrap());
        fs::write(folder.path().join(LOG), "{\"counter\":1}\n{\"coun\n{\"counter\":3}\n").unwrap();
        assert!(matches!(Journal::open(folder.path(), &mut world()), Err(JournalError::Corrupt(..))));
    }

    #[test]
    fn after_a_full_disk_everything_is_written_at_the_next_chance() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = world();
        let (mut journal, _) = Journal::open(folder.path(), &mut first).unwrap();
        journal.fill_disk();
        first.put(Resource { id: "/settled".into(), ..Resource::default() });
        assert!(journal.write(&first).is_err());
        first.commit();
        first.put(Resource { id: "/asked".into(), ..Resource::default() });
        journal.write(&first).unwrap();
        first.commit();
        first.put(Resource { id: "/later".into(), ..Resource::default() });
        journal.write(&first).unwrap();
        drop(journal);
        let mut second = world();
        Journal::open(folder.path(), &mut second).unwrap();
        assert!(["/settled", "/asked", "/later"].iter().all(|id| second.has(id)));
    }
}
