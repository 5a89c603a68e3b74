//! A disk image on this machine that becomes a page blob: what is wanted, what the file holds, how the blob is, and what
//! follows from that. Planning and carrying out ask here, so that they cannot disagree.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diag::Place;
use crate::model::address::Address;
use crate::model::digest::{digest_of, hex};
use crate::model::mark::{self, Owner};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;

/// The entry of a blob's metadata that says which content it has, or is being given.
const CONTENT: &str = "poolwrightcontent";
/// The entry that says how far it is.
const STATE: &str = "poolwrightstate";
const COMPLETE: &str = "complete";
const BEGUN: &str = "begun";

/// A disk image that a resource is made from, and the blob that it is uploaded to first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskFile {
    /// The file, as it is written.
    pub file: String,
    /// The file, as it is opened.
    pub path: PathBuf,
    /// Where the file is named.
    pub place: Place,
    /// The blob.
    pub blob: BlobName,
}

/// A blob by its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlobName {
    /// The address of its storage account.
    pub account: Address,
    /// The id of its storage account.
    pub account_id: ResourceId,
    /// Its container.
    pub container: String,
    /// Its own name, which may hold slashes.
    pub name: String,
}

impl BlobName {
    /// The sign that whoever makes it writes on it: another for every owner and every blob.
    pub fn mark(&self, owner: &Owner) -> String {
        owner.guid(&format!("{}/{}/{}", self.account_id.key(), self.container, self.name))
    }

    /// What to do about a refusal of the blob service, by its code; none where nothing is known.
    pub fn way_out(&self, code: &str) -> Option<String> {
        let Self { account_id, container, name, .. } = self;
        let account = account_id.name();
        match code {
            "AuthorizationPermissionMismatch" => Some(format!(
                "az role assignment create --assignee PRINCIPAL --role \"Storage Blob Data Contributor\" --scope {account_id}"
            )),
            // A role is of no help here: the account takes nothing from this machine, whoever signs in.
            "AuthorizationFailure" => Some(format!(
                "let this machine through the account's firewall: az storage account network-rule add --resource-group {} --account-name {account} --ip-address ADDRESS",
                account_id.group()
            )),
            "LeaseIdMissing" => Some(format!(
                "give yours another `name`, or end the lease: az storage blob lease break --auth-mode login --account-name {account} --container-name {container} --blob-name {name}"
            )),
            _ => None,
        }
    }
}

/// A part of a disk that holds data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Where it begins.
    pub start: u64,
    /// How many bytes it has.
    pub length: u64,
    /// The SHA-256 of its bytes.
    pub digest: [u8; 32],
}

impl Chunk {
    /// Its bytes in the disk.
    pub fn range(&self) -> Range<u64> {
        self.start..self.start + self.length
    }
}

/// By what a file is known not to have been written to, nor to be another under the same name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The file system that it is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Its size.
    pub size: u64,
    /// When it, or what is told of it, changed last: seconds and nanoseconds. No program can set this back.
    pub changed: (i64, i64),
}

/// What a disk image holds: the size, and the parts that are not zero.
#[derive(Debug, Clone)]
pub struct Content {
    /// What it is known by: the SHA-256 of the size and of every chunk, in order, as hex digits.
    pub id: String,
    /// The size of the file.
    pub size: u64,
    /// The parts with data, in order.
    pub chunks: Vec<Chunk>,
    /// How the file was when it was read.
    pub stamp: Stamp,
}

/// The same bytes are the same content, whichever file they are in.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Content {}

impl Content {
    /// Content of these chunks.
    pub fn new(size: u64, chunks: Vec<Chunk>) -> Self {
        let mut whole = size.to_be_bytes().to_vec();
        for Chunk { start, length, digest } in &chunks {
            whole.extend(start.to_be_bytes());
            whole.extend(length.to_be_bytes());
            whole.extend(digest);
        }
        let id = hex(digest_of(&whole));
        Self { id, size, chunks, stamp: Stamp::default() }
    }

