//! A private container registry.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::identity::IdentityReference;
use crate::kinds::pool::spec::spelling;
use crate::model::secret::Secret;

/// A container registry and how to sign in to it: by `username` and `password`, or by `identityReference`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = spelling::registry()))]
pub struct ContainerRegistry {
    /// The registry's host. Omitted: docker.io.
    #[schemars(example = &"renderregistry.azurecr.io")]
    pub registry_server: Option<String>,
    /// The user to sign in as. Excludes `identityReference`. Note the small `n`: so Azure's management API spells it.
    pub username: Option<String>,
    /// The user's password, as `${env:NAME}` only. Azure never answers it, so a new password is not seen as a change.
    pub password: Option<Secret>,
    /// The pool's identity that may pull. Excludes `username` and `password`.
    pub identity_reference: Option<IdentityReference>,
}
