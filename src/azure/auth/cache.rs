//! Keeps the tokens of one credential, one for each audience, and asks again when one runs out or was refused.
//! Never prints a token or a secret: what a credential says when it fails is cleaned of both.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, Secret, TokenCredential};
use azure_core::time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use crate::azure::auth::{AuthError, Tokens};
use crate::azure::error::{beginning, chain, redact};

/// Makes the credential, again for each fresh start.
pub(in crate::azure::auth) type Make =
    Box<dyn Fn() -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync>;

/// [`Tokens`] of an `azure_identity` credential.
pub(in crate::azure::auth) struct CachedTokens {
    credential_name: &'static str,
    secret: Option<String>,
    make: Make,
    /// Locked while a token is on its way, so that a hundred requests at the start ask for one token.
    state: Mutex<State>,
}

struct State {
    credential: Arc<dyn TokenCredential>,
    by_audience: BTreeMap<String, AccessToken>,
}

impl CachedTokens {
    /// Sets the credential up. `secret` is what its error texts must not contain.
    pub(in crate::azure::auth) fn new(
        credential_name: &'static str,
        secret: Option<String>,
        make: Make,
    ) -> Result<Self, AuthError> {
        let credential = make().map_err(|error| AuthError::Setup {
            credential: credential_name,
            reason: in_words(&error, secret.as_deref()),
        })?;
        let state = Mutex::new(State { credential, by_audience: BTreeMap::new() });
        Ok(Self { credential_name, secret, make, state })
    }

    fn hint(&self) -> &'static str {
        match self.credential_name {
            "the Azure CLI" => {
                "; run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or try without an \
                 account: --emulator"
            }
            _ => "",
        }
    }
}

#[async_trait]
impl Tokens for CachedTokens {
    async fn token(&self, audience: &str, rejected: Option<&Secret>) -> Result<Secret, AuthError> {
        let mut state = self.state.lock().await;
        let was_rejected =
            |token: &AccessToken| rejected.is_some_and(|bad| bad.secret() == token.token.secret());
        match state.by_audience.get(audience) {
            Some(token) if was_rejected(token) => {
                if let Ok(fresh) = (self.make)() {
                    state.credential = fresh;
                    state.by_audience.clear();
                }
            }
            Some(token) if !runs_out(token) => return Ok(token.token.clone()),
            Some(_) | None => {}
        }
        // An audience that ends in a slash keeps it, so two slashes may meet: Batch and the CLIs do the same.
        let scope = format!("{audience}/.default");
        let token =
            state.credential.get_token(&[&scope], None).await.map_err(|error| AuthError::NoToken {
                credential: self.credential_name,
                audience: audience.to_owned(),
                reason: in_words(&error, self.secret.as_deref()),
                hint: self.hint(),
            })?;
        let secret = token.token.clone();
        state.by_audience.insert(audience.to_owned(), token);
        Ok(secret)
    }
}

/// Five minutes before its end, as `azure_identity` itself does, so that no request outlives its token.
#[expect(clippy::disallowed_methods, reason = "a token's end is a time of day, set by the identity service")]
fn runs_out(token: &AccessToken) -> bool {
    token.expires_on <= OffsetDateTime::now_utc() + Duration::seconds(300)
}

/// The error with its causes on one line, without the secret even if the server sent it back.
fn in_words(error: &azure_core::Error, secret: Option<&str>) -> String {
    let text = chain(error);
    beginning(&redact(&text, secret.unwrap_or_default()))
}
