//! Reads a disk image: the judgement of its format, what it holds, and single chunks. The only file here that opens any.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use crate::model::upload::{Chunk, Content, Stamp};
use crate::vhd::data::{WINDOW, chunks};
use crate::vhd::footer::{FOOTER, Unfit, judge};

/// A disk image that is open.
#[derive(Debug)]
pub struct DiskImage {
    file: File,
    size: u64,
    stamp: Stamp,
}

impl DiskImage {
    /// Opens a file. A pipe or a device is refused: opening it would wait, and reading it would not end.
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads disk images")]
    pub fn open(path: &Path) -> io::Result<Self> {
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        Ok(Self { file, size: metadata.len(), stamp: stamp(&metadata) })
    }

    /// How it was when it was opened.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Whether nothing was written to it since it was opened.
    pub fn is_as_opened(&self) -> io::Result<bool> {
        Ok(stamp(&self.file.metadata()?) == self.stamp)
    }

    /// Whether Azure takes it.
    pub fn judge(&self) -> io::Result<Result<(), Unfit>> {
        let length = self.size.min(FOOTER);
        Ok(judge(self.size, &self.read(0, length)?, &self.read(self.size - length, length)?))
    }

    /// What it holds, read from beginning to end, a window in memory at a time. Holes that the file system knows are not read.
    pub fn content(&self) -> io::Result<Content> {
        let mut found = Vec::new();
        let mut window = vec![0; WINDOW];
        let mut at = 0;
        while let Some(data) = self.next_data(at)? {
            let start = data - data % WINDOW as u64;
            let length = usize::try_from(self.size - start).unwrap_or(WINDOW).min(WINDOW);
            self.fill(&mut window[..length], start)?;
            found.extend(chunks(start, &window[..length]));
            at = start + length as u64;
        }
        // What was read of two states of a file is neither of them, and no disk.
        if !self.is_as_opened()? {
            return Err(io::Error::other("it was written to while it was read"));
        }
        Ok(Content { stamp: self.stamp, ..Content::new(self.size, found) })
    }

    /// The bytes of a chunk.
    pub fn chunk(&self, chunk: &Chunk) -> io::Result<Vec<u8>> {
        self.read(chunk.start, chunk.length)
    }

    fn read(&self, start: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.fill(&mut bytes, start)?;
        Ok(bytes)
    }

    fn fill(&self, bytes: &mut [u8], start: u64) -> io::Result<()> {
        self.file.read_exact_at(bytes, start).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other("it has become shorter than it was"),
            _ => error,
        })
    }

    /// Where data begins, at `at` or behind it; `None` where none follows.
    fn next_data(&self, at: u64) -> io::Result<Option<u64>> {
        if at >= self.size {
            return Ok(None);
        }
        match seek(&self.file, SeekFrom::Data(at)) {
            // What was added to the file since is none of it.
            Ok(data) => Ok(Some(data).filter(|data| *data < self.size)),
            Err(Errno::NXIO) => Ok(None),
            // A file system that knows no holes.
            Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(Some(at)),
            Err(error) => Err(error.into()),
        }
    }
}

fn stamp(metadata: &Metadata) -> Stamp {
    let changed = (metadata.ctime(), metadata.ctime_nsec());
    Stamp { device: metadata.dev(), inode: metadata.ino(), size: metadata.len(), changed }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests write the files that are read")]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt as _;

    use super::DiskImage;
    use crate::vhd::data::WINDOW;
    use crate::vhd::footer::tests::footer;

    #[test]
    fn holes_are_passed_over_and_zeros_are_no_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.vhd");
        let file = File::create(&path).unwrap();
        let disk = 40 * 1024 * 1024;
        file.write_all_at(&vec![0; WINDOW], 4 * WINDOW as u64).unwrap();
        file.write_all_at(b"data", 20 * 1024 * 1024 + 3).unwrap();
        file.write_all_at(&footer(disk, 2), disk).unwrap();
        let image = DiskImage::open(&path).unwrap();
        assert_eq!(image.judge().unwrap(), Ok(()));
        let content = image.content().unwrap();
        let places: Vec<(u64, u64)> =
            content.chunks.iter().map(|chunk| (chunk.start, chunk.length)).collect();
        assert_eq!(places, [(20 * 1024 * 1024, 65_536), (disk, 512)]);
        assert_eq!(&image.chunk(&content.chunks[0]).unwrap()[3..7], b"data");

        // The same bytes without a hole are the same content, and other bytes another.
        let dense = folder.path().join("dense.vhd");
        std::fs::write(&dense, std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(DiskImage::open(&dense).unwrap().content().unwrap().id, content.id);
        file.write_all_at(b"x", 99).unwrap();
        assert_ne!(DiskImage::open(&path).unwrap().content().unwrap().id, content.id);
        assert!(DiskImage::open(folder.path()).is_err());
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_no_content() {
        type Change = fn(&File);
        let changes: [(&str, Change); 3] = [
            ("grows", |file| file.write_all_at(b"more", 90 * WINDOW as u64).unwrap()),
            ("shrinks", |file| file.set_len(WINDOW as u64).unwrap()),
            ("has data where it had none", |file| file.write_all_at(b"x", 9 * WINDOW as u64).unwrap()),
        ];
        for (what, change) in changes {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("disk.vhd");
            let file = File::create(&path).unwrap();
            // A hole at the end, so that data behind it is what comes next.
            file.set_len(20 * WINDOW as u64).unwrap();
            file.write_all_at(b"data", 3).unwrap();
            let image = DiskImage::open(&path).unwrap();
            assert!(image.is_as_opened().unwrap());
            change(&file);
            let error = image.content().expect_err(what).to_string();
            assert!(error.contains("while it was read") || error.contains("shorter"), "{what}: {error}");
            assert_eq!(image.judge().is_err(), what == "shrinks", "{what}");
        }
    }
}
