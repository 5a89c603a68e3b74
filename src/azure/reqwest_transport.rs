//! The one client that opens sockets: reqwest over rustls and ring.
//! Follows no redirect, decides no retry, and speaks plain HTTP to nobody who was not named beforehand.

use std::collections::BTreeSet;
use std::error::Error;
use std::io;
use std::sync::Once;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Certificate;
use reqwest::Client;
use reqwest::ClientBuilder;
use reqwest::Url;
use reqwest::redirect::Policy;

use crate::azure::transport::{Headers, HttpRequest, HttpResponse, Transport, TransportError};
use crate::model::request::Method;

/// The largest body that is read. Azure's largest pages stay below one MiB; a hostile server's do not.
const LARGEST_BODY: usize = 64 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// From the first byte sent to the last one read, against servers that send a byte a minute. ARM answers within a minute.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(150);
/// From how many bytes on a body takes its time to send, which is not taken for silence of the server.
const LONG_BODY: usize = 64 * 1024;
/// The bytes a second that each of the requests gets through on the slowest line that is waited for.
const SLOWEST: usize = 16 * 1024;

/// What differs between talking to Azure and talking to a server on this machine.
#[derive(Clone, Debug, Default)]
pub struct TransportSettings {
    /// Certificates (PEM, one or more) that are trusted besides the system's.
    pub extra_roots_pem: Option<Vec<u8>>,
    /// Trust the extra certificates alone: for the embedded emulator, which needs no other and no system store.
    pub only_extra_roots: bool,
    /// Go straight to the server even where the environment names a proxy: for servers on this machine.
    pub no_proxy: bool,
    /// Hosts that may be spoken to over plain HTTP: the managed identity endpoints, which have no TLS. Empty otherwise.
    pub plain_http_hosts: BTreeSet<String>,
}

