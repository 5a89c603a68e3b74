//! Uploads against a page blob in memory that keeps Azure's conditions, with what goes wrong at any request.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::azure::scripted::{ScriptedTransport, broken, client, response};
use crate::azure::timer::Timer;
use crate::azure::transport::{HttpRequest, HttpResponse, TransportError};
use crate::azure::write::Write;
use crate::execute::cancel::cancel;
use crate::execute::{Limits, execute};
use crate::model::address::Address;
use crate::model::event::Event;
use crate::model::outcome::Ended;
use crate::model::request::Method;
use crate::model::resource_id::ResourceId;
use crate::model::step::{Milestone, Run, Step, StepId, Work};
use crate::model::upload::{BlobName, Upload};
use crate::vhd::data::WINDOW;
use crate::vhd::file::DiskImage;

const SIZE: usize = 10 * WINDOW;

type Answered = Result<HttpResponse, TransportError>;

/// The blob; none before it was made.
#[derive(Default)]
struct Blob {
    bytes: Option<Vec<u8>>,
    pages: Vec<(usize, usize)>,
    sequence: String,
    metadata: BTreeMap<String, String>,
    version: usize,
    /// How many pages were put into it, over all times it was made.
    puts: usize,
}

impl Blob {
    fn answer(&mut self, request: &HttpRequest) -> HttpResponse {
        let header = |name: &str| request.headers.get(name).unwrap_or_default();
        let refuse = |status, code: &str| response(status, &[("x-ms-error-code", code)], "");
        let etag = format!("\"{}\"", self.version);
        let comp = request.url.rsplit_once("comp=").map_or("", |(_, comp)| comp);
        let Some(bytes) = self.bytes.as_mut().filter(|_| request.method == Method::Get || !comp.is_empty())
        else {
            if request.method == Method::Get {
                return refuse(404, "BlobNotFound");
            }
            let wanted = (header("if-none-match"), header("if-match"));
            if wanted.0 == "*" && self.bytes.is_some() {
                return refuse(409, "BlobAlreadyExists");
            }
            if !wanted.1.is_empty() && wanted.1 != etag {
                return refuse(412, "ConditionNotMet");
            }
            self.bytes = Some(vec![0; header("x-ms-blob-content-length").parse().expect("a size")]);
            self.pages.clear();
            header("x-ms-blob-sequence-number").clone_into(&mut self.sequence);
            self.mark(request);
            return response(201, &[], "");
        };
        match (request.method, comp) {
            (Method::Get, "pagelist") => {
                let range = |(start, end): &(usize, usize)| {
                    format!("<PageRange><Start>{start}</Start><End>{}</End></PageRange>", end - 1)
                };
                let list: String = self.pages.iter().map(range).collect();
                let size = bytes.len().to_string();
                let headers = [("etag", etag.as_str()), ("x-ms-blob-content-length", &size)];
                response(200, &headers, &format!("<PageList>{list}</PageList>"))
            }
            (Method::Get, _) => {
                let range = format!("bytes 0-511/{}", bytes.len());
                let named: Vec<(String, &String)> =
                    self.metadata.iter().map(|(name, value)| (format!("X-Ms-Meta-{name}"), value)).collect();
                let mut headers =
                    vec![("etag", etag.as_str()), ("content-range", &range), ("x-ms-blob-type", "PageBlob")];
                headers.extend(named.iter().map(|(name, value)| (name.as_str(), value.as_str())));
                response(206, &headers, "")
            }
            (_, "page") if header("x-ms-if-sequence-number-eq") != self.sequence => {
                refuse(412, "SequenceNumberConditionNotMet")
            }
            (_, "page") => {
                let (start, end) =
                    header("x-ms-range").trim_start_matches("bytes=").split_once('-').expect("a range");
                let (start, end): (usize, usize) = (start.parse().expect("one"), end.parse().expect("one"));
                bytes[start..=end].copy_from_slice(request.body.as_ref().expect("a body"));
                self.pages.push((start, end + 1));
                self.puts += 1;
                self.version += 1;
                response(201, &[], "")
            }
            _ if header("if-match") != etag => refuse(412, "ConditionNotMet"),
            _ => {
                self.mark(request);
                response(200, &[], "")
            }
        }
    }

