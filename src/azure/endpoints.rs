//! Which hosts make up a cloud, and so what a token may be sent to: Resource Manager, sign-in, Batch and blobs.
//! Sends nothing. How a cloud's hosts become known is in `cloud`.

pub mod cloud;

use std::net::IpAddr;

use reqwest::Url;

use crate::azure::error::beginning;
use crate::azure::transport::TransportError;

/// A cloud's addresses. Every URL in it is https and ends without a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    name: String,
    resource_manager: String,
    login: String,
    arm_audience: String,
    batch_audience: String,
    /// Account endpoints are `{account}.{region}.{suffix}`; a cloud on loopback needs none.
    batch_suffix: Option<String>,
    /// Blobs are served at `{account}.{suffix}`.
    blob_suffixes: Vec<String>,
    loopback: bool,
}

/// The address of a Batch account's data plane that has passed [`Endpoints::account_endpoint`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountEndpoint(String);

impl AccountEndpoint {
    /// `https://host[:port]`.
    pub fn url(&self) -> &str {
        &self.0
    }
}

/// Why an address is not used.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The cloud's name is unknown.
    #[error(
        "there is no cloud called `{0}`; known are AzureCloud (public), AzureChinaCloud (china) and AzureUSGovernment (usgovernment), or give the https URL of a Resource Manager"
    )]
    UnknownCloud(String),
    /// Not an absolute https URL.
    #[error("`{url}` ({what}) is not an https URL with a host")]
    NotHttps {
        /// The role of the address.
        what: &'static str,
        /// The text that stands there.
        url: String,
    },
    /// The address belongs to somebody else than the chosen cloud.
    #[error("{what} names the host {host}, which is not part of the cloud {cloud}; no token is sent there")]
    ForeignHost {
        /// Where the address comes from: `nextLink`, `Azure-AsyncOperation`, `the account endpoint`.
        what: &'static str,
        /// The host and port.
        host: String,
        /// The chosen cloud.
        cloud: String,
    },
    /// The metadata address did not answer.
    #[error("could not ask {url} for the cloud's endpoints")]
    Unreachable {
        /// The URL asked.
        url: String,
        /// Why.
        #[source]
        source: TransportError,
    },
    /// The metadata address answered, but not with metadata.
    #[error("{url} answered {status}, which tells no endpoints: {reason}")]
    NotMetadata {
        /// The URL asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What is missing, or the beginning of what came.
        reason: String,
    },
    /// A path that could be read as another resource's.
    #[error("the path `{0}` has characters that a resource path cannot have")]
    Path(String),
}

impl Endpoints {
    /// The cloud's name, as it calls itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Resource Manager, `https://host[:port]`.
    pub fn resource_manager(&self) -> &str {
        &self.resource_manager
    }

    /// The sign-in authority, `https://host[:port]`.
    pub fn login(&self) -> &str {
        &self.login
    }

    /// What a token for Resource Manager must be made out to. A scope is this and `/.default`.
    pub fn arm_audience(&self) -> &str {
        &self.arm_audience
    }

    /// What a token for the Batch data plane must be made out to; ends in a slash, as Batch wants it.
    pub fn batch_audience(&self) -> &str {
        &self.batch_audience
    }

    /// Whether the cloud is a server on this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Takes the `accountEndpoint` that Resource Manager answered for a Batch account, with or without a scheme.
    pub fn account_endpoint(&self, answered: &str) -> Result<AccountEndpoint, EndpointError> {
        let absolute =
            if answered.contains("://") { answered.to_owned() } else { format!("https://{answered}") };
        self.under("the account endpoint", &absolute, self.batch_suffix.as_slice()).map(AccountEndpoint)
    }

    /// The host of the `primaryEndpoints.blob` that Resource Manager answered for a storage account.
    pub(in crate::azure) fn blob_host(&self, answered: &str) -> Result<String, EndpointError> {
        self.under("the blob endpoint", answered, &self.blob_suffixes)
    }

    /// The origin of a URL whose host is below one of the suffixes, or on loopback as the cloud is.
    fn under(&self, what: &'static str, url: &str, suffixes: &[String]) -> Result<String, EndpointError> {
        let url = origin(url, what)?;
        let host =
            Url::parse(&url).ok().and_then(|parsed| parsed.host_str().map(str::to_owned)).unwrap_or_default();
        let is_under = |suffix: &String| {
            host.strip_suffix(suffix).is_some_and(|account| account.len() > 1 && account.ends_with('.'))
        };
        // A cloud on this machine sends nobody to another one.
        let fits = if self.loopback { is_loopback(&url) } else { suffixes.iter().any(is_under) };
        if fits {
            return Ok(url);
        }
        Err(EndpointError::ForeignHost { what, host: host_of(&url), cloud: self.name.clone() })
    }