/// Why the client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TransportSetupError {
    /// The file of extra certificates has none that can be read.
    #[error("the extra root certificates are not valid PEM")]
    Certificates(#[source] reqwest::Error),
    /// The file of extra certificates is something else.
    #[error("the file of extra root certificates holds no PEM certificate")]
    NoCertificate,
    /// TLS or the proxy settings of this machine cannot be used.
    #[error("could not set up the HTTPS client")]
    Client(#[source] reqwest::Error),
}

/// [`Transport`] over real sockets.
#[derive(Debug)]
pub struct ReqwestTransport {
    client: Client,
    /// The same for long bodies: reqwest counts sending them as waiting for an answer.
    patient: Client,
    plain_http_hosts: BTreeSet<String>,
}

impl ReqwestTransport {
    /// Makes the client; opens no connection yet.
    pub fn new(settings: &TransportSettings) -> Result<Self, TransportSetupError> {
        Self::with_read_timeout(settings, READ_TIMEOUT)
    }

    fn with_read_timeout(
        settings: &TransportSettings,
        read_timeout: Duration,
    ) -> Result<Self, TransportSetupError> {
        install_crypto_provider();
        let extra = match &settings.extra_roots_pem {
            Some(pem) => Certificate::from_pem_bundle(pem).map_err(TransportSetupError::Certificates)?,
            None => Vec::new(),
        };
        if settings.extra_roots_pem.is_some() && extra.is_empty() {
            return Err(TransportSetupError::NoCertificate);
        }
        let client = |builder: ClientBuilder| {
            let mut builder = builder
                .user_agent(concat!("poolwright/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(WHOLE_TIMEOUT)
                .tcp_nodelay(true)
                .https_only(settings.plain_http_hosts.is_empty());
            if settings.no_proxy {
                builder = builder.no_proxy();
            }
            if settings.only_extra_roots {
                builder = builder.tls_certs_only(extra.clone());
            } else if !extra.is_empty() {
                builder = builder.tls_certs_merge(extra.clone());
            }
            builder.build().map_err(TransportSetupError::Client)
        };
        Ok(Self {
            client: client(Client::builder().read_timeout(read_timeout))?,
            patient: client(Client::builder())?,
            plain_http_hosts: settings.plain_http_hosts.clone(),
        })
    }

    fn checked_url(&self, text: &str) -> Result<(Url, String), TransportError> {
        let refuse = |reason: String| TransportError::NotSent { reason };
        let url = Url::parse(text).map_err(|error| refuse(format!("the URL cannot be read ({error})")))?;
        let host = url.host_str().ok_or_else(|| refuse("the URL has no host".to_owned()))?.to_owned();
        match url.scheme() {
            "https" => {}
            "http" if self.plain_http_hosts.contains(&host) => {}
            scheme => return Err(refuse(format!("{scheme} is not allowed to {host}, only https is"))),
        }
        let name = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        Ok((url, name))
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let (url, host) = self.checked_url(&request.url)?;
        let length = request.body.as_ref().map_or(0, Vec::len);
        let mut builder = if length < LONG_BODY {
            self.client.request(reqwest_method(request.method), url)
        } else {
            let sending = Duration::from_secs((length / SLOWEST) as u64);
            self.patient.request(reqwest_method(request.method), url).timeout(WHOLE_TIMEOUT + sending)
        };
        for (name, value) in request.headers.iter() {
            builder = builder.header(name, value);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let mut response = builder.send().await.map_err(|error| failure(&host, error))?;
        let status = response.status().as_u16();
        let mut headers = Headers::new();
        for (name, value) in response.headers() {
            headers.push(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&host, error))? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(TransportError::TooLarge { host, limit: LARGEST_BODY });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse { status, headers, body })
    }
}

/// Sorts reqwest's error by the one thing that matters: can the server have seen the request?
fn failure(host: &str, error: reqwest::Error) -> TransportError {
    let host = host.to_owned();
    // The URL's query may hold a signature, and the host is named anyway.
    let error = error.without_url();
    if error.is_builder() {
        return TransportError::NotSent { reason: format!("the request cannot be built ({error})") };
    }
    if error.is_connect() && is_certificate_trouble(&error) {
        return TransportError::Untrusted { host, source: Box::new(error) };
    }
    if error.is_connect() {
        return TransportError::Connect { host, source: Box::new(error) };
    }
    TransportError::Broken { host, source: Box::new(error) }
}

/// Whether rustls refused the server's certificate, which no further try changes. An I/O error hides what it wraps
/// from `source`, so it is asked for it.
fn is_certificate_trouble(error: &(dyn Error + 'static)) -> bool {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return matches!(tls, rustls::Error::InvalidCertificate(_));
    }
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match wrapped {
        Some(inner) => is_certificate_trouble(inner),
        None => error.source().is_some_and(is_certificate_trouble),
    }
}

fn reqwest_method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Post => reqwest::Method::POST,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// rustls wants one provider for the process; a second installation is refused, and harmless.
fn install_crypto_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emulator_like() -> ReqwestTransport {
        let settings =
            TransportSettings { only_extra_roots: true, no_proxy: true, ..TransportSettings::default() };
        ReqwestTransport::new(&settings).expect("a client without any trusted root can be made")
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let settings = TransportSettings {
            extra_roots_pem: Some(b"kind: Stack".to_vec()),
            ..TransportSettings::default()
        };
        let error = ReqwestTransport::new(&settings).expect_err("it holds none");
        assert!(matches!(error, TransportSetupError::NoCertificate), "{error}");
    }

    #[test]
    fn only_https_leaves_except_to_named_hosts() {
        let mut transport = emulator_like();
        assert!(transport.checked_url("https://management.azure.com/x").is_ok());
        for refused in ["http://management.azure.com/", "ftp://a/", "nonsense", "http://169.254.169.254/"] {
            let error = transport.checked_url(refused).expect_err(refused);
            assert!(!error.may_have_reached() && !error.is_transient(), "{error}");
        }
        transport.plain_http_hosts.insert("169.254.169.254".to_owned());
        assert!(transport.checked_url("http://169.254.169.254/metadata").is_ok());
        assert!(transport.checked_url("http://169.254.169.254.evil.example/").is_err());
    }

    #[tokio::test]
    async fn sending_a_long_body_is_no_silence_of_the_server() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        const LENGTH: usize = 16 * 1024 * 1024;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("it has one").port();
        let server = async {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut read = 0;
            let mut buffer = vec![0; 4096];
            // The head of the request is no part of its body, and shorter than this.
            while read < LENGTH {
                read += socket.read(&mut buffer).await.expect("a body");
            }
            let _ = socket.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
            let _ = socket.read(&mut buffer).await;
        };
        let settings = TransportSettings {
            only_extra_roots: true,
            no_proxy: true,
            plain_http_hosts: BTreeSet::from(["127.0.0.1".to_owned()]),
            ..TransportSettings::default()
        };
        let transport = ReqwestTransport::with_read_timeout(&settings, Duration::from_millis(1));
        let transport = transport.expect("a client without any trusted root can be made");
        let request = HttpRequest {
            method: Method::Put,
            url: format!("http://127.0.0.1:{port}/images/a.vhd"),
            headers: Headers::new(),
            body: Some(vec![7; LENGTH]),
        };
        let client = async {
            let answer = transport.send(request).await;
            drop(transport);
            answer
        };
        let (answer, ()) = tokio::join!(client, server);
        assert_eq!(answer.expect("an answer").status, 201);
    }

    #[test]
    fn the_port_is_part_of_the_name_in_errors() {
        let (_, name) = emulator_like().checked_url("https://127.0.0.1:8443/a?b=c").expect("a good URL");
        assert_eq!(name, "127.0.0.1:8443");
    }
}
