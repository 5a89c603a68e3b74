//! Brings the content of a file into a page blob: only what does not stand there, several pages at a time, and only the bytes
//! that were agreed to. What follows from how the blob is, is judged in `model::upload`.
//!
//! The blob is made with the content's name in its metadata, and every page is written on condition of the sequence number
//! that follows from the content. So whatever stands in it is right, a run that is killed is gone on with by the next one, and
//! two runs of one content help each other. Only what was verified is called complete.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::{JoinSet, spawn_blocking};

use crate::azure::blob::PageBlob;
use crate::azure::error::AzureError;
use crate::azure::write::Condition;
use crate::execute::context::{Context, failed};
use crate::model::digest::digest_of;
use crate::model::outcome::Ended;
use crate::model::step::StepId;
use crate::model::upload::{Chunk, Found, Standing, Upload, in_words};
use crate::model::wait::Progress;
use crate::vhd::file::DiskImage;

/// Requests in flight for one blob, of 4 MiB at most each.
const AT_A_TIME: usize = 4;
/// How often somebody else may touch the blob between our looking at it and our calling it complete.
const MOST_LOOKS: usize = 5;

const BEGUN_ANEW: &str = "somebody else has begun the blob anew at the same moment";

/// How an upload ends that does not get to its end.
enum Stop {
    Azure(AzureError),
    Ended(Ended),
}

impl From<AzureError> for Stop {
    fn from(error: AzureError) -> Self {
        Self::Azure(error)
    }
}

/// Runs the step.
pub(in crate::execute) async fn upload(step: &StepId, upload: &Upload, context: &Context) -> Ended {
    let ended = async { Uploading::begin(step, upload, context).await?.run().await };
    match ended.await {
        Ok(words) => Ended::Done(words),
        Err(Stop::Ended(ended)) => ended,
        Err(Stop::Azure(error)) => refused(&error, upload),
    }
}

fn refused(error: &AzureError, upload: &Upload) -> Ended {
    if let Some(way_out) = error.code().and_then(|code| upload.blob.way_out(code)) {
        return Ended::Failed {
            error: format!("{}; way out: {way_out}", error.chain()),
            request_id: error.refusal().and_then(|refusal| refusal.request_id.clone()),
        };
    }
    match error.status() {
        Some(404) => moved("somebody else has removed the blob or its container"),
        Some(412) => moved(BEGUN_ANEW),
        _ => failed(error),
    }
}

fn moved(what: &str) -> Ended {
    Ended::Moved { what: what.to_owned() }
}

/// An upload under way.
struct Uploading<'a> {
    step: &'a StepId,
    upload: &'a Upload,
    context: &'a Context,
    blob: PageBlob,
    image: Arc<DiskImage>,
}

impl<'a> Uploading<'a> {
    async fn begin(step: &'a StepId, upload: &'a Upload, context: &'a Context) -> Result<Self, Stop> {
        let blob = PageBlob::new(&upload.endpoint, &upload.blob.container, &upload.blob.name)
            .map_err(AzureError::from)?;
        let path = upload.path.clone();
        let image = spawn_blocking(move || DiskImage::open(&path)).await.map_err(io::Error::other).flatten();
        let image = Arc::new(image.map_err(|error| Stop::Ended(unreadable(upload, &error)))?);
        // Where it had no data, nothing will be read, so that what was written there since shows in no digest.
        if image.stamp() != upload.content.stamp {
            return Err(changed(upload));
        }
        Ok(Self { step, upload, context, blob, image })
    }

    /// The words, if any, are worth telling.
    async fn run(&self) -> Result<Option<String>, Stop> {
        if !self.make_room().await? {
            return Ok(Some("the blob has this content already".to_owned()));
        }
        let standing = self.blob.pages(self.context.client.read()).await?;
        let missing = self.upload.content.missing(&standing.ranges);
        let bytes: u64 = missing.iter().map(|chunk| chunk.length).sum();
        self.send(missing).await?;
        let image = Arc::clone(&self.image);
        let is_as_opened =
            spawn_blocking(move || image.is_as_opened()).await.map_err(io::Error::other).flatten();
        if !is_as_opened.map_err(|error| Stop::Ended(unreadable(self.upload, &error)))? {
            return Err(changed(self.upload));
        }
        self.complete().await?;
        let stood = self.upload.content.bytes() - bytes;
        Ok(Some(match stood {
            0 => format!("sent {}", in_words(bytes)),
            stood => format!("sent {}, {} stood there already", in_words(bytes), in_words(stood)),
        }))
    }

