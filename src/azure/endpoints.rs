//! Which hosts make up a cloud: Resource Manager, sign-in and Batch, for the known clouds and for those that describe themselves.
//! Says what a token may be sent to; sends nothing itself but the one question to a cloud's metadata address.

use std::net::IpAddr;

use reqwest::Url;
use serde_json::Value;

use crate::azure::error::beginning;
use crate::azure::transport::{Headers, HttpRequest, Transport, TransportError};
use crate::model::request::Method;

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

/// A cloud as named on the command line: known, or to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// One whose addresses are built in: no request is needed.
    Known(Endpoints),
    /// One that is described at this Resource Manager URL.
    Described {
        /// `https://host[:port]`.
        resource_manager: String,
    },
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

impl Cloud {
    /// Reads a cloud's name as az or azurerm spell it, in any case, or the URL of a Resource Manager.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        if text.contains("://") {
            let resource_manager = origin(text, "the cloud's URL")?;
            let known = [Endpoints::public(), Endpoints::china(), Endpoints::us_government()];
            return Ok(match known.into_iter().find(|cloud| cloud.resource_manager == resource_manager) {
                Some(endpoints) => Self::Known(endpoints),
                None => Self::Described { resource_manager },
            });
        }
        match text.to_ascii_lowercase().as_str() {
            "azurecloud" | "azurepubliccloud" | "public" => Ok(Self::Known(Endpoints::public())),
            "azurechinacloud" | "china" => Ok(Self::Known(Endpoints::china())),
            "azureusgovernment" | "azureusgovernmentcloud" | "usgovernment" => {
                Ok(Self::Known(Endpoints::us_government()))
            }
            _ => Err(EndpointError::UnknownCloud(text.to_owned())),
        }
    }

    /// The cloud's addresses; asks `/metadata/endpoints` once if they are not built in. No token is involved.
    pub async fn endpoints(self, transport: &dyn Transport) -> Result<Endpoints, EndpointError> {
        let resource_manager = match self {
            Self::Known(endpoints) => return Ok(endpoints),
            Self::Described { resource_manager } => resource_manager,
        };
        let url = format!("{resource_manager}/metadata/endpoints?api-version=2022-09-01");
        let mut headers = Headers::new();
        headers.push("Accept", "application/json");
        let request = HttpRequest { method: Method::Get, url: url.clone(), headers, body: None };
        let response = transport
            .send(request)
            .await
            .map_err(|source| EndpointError::Unreachable { url: url.clone(), source })?;
        let not_metadata =
            |reason: String| EndpointError::NotMetadata { url: url.clone(), status: response.status, reason };
        if response.status != 200 {
            return Err(not_metadata(beginning(&String::from_utf8_lossy(&response.body))));
        }
        let value: Value = serde_json::from_slice(&response.body)
            .map_err(|_| not_metadata(beginning(&String::from_utf8_lossy(&response.body))))?;
        Endpoints::from_metadata(&resource_manager, &value, not_metadata)
    }
}

impl Endpoints {
    /// `AzureCloud`: everything outside China and the US government. Values: azure-cli `cloud.py`.
    pub fn public() -> Self {
        Self::built_in(
            "AzureCloud",
            "management.azure.com",
            "login.microsoftonline.com",
            "https://batch.core.windows.net/",
            "batch.azure.com",
            // Accounts with a DNS zone of their own are `{account}.{zone}.blob.storage.azure.net`.
            &["blob.core.windows.net", "blob.storage.azure.net"],
        )
    }

    /// `AzureChinaCloud`, run by 21Vianet.
    pub fn china() -> Self {
        Self::built_in(
            "AzureChinaCloud",
            "management.chinacloudapi.cn",
            "login.chinacloudapi.cn",
            "https://batch.chinacloudapi.cn/",
            "batch.chinacloudapi.cn",
            &["blob.core.chinacloudapi.cn"],
        )
    }

    /// `AzureUSGovernment`.
    pub fn us_government() -> Self {
        Self::built_in(
            "AzureUSGovernment",
            "management.usgovcloudapi.net",
            "login.microsoftonline.us",
            "https://batch.core.usgovcloudapi.net/",
            "batch.usgovcloudapi.net",
            &["blob.core.usgovcloudapi.net"],
        )
    }

    fn built_in(
        name: &str,
        arm: &str,
        login: &str,
        batch_audience: &str,
        batch_suffix: &str,
        blob_suffixes: &[&str],
    ) -> Self {
        Self {
            name: name.to_owned(),
            resource_manager: format!("https://{arm}"),
            login: format!("https://{login}"),
            arm_audience: format!("https://{arm}"),
            batch_audience: batch_audience.to_owned(),
            batch_suffix: Some(batch_suffix.to_owned()),
            blob_suffixes: blob_suffixes.iter().map(|suffix| (*suffix).to_owned()).collect(),
            loopback: false,
        }
    }

