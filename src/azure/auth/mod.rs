//! Tokens: which credential is used, why, and the tokens it gave, over `azure_identity` and our own transport.
//! Reads no environment, and prints no secret: not in errors, not in logs, not in `Debug`.

mod azure_cli;
mod cache;
mod chain;
mod client_secret;
mod http_client;
mod managed_identity;
mod workload_identity;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::ClientOptions;

use crate::azure::auth::cache::CachedTokens;
use crate::azure::auth::chain::{Choice, choose};
use crate::azure::endpoints::Endpoints;
use crate::azure::transport::Transport;

/// Gives bearer tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token made out to `audience`. `rejected` is one that the server has just refused: another is asked for.
    async fn token(&self, audience: &str, rejected: Option<&Secret>) -> Result<Secret, AuthError>;
}

/// What the choice of a credential rests on.
#[derive(Clone, Default)]
pub struct AuthSettings {
    /// Environment variables; those in [`VARIABLES`] are looked at. Values may be secrets.
    pub variables: BTreeMap<String, String>,
    /// The user asked for the machine's managed identity: it is never tried unasked, since looking for one takes long
    /// on a machine that has none.
    pub managed_identity: bool,
    /// The subscription to ask the Azure CLI for a token of.
    pub subscription: Option<String>,
}

/// The environment variables that choose a credential: Azure's own names, then azurerm's for the same thing.
pub const VARIABLES: [&str; 11] = [
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "ARM_TENANT_ID",
    "ARM_CLIENT_ID",
    "ARM_CLIENT_SECRET",
    "ARM_OIDC_TOKEN_FILE_PATH",
    "ARM_USE_MSI",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
];

impl AuthSettings {
    /// The first of these variables that is set and not empty.
    fn variable(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .find_map(|name| self.variables.get(*name))
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The hosts of this machine's managed identity, which speaks plain HTTP; empty if none is to be used.
    pub fn plain_http_hosts(&self) -> BTreeSet<String> {
        managed_identity::hosts(self)
    }
}

impl fmt::Debug for AuthSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variables, managed_identity, subscription } = self;
        formatter
            .debug_struct("AuthSettings")
            .field("variables_set", &variables.keys())
            .field("managed_identity", managed_identity)
            .field("subscription", subscription)
            .finish()
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Some variables of a credential are set and others are not.
    #[error("{set} is set, but {missing} is not, and signing in with {credential} needs both")]
    Incomplete {
        /// The credential that was meant.
        credential: &'static str,
        /// A variable that is set.
        set: &'static str,
        /// A variable that is missing.
        missing: &'static str,
    },
    /// The credential's settings cannot be used at all.
    #[error("{credential} cannot be set up: {reason}")]
    Setup {
        /// Which credential.
        credential: &'static str,
        /// Why, with all causes.
        reason: String,
    },
    /// The credential gave no token.
    #[error("{credential} gave no token for {audience}: {reason}{hint}")]
    NoToken {
        /// Which credential.
        credential: &'static str,
        /// What the token was to be for.
        audience: String,
        /// Why, with all causes, on one line.
        reason: String,
        /// What to do about it, with a leading separator; empty if there is nothing to say.
        hint: &'static str,
    },
}

/// A credential that has been chosen, with the tokens it gives.
pub struct SignIn {
    /// The tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Which credential was chosen and why, in one line without secrets.
    pub chosen: String,
}

/// Chooses a credential and sets it up; asks for no token yet.
pub fn sign_in(
    settings: &AuthSettings,
    endpoints: &Endpoints,
    transport: &Arc<dyn Transport>,
) -> Result<SignIn, AuthError> {
    let choice = choose(settings)?;
    let (credential, chosen) = (choice.name(), choice.describe());
    tracing::info!(credential, chosen, "credential chosen");
    let secret = choice.secret().map(str::to_owned);
    let settings = settings.clone();
    let (endpoints, transport) = (endpoints.clone(), Arc::clone(transport));
    // A credential keeps the tokens it gave and cannot be told that one is bad, so a fresh token needs a fresh credential.
    let make = move || make(&choice, &settings, &endpoints, &transport);
    let tokens = CachedTokens::new(credential, secret, Box::new(make))?;
    Ok(SignIn { tokens: Arc::new(tokens), chosen })
}

fn make(
    choice: &Choice,
    settings: &AuthSettings,
    endpoints: &Endpoints,
    transport: &Arc<dyn Transport>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let over =
        |hosts: BTreeSet<String>| -> ClientOptions { http_client::options(transport, endpoints, hosts) };
    match choice {
        Choice::ClientSecret { tenant, client, secret } => {
            client_secret::credential(tenant, client, secret, over(BTreeSet::new()))
        }
        Choice::WorkloadIdentity { tenant, client, token_file } => {
            workload_identity::credential(tenant, client, token_file, over(BTreeSet::new()))
        }
        Choice::ManagedIdentity { client } => {
            managed_identity::credential(client.as_deref(), over(managed_identity::hosts(settings)))
        }
        Choice::AzureCli { tenant } => {
            azure_cli::credential(tenant.as_deref(), settings.subscription.as_deref())
        }
    }
}
