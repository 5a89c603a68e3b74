//! Signs in as a service principal with its secret.
//! Sends the secret through the options' HTTP client only, which knows the authority.

use std::sync::Arc;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::ClientOptions;
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};

/// `POST {authority}/{tenant}/oauth2/v2.0/token` with the secret in the form.
pub(in crate::azure::auth) fn credential(
    tenant: &str,
    client: &str,
    secret: &str,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = ClientSecretCredentialOptions { client_options };
    let secret = Secret::new(secret.to_owned());
    Ok(ClientSecretCredential::new(tenant, client.to_owned(), secret, Some(options))?)
}
