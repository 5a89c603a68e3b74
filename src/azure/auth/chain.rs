//! Chooses the credential: environment, workload identity, managed identity if asked for, Azure CLI. Pure.
//! Tries nothing: the first one whose settings are there is the one, and if it fails the user hears about that one.

use std::fmt;

use crate::azure::auth::{AuthError, AuthSettings};

/// A credential with what it needs.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::azure::auth) enum Choice {
    /// A service principal's secret.
    ClientSecret { tenant: String, client: String, secret: String },
    /// A token file that Kubernetes or a CI system keeps fresh.
    WorkloadIdentity { tenant: String, client: String, token_file: String },
    /// The identity of the machine; `client` picks a user-assigned one.
    ManagedIdentity { client: Option<String> },
    /// Whoever has run `az login`.
    AzureCli { tenant: Option<String> },
}

const TENANT: [&str; 2] = ["AZURE_TENANT_ID", "ARM_TENANT_ID"];
const CLIENT: [&str; 2] = ["AZURE_CLIENT_ID", "ARM_CLIENT_ID"];
const SECRET: [&str; 2] = ["AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET"];
const TOKEN_FILE: [&str; 2] = ["AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH"];

/// The credential that these settings ask for.
///
/// A half-set environment is an error rather than a reason to go on: falling through to somebody's `az login` would
/// carry out a pipeline's plan as another person.
pub(in crate::azure::auth) fn choose(settings: &AuthSettings) -> Result<Choice, AuthError> {
    let tenant = settings.variable(&TENANT).map(str::to_owned);
    let client = settings.variable(&CLIENT).map(str::to_owned);
    if let Some(secret) = settings.variable(&SECRET) {
        let (tenant, client) = both(tenant, client, "a client secret", "AZURE_CLIENT_SECRET")?;
        return Ok(Choice::ClientSecret { tenant, client, secret: secret.to_owned() });
    }
    if let Some(token_file) = settings.variable(&TOKEN_FILE) {
        let (tenant, client) = both(tenant, client, "a federated token", "AZURE_FEDERATED_TOKEN_FILE")?;
        return Ok(Choice::WorkloadIdentity { tenant, client, token_file: token_file.to_owned() });
    }
    let asked_by_variable =
        settings.variable(&["ARM_USE_MSI"]).is_some_and(|v| v.eq_ignore_ascii_case("true"));
    if settings.managed_identity || asked_by_variable {
        return Ok(Choice::ManagedIdentity { client });
    }
    Ok(Choice::AzureCli { tenant })
}

fn both(
    tenant: Option<String>,
    client: Option<String>,
    credential: &'static str,
    set: &'static str,
) -> Result<(String, String), AuthError> {
    let missing = |missing| AuthError::Incomplete { credential, set, missing };
    Ok((tenant.ok_or_else(|| missing(TENANT[0]))?, client.ok_or_else(|| missing(CLIENT[0]))?))
}

impl Choice {
    /// What the credential is called in messages.
    pub(in crate::azure::auth) fn name(&self) -> &'static str {
        match self {
            Self::ClientSecret { .. } => "the client secret",
            Self::WorkloadIdentity { .. } => "the workload identity",
            Self::ManagedIdentity { .. } => "the managed identity",
            Self::AzureCli { .. } => "the Azure CLI",
        }
    }

    /// Which and why, in one line without secrets.
    pub(in crate::azure::auth) fn describe(&self) -> String {
        match self {
            Self::ClientSecret { tenant, client, .. } => {
                format!(
                    "the client secret of {client} in tenant {tenant}, because AZURE_CLIENT_SECRET is set"
                )
            }
            Self::WorkloadIdentity { tenant, client, token_file } => {
                format!(
                    "the workload identity {client} in tenant {tenant}, because AZURE_FEDERATED_TOKEN_FILE is set \
                     ({token_file})"
                )
            }
            Self::ManagedIdentity { client: Some(client) } => {
                format!("this machine's managed identity {client}, because it was asked for")
            }
            Self::ManagedIdentity { client: None } => {
                "this machine's managed identity, because it was asked for".to_owned()
            }
            Self::AzureCli { tenant } => {
                let tenant = tenant.as_ref().map(|tenant| format!(" in tenant {tenant}")).unwrap_or_default();
                format!("the Azure CLI's sign-in{tenant}, because nothing else is set up")
            }
        }
    }

    /// The secret that no text may contain.
    pub(in crate::azure::auth) fn secret(&self) -> Option<&str> {
        match self {
            Self::ClientSecret { secret, .. } => Some(secret),
            Self::WorkloadIdentity { .. } | Self::ManagedIdentity { .. } | Self::AzureCli { .. } => None,
        }
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.describe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> AuthSettings {
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        AuthSettings { variables, ..AuthSettings::default() }
    }

    const PRINCIPAL: [(&str, &str); 2] = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")];

    #[test]
    fn the_order_of_the_chain() {
        let mut variables = PRINCIPAL.to_vec();
        variables.push(("AZURE_FEDERATED_TOKEN_FILE", "/var/token"));
        assert!(matches!(choose(&with(&variables)), Ok(Choice::WorkloadIdentity { .. })));
        variables.push(("AZURE_CLIENT_SECRET", "canary"));
        let choice = choose(&with(&variables)).expect("complete");
        assert!(matches!(choice, Choice::ClientSecret { .. }));
        assert!(!format!("{choice:?} {:?}", with(&variables)).contains("canary"));

        let asked = AuthSettings { managed_identity: true, ..with(&PRINCIPAL) };
        assert_eq!(
            choose(&asked).expect("asked for"),
            Choice::ManagedIdentity { client: Some("c".to_owned()) }
        );
        assert_eq!(
            choose(&with(&[("ARM_USE_MSI", "true")])).expect("asked"),
            Choice::ManagedIdentity { client: None }
        );
        assert_eq!(choose(&with(&PRINCIPAL)).expect("az"), Choice::AzureCli { tenant: Some("t".to_owned()) });
        assert_eq!(
            choose(&with(&[("AZURE_CLIENT_SECRET", "")])).expect("az"),
            Choice::AzureCli { tenant: None }
        );
    }

    #[test]
    fn half_an_environment_is_an_error_and_not_somebody_elses_sign_in() {
        let error = choose(&with(&[("AZURE_CLIENT_SECRET", "canary"), ("AZURE_TENANT_ID", "t")]))
            .expect_err("no client");
        assert_eq!(
            error.to_string(),
            "AZURE_CLIENT_SECRET is set, but AZURE_CLIENT_ID is not, and signing in with a client secret needs both"
        );
    }

    #[test]
    fn azurerms_names_work_too() {
        let variables = [("ARM_TENANT_ID", "t"), ("ARM_CLIENT_ID", "c"), ("ARM_CLIENT_SECRET", "s")];
        assert!(matches!(choose(&with(&variables)), Ok(Choice::ClientSecret { .. })));
    }
}
