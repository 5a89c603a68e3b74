//! Where a request goes in the chosen cloud: base, URL, token audience and media type of each plane.
//! Joining a host and a path happens here and nowhere else. Sends nothing.

use reqwest::Url;

use crate::azure::endpoints::{EndpointError, Endpoints};
use crate::model::request::{Plane, Request};

/// What a token for blobs is made out to, in every cloud.
const STORAGE_AUDIENCE: &str = "https://storage.azure.com";

/// Host, audience and media type of a plane, all checked against the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::azure) struct Place {
    /// `https://host[:port]`: the only host that a token for `audience` may be sent to.
    pub(in crate::azure) base: String,
    /// What the token is made out to.
    pub(in crate::azure) audience: String,
    /// The media type of bodies, both ways.
    pub(in crate::azure) media_type: &'static str,
}

impl Place {
    /// The place of a plane; refuses a Batch endpoint that is not the cloud's.
    pub(in crate::azure) fn of(plane: &Plane, endpoints: &Endpoints) -> Result<Self, EndpointError> {
        Ok(match plane {
            Plane::Arm => Self {
                base: endpoints.resource_manager().to_owned(),
                audience: endpoints.arm_audience().to_owned(),
                media_type: "application/json",
            },
            Plane::Batch { endpoint } => Self {
                base: endpoints.account_endpoint(endpoint)?.url().to_owned(),
                audience: endpoints.batch_audience().to_owned(),
                media_type: "application/json; odata=minimalmetadata",
            },
            Plane::Blob { endpoint } => Self {
                base: endpoints.blob_host(endpoint)?,
                audience: STORAGE_AUDIENCE.to_owned(),
                media_type: "application/xml",
            },
            // Whoever sends it has to ask the account first.
            Plane::BatchOf { account } => return Err(EndpointError::Path(account.to_string())),
        })
    }

    /// The absolute URL of a request.
    ///
    /// The path comes with every segment encoded. One that would not reach the server letter by letter, or in which a
    /// name hides a separator, is refused: no valid Azure name needs that.
    pub(in crate::azure) fn url(&self, request: &Request) -> Result<String, EndpointError> {
        const HIDDEN: [&str; 4] = ["%00", "%2e", "%2f", "%5c"];
        let refuse = || EndpointError::Path(request.path.clone());
        let lower = request.path.to_ascii_lowercase();
        if !lower.starts_with('/')
            || lower.contains("//")
            || HIDDEN.iter().any(|hidden| lower.contains(hidden))
        {
            return Err(refuse());
        }
        let mut url = Url::parse(&self.base).map_err(|_| refuse())?;
        url.set_path(&request.path);
        if url.path() != request.path {
            return Err(refuse());
        }
        let version = Some(("api-version", request.api_version)).filter(|(_, version)| !version.is_empty());
        if version.is_some() || !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(version).extend_pairs(&request.query);
        }
        Ok(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::request::Method;

    fn request(path: &str) -> Request {
        Request {
            method: Method::Get,
            plane: Plane::Arm,
            path: path.to_owned(),
            api_version: "2024-03-03",
            query: Vec::new(),
            body: None,
        }
    }

    fn url(path: &str) -> Result<String, EndpointError> {
        let endpoints = Endpoints::public();
        Place::of(&Plane::Arm, &endpoints)?.url(&request(path).with_query("$expand", "a b&c"))
    }

    #[test]
    fn a_request_becomes_a_url() {
        assert_eq!(
            url("/subscriptions/s/resourceGroups/my%20group").expect("a good path"),
            "https://management.azure.com/subscriptions/s/resourceGroups/my%20group?api-version=2024-03-03&%24expand=a+b%26c"
        );
    }

    #[test]
    fn names_cannot_escape_their_segment() {
        for hostile in [
            "/pools/..",
            "/pools/./x",
            "/pools/a?b",
            "/pools/a#b",
            "/pools/%2e%2E/x",
            "/pools/a\\b",
            "/pools//x",
            "//evil.example/",
            "/pools/a\r\nX: y",
            "/pools/a%2Fb",
            "pools",
            "",
        ] {
            assert!(url(hostile).is_err(), "{hostile:?}");
        }
    }

    #[test]
    fn blobs_have_their_version_elsewhere_and_their_host_under_the_clouds_suffix() {
        let place =
            |endpoint: &str| Place::of(&Plane::Blob { endpoint: endpoint.to_owned() }, &Endpoints::public());
        let good = place("https://renders.blob.core.windows.net/").expect("Azure's");
        let blob = Request { api_version: "", ..request("/images/a.vhd") };
        let url = |request: &Request| good.url(request).expect("a good path");
        assert_eq!(url(&blob), "https://renders.blob.core.windows.net/images/a.vhd");
        let pages = blob.with_query("comp", "page");
        assert_eq!(url(&pages), "https://renders.blob.core.windows.net/images/a.vhd?comp=page");
        assert!(place("https://renders.blob.core.windows.net.evil.example/").is_err());
    }

    #[test]
    fn a_batch_endpoint_of_another_cloud_gets_no_token() {
        let place =
            |endpoint: &str| Place::of(&Plane::Batch { endpoint: endpoint.to_owned() }, &Endpoints::public());
        assert_eq!(
            place("a.eastus.batch.azure.com").expect("Azure's").base,
            "https://a.eastus.batch.azure.com"
        );
        assert!(place("a.eastus.batch.azure.com.evil.example").is_err());
        assert!(place("127.0.0.1:8443").is_err());
    }
}
