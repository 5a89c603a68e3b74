//! A cloud by its name or its URL: the known ones, whose hosts are built in, and those that describe themselves.
//! Sends nothing but the one question to a cloud's metadata address.

use serde_json::Value;

use crate::azure::endpoints::{EndpointError, Endpoints, host_of, is_loopback, origin};
use crate::azure::error::beginning;
use crate::azure::transport::{Headers, HttpRequest, Transport};
use crate::model::request::Method;

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
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::Cloud;
    use crate::azure::endpoints::{EndpointError, Endpoints};

    pub(in crate::azure::endpoints) fn described(
        asked: &str,
        metadata: &Value,
    ) -> Result<Endpoints, EndpointError> {
        Endpoints::from_metadata(asked, metadata, |reason| EndpointError::NotMetadata {
            url: asked.to_owned(),
            status: 200,
            reason,
        })
    }

    pub(in crate::azure::endpoints) fn local_metadata() -> Value {
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
}
