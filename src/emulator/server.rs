//! The emulator over HTTPS on loopback: ARM and sign-in on one port, every further Batch account on one more.
//! Only carries requests to `Emulator::handle` and answers back; listens on nothing but loopback.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::emulator::endpoints::Doors;
use crate::emulator::tls::{self, TlsError};
use crate::emulator::{Emulator, http, seed, sign_in};

/// How long to wait when no connection can be taken.
const RECOVERY: Duration = Duration::from_millis(20);

/// Why it cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The emulator guards nothing: other machines must not reach it.
    #[error("the emulator listens on loopback only, and {0} is not")]
    NotLoopback(SocketAddr),
    /// The port is taken, or not to be had.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
    /// Certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// `endpoint.json` could not be written or read.
    #[error("cannot use {0}")]
    Endpoint(PathBuf, #[source] io::Error),
}

/// How a running emulator is reached: what `DIR/endpoint.json` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// ARM and sign-in, without a slash at the end: `https://127.0.0.1:8443`.
    pub url: String,
    /// The certificate authority's PEM file, absolute.
    pub ca: PathBuf,
    /// The tenant to sign in to.
    pub tenant: String,
    /// The first subscription of the default seed.
    pub subscription: String,
    /// The client to sign in as; any non-empty secret is right.
    pub client: String,
    /// How many times as fast as the machine's its clock runs; 0 for a clock that is moved by hand.
    pub time_scale: u32,
    /// Authorities of the Batch accounts that there were at the start, by resource id in lower case.
    pub accounts: BTreeMap<String, String>,
}

impl Endpoint {
    /// Reads how the emulator of a state folder is reached; none when none has said so.
    #[expect(
        clippy::disallowed_methods,
        reason = "the endpoint file is how processes find the one that serves"
    )]
    pub fn read(folder: &Path) -> Option<Endpoint> {
        serde_json::from_slice(&fs::read(folder.join("endpoint.json")).ok()?).ok()
    }
}

/// A running server; it stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    endpoint: Endpoint,
    moved: Vec<String>,
    ca_pem: String,
    file: PathBuf,
    tasks: TaskTracker,
    guests: Arc<AtomicUsize>,
    stop: Option<DropGuard>,
}

impl Server {
    /// Where ARM is: `https://127.0.0.1:8443`.
    pub fn url(&self) -> &str {
        &self.endpoint.url
    }

    /// The certificate authority that clients must trust.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Stops, and waits until nothing holds the emulator's state any more.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// The Batch accounts that had another authority before, whose port something else has now; by resource id in lower
    /// case.
    pub fn moved(&self) -> &[String] {
        &self.moved
    }

    /// How many connections are open now.
    pub fn guests(&self) -> usize {
        self.guests.load(Ordering::Relaxed)
    }

    /// Everything a client needs to know.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // When it cannot be removed, the next one that serves writes over it.
        drop(fs::remove_file(&self.file));
    }
}

/// Serves an emulator at `listen` (port 0 picks one), with its authority and `endpoint.json` under `folder`.
/// Must be called within a tokio runtime.
///
/// # Errors
/// When the address is not loopback or cannot be had, or a file under `folder` cannot be used.
pub async fn serve(emulator: &Emulator, listen: SocketAddr, folder: &Path) -> Result<Server, ServeError> {
    if !listen.ip().is_loopback() {
        return Err(ServeError::NotLoopback(listen));
    }
    let tls = tls::open(folder)?;
    let main = TcpListener::bind(listen).await.map_err(|error| ServeError::Listen(listen, error))?;
    let address = main.local_addr().map_err(|error| ServeError::Listen(listen, error))?;
    let url = format!("https://{address}");
    let stop = CancellationToken::new();
    let (doors, opened) = mpsc::unbounded_channel();
    let door = Door {
        emulator: emulator.clone(),
        tls: TlsAcceptor::from(tls.config),
        stop: stop.clone(),
        tasks: TaskTracker::new(),
        guests: Arc::default(),
    };
    let tasks = door.tasks.clone();
    let guests = Arc::clone(&door.guests);
    tasks.spawn(door.clone().accept(main));
    tasks.spawn(door.open_more(opened));
    let (accounts, moved) = emulator.serve_at(&url, Box::new(Ports { opened: doors }));
    let file = folder.join("endpoint.json");
    let ca = folder.join("ca.pem");
    let endpoint = Endpoint {
        url,
        ca: std::path::absolute(&ca).unwrap_or(ca),
        tenant: sign_in::TENANT.to_owned(),
        subscription: seed::SUBSCRIPTION.to_owned(),
        client: sign_in::CLIENT.to_owned(),
        time_scale: emulator.time_scale(),
        accounts,
    };
    write_endpoint(&file, &endpoint).map_err(|error| ServeError::Endpoint(file.clone(), error))?;
    Ok(Server { endpoint, moved, ca_pem: tls.ca_pem, file, tasks, guests, stop: Some(stop.drop_guard()) })
}

/// Written whole or not at all: others may be reading.
#[expect(clippy::disallowed_methods, reason = "the endpoint file is how processes find the one that serves")]
fn write_endpoint(file: &Path, endpoint: &Endpoint) -> io::Result<()> {
    let fresh = file.with_extension("json.new");
    fs::write(&fresh, serde_json::to_vec_pretty(endpoint)?)?;
    fs::rename(&fresh, file)
}

