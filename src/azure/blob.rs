//! One page blob of a storage account: looked at, made, written page by page, marked. Requests and answers, and nothing
//! of what they are for.
//!
//! Our own few calls and not `azure_storage_blob`: they share token, tries, log and errors with everything else that is sent,
//! and an upload that goes on after a kill is none of what that crate does.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use azure_core::base64;
use md5::{Digest as _, Md5};

use crate::azure::client::{Answer, OnRetry};
use crate::azure::endpoints::EndpointError;
use crate::azure::error::AzureError;
use crate::azure::read::Read;
use crate::azure::write::{Condition, Write};
use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::encode;
use crate::model::upload::{BlobState, Found};

/// Azure counts the pages of a blob in these.
const PAGE: u64 = 512;
const VERSION: (&str, &str) = ("x-ms-version", "2021-12-02");
const METADATA: &str = "x-ms-meta-";
/// Azure lists 10,000 ranges at a time, and the largest blob has fewer lists of them; a server that sends more has no end.
const MOST_LISTS: usize = 10_000;

/// A blob by where it is.
#[derive(Debug, Clone)]
pub struct PageBlob {
    plane: Plane,
    path: String,
}

/// The pages of a blob that were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// The size of the blob.
    pub size: u64,
    /// The blob's entity tag when the first of them were read: a write since then has made it another.
    pub etag: String,
    /// The bytes that they cover.
    pub ranges: Vec<Range<u64>>,
}