    /// Checks a link that an answer gave (`what` names it) against the base it must stay on.
    pub(in crate::azure) fn link(
        &self,
        what: &'static str,
        link: &str,
        base: &str,
    ) -> Result<(), EndpointError> {
        let host = origin(link, what)?;
        if host == base {
            return Ok(());
        }
        Err(EndpointError::ForeignHost { what, host: host_of(&host), cloud: self.name.clone() })
    }

    /// Whether a client secret or an assertion may be sent to this URL.
    pub(in crate::azure) fn is_sign_in(&self, url: &str) -> bool {
        origin(url, "the authority").is_ok_and(|host| host == self.login)
    }
}

/// `https://host[:port]` of a URL, in lower case, without user, path and query.
fn origin(url: &str, what: &'static str) -> Result<String, EndpointError> {
    let refuse = || EndpointError::NotHttps { what, url: beginning(url) };
    let parsed = Url::parse(url).map_err(|_| refuse())?;
    // `https://management.azure.com@evil.example/` has a user and the host evil.example.
    if parsed.scheme() != "https" || !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(refuse());
    }
    let host = parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(refuse)?;
    Ok(match parsed.port() {
        Some(port) => format!("https://{host}:{port}"),
        None => format!("https://{host}"),
    })
}

fn host_of(origin: &str) -> String {
    origin.trim_start_matches("https://").to_owned()
}

fn is_loopback(origin: &str) -> bool {
    let Some(host) = Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_owned)) else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::Endpoints;
    use super::cloud::tests::{described, local_metadata};

    #[test]
    fn account_endpoints_stay_under_the_clouds_suffix() {
        let public = Endpoints::public();
        let good = public.account_endpoint("prodeus2.eastus2.batch.azure.com").expect("Azure's own form");
        assert_eq!(good.url(), "https://prodeus2.eastus2.batch.azure.com");
        for hostile in [
            "evil.example",
            "prod.batch.azure.com.evil.example",
            "evilbatch.azure.com",
            "batch.azure.com",
            ".batch.azure.com",
            "127.0.0.1:8443",
            "http://prod.eastus2.batch.azure.com",
            "prod.eastus2.batch.azure.com@evil.example",
            "https://user@prod.eastus2.batch.azure.com",
            "prod.eastus2.batch.chinacloudapi.cn",
        ] {
            assert!(public.account_endpoint(hostile).is_err(), "{hostile}");
        }
    }

    #[test]
    fn blob_endpoints_stay_under_the_clouds_suffix() {
        let public = Endpoints::public();
        for good in ["https://renders.blob.core.windows.net/", "https://renders.z12.blob.storage.azure.net/"]
        {
            assert!(public.blob_host(good).is_ok(), "{good}");
        }
        for hostile in [
            "https://renders.blob.core.windows.net.evil.example/",
            "https://evilblob.core.windows.net/",
            "https://blob.core.windows.net/",
            "http://renders.blob.core.windows.net/",
            "https://renders.blob.core.windows.net@evil.example/",
            "https://renders.blob.core.chinacloudapi.cn/",
            "https://127.0.0.1:10000/renders",
            "renders.blob.core.windows.net",
        ] {
            assert!(public.blob_host(hostile).is_err(), "{hostile}");
        }
        let local = described("https://127.0.0.1:8443", &local_metadata()).expect("good metadata");
        assert_eq!(
            local.blob_host("https://127.0.0.1:10443/renders").expect("loopback"),
            "https://127.0.0.1:10443"
        );
        assert!(
            local.blob_host("https://renders.blob.core.windows.net/").is_err(),
            "a token of the emulator stays here"
        );
    }

    #[test]
    fn links_stay_on_the_host_they_came_from() {
        let public = Endpoints::public();
        let base = public.resource_manager();
        assert!(
            public
                .link("nextLink", "https://MANAGEMENT.azure.com:443/subscriptions?$skiptoken=x", base)
                .is_ok()
        );
        for hostile in [
            "https://management.azure.com.evil.example/",
            "https://management.azure.com@evil.example/",
            "https://management.azure.com:8443/",
            "https://evil.example/?https://management.azure.com/",
            "http://management.azure.com/",
            "//evil.example/",
            "/subscriptions",
            "",
        ] {
            assert!(public.link("nextLink", hostile, base).is_err(), "{hostile}");
        }
        assert!(!public.is_sign_in("https://login.microsoftonline.com.evil.example/token"));
        assert!(!public.is_sign_in("http://login.microsoftonline.com/token"));
        assert!(public.is_sign_in("https://login.microsoftonline.com/tenant/oauth2/v2.0/token"));
    }
}
