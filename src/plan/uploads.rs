//! What is uploaded before something is made of it: whether that can be done, in words, and as steps.
//! Reads no file and no blob: both were looked at before.

use std::sync::Arc;

use crate::model::mark::Owner;
use crate::model::plan::Action;
use crate::model::snapshot::{FoundBlob, Snapshot};
use crate::model::step::{Milestone, Step, StepId, Work};
use crate::model::upload::{Content, DiskFile, Found, Standing, Upload, blob_endpoint, in_words};
use crate::plan::decide::Decision;
use crate::plan::steps::Maker;

/// Says in a decision what is uploaded, or why that cannot be done; the second text is the way out.
pub(crate) fn decide(
    decision: &mut Decision,
    owner: &Owner,
    snapshot: &Snapshot,
) -> Result<(), (String, String)> {
    let files = decision.desired.as_ref().map_or(&[][..], |desired| &desired.files);
    let mut course = Vec::new();
    for file in files {
        let Some(content) = snapshot.contents.get(&file.path) else { continue };
        let content = content.as_ref().map_err(|why| {
            let way_out =
                "build it to its end, or correct `file`; its path begins where the file stands that names it";
            (format!("{} cannot be read: {why}", file.file), way_out.to_owned())
        })?;
        let place = format!("{}/{} in {}", file.blob.container, file.blob.name, file.blob.account_id.name());
        let standing = standing(file, content, owner, snapshot, &place)?;
        let (bytes, size) = (in_words(content.bytes()), in_words(content.size));
        course.extend(match standing {
            Some(Standing::Complete) => None,
            Some(Standing::Begun) => Some(format!(
                "go on to upload {}: what is missing of {bytes} of {size}, to {place}",
                file.file
            )),
            Some(Standing::Outdated) => Some(format!(
                "upload {}: {bytes} of {size}, to {place}, in the place of what this stack has put there",
                file.file
            )),
            _ => Some(format!("upload {}: {bytes} of {size}, to {place}", file.file)),
        });
    }
    if !course.is_empty() {
        course.push("make the version of it".to_owned());
        decision.course = course;
    }
    Ok(())
}

/// What stands in the blob's place; none where there is nothing.
fn standing(
    file: &DiskFile,
    content: &Content,
    owner: &Owner,
    snapshot: &Snapshot,
    place: &str,
) -> Result<Option<Standing>, (String, String)> {
    let blob = &file.blob;
    match snapshot.blobs.get(blob) {
        None | Some(FoundBlob::Read(Found::Absent)) => Ok(None),
        Some(FoundBlob::Read(Found::NoContainer)) => Err((
            format!("{} has no container {}", blob.account_id.name(), blob.container),
            format!(
                "az storage container create --auth-mode login --account-name {} --name {}",
                blob.account_id.name(),
                blob.container
            ),
        )),
        Some(FoundBlob::Read(Found::There(state))) => match state.standing(&blob.mark(owner), content) {
            Standing::Foreign => Err((
                format!("{place} exists, has another content, and this stack has not made it"),
                "give yours another `name`, or remove it where it belongs".to_owned(),
            )),
            Standing::Begun | Standing::Outdated if state.leased => Err((
                format!("{place} is leased, so that nobody can write to it"),
                blob.way_out("LeaseIdMissing").unwrap_or_default(),
            )),
            standing => Ok(Some(standing)),
        },
        Some(FoundBlob::Refused { why, way_out }) => {
            Err((format!("{place} may not be read: {why}"), way_out.clone()))
        }
        Some(FoundBlob::Unreadable(why)) => {
            Err((format!("{place} could not be read: {why}"), "plan again once it can".to_owned()))
        }
    }
}