    /// How many bytes are sent where nothing stands.
    pub fn bytes(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.length).sum()
    }

    /// A number that follows from the content. Every page is written on condition that the blob has it, so that pages of one
    /// content never come into a blob that somebody has begun anew with another.
    pub fn sequence(&self) -> u64 {
        let digits = self.id.get(..15).unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or(0)
    }

    /// The chunks that do not stand whole in these ranges.
    pub fn missing(&self, standing: &[Range<u64>]) -> Vec<Chunk> {
        let standing = joined(standing.iter().cloned());
        let stands = |chunk: &&Chunk| {
            let range = chunk.range();
            let before = standing.partition_point(|known| known.end < range.end);
            standing.get(before).is_some_and(|known| known.start <= range.start && range.end <= known.end)
        };
        self.chunks.iter().filter(|chunk| !stands(chunk)).copied().collect()
    }

    /// Whether these ranges are those of the content, and no byte more.
    pub fn is_in(&self, ranges: &[Range<u64>]) -> bool {
        joined(ranges.iter().cloned()) == joined(self.chunks.iter().map(Chunk::range))
    }

    /// What is written on a blob that has it, or is being given it.
    pub fn metadata(&self, mark: &str, is_complete: bool) -> Vec<(&'static str, String)> {
        let state = if is_complete { COMPLETE } else { BEGUN };
        vec![(mark::KEY, mark.to_owned()), (CONTENT, self.id.clone()), (STATE, state.to_owned())]
    }
}

/// Ranges in order, those that touch made one.
fn joined(ranges: impl Iterator<Item = Range<u64>>) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = ranges.collect();
    sorted.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// What stands under the name of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Absent,
    /// Not even the container.
    NoContainer,
    /// A blob.
    There(BlobState),
}

/// A blob as Azure answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobState {
    /// Its size in bytes.
    pub size: u64,
    /// Whether it is a page blob.
    pub has_pages: bool,
    /// Its metadata, by names in lower case.
    pub metadata: BTreeMap<String, String>,
    /// Its entity tag.
    pub etag: String,
    /// Whether somebody holds a lease on it: it takes no write then. The disks of machines have one.
    pub leased: bool,
}

/// What a blob is to somebody who wants it to have a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has the content.
    Complete,
    /// It is being given the content by this owner: what stands of it is right.
    Begun,
    /// It is this owner's, and has another content: it may be overwritten.
    Outdated,
    /// It is somebody else's.
    Foreign,
}

impl BlobState {
    /// What it is to the owner of `mark` who wants `content`.
    pub fn standing(&self, mark: &str, content: &Content) -> Standing {
        let says = |name: &str| self.metadata.get(name).map(String::as_str);
        let is_ours = says(mark::KEY) == Some(mark);
        let is_it = self.has_pages && self.size == content.size && says(CONTENT) == Some(&content.id);
        match says(STATE) {
            Some(COMPLETE) if is_it => Standing::Complete,
            Some(BEGUN) if is_it && is_ours => Standing::Begun,
            _ if is_ours => Standing::Outdated,
            _ => Standing::Foreign,
        }
    }
}

/// Where a storage account serves blobs, as Azure answers it.
pub fn blob_endpoint(account: &Live) -> Option<&str> {
    account.body.pointer("/properties/primaryEndpoints/blob")?.as_str()
}

/// What is uploaded, and where to: the work of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The file, as it is opened.
    pub path: PathBuf,
    /// What it holds. Other bytes are not sent.
    pub content: Arc<Content>,
    /// Where the account serves blobs, as Azure answers it.
    pub endpoint: String,
    /// The blob.
    pub blob: BlobName,
    /// The sign that is written on it.
    pub mark: String,
}

