//! Signs in as the machine: a virtual machine's or an App Service's managed identity.
//! Its endpoint speaks plain HTTP on a link-local address; it is the only thing that may.

use std::collections::BTreeSet;
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::ClientOptions;
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};
use reqwest::Url;

use crate::azure::auth::AuthSettings;
use crate::azure::auth::chain::{Choice, choose};

/// The Instance Metadata Service of every Azure virtual machine.
const INSTANCE_METADATA: &str = "169.254.169.254";

/// The machine's identity; `client` picks a user-assigned one by its client id.
pub(in crate::azure::auth) fn credential(
    client: Option<&str>,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: client.map(|client| UserAssignedId::ClientId(client.to_owned())),
        client_options,
    };
    Ok(ManagedIdentityCredential::new(Some(options))?)
}

/// The hosts where this machine's identity may be: none if it is not the chosen credential.
pub(in crate::azure::auth) fn hosts(settings: &AuthSettings) -> BTreeSet<String> {
    if !matches!(choose(settings), Ok(Choice::ManagedIdentity { .. })) {
        return BTreeSet::new();
    }
    let app_service = settings
        .variable(&["IDENTITY_ENDPOINT"])
        .and_then(|endpoint| Url::parse(endpoint).ok())
        .and_then(|url| url.host_str().map(str::to_owned));
    [INSTANCE_METADATA.to_owned()].into_iter().chain(app_service).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_a_managed_identity_that_was_asked_for() {
        let mut settings = AuthSettings::default();
        settings
            .variables
            .insert("IDENTITY_ENDPOINT".to_owned(), "http://localhost:42356/msi/token".to_owned());
        assert!(hosts(&settings).is_empty());
        settings.managed_identity = true;
        assert_eq!(hosts(&settings), ["169.254.169.254".to_owned(), "localhost".to_owned()].into());
    }
}
