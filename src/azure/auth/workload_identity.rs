//! Signs in with a token that Kubernetes, GitHub or another issuer keeps fresh in a file.
//! The file is read by `azure_identity`, again and again, since its content changes.

use std::path::PathBuf;
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::ClientOptions;
use azure_identity::{
    ClientAssertionCredentialOptions, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

/// `POST {authority}/{tenant}/oauth2/v2.0/token` with the file's content as the assertion.
pub(in crate::azure::auth) fn credential(
    tenant: &str,
    client: &str,
    token_file: &str,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options },
        client_id: Some(client.to_owned()),
        tenant_id: Some(tenant.to_owned()),
        token_file_path: Some(PathBuf::from(token_file)),
    };
    Ok(WorkloadIdentityCredential::new(Some(options))?)
}