/// A number of bytes for people: `300 MiB`.
pub fn in_words(bytes: u64) -> String {
    const UNITS: [(&str, u32); 3] = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let fits = UNITS.into_iter().find(|(_, shift)| bytes >= 1 << shift);
    let Some((unit, shift)) = fits else { return format!("{bytes} bytes") };
    // Tenths are enough, and half a tenth more rounds; a size has far fewer than 2^60 bytes.
    let tenths = (u128::from(bytes) * 10 + (1 << (shift - 1))) >> shift;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {unit}"),
        (whole, tenth) => format!("{whole}.{tenth} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{BEGUN, BlobState, COMPLETE, CONTENT, Chunk, Content, STATE, Standing, in_words};
    use crate::model::mark;

    fn content() -> Content {
        let chunk = |start, length| Chunk { start, length, digest: [7; 32] };
        Content::new(10_240, vec![chunk(0, 1024), chunk(1024, 512), chunk(4096, 1024)])
    }

    #[test]
    fn what_is_missing_is_what_does_not_stand_whole() {
        let content = content();
        let starts = |standing: &[std::ops::Range<u64>]| {
            content.missing(standing).iter().map(|chunk| chunk.start).collect::<Vec<_>>()
        };
        assert_eq!(starts(&[]), [0, 1024, 4096]);
        assert_eq!(starts(&[512..1536, 0..512]), [4096]);
        assert_eq!(starts(&[0..1024, 4096..4608]), [1024, 4096]);
        assert_eq!(starts(&[0..1, 0..10_240]), [0_u64; 0]);
        assert!(content.is_in(&[4096..5120, 0..512, 512..1536]));
        assert!(!content.is_in(&[0..512, 512..1536]) && !content.is_in(&[0..1536, 4096..5120, 8192..8704]));
    }

    #[test]
    fn content_is_told_apart_by_place_size_and_bytes() {
        let one = content();
        let moved = |change: fn(&mut Content)| {
            let mut other = one.clone();
            change(&mut other);
            Content::new(other.size, other.chunks).id
        };
        assert_eq!(moved(|_| {}), one.id);
        assert_ne!(moved(|it| it.size += 512), one.id);
        assert_ne!(moved(|it| it.chunks[0].start += 512), one.id);
        assert_ne!(moved(|it| it.chunks[0].digest[0] ^= 1), one.id);
        assert_eq!(one.bytes(), 2560);
        assert!(one.sequence() < 1 << 60);
    }

    #[test]
    fn a_blob_is_ours_to_go_on_with_or_to_overwrite_or_it_is_not_touched() {
        let content = content();
        let standing = |mark: &str, id: &str, state: &str, size: u64| {
            let entries = [(mark::KEY, mark), (CONTENT, id), (STATE, state)];
            let metadata: BTreeMap<String, String> =
                entries.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            BlobState { size, has_pages: true, metadata, etag: String::new(), leased: false }
                .standing("us", &content)
        };
        let id = &content.id;
        assert_eq!(standing("us", id, COMPLETE, 10_240), Standing::Complete);
        assert_eq!(standing("them", id, COMPLETE, 10_240), Standing::Complete);
        assert_eq!(standing("us", id, BEGUN, 10_240), Standing::Begun);
        assert_eq!(standing("them", id, BEGUN, 10_240), Standing::Foreign);
        assert_eq!(standing("us", "other", COMPLETE, 10_240), Standing::Outdated);
        assert_eq!(standing("us", id, COMPLETE, 512), Standing::Outdated);
        assert_eq!(standing("", "", "", 10_240), Standing::Foreign);
    }

    #[test]
    fn bytes_in_words() {
        let words = [0, 512, 1536, 300 << 20, 4 << 30, (4 << 30) + 512, 1_572_864].map(in_words);
        assert_eq!(words, ["0 bytes", "512 bytes", "1.5 KiB", "300 MiB", "4 GiB", "4 GiB", "1.5 MiB"]);
    }
}