/// Headers of a request, beside those that every request has.
type Extra = Vec<(&'static str, String)>;

impl PageBlob {
    /// The blob of a container, under the `primaryEndpoints.blob` that its account has.
    pub fn new(endpoint: &str, container: &str, name: &str) -> Result<Self, EndpointError> {
        let refuse = || EndpointError::NotHttps { what: "the blob endpoint", url: endpoint.to_owned() };
        let url = reqwest::Url::parse(endpoint).map_err(|_| refuse())?;
        let segments = std::iter::once(container).chain(name.split('/')).map(encode);
        let path =
            segments.fold(url.path().trim_end_matches('/').to_owned(), |path, part| path + "/" + &part);
        Ok(Self { plane: Plane::Blob { endpoint: endpoint.to_owned() }, path })
    }

    /// What stands under its name. Its first page is read along with it, since Azure tells all of that with a read of bytes.
    pub async fn look(&self, read: &Read) -> Result<Found, AzureError> {
        let headers = vec![("x-ms-range", format!("bytes=0-{}", PAGE - 1))];
        let answer = match read.fetch_with(&self.request(Method::Get, None), &with_version(headers)).await {
            Ok(answer) => answer,
            Err(error) if error.code() == Some("ContainerNotFound") => return Ok(Found::NoContainer),
            Err(error) if error.is_not_found() => return Ok(Found::Absent),
            // An empty blob has no first page.
            Err(error) if error.status() == Some(416) => return Ok(Found::There(empty())),
            Err(error) => return Err(error),
        };
        state(&answer).map(Found::There).ok_or_else(|| answer.unexpected("a blob"))
    }

    /// The pages that were written.
    pub async fn pages(&self, read: &Read) -> Result<Pages, AzureError> {
        let mut request = self.request(Method::Get, Some("pagelist"));
        let mut pages: Option<Pages> = None;
        let mut markers = BTreeSet::new();
        loop {
            let answer = read.fetch_with(&request, &with_version(Vec::new())).await?;
            let unexpected = || answer.unexpected("a list of pages");
            let size = answer.headers.get("x-ms-blob-content-length").and_then(|size| size.parse().ok());
            let (size, etag) = size.zip(answer.etag()).ok_or_else(unexpected)?;
            let text = answer.text();
            let ranges = page_ranges(&text).ok_or_else(unexpected)?;
            let mut known =
                pages.take().unwrap_or_else(|| Pages { size, etag: etag.to_owned(), ranges: Vec::new() });
            known.ranges.extend(ranges);
            let Some(marker) = element(&text, "NextMarker").filter(|marker| !marker.is_empty()) else {
                return Ok(known);
            };
            if !markers.insert(marker.to_owned()) || markers.len() >= MOST_LISTS {
                return Err(answer.unexpected("a list that comes to an end"));
            }
            request.query.retain(|(name, _)| *name != "marker");
            request = request.with_query("marker", marker);
            pages = Some(known);
        }
    }

    /// Makes it anew, of zeros alone.
    pub async fn create(
        &self,
        write: &Write,
        size: u64,
        sequence: u64,
        metadata: &[(&'static str, String)],
        condition: &Condition,
        on_retry: OnRetry<'_>,
    ) -> Result<(), AzureError> {
        let mut headers = vec![
            ("x-ms-blob-type", "PageBlob".to_owned()),
            ("x-ms-blob-content-length", size.to_string()),
            ("x-ms-blob-sequence-number", sequence.to_string()),
        ];
        headers.extend(condition.headers());
        let request = self.request(Method::Put, None);
        self.send(write, &request, headers, metadata, None, on_retry).await
    }

    /// Writes pages, which have to be whole, on condition that the blob has the sequence number.
    pub async fn put(
        &self,
        write: &Write,
        start: u64,
        bytes: &[u8],
        sequence: u64,
        on_retry: OnRetry<'_>,
    ) -> Result<(), AzureError> {
        let end = start + bytes.len() as u64 - 1;
        let headers = vec![
            ("x-ms-page-write", "update".to_owned()),
            ("x-ms-range", format!("bytes={start}-{end}")),
            ("x-ms-if-sequence-number-eq", sequence.to_string()),
            ("Content-MD5", base64::encode(Md5::digest(bytes))),
        ];
        let request = self.request(Method::Put, Some("page"));
        self.send(write, &request, headers, &[], Some(bytes), on_retry).await
    }

    /// Puts metadata in the place of what it has, if it is as it was read.
    pub async fn mark(
        &self,
        write: &Write,
        metadata: &[(&'static str, String)],
        etag: &str,
        on_retry: OnRetry<'_>,
    ) -> Result<(), AzureError> {
        let headers = Condition::Unchanged(etag.to_owned()).headers();
        let request = self.request(Method::Put, Some("metadata"));
        self.send(write, &request, headers, metadata, None, on_retry).await
    }

    fn request(&self, method: Method, comp: Option<&str>) -> Request {
        let request = Request {
            method,
            plane: self.plane.clone(),
            path: self.path.clone(),
            // The version of storage stands in a header.
            api_version: "",
            query: Vec::new(),
            body: None,
        };
        match comp {
            Some(comp) => request.with_query("comp", comp),
            None => request,
        }
    }

    async fn send(
        &self,
        write: &Write,
        request: &Request,
        headers: Extra,
        metadata: &[(&'static str, String)],
        bytes: Option<&[u8]>,
        on_retry: OnRetry<'_>,
    ) -> Result<(), AzureError> {
        let named: Vec<(String, &String)> =
            metadata.iter().map(|(name, value)| (format!("{METADATA}{name}"), value)).collect();
        let headers = with_version(headers);
        let all = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<(&str, &str)> =
            all.chain(named.iter().map(|(name, value)| (name.as_str(), value.as_str()))).collect();
        write.send_bytes(request, &all, bytes, Some(on_retry)).await.map(drop)
    }
}

fn with_version(mut headers: Extra) -> Extra {
    headers.push((VERSION.0, VERSION.1.to_owned()));
    headers
}

fn empty() -> BlobState {
    BlobState { size: 0, has_pages: false, metadata: BTreeMap::new(), etag: String::new(), leased: false }
}

fn state(answer: &Answer) -> Option<BlobState> {
    let range = answer.headers.get("content-range");
    let size = range.and_then(|range| range.rsplit_once('/')?.1.parse().ok())?;
    // A copy has the metadata of its source before it has the bytes.
    let is_copied = answer.headers.get("x-ms-copy-status").is_none_or(|status| status == "success");
    let metadata = answer.headers.iter().filter(|_| is_copied).filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        Some((name.strip_prefix(METADATA)?.to_owned(), value.to_owned()))
    });
    Some(BlobState {
        size,
        has_pages: answer.headers.get("x-ms-blob-type") == Some("PageBlob"),
        metadata: metadata.collect(),
        etag: answer.etag()?.to_owned(),
        leased: answer.headers.get("x-ms-lease-status") == Some("locked"),
    })
}

/// The ranges of a list of pages; `None` where one of them is none. Ranges that were cleared are other elements.
fn page_ranges(xml: &str) -> Option<Vec<Range<u64>>> {
    if !xml.contains("<PageList") {
        return None;
    }
    let parts = xml.split("<PageRange>").skip(1);
    let range = |part: &str| {
        let number = |name| element(part, name)?.parse::<u64>().ok();
        let (start, end) = (number("Start")?, number("End")?.checked_add(1)?);
        (start < end).then_some(start..end)
    };
    parts.map(range).collect()
}

/// The text of the first element of a name, which holds no other.
fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once('<').map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::{PageBlob, page_ranges};

    #[test]
    fn a_blob_is_under_the_endpoint_of_its_account() {
        let path = |endpoint, name| PageBlob::new(endpoint, "images", name).map(|blob| blob.path).ok();
        assert_eq!(
            path("https://a.blob.core.windows.net/", "g/i 1.vhd").as_deref(),
            Some("/images/g/i%201.vhd")
        );
        assert_eq!(path("https://127.0.0.1:1/account", "x").as_deref(), Some("/account/images/x"));
        assert_eq!(path("nonsense", "x"), None);
    }

    #[test]
    fn pages_as_azure_lists_them() {
        let list = "<?xml version=\"1.0\"?><PageList><PageRange><Start>0</Start><End>511</End></PageRange>\
                    <ClearRange><Start>512</Start><End>1023</End></ClearRange>\
                    <PageRange><Start>4096</Start><End>8191</End></PageRange></PageList>";
        assert_eq!(page_ranges(list), Some(vec![0..512, 4096..8192]));
        assert_eq!(page_ranges("<PageList />"), Some(Vec::new()));
        for broken in [
            "",
            "<html>",
            "<PageList><PageRange><Start>9</Start><End>1</End></PageRange></PageList>",
            "<PageList><PageRange><Start>0</Start></PageRange></PageList>",
            "<PageList><PageRange><Start>0</Start><End>18446744073709551615</End></PageRange></PageList>",
        ] {
            assert_eq!(page_ranges(broken), None, "{broken}");
        }
    }
}
