//! Lets `azure_identity` send over our transport, so that its requests obey our TLS settings and can be tested in process.
//! Lets secrets go to the cloud's own authority only, whatever the credential asks for.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers as CoreHeaders};
use azure_core::http::request::Body;
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Method as CoreMethod, Request};

use crate::azure::endpoints::Endpoints;
use crate::azure::error::chain;
use crate::azure::transport::{Headers, HttpRequest, Transport};
use crate::model::request::Method;

/// Options that make a credential use `transport`, the cloud's authority, and nothing else but `plain_http_hosts`.
pub(in crate::azure::auth) fn options(
    transport: &Arc<dyn Transport>,
    endpoints: &Endpoints,
    plain_http_hosts: BTreeSet<String>,
) -> ClientOptions {
    let client =
        SignInClient { transport: Arc::clone(transport), endpoints: endpoints.clone(), plain_http_hosts };
    let mut cloud = CustomConfiguration::default();
    endpoints.login().clone_into(&mut cloud.authority_host);
    ClientOptions {
        transport: Some(azure_core::http::Transport::new(Arc::new(client))),
        cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
        ..ClientOptions::default()
    }
}

struct SignInClient {
    transport: Arc<dyn Transport>,
    endpoints: Endpoints,
    plain_http_hosts: BTreeSet<String>,
}

impl fmt::Debug for SignInClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignInClient").field("login", &self.endpoints.login()).finish_non_exhaustive()
    }
}

impl SignInClient {
    fn may_send_to(&self, request: &Request) -> bool {
        let url = request.url();
        let local =
            url.scheme() == "http" && url.host_str().is_some_and(|host| self.plain_http_hosts.contains(host));
        local || self.endpoints.is_sign_in(url.as_str())
    }
}

#[async_trait]
impl HttpClient for SignInClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let host = request.url().host_str().unwrap_or_default().to_owned();
        if !self.may_send_to(request) {
            let reason = format!("the host {host} is not where this cloud signs in; no secret is sent there");
            return Err(Error::with_message(ErrorKind::Credential, reason));
        }
        let method = match request.method() {
            CoreMethod::Get => Method::Get,
            CoreMethod::Post => Method::Post,
            other => {
                return Err(Error::with_message(
                    ErrorKind::Other,
                    format!("a sign-in has no {other} requests"),
                ));
            }
        };
        let mut headers = Headers::new();
        for (name, value) in request.headers().iter() {
            headers.push(name.as_str(), value.as_str());
        }
        let body = match request.body() {
            Body::Bytes(bytes) => (!bytes.is_empty()).then(|| bytes.to_vec()),
            Body::SeekableStream(_) => {
                return Err(Error::with_message(ErrorKind::Other, "a sign-in has no streamed bodies"));
            }
        };
        let http = HttpRequest { method, url: request.url().to_string(), headers, body };
        let response = self.transport.send(http).await.map_err(|error| {
            let kind = match (error.may_have_reached(), error.is_transient()) {
                (false, true) => ErrorKind::Connection,
                (true, true) => ErrorKind::Io,
                (_, false) => ErrorKind::Other,
            };
            // `azure_core` prints the message and drops the causes, so they go into the message.
            let text = chain(&error);
            Error::with_error(kind, error, text)
        })?;
        tracing::info!(method = method.as_str(), host, status = response.status, "sign-in request");
        let mut core_headers = CoreHeaders::new();
        for (name, value) in response.headers.iter() {
            let name = HeaderName::from(name.to_ascii_lowercase());
            core_headers.insert(name, HeaderValue::from(value.to_owned()));
        }
        Ok(AsyncRawResponse::from_bytes(response.status.into(), core_headers, response.body))
    }
}