impl Maker<'_> {
    /// The uploads that come before something is made.
    pub(super) fn uploads(&mut self, decision: &Decision) -> Vec<StepId> {
        let files = decision.desired.as_ref().map_or(&[][..], |desired| &desired.files);
        let mut steps = Vec::new();
        for (number, file) in files.iter().enumerate() {
            let Some(work) = self.upload(decision, file) else { continue };
            let what = if number == 0 { "upload".to_owned() } else { format!("upload {number}") };
            // Where another version has the same blob, the second upload finds it complete, and sends nothing.
            let is_same = |step: &&Step| matches!(&step.work, Work::Upload(known) if known.blob == file.blob);
            let after = self.steps.values().filter(is_same).map(|step| step.id.clone()).collect();
            steps.push(self.add(decision, &what, Milestone::Uploaded, work, after));
        }
        steps
    }

    /// The upload of a file; none where the blob has its content already.
    fn upload(&self, decision: &Decision, file: &DiskFile) -> Option<Work> {
        if !matches!(decision.action, Action::Create | Action::Replace) {
            return None;
        }
        let content = self.snapshot.contents.get(&file.path)?.as_ref().ok()?;
        let mark = file.blob.mark(&self.graph.owner);
        if let Some(FoundBlob::Read(Found::There(state))) = self.snapshot.blobs.get(&file.blob)
            && state.standing(&mark, content) == Standing::Complete
        {
            return None;
        }
        let endpoint = blob_endpoint(self.snapshot.live(&file.blob.account)?)?.to_owned();
        let (path, content, blob) = (file.path.clone(), Arc::clone(content), file.blob.clone());
        Some(Work::Upload(Box::new(Upload { path, content, endpoint, blob, mark })))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::standing;
    use crate::diag::Place;
    use crate::model::address::Address;
    use crate::model::mark::Owner;
    use crate::model::resource_id::ResourceId;
    use crate::model::snapshot::{FoundBlob, Snapshot};
    use crate::model::upload::{BlobName, BlobState, Content, DiskFile, Found, Standing};

    #[test]
    fn what_stands_in_the_way_of_an_upload_is_said_with_the_way_out() {
        let owner = Owner { stack: "s".to_owned(), subscription: "s".to_owned(), group: "g".to_owned() };
        let blob = BlobName {
            account: Address::new("storage-account", ["renders"]),
            account_id: ResourceId::new("s", "g", "Microsoft.Storage", "storageAccounts", "renders"),
            container: "images".to_owned(),
            name: "a.vhd".to_owned(),
        };
        let content = Content::new(512, Vec::new());
        let (file, path) = ("a.vhd".to_owned(), PathBuf::from("a.vhd"));
        let file = DiskFile { file, path, place: Place::default(), blob: blob.clone() };
        let found = |found: FoundBlob| {
            let snapshot = Snapshot { blobs: [(blob.clone(), found)].into(), ..Snapshot::default() };
            standing(&file, &content, &owner, &snapshot, "the blob")
        };
        let there = |metadata: &[(&'static str, String)]| {
            let metadata: BTreeMap<String, String> =
                metadata.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            FoundBlob::Read(Found::There(BlobState {
                size: 512,
                has_pages: true,
                metadata,
                etag: String::new(),
                leased: false,
            }))
        };
        let refused = |code: &str| FoundBlob::Refused {
            why: format!("403 {code}"),
            way_out: blob.way_out(code).expect("a way out"),
        };
        assert_eq!(found(FoundBlob::Read(Found::Absent)), Ok(None));
        let begun = there(&content.metadata(&blob.mark(&owner), false));
        assert_eq!(found(begun.clone()), Ok(Some(Standing::Begun)));
        let lease = |mut found: FoundBlob| {
            if let FoundBlob::Read(Found::There(state)) = &mut found {
                state.leased = true;
            }
            found
        };
        let complete = there(&content.metadata(&blob.mark(&owner), true));
        assert_eq!(found(lease(complete)), Ok(Some(Standing::Complete)), "nothing is written to it");
        let leased = lease(begun);
        for (stands, reason, way_out) in [
            (there(&[]), "this stack has not made it", "another `name`"),
            (FoundBlob::Read(Found::NoContainer), "has no container images", "az storage container create"),
            (refused("AuthorizationPermissionMismatch"), "may not be read", "Storage Blob Data Contributor"),
            (refused("AuthorizationFailure"), "may not be read", "network-rule add --resource-group g"),
            (leased, "is leased", "az storage blob lease break"),
            (FoundBlob::Unreadable("no answer".to_owned()), "no answer", "plan again"),
        ] {
            let (said, ways_out) = found(stands).expect_err(reason);
            assert!(said.contains(reason) && ways_out.contains(way_out), "{said} {ways_out}");
        }
    }
}
