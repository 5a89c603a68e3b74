//! What crosses the wire, without a network: one request, one response.
//! Knows no HTTP library and no Azure; `server` translates to and from hyper, tests build these by hand.

use std::time::Duration;

/// One HTTP request as the emulator takes it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The verb in upper case, such as `GET`.
    pub method: String,
    /// An absolute URL, or path and query alone (then the `host` header tells the authority).
    pub url: String,
    /// Header names and values in the order sent; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, empty when there is none.
    pub body: Vec<u8>,
    /// How many bytes more the body had: a body that is too large is not kept whole.
    pub dropped: usize,
}

/// One HTTP response as the emulator gives it.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, empty when there is none.
    pub body: Vec<u8>,
    /// How much later it is to be sent, in real time: a fault asks for it.
    pub delay: Duration,
    /// The connection is to be closed in the middle of the body: a fault asks for it.
    pub cut: bool,
}

impl Request {
    /// The first header of that name, without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The URL without scheme and authority: path and query.
    pub fn target(&self) -> &str {
        match self.absolute() {
            None => &self.url,
            Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        }
    }

    /// Host and port the request is addressed to, in lower case; empty when nothing tells.
    pub fn authority(&self) -> String {
        match self.absolute() {
            Some(rest) => rest.split(['/', '?']).next().unwrap_or_default().to_ascii_lowercase(),
            None => self.header("host").unwrap_or_default().to_ascii_lowercase(),
        }
    }

    /// What follows the scheme of an absolute URL; a path may have `://` in its query.
    fn absolute(&self) -> Option<&str> {
        if self.url.starts_with('/') { None } else { self.url.split_once("://").map(|(_, rest)| rest) }
    }
}

impl Response {
    /// The first header of that name, without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body as JSON; null when it is empty or no JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or(serde_json::Value::Null)
    }
}

/// The first header of that name, without regard to case.
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Undoes percent-encoding; bytes that are no UTF-8 become the replacement character.
pub(crate) fn percent_decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let escaped = hex.filter(|_| bytes[at] == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], escaped) {
            (_, Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', None) if plus_is_space => out.push(b' '),
            (byte, None) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(
                [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
            );
        }
    }
    out
}

/// Name and value pairs of a query string or of a form body.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (percent_decode(name, true), percent_decode(value, true))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_and_stray_signs_survive() {
        assert_eq!(percent_decode("a%20b%2fc", false), "a b/c");
        assert_eq!(percent_decode("100%", false), "100%");
        assert_eq!(percent_decode("%é", false), "%é");
        assert_eq!(percent_decode("%+1", false), "%+1");
        assert_eq!(
            pairs("$filter=id+eq+%27a%27&x"),
            [("$filter".into(), "id eq 'a'".into()), ("x".into(), String::new())]
        );
        assert_eq!(percent_encode("/a b"), "%2Fa%20b");
    }

    #[test]
    fn an_absolute_url_tells_its_authority_and_target() {
        let request = Request { url: "https://Host.Test:8443/a?b=c".into(), ..Request::default() };
        assert_eq!((request.authority().as_str(), request.target()), ("host.test:8443", "/a?b=c"));
        let request = Request { url: "/a?b=api://c/d".into(), ..Request::default() };
        assert_eq!((request.authority().as_str(), request.target()), ("", "/a?b=api://c/d"));
    }
}
