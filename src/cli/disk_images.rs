//! The disk images on this machine that versions are made from: whether Azure takes them, and what they hold.
//! A file that is not there is no mistake of the spec: it is only needed while its version does not exist.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::diag::{Code, Diagnostic, Files, Report};
use crate::model::desired::Graph;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Snapshot;
use crate::model::upload::{BlobName, DiskFile, Stamp};
use crate::vhd::file::DiskImage;
use crate::vhd::mend::mend;

/// Finds each file beside the one that names it, and reports what is there and is none that Azure takes, and blobs that two
/// files are to become.
pub(crate) fn look(graph: &mut Graph, files: &Files, report: &mut Report) {
    let mut known: BTreeMap<(ResourceId, &str, &str), (&DiskFile, Option<Stamp>)> = BTreeMap::new();
    let made = graph.desired.values_mut().filter(|desired| !desired.wishes.remove);
    for disk in made.flat_map(|desired| &mut desired.files) {
        let spec = Path::new(files.name(disk.place.file));
        disk.path = spec.parent().unwrap_or(Path::new("")).join(&disk.file);
        let image = DiskImage::open(&disk.path);
        let stamp = image.as_ref().ok().map(DiskImage::stamp);
        report_if_unfit(disk, image.and_then(|image| image.judge()), report);
        let disk = &*disk;
        let blob = &disk.blob;
        match known.entry((blob.account_id.clone(), &blob.container, &blob.name)) {
            Entry::Vacant(entry) => _ = entry.insert((disk, stamp)),
            Entry::Occupied(entry) => {
                let (other, of_other) = entry.get();
                // A path may be written in several ways, and a file that is not there yet has no stamp.
                let is_same =
                    plain(&other.path).eq(plain(&disk.path)) || (stamp.is_some() && stamp == *of_other);
                if !is_same {
                    report.push(another_file(disk, other));
                }
            }
        }
    }
}

/// The parts of a path, without those that lead nowhere.
fn plain(path: &Path) -> impl Iterator<Item = Component<'_>> {
    path.components().filter(|part| *part != Component::CurDir)
}

fn another_file(disk: &DiskFile, other: &DiskFile) -> Diagnostic {
    let BlobName { account_id, container, name, .. } = &disk.blob;
    let message = format!(
        "{} and {} are both to become the blob {container}/{name} in {}",
        other.file,
        disk.file,
        account_id.name()
    );
    Diagnostic::error(Code::DuplicateResource, disk.place, message)
        .also(other.place, "the other file")
        .help("give one of the blobs another `name`; without one, a blob is called after its version")
}

fn report_if_unfit(
    disk: &DiskFile,
    judged: io::Result<Result<(), crate::vhd::footer::Unfit>>,
    report: &mut Report,
) {
    let DiskFile { file, path, place, .. } = disk;
    let unfit = match judged {
        Ok(Ok(())) => return,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Ok(Err(unfit)) => unfit,
        Err(error) => {
            let message = format!("cannot read {file}: {error}");
            let diagnostic = Diagnostic::error(Code::DiskImage, *place, message);
            return report.push(diagnostic.help("write the path of a file that can be read"));
        }
    };
    let diagnostic = Diagnostic::error(Code::DiskImage, *place, format!("{file} is {unfit}"));
    report.push(match mend(path, &unfit) {
        Some(mend) => {
            let made = Path::new(file).with_file_name(mend.made.file_name().unwrap_or_default());
            diagnostic
                .help(format!("make a fixed VHD of it: `{}`", mend.command))
                .help(format!("and write `file: {}`", made.display()))
        }
        None => diagnostic.help("write it anew as a fixed VHD of whole MiB"),
    });
}

/// Reads what the files hold whose versions are not there, so that planning knows what has to be sent.
pub(crate) async fn measure(graph: &Graph, snapshot: &mut Snapshot) {
    let paths: BTreeSet<PathBuf> = graph
        .desired
        .values()
        .filter(|desired| snapshot.is_to_be_made(&desired.address))
        .filter(|desired| !desired.wishes.remove)
        .flat_map(|desired| desired.files.iter().map(|file| file.path.clone()))
        .collect();
    for path in paths {
        let image = path.clone();
        let content = spawn_blocking(move || {
            let image = DiskImage::open(&image)?;
            // It may have been written since the spec was checked.
            match image.judge()? {
                Ok(()) => image.content(),
                Err(unfit) => Err(io::Error::other(format!("it is {unfit}"))),
            }
        });
        let content = content.await.map_err(io::Error::other).flatten();
        snapshot.contents.insert(path, content.map(Arc::new).map_err(|error| error.to_string()));
    }
}
