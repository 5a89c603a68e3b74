//! One HTTP request to Azure, as data: what a step will send and what a wait will read.
//! Holds no host, no token and no header: those are the client's business.

use std::fmt;

use serde_json::Value;

use crate::model::resource_id::ResourceId;

/// The HTTP methods that Azure's control and data planes use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or replaces whole.
    Put,
    /// Changes what is given.
    Patch,
    /// Runs an action.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Which of Azure's services a request goes to; decides host and token audience.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plane {
    /// Azure Resource Manager.
    Arm,
    /// The data plane of a Batch account, at the `accountEndpoint` its ARM resource answers (`host` or `host:port`).
    Batch {
        /// Host, and port where it is not 443.
        endpoint: String,
    },
    /// The blobs of a storage account, at the `primaryEndpoints.blob` its ARM resource answers.
    Blob {
        /// The URL.
        endpoint: String,
    },
    /// The data plane of an account whose endpoint nobody knows when the request is made, because the account is only made
    /// before it. Whoever sends it asks the account first.
    BatchOf {
        /// The account.
        account: Box<ResourceId>,
    },
}

/// A request, complete but for host, token and headers.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub plane: Plane,
    /// The URL's path, every segment encoded; made by [`ResourceId::url_path`] for ARM.
    pub path: String,
    /// The `api-version` query parameter; empty where the plane has none.
    pub api_version: &'static str,
    /// Further query parameters, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// The JSON body.
    pub body: Option<Value>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, plane, path, api_version, query, body } = self;
        // Which properties are sent, and not what they are: secrets stand among them in clear.
        let names = |body: &Value| body.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>());
        f.debug_struct("Request")
            .field("method", method)
            .field("plane", plane)
            .field("path", path)
            .field("api_version", api_version)
            .field("query", query)
            .field("body", &body.as_ref().map(names))
            .finish()
    }
}

impl Request {
    /// A request to ARM about one resource.
    pub fn arm(method: Method, id: &ResourceId, api_version: &'static str) -> Self {
        Self { method, plane: Plane::Arm, path: id.url_path(), api_version, query: Vec::new(), body: None }
    }

    /// Reads one resource.
    pub fn get(id: &ResourceId, api_version: &'static str) -> Self {
        Self::arm(Method::Get, id, api_version)
    }

    /// Reads the list that holds one resource.
    pub fn list_of(id: &ResourceId, api_version: &'static str) -> Self {
        Self { path: id.collection_path(), ..Self::get(id, api_version) }
    }

    /// The same request with a JSON body.
    #[must_use]
    pub fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The same request with one more query parameter.
    #[must_use]
    pub fn with_query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }
}