    /// Makes sure that there is a blob for this content. False: it has it whole.
    async fn make_room(&self) -> Result<bool, Stop> {
        let Upload { content, mark, .. } = self.upload;
        for _ in 0..MOST_LOOKS {
            let condition = match self.blob.look(self.context.client.read()).await? {
                Found::NoContainer => {
                    let what = format!("there is no container {} any more", self.upload.blob.container);
                    return Err(Stop::Ended(moved(&what)));
                }
                Found::Absent => Condition::Absent,
                Found::There(state) => match state.standing(mark, content) {
                    Standing::Complete => return Ok(false),
                    Standing::Begun => return Ok(true),
                    Standing::Outdated => Condition::Unchanged(state.etag),
                    Standing::Foreign => {
                        return Err(Stop::Ended(moved("somebody else has put another blob there")));
                    }
                },
            };
            if self.context.cancel.is_stopping() {
                return Err(Stop::Ended(Ended::Cancelled));
            }
            let metadata = content.metadata(mark, false);
            let (write, on_retry) = (&self.context.client, self.on_retry());
            let made =
                self.blob.create(write, content.size, content.sequence(), &metadata, &condition, &on_retry);
            match made.await {
                Ok(()) => return Ok(true),
                // Somebody was faster, or our own first try was: the next look tells.
                Err(error) if matches!(error.code(), Some("BlobAlreadyExists" | "ConditionNotMet")) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Stop::Ended(moved("somebody else makes the blob again and again")))
    }

    /// Sends what is missing. What is in flight when the run is stopped, or when one request fails, is answered first.
    async fn send(&self, missing: Vec<Chunk>) -> Result<(), Stop> {
        let total: u64 = missing.iter().map(|chunk| chunk.length).sum();
        let sent = Arc::new(AtomicU64::new(0));
        let mut flying: JoinSet<Result<u64, Stop>> = JoinSet::new();
        let mut left = missing.into_iter();
        let mut stop = None;
        self.tell(0, total);
        loop {
            if stop.is_none() {
                stop = self.why_stop(sent.load(Ordering::Relaxed), total);
            }
            while stop.is_none() && flying.len() < AT_A_TIME {
                let Some(chunk) = left.next() else { break };
                self.start(chunk, &mut flying);
            }
            let Some(joined) = flying.join_next().await else { break };
            let result = joined.unwrap_or_else(|error| {
                let error = format!("this is a bug in poolwright: {error}");
                Err(Stop::Ended(Ended::Failed { error, request_id: None }))
            });
            match result {
                Ok(bytes) => self.tell(sent.fetch_add(bytes, Ordering::Relaxed) + bytes, total),
                Err(why) => {
                    stop.get_or_insert(why);
                }
            }
        }
        stop.map_or(Ok(()), Err)
    }

    /// Reads and sends one chunk, if it is what was agreed to.
    fn start(&self, chunk: Chunk, flying: &mut JoinSet<Result<u64, Stop>>) {
        let (image, upload, blob) = (Arc::clone(&self.image), self.upload.clone(), self.blob.clone());
        let (context, on_retry) = (self.context.clone(), self.on_retry());
        flying.spawn(async move {
            let read = spawn_blocking(move || image.chunk(&chunk)).await.map_err(io::Error::other).flatten();
            let bytes = read.map_err(|error| Stop::Ended(unreadable(&upload, &error)))?;
            if digest_of(&bytes) != chunk.digest {
                return Err(changed(&upload));
            }
            blob.put(&context.client, chunk.start, &bytes, upload.content.sequence(), &on_retry).await?;
            Ok(chunk.length)
        });
    }

    /// Holds what stands against the content, and calls it complete if it is that. Which content the pages are of is told by
    /// the blob's metadata alone, so both are of one moment.
    async fn complete(&self) -> Result<(), Stop> {
        let Upload { content, mark, .. } = self.upload;
        let read = self.context.client.read();
        for _ in 0..MOST_LOOKS {
            let Found::There(state) = self.blob.look(read).await? else {
                return Err(Stop::Ended(moved("somebody else has removed the blob")));
            };
            match state.standing(mark, content) {
                // Another run of the same content was faster, or our own first try.
                Standing::Complete => return Ok(()),
                Standing::Begun => {}
                Standing::Outdated | Standing::Foreign => return Err(Stop::Ended(moved(BEGUN_ANEW))),
            }
            let pages = self.blob.pages(read).await?;
            if pages.etag != state.etag {
                continue;
            }
            if pages.size != content.size || !content.is_in(&pages.ranges) {
                let error =
                    "the pages of the blob are not those that were sent; remove it, and run again".to_owned();
                return Err(Stop::Ended(Ended::Failed { error, request_id: None }));
            }
            let (write, on_retry) = (&self.context.client, self.on_retry());
            match self.blob.mark(write, &content.metadata(mark, true), &pages.etag, &on_retry).await {
                Err(error) if error.code() == Some("ConditionNotMet") => {}
                other => return other.map_err(Stop::from),
            }
        }
        Err(Stop::Ended(moved("somebody else writes to the blob again and again")))
    }

    /// Why nothing more is begun, if that is so.
    fn why_stop(&self, sent: u64, total: u64) -> Option<Stop> {
        if self.context.cancel.is_stopping() {
            return Some(Stop::Ended(Ended::Cancelled));
        }
        let is_over = self.context.end.is_some_and(|end| self.context.timer.now() >= end);
        let progress = format!("{} of {}; the next run goes on there", in_words(sent), in_words(total));
        is_over.then_some(Stop::Ended(Ended::StillRunning { progress }))
    }

    fn tell(&self, sent: u64, total: u64) {
        let percent = (sent * 100).checked_div(total).and_then(|percent| u8::try_from(percent).ok());
        let words = format!("{} of {}", in_words(sent), in_words(total));
        self.context.tell_progress(self.step, &Progress { percent, words, bytes: Some((sent, total)) });
    }

    fn on_retry(&self) -> impl Fn(&str, Duration) + Send + Sync + 'static {
        let (step, context) = (self.step.clone(), self.context.clone());
        move |why, after| context.tell_retry(&step, why, after)
    }
}

fn changed(upload: &Upload) -> Stop {
    Stop::Ended(moved(&format!("{} has changed since the plan was made", upload.path.display())))
}

fn unreadable(upload: &Upload, error: &io::Error) -> Ended {
    let error = format!("cannot read {}: {error}", upload.path.display());
    Ended::Failed { error, request_id: None }
}

#[cfg(test)]
#[path = "upload_tests.rs"]
mod tests;
