//! Connects to the Azure that the user chose: a cloud, or the embedded emulator.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::azure::auth::{AuthError, AuthSettings, VARIABLES, sign_in};
use crate::azure::client::Client;
use crate::azure::endpoints::cloud::Cloud;
use crate::azure::read::Read;
use crate::azure::reqwest_transport::{ReqwestTransport, TransportSettings};
use crate::azure::timer::{RealTimer, ScaledTimer, Timer};
use crate::azure::transport::{Headers, HttpRequest, Transport};
use crate::azure::write::Write;
use crate::cli::args::inputs::{CloudArgs, SpecArgs};
use crate::cli::context::{self, Environment, run_id};
use crate::cli::embedded::{Connection, connect};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::model::request::Method;

/// A connection to an Azure, signed in.
pub(crate) struct Session {
    client: Arc<Client>,
    /// The clock that waits go by.
    pub timer: Arc<dyn Timer>,
    /// The day it is where the resources are, such as `2026-11-25`: the emulator has a clock of its own.
    pub today: String,
    /// Keeps the embedded emulator alive; `None` for a cloud.
    emulator: Option<Connection>,
}

impl Session {
    /// Connects. The cloud is by default Azure's public one.
    pub(crate) async fn open(
        cloud: &CloudArgs,
        spec: &SpecArgs,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        match &cloud.emulator {
            Some(state) => Self::emulated(state, spec).await,
            None => Terminal::patiently("signing in", Self::real(cloud, environment)).await,
        }
    }

    async fn real(args: &CloudArgs, environment: &Environment) -> Result<Self, Failure> {
        let cloud = Cloud::parse(&cloud_of(args, environment))
            .map_err(|error| Failure::of("cannot use this cloud", &error))?;
        let auth = AuthSettings {
            variables: environment.those(&VARIABLES),
            managed_identity: args.managed_identity,
            subscription: None,
        };
        let settings = TransportSettings {
            extra_roots_pem: args.ca_file.as_deref().map(read_file).transpose()?,
            plain_http_hosts: auth.plain_http_hosts(),
            ..TransportSettings::default()
        };
        Self::connected(cloud, &auth, &settings, Arc::new(RealTimer::new()), None).await
    }

    async fn emulated(state: &Path, spec: &SpecArgs) -> Result<Self, Failure> {
        let connection = connect(state, &spec.paths).await?;
        let endpoint = &connection.endpoint;
        let cloud =
            Cloud::parse(&endpoint.url).map_err(|error| Failure::of("cannot use the emulator", &error))?;
        let auth = AuthSettings {
            variables: [
                ("AZURE_TENANT_ID", endpoint.tenant.as_str()),
                ("AZURE_CLIENT_ID", endpoint.client.as_str()),
                ("AZURE_CLIENT_SECRET", "emulator"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
            ..AuthSettings::default()
        };
        let settings = TransportSettings {
            extra_roots_pem: Some(read_file(&endpoint.ca)?),
            only_extra_roots: true,
            no_proxy: true,
            ..TransportSettings::default()
        };
        let timer = Arc::new(ScaledTimer::new(endpoint.time_scale));
        Self::connected(cloud, &auth, &settings, timer, Some(connection)).await
    }

    async fn connected(
        cloud: Cloud,
        auth: &AuthSettings,
        settings: &TransportSettings,
        timer: Arc<dyn Timer>,
        emulator: Option<Connection>,
    ) -> Result<Self, Failure> {
        let transport: Arc<dyn Transport> = Arc::new(
            ReqwestTransport::new(settings)
                .map_err(|error| Failure::of("cannot set up the HTTPS client", &error))?,
        );
        let endpoints = cloud
            .endpoints(transport.as_ref())
            .await
            .map_err(|error| Failure::of("cannot learn the cloud's endpoints", &error))?;
        let refused = |error: AuthError| Failure::of("cannot sign in", &error);
        let sign_in = sign_in(auth, &endpoints, &transport).map_err(refused)?;
        // Asked for here, so that whoever is not signed in is told so once, and not by every read.
        sign_in.tokens.token(endpoints.arm_audience(), None).await.map_err(refused)?;
        let today = match &emulator {
            Some(connection) => day_of(&connection.endpoint.url, transport.as_ref()).await,
            None => None,
        };
        let today = today.unwrap_or_else(context::today);
        let client = Client::new(transport, Arc::clone(&timer), sign_in.tokens, endpoints, run_id());
        Ok(Self { client, timer, today, emulator })
    }

    /// Ends it. An emulator that other processes use is served until they are done, unless the user has had enough.
    pub(crate) async fn close(self, ended: &Result<Exit, Failure>) {
        let Self { client, timer: _, today: _, emulator } = self;
        drop(client);
        let enough = matches!(ended, Ok(Exit::Interrupted | Exit::Terminated));
        if let Some(emulator) = emulator.filter(|_| !enough) {
            emulator.leave().await;
        }
    }

    /// The half that can only read.
    pub(crate) fn read(&self) -> Read {
        Read::new(Arc::clone(&self.client))
    }

    /// The half that can write; for carrying a plan out, and nothing else.
    pub(crate) fn write(&self) -> Write {
        Write::new(Arc::clone(&self.client))
    }
}

/// The day by an emulator's clock.
async fn day_of(url: &str, transport: &dyn Transport) -> Option<String> {
    let url = format!("{url}/_emulator/clock");
    let request = HttpRequest { method: Method::Get, url, headers: Headers::new(), body: None };
    let answer = transport.send(request).await.ok()?;
    let clock: Value = serde_json::from_slice(&answer.body).ok()?;
    clock.get("now")?.as_str()?.get(.."2026-11-25".len()).map(str::to_owned)
}

/// The cloud by name or URL: as asked, or as the variables say that azurerm reads; Azure's public one otherwise.
pub(crate) fn cloud_of(args: &CloudArgs, environment: &Environment) -> String {
    if let Some(cloud) = &args.cloud {
        return cloud.clone();
    }
    match (environment.get("ARM_METADATA_HOSTNAME"), environment.get("ARM_ENVIRONMENT")) {
        (Some(host), _) if !host.is_empty() => format!("https://{host}"),
        (_, Some(name)) if !name.is_empty() => name.to_owned(),
        _ => "AzureCloud".to_owned(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "certificates are named on the command line, or made by the emulator"
)]
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::of(&format!("cannot read {}", path.display()), &error))
}
