//! Signs in as whoever has run `az login`: runs `az account get-access-token`.
//! Makes no request of its own, and keeps no token (the cache does).

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_identity::{AzureCliCredential, AzureCliCredentialOptions};

/// The Azure CLI, for a tenant and a subscription if they are known.
pub(in crate::azure::auth) fn credential(
    tenant: Option<&str>,
    subscription: Option<&str>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = AzureCliCredentialOptions {
        // az refuses both at once.
        subscription: if tenant.is_some() { None } else { subscription.map(str::to_owned) },
        tenant_id: tenant.map(str::to_owned),
        executor: None,
    };
    Ok(AzureCliCredential::new(Some(options))?)
}