/// Opens ports for Batch accounts while a request is being handled; they are served a moment later.
struct Ports {
    opened: mpsc::UnboundedSender<StdListener>,
}

impl Doors for Ports {
    fn open(&mut self, wanted: Option<u16>) -> Option<u16> {
        let bind = |port: u16| StdListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener = wanted.and_then(|port| bind(port).ok()).or_else(|| bind(0).ok())?;
        listener.set_nonblocking(true).ok()?;
        let port = listener.local_addr().ok()?.port();
        self.opened.send(listener).ok()?;
        Some(port)
    }
}

/// What every accepting task needs.
#[derive(Clone)]
struct Door {
    emulator: Emulator,
    tls: TlsAcceptor,
    stop: CancellationToken,
    tasks: TaskTracker,
    guests: Arc<AtomicUsize>,
}

/// A connection that is counted while it is open.
struct Guest(Arc<AtomicUsize>);

impl Guest {
    fn of(guests: &Arc<AtomicUsize>) -> Self {
        guests.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(guests))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Door {
    async fn open_more(self, mut opened: mpsc::UnboundedReceiver<StdListener>) {
        loop {
            let listener = tokio::select! {
                listener = opened.recv() => listener,
                () = self.stop.cancelled() => None,
            };
            let Some(listener) = listener else { return };
            if let Ok(listener) = TcpListener::from_std(listener) {
                self.tasks.spawn(self.clone().accept(listener));
            }
        }
    }

    async fn accept(self, listener: TcpListener) {
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    match accepted {
                        Ok((stream, _)) => drop(self.tasks.spawn(self.clone().converse(stream))),
                        // One that failed before it was taken is the client's affair; when there is no room for more,
                        // to ask again at once would only burn time.
                        Err(_) => http::pause(RECOVERY).await,
                    }
                }
                () = self.stop.cancelled() => return,
            }
        }
    }

    async fn converse(self, stream: TcpStream) {
        let _guest = Guest::of(&self.guests);
        // Without this, small answers wait for the client's delayed acknowledgement.
        drop(stream.set_nodelay(true));
        let accepted = tokio::select! {
            accepted = self.tls.accept(stream) => accepted,
            () = self.stop.cancelled() => return,
        };
        // Who does not trust the authority, or speaks no TLS, has nothing to say here.
        let Ok(stream) = accepted else { return };
        let emulator = self.emulator.clone();
        let service = service_fn(move |request| {
            let emulator = emulator.clone();
            async move { http::answer(&emulator, request).await }
        });
        let builder = auto::Builder::new(TokioExecutor::new());
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            // A broken connection is how clients leave.
            result = connection => drop(result),
            () = self.stop.cancelled() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::emulator::testing::RG1;
    use crate::emulator::{Settings, clock::Mode};

    use super::*;

    fn client(ca: &str) -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ca = reqwest::Certificate::from_pem(ca.as_bytes()).unwrap();
        reqwest::Client::builder().tls_certs_only([ca]).no_proxy().build().unwrap()
    }

    #[tokio::test]
    async fn it_is_served_over_tls_and_the_same_authority_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let mut pem = String::new();
        let mut second_account = String::new();
        for round in 0..2 {
            let settings = Settings {
                state: Some(folder.path().to_owned()),
                clock: Mode::Manual,
                ..Settings::default()
            };
            let emulator = Emulator::new(settings).unwrap();
            let server = serve(&emulator, listen, folder.path()).await.unwrap();
            assert_eq!(Endpoint::read(folder.path()).as_ref(), Some(server.endpoint()));
            let http = client(if round == 0 { server.ca_pem() } else { &pem });
            let ask = async |url: String, audience: &str| -> (u16, Value) {
                let answer = http.get(url).bearer_auth(sign_in::token_for(audience)).send().await.unwrap();
                (answer.status().as_u16(), answer.json().await.unwrap())
            };
            let (status, body) =
                ask(format!("{}{RG1}?api-version=2024-07-01", server.url()), server.url()).await;
            assert_eq!((status, &body["name"]), (200, &Value::from("rg1")));
            let (status, body) =
                ask(format!("{}/metadata/endpoints?api-version=2022-09-01", server.url()), "").await;
            assert_eq!((status, &body["resourceManager"]), (200, &Value::from(format!("{}/", server.url()))));
            // Every account after the first has a port of its own, and keeps it.
            let accounts = &server.endpoint().accounts;
            assert_eq!(format!("https://{}", accounts.values().next().unwrap()), server.url());
            let own = accounts.values().nth(1).unwrap().clone();
            let (status, _) =
                ask(format!("https://{own}/pools?api-version=2025-06-01"), sign_in::BATCH_AUDIENCE).await;
            assert_eq!(status, 200);
            if round == 1 {
                assert_eq!(own, second_account);
            }
            second_account = own;
            pem = server.ca_pem().to_owned();
            server.stop().await;
        }
        assert_eq!(Endpoint::read(folder.path()), None);
    }

    #[tokio::test]
    async fn it_listens_on_loopback_only() {
        let folder = tempfile::tempdir().unwrap();
        let emulator = Emulator::new(Settings::manual()).unwrap();
        let refused = serve(&emulator, "0.0.0.0:0".parse().unwrap(), folder.path()).await.unwrap_err();
        assert!(matches!(refused, ServeError::NotLoopback(_)));
    }
}