    fn mark(&mut self, request: &HttpRequest) {
        let entry = |(name, value): (&str, &str)| {
            Some((name.strip_prefix("x-ms-meta-")?.to_owned(), value.to_owned()))
        };
        self.metadata = request.headers.iter().filter_map(entry).collect();
        self.version += 1;
    }
}

/// A file to upload, and the blob that it goes to.
struct Case {
    folder: tempfile::TempDir,
    blob: Arc<Mutex<Blob>>,
    /// How long the last run has waited.
    waited: Mutex<Duration>,
}

impl Case {
    /// Ten windows, seven of which hold data.
    #[expect(clippy::disallowed_methods, reason = "the test writes what is uploaded")]
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = File::create(folder.path().join("disk.vhd")).expect("a file");
        file.set_len(SIZE as u64).expect("a size");
        for window in [0, 1, 2, 4, 5, 8, 9] {
            file.write_all_at(
                &[u8::try_from(window).expect("small") + 1; 99],
                (window * WINDOW + 70_000) as u64,
            )
            .expect("data");
        }
        Self { folder, blob: Arc::default(), waited: Mutex::default() }
    }

    fn write_at(&self, at: usize, bytes: &[u8]) {
        write_at(&self.path(), at, bytes);
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("disk.vhd")
    }

    fn upload(&self) -> Upload {
        let account_id = ResourceId::new("s", "g", "Microsoft.Storage", "storageAccounts", "renders");
        let account = Address::new("storage-account", ["renders"]);
        let (container, name) = ("images".to_owned(), "disk.vhd".to_owned());
        let content =
            DiskImage::open(&self.path()).and_then(|image| image.content()).expect("it can be read");
        Upload {
            path: self.path(),
            content: Arc::new(content),
            endpoint: "https://renders.blob.core.windows.net/".to_owned(),
            blob: BlobName { account, account_id, container, name },
            mark: "ours".to_owned(),
        }
    }

    /// Runs the upload. `meddle` sees each request and the blob before it is answered, and may answer itself; `enough` says
    /// after which events the run is stopped.
    async fn run(
        &self,
        upload: Upload,
        meddle: impl Fn(usize, &HttpRequest, &mut Blob) -> Option<Answered> + Send + Sync + 'static,
        enough: impl Fn(&Event) -> bool + Sync,
    ) -> Ended {
        let blob = Arc::clone(&self.blob);
        let transport = ScriptedTransport::answering(move |number, request| {
            let mut blob = blob.lock().unwrap_or_else(PoisonError::into_inner);
            meddle(number, request, &mut blob).unwrap_or_else(|| Ok(blob.answer(request)))
        });
        let (client, timer) = client(&transport);
        let (switch, cancelled) = cancel();
        let stopped = AtomicBool::new(false);
        let address = Address::new("image-version", ["g", "i", "1.0.0"]);
        let id = StepId::new(&address, "upload");
        let work = Work::Upload(Box::new(upload));
        let step = Step {
            id: id.clone(),
            address,
            milestone: Milestone::Uploaded,
            work,
            after: Vec::new(),
            run: Run::Always,
        };
        let sink = |event: Event| {
            // A second press would drop what is in flight.
            if enough(&event) && !stopped.swap(true, Ordering::Relaxed) {
                switch.press();
            }
        };
        let timer: Arc<dyn Timer> = timer;
        let outcome =
            execute(&[step], &Write::new(client), &timer, &sink, &cancelled, &Limits::default()).await;
        *self.waited.lock().unwrap_or_else(PoisonError::into_inner) = timer.now();
        outcome.steps[&id].clone()
    }

    async fn run_plainly(&self) -> Ended {
        self.run(self.upload(), |_, _, _| None, |_| false).await
    }

    fn blob<T>(&self, look: impl FnOnce(&mut Blob) -> T) -> T {
        look(&mut self.blob.lock().expect("not poisoned"))
    }

    /// The blob is the file, and says so.
    #[expect(clippy::disallowed_methods, reason = "the test reads what was uploaded")]
    fn is_complete(&self) -> bool {
        let file = std::fs::read(self.path()).expect("it can be read");
        self.blob(|blob| {
            blob.metadata.get("poolwrightstate").is_some_and(|state| state == "complete")
                && blob.bytes.as_ref() == Some(&file)
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the test changes what is uploaded")]
fn write_at(path: &Path, at: usize, bytes: &[u8]) {
    let file = File::options().write(true).open(path);
    file.and_then(|file| file.write_all_at(bytes, at as u64)).expect("it can be written");
}

fn is_moved(ended: &Ended, words: &str) -> bool {
    matches!(ended, Ended::Moved { what } if what.contains(words))
}

fn is_put(request: &HttpRequest) -> bool {
    request.method == Method::Put && request.url.ends_with("comp=page")
}

#[tokio::test]
async fn only_data_is_sent_and_the_same_content_not_again() {
    let case = Case::new();
    let ended = case.run_plainly().await;
    assert_eq!(ended, Ended::Done(Some("sent 448 KiB".to_owned())));
    assert!(case.is_complete());
    assert_eq!(case.blob(|blob| blob.puts), 7);
    let again = case.run_plainly().await;
    assert_eq!(again, Ended::Done(Some("the blob has this content already".to_owned())));
    assert_eq!(case.blob(|blob| blob.puts), 7);
}

#[tokio::test]
async fn a_run_that_is_stopped_answers_what_is_in_flight_and_the_next_sends_the_rest() {
    let case = Case::new();
    let stopped = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stopped);
    let some = move |event: &Event| {
        let some = matches!(event, Event::Progressed { progress, .. } if progress.percent > Some(0));
        some && !seen.swap(true, Ordering::Relaxed)
    };
    // After the first page Azure is too busy for more, until the word to stop has come.
    let busy = move |_: usize, request: &HttpRequest, blob: &mut Blob| {
        let waits = is_put(request) && blob.puts > 0 && !stopped.load(Ordering::Relaxed);
        waits.then(|| Ok(response(503, &[], "")))
    };
    assert_eq!(case.run(case.upload(), busy, some).await, Ended::Cancelled);
    let stood = case.blob(|blob| blob.puts);
    assert!((1..7).contains(&stood) && !case.is_complete(), "{stood}");
    let ended = case.run_plainly().await;
    let Ended::Done(Some(words)) = ended else { panic!("{ended:?}") };
    assert!(words.ends_with("stood there already"), "{words}");
    assert!(case.is_complete());
    assert_eq!(case.blob(|blob| blob.puts), 7, "nothing was sent twice");
}

#[tokio::test]
async fn whichever_answer_is_lost_it_ends_the_same() {
    for lost in 0..13 {
        let case = Case::new();
        let lose = move |number: usize, request: &HttpRequest, blob: &mut Blob| {
            (number == lost).then(|| {
                blob.answer(request);
                Err(broken())
            })
        };
        let ended = case.run(case.upload(), lose, |_| false).await;
        assert!(ended.is_done() && case.is_complete(), "request {lost}: {ended:?}");
    }
}

#[tokio::test]
async fn a_file_that_has_changed_since_the_plan_is_not_sent() {
    // Where it had data, and where it had none.
    for at in [8 * WINDOW + 70_000, 3 * WINDOW] {
        let case = Case::new();
        let upload = case.upload();
        case.write_at(at, b"x");
        let ended = case.run(upload, |_, _, _| None, |_| false).await;
        assert!(is_moved(&ended, "changed since the plan"), "{ended:?}");
        assert!(case.blob(|blob| blob.bytes.is_none()));
    }
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_never_called_complete() {
    for at in [9 * WINDOW + 70_000, 3 * WINDOW] {
        let case = Case::new();
        let path = case.path();
        let change = move |_: usize, request: &HttpRequest, blob: &mut Blob| {
            if is_put(request) && blob.puts == 0 {
                write_at(&path, at, b"x");
            }
            None
        };
        let ended = case.run(case.upload(), change, |_| false).await;
        assert!(is_moved(&ended, "changed since the plan"), "{ended:?}");
        let sent = case.blob(|blob| blob.bytes.as_ref().is_some_and(|bytes| bytes[at] == b'x'));
        assert!(!sent && !case.is_complete());
        assert_eq!(case.blob(|blob| blob.metadata["poolwrightstate"].clone()), "begun");
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test changes what is uploaded")]
async fn a_file_that_is_gone_or_shorter_fails_with_its_name() {
    for vanishes in [true, false] {
        let case = Case::new();
        let upload = case.upload();
        if vanishes {
            std::fs::remove_file(case.path()).expect("it is there");
        } else {
            let file = File::options().write(true).open(case.path()).expect("it can be opened");
            file.set_len(WINDOW as u64).expect("it can be cut off");
        }
        let ended = case.run(upload, |_, _, _| None, |_| false).await;
        let words = format!("{ended:?}");
        assert!(!ended.is_done() && words.contains("disk.vhd"), "{words}");
        assert!(case.blob(|blob| blob.bytes.is_none()));
    }
}

#[tokio::test]
async fn a_blob_that_somebody_begins_anew_takes_no_more_of_ours() {
    let case = Case::new();
    let begin_anew = |_: usize, request: &HttpRequest, blob: &mut Blob| {
        if is_put(request) && blob.puts == 3 {
            "77".clone_into(&mut blob.sequence);
        }
        None
    };
    let ended = case.run(case.upload(), begin_anew, |_| false).await;
    assert!(matches!(&ended, Ended::Moved { what } if what.contains("begun the blob anew")), "{ended:?}");
    assert_eq!(case.blob(|blob| blob.puts), 3);
}

#[tokio::test]
async fn a_blob_of_somebody_else_is_not_touched_and_our_own_old_one_is_made_anew() {
    for (mark, is_ours) in [("theirs", false), ("ours", true)] {
        let case = Case::new();
        let metadata =
            [("poolwright", mark), ("poolwrightcontent", "another"), ("poolwrightstate", "complete")];
        case.blob(|blob| {
            blob.bytes = Some(vec![9; 512]);
            blob.metadata = metadata.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        });
        let ended = case.run_plainly().await;
        assert_eq!(ended.is_done(), is_ours, "{ended:?}");
        assert_eq!(case.is_complete(), is_ours);
        assert_eq!(case.blob(|blob| blob.bytes == Some(vec![9; 512])), !is_ours);
    }
}

#[tokio::test]
async fn pages_that_are_not_ours_are_never_called_complete() {
    let case = Case::new();
    let add_a_page = |_: usize, request: &HttpRequest, blob: &mut Blob| {
        if is_put(request) && blob.puts == 0 {
            blob.pages.push((3 * WINDOW, 3 * WINDOW + 512));
        }
        None
    };
    let ended = case.run(case.upload(), add_a_page, |_| false).await;
    assert!(
        matches!(&ended, Ended::Failed { error, .. } if error.contains("not those that were sent")),
        "{ended:?}"
    );
    assert!(!case.is_complete());
}

#[tokio::test]
async fn who_lacks_the_role_is_told_how_it_is_given() {
    let case = Case::new();
    let refuse = |_: usize, request: &HttpRequest, _: &mut Blob| {
        let headers =
            [("x-ms-error-code", "AuthorizationPermissionMismatch"), ("x-ms-request-id", "azure-1")];
        is_put(request).then(|| Ok(response(403, &headers, "")))
    };
    let ended = case.run(case.upload(), refuse, |_| false).await;
    let Ended::Failed { error, request_id } = &ended else { panic!("{ended:?}") };
    assert_eq!(request_id.as_deref(), Some("azure-1"));
    for wanted in
        ["403 AuthorizationPermissionMismatch", "Storage Blob Data Contributor", "storageAccounts/renders"]
    {
        assert!(error.contains(wanted), "{error}");
    }
}

#[tokio::test]
async fn a_blob_begun_anew_with_other_bytes_in_the_same_pages_is_not_called_ours() {
    let case = Case::new();
    // After our last page, another run of this stack puts another disk there, just as large.
    let replace = |_: usize, request: &HttpRequest, blob: &mut Blob| {
        if request.method == Method::Get && blob.puts == 7 {
            blob.metadata.insert("poolwrightcontent".to_owned(), "another".to_owned());
            blob.bytes.as_mut().expect("it is there")[70_000] = 99;
            blob.version += 1;
            blob.puts += 1;
        }
        None
    };
    let ended = case.run(case.upload(), replace, |_| false).await;
    assert!(is_moved(&ended, "begun the blob anew"), "{ended:?}");
    assert_eq!(case.blob(|blob| blob.metadata["poolwrightstate"].clone()), "begun");
}

#[tokio::test]
async fn a_blob_that_is_removed_meanwhile_is_told_as_that() {
    let case = Case::new();
    let remove = |_: usize, request: &HttpRequest, blob: &mut Blob| {
        let is_late = is_put(request) && blob.puts == 3;
        is_late.then(|| Ok(response(404, &[("x-ms-error-code", "BlobNotFound")], "")))
    };
    let ended = case.run(case.upload(), remove, |_| false).await;
    assert!(is_moved(&ended, "removed"), "{ended:?}");
}

/// What Azure says of the blob's own state is no race that is lost again and again.
#[tokio::test]
async fn a_refusal_to_make_the_blob_is_told_in_azures_words() {
    for (status, code, way_out) in [
        (409, "BlobImmutableDueToPolicy", ""),
        (409, "ContainerBeingDeleted", ""),
        (412, "LeaseIdMissing", "az storage blob lease break"),
        (403, "AuthorizationFailure", "az storage account network-rule add"),
    ] {
        let case = Case::new();
        let made = Arc::new(Mutex::new(0));
        let count = Arc::clone(&made);
        let refuse = move |_: usize, request: &HttpRequest, _: &mut Blob| {
            let is_create = request.method == Method::Put && !request.url.contains("comp=");
            is_create.then(|| {
                *count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                Ok(response(status, &[("x-ms-error-code", code)], ""))
            })
        };
        let ended = case.run(case.upload(), refuse, |_| false).await;
        let Ended::Failed { error, .. } = &ended else { panic!("{code}: {ended:?}") };
        assert!(error.contains(code) && error.contains(way_out), "{error}");
        assert_eq!(*made.lock().unwrap_or_else(PoisonError::into_inner), 1, "{code}");
    }
}

#[tokio::test]
async fn a_busy_service_is_waited_for_as_it_asks() {
    for (headers, at_least) in [(&[("retry-after", "7")][..], 7), (&[], 0)] {
        for busy in 0..13 {
            let case = Case::new();
            let answer = move |number: usize, _: &HttpRequest, _: &mut Blob| {
                let headers = [&[("x-ms-error-code", "ServerBusy")], headers].concat();
                (number == busy).then(|| Ok(response(503, &headers, "")))
            };
            let ended = case.run(case.upload(), answer, |_| false).await;
            assert!(ended.is_done() && case.is_complete(), "request {busy}: {ended:?}");
            let waited = case.waited.lock().expect("not poisoned").as_secs();
            assert!(waited >= at_least, "request {busy}: {waited}");
        }
    }
}

#[tokio::test]
async fn a_list_of_pages_comes_in_parts_that_end() {
    // The second part, of a blob that has changed since the first; and parts that lead to each other.
    for (markers, done) in [(&["a"][..], true), (&["a", "b"], false)] {
        let case = Case::new();
        let parts = move |_: usize, request: &HttpRequest, blob: &mut Blob| {
            let (_, query) = request.url.split_once("comp=pagelist")?;
            let next = match query.strip_prefix("&marker=") {
                None => markers.first(),
                Some(marker) if markers.len() > 1 => markers.iter().find(|known| **known != marker),
                Some(_) => None,
            };
            let asked = HttpRequest { url: request.url.replace(query, ""), ..request.clone() };
            let mut answer = blob.answer(&asked);
            if let Some(next) = next {
                let text = String::from_utf8_lossy(&answer.body)
                    .replace("</PageList>", &format!("<NextMarker>{next}</NextMarker></PageList>"));
                answer.body = text.into_bytes();
            }
            Some(Ok(answer))
        };
        let ended = case.run(case.upload(), parts, |_| false).await;
        assert_eq!(ended.is_done(), done, "{ended:?}");
        assert_eq!(case.is_complete(), done);
    }
}

/// A copy of a blob that is complete says so as well, from the moment at which it is begun.
#[tokio::test]
async fn a_copy_that_is_under_way_is_not_complete() {
    for (status, done) in [("pending", false), ("success", true)] {
        let case = Case::new();
        let content = case.upload().content;
        case.blob(|blob| {
            blob.bytes = Some(vec![0; SIZE]);
            blob.metadata = content
                .metadata("theirs", true)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
        });
        let copied = move |_: usize, request: &HttpRequest, blob: &mut Blob| {
            let mut answer = blob.answer(request);
            answer.headers.push("x-ms-copy-status", status);
            Some(Ok(answer))
        };
        let ended = case.run(case.upload(), copied, |_| false).await;
        assert_eq!(ended.is_done(), done, "{status}: {ended:?}");
        assert_eq!(case.blob(|blob| blob.puts), 0);
    }
}
