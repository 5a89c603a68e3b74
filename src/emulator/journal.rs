//! The world on disk: a snapshot, and a log of what changed since, written before each answer.
//! Knows nothing of Azure. A line torn by a kill is dropped; what was answered is never lost.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::emulator::store::{Changes, World};

/// Rewrite the snapshot when the log has grown beyond this many bytes.
const COMPACT_AT: u64 = 32 * 1024 * 1024;

/// Why the state could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process serves this state.
    #[error("the emulator state in {0} is in use by another process")]
    InUse(PathBuf),
    /// The file system refused.
    #[error("cannot use the emulator state in {0}")]
    Io(PathBuf, #[source] io::Error),
    /// The snapshot is not one of ours.
    #[error("the emulator state in {0} cannot be read; remove the folder to begin anew")]
    Corrupt(PathBuf, #[source] serde_json::Error),
}

/// The open log of one state folder, held by a lock while it lives.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    log: File,
    size: u64,
    /// Held for the life of the journal; the system releases it when the process ends, however it ends.
    _lock: File,
}

#[expect(clippy::disallowed_methods, reason = "the journal is the emulator's edge to the disk")]
impl Journal {
    /// Opens the state under `folder` (made when missing) and reads it into `world`. True when there was one.
    pub(crate) fn open(folder: &Path, world: &mut World) -> Result<(Journal, bool), JournalError> {
        let io = |error| JournalError::Io(folder.to_owned(), error);
        fs::create_dir_all(folder).map_err(io)?;
        let lock =
            File::options().create(true).truncate(false).write(true).open(folder.join("lock")).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let mut found = false;
        match fs::read(folder.join("snapshot.json")) {
            Ok(bytes) => {
                let all = serde_json::from_slice(&bytes)
                    .map_err(|error| JournalError::Corrupt(folder.to_owned(), error))?;
                world.replay(all);
                found = true;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
        match File::open(folder.join("journal.jsonl")) {
            Ok(file) => {
                for line in BufReader::new(file).split(b'\n') {
                    // Only the last line can be torn: the rest was complete before it was begun.
                    let Ok(changes) = serde_json::from_slice::<Changes>(&line.map_err(io)?) else { break };
                    world.replay(changes);
                    found = true;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
        let log = File::options().create(true).append(true).open(folder.join("journal.jsonl")).map_err(io)?;
        let mut journal = Journal { folder: folder.to_owned(), log, size: 0, _lock: lock };
        journal.compact(world).map_err(io)?;
        Ok((journal, found))
    }

    /// Writes what a request changed; when this returns, a kill of the process no longer loses it.
    pub(crate) fn append(&mut self, changes: &Changes) -> io::Result<()> {
        let mut line = serde_json::to_vec(changes)?;
        line.push(b'\n');
        self.log.write_all(&line)?;
        self.size += line.len() as u64;
        Ok(())
    }

    /// True when it is time to write a snapshot.
    pub(crate) fn is_large(&self) -> bool {
        self.size > COMPACT_AT
    }

    /// Writes the whole world as a snapshot and empties the log. A kill between the two is harmless: the log's
    /// lines say what stands, not how it changed.
    pub(crate) fn compact(&mut self, world: &World) -> io::Result<()> {
        let fresh = self.folder.join("snapshot.json.new");
        let mut file = BufWriter::new(File::create(&fresh)?);
        serde_json::to_writer(&mut file, &world.everything())?;
        file.into_inner()?.sync_all()?;
        fs::rename(&fresh, self.folder.join("snapshot.json"))?;
        self.log.set_len(0)?;
        self.size = 0;
        Ok(())
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
        journal.append(&first.take_changes()).unwrap();
        first.remove("/a");
        journal.append(&first.take_changes()).unwrap();
        journal.log.write_all(b"{\"set\":[{\"id\":\"/torn").unwrap();
        assert!(matches!(Journal::open(folder.path(), &mut world()), Err(JournalError::InUse(_))));
        drop(journal);

        let mut second = world();
        let (mut journal, found) = Journal::open(folder.path(), &mut second).unwrap();
        assert!(found);
        assert!(!second.has("/a") && second.has("/b"));
        // The torn line is out of the way of what is written next.
        second.put(Resource { id: "/c".into(), ..Resource::default() });
        journal.append(&second.take_changes()).unwrap();
        drop(journal);
        let mut third = world();
        Journal::open(folder.path(), &mut third).unwrap();
        assert!(third.has("/b") && third.has("/c"));
    }
}