    /// Reads what `/metadata/endpoints?api-version=2022-09-01` of `asked` answers.
    ///
    /// The answer decides where client secrets go, so it must speak for the host that was asked, and a cloud on this
    /// machine cannot send anybody to another machine.
    fn from_metadata(
        asked: &str,
        metadata: &Value,
        not_metadata: impl Fn(String) -> EndpointError,
    ) -> Result<Self, EndpointError> {
        let text = |pointer: &str| {
            let found = metadata.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
            found.map(str::to_owned).ok_or_else(|| not_metadata(format!("`{pointer}` is missing")))
        };
        let name = text("/name").unwrap_or_else(|_| asked.to_owned());
        let resource_manager = origin(&text("/resourceManager")?, "resourceManager")?;
        let login = origin(&text("/authentication/loginEndpoint")?, "loginEndpoint")?;
        let audiences: Vec<&str> = metadata
            .pointer("/authentication/audiences")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let arm_audience = audiences
            .iter()
            .find(|audience| audience.trim_end_matches('/') == resource_manager)
            .or(audiences.first())
            .ok_or_else(|| not_metadata("`/authentication/audiences` is empty".to_owned()))?;
        let batch_audience = text("/batch")?;
        // Azure's metadata has no Batch suffix, but the resource id says which cloud's it is.
        let batch_suffix = text("/suffixes/batch").ok().or_else(|| {
            [Self::public(), Self::china(), Self::us_government()]
                .into_iter()
                .find(|known| {
                    known.batch_audience.trim_end_matches('/') == batch_audience.trim_end_matches('/')
                })
                .and_then(|known| known.batch_suffix)
        });
        let blob_suffixes =
            text("/suffixes/storage").map(|suffix| format!("blob.{suffix}")).into_iter().collect();
        let loopback = is_loopback(asked);
        let foreign =
            |what, url: &str| EndpointError::ForeignHost { what, host: host_of(url), cloud: name.clone() };
        if resource_manager != asked {
            return Err(foreign("the metadata's resourceManager", &resource_manager));
        }
        if loopback && !is_loopback(&login) {
            return Err(foreign("the metadata's loginEndpoint", &login));
        }
        let arm_audience = (*arm_audience).to_owned();
        Ok(Self {
            name,
            resource_manager,
            login,
            arm_audience,
            batch_audience,
            batch_suffix,
            blob_suffixes,
            loopback,
        })
    }

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
    use super::*;
    use serde_json::json;

    fn described(asked: &str, metadata: &Value) -> Result<Endpoints, EndpointError> {
        Endpoints::from_metadata(asked, metadata, |reason| EndpointError::NotMetadata {
            url: asked.to_owned(),
            status: 200,
            reason,
        })
    }

    fn local_metadata() -> Value {
        json!({
            "name": "local",
            "resourceManager": "https://127.0.0.1:8443/",
            "authentication": { "loginEndpoint": "https://127.0.0.1:8443", "audiences": ["https://127.0.0.1:8443/"] },
            "batch": "https://batch.core.windows.net/",
            "suffixes": { "storage": "core.windows.net" },
        })
    }

    #[test]
    fn clouds_by_the_names_of_az_and_azurerm_and_by_url() {
        for name in ["AzureCloud", "public", "PUBLIC", "https://management.azure.com/"] {
            assert_eq!(Cloud::parse(name).expect(name), Cloud::Known(Endpoints::public()));
        }
        assert_eq!(Cloud::parse("china").expect("known"), Cloud::Known(Endpoints::china()));
        assert_eq!(Cloud::parse("usgovernment").expect("known"), Cloud::Known(Endpoints::us_government()));
        let url = "https://127.0.0.1:8443".to_owned();
        assert_eq!(
            Cloud::parse("https://127.0.0.1:8443/").expect("a URL"),
            Cloud::Described { resource_manager: url }
        );
        assert!(Cloud::parse("azure").is_err());
        assert!(Cloud::parse("http://127.0.0.1:8443").is_err());
    }

    #[test]
    fn a_cloud_that_describes_itself() {
        let endpoints = described("https://127.0.0.1:8443", &local_metadata()).expect("good metadata");
        assert!(endpoints.is_loopback());
        assert_eq!(endpoints.arm_audience(), "https://127.0.0.1:8443/");
        assert_eq!(endpoints.batch_audience(), "https://batch.core.windows.net/");
        assert_eq!(
            endpoints.account_endpoint("127.0.0.1:8444").expect("loopback").url(),
            "https://127.0.0.1:8444"
        );
    }

    #[test]
    fn hostile_metadata_is_refused() {
        let with = |pointer: &str, value: &str| {
            let mut metadata = local_metadata();
            *metadata.pointer_mut(pointer).expect("it is there") = json!(value);
            described("https://127.0.0.1:8443", &metadata)
        };
        assert!(with("/resourceManager", "https://evil.example").is_err());
        assert!(with("/authentication/loginEndpoint", "https://login.evil.example").is_err());
        assert!(with("/authentication/loginEndpoint", "http://127.0.0.1:8443").is_err());
        assert!(described("https://127.0.0.1:8443", &json!([])).is_err());
    }

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
