//! The network the nodes are in, and what reaches them.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::spelling;

/// The network the nodes are in. Everything here changes only with zero nodes.
///
/// Omitted: Batch's own network with public addresses for a new pool; left as it is on one that exists.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = spelling::network()))]
pub struct NetworkConfiguration {
    /// The resource id of the subnet that the nodes join, in the Batch account's region and subscription.
    ///
    /// It needs a free address for each node and must not be delegated to another service. Omitted: left as it is.
    #[schemars(
        example = &"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/render/subnets/nodes"
    )]
    pub subnet_id: Option<String>,
    /// Whether each job may bring its own network; `job` needs `subnetId`, and Microsoft's approval. Omitted: `none`.
    pub dynamic_vnet_assignment_scope: Option<DynamicVnetAssignmentScope>,
    /// Ports of the nodes that are reachable from outside. Omitted: none; those that are there are closed.
    pub endpoint_configuration: Option<EndpointConfiguration>,
    /// Where the nodes' public addresses come from. Omitted: Batch makes them.
    #[serde(rename = "publicIPAddressConfiguration")]
    pub public_ip_address_configuration: Option<PublicIpAddressConfiguration>,
    /// Whether the nodes bypass the host's virtual switch (SR-IOV). The VM size and the image must support it.
    /// Omitted: false.
    pub enable_accelerated_networking: Option<bool>,
}

/// Whether jobs bring their own network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DynamicVnetAssignmentScope {
    /// They do not.
    #[serde(rename = "none")]
    None,
    /// Each job may.
    #[serde(rename = "job")]
    Job,
}

/// Ports of the nodes that are reachable from outside.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = spelling::endpoints()))]
pub struct EndpointConfiguration {
    /// At most 5, each with its own name. Not with `NoPublicIPAddresses`.
    #[schemars(length(min = 1, max = 5))]
    pub inbound_nat_pools: Vec<InboundNatPool>,
}

/// One port of every node, reachable through a range of ports of the load balancer.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InboundNatPool {
    /// Its name, unique in the pool: letters, digits, `_`, `.` and `-`, at most 77.
    #[schemars(
        length(max = 77),
        regex(pattern = r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$"),
        example = &"ssh"
    )]
    pub name: String,
    /// The protocol.
    pub protocol: InboundProtocol,
    /// The port on the node, unique in the pool; not 29876 or 29877, which are Batch's own. Newer pools also refuse
    /// 22 and 3389.
    #[schemars(range(min = 1, max = 65535), example = 8080)]
    pub backend_port: u32,
    /// The first port of the range outside: 1 to 65534, outside 50000–55000, overlapping no other range.
    #[schemars(range(min = 1, max = 65534), example = 15000)]
    pub frontend_port_range_start: u32,
    /// The last port of the range. The range must have a port for each node.
    #[schemars(range(min = 1, max = 65534), example = 15200)]
    pub frontend_port_range_end: u32,
    /// Who may come in; at most 25 in the whole pool. Omitted: everybody may.
    #[serde(default)]
    #[schemars(length(max = 25))]
    pub network_security_group_rules: Vec<NetworkSecurityGroupRule>,
}

/// The protocol of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum InboundProtocol {
    /// TCP.
    #[serde(rename = "TCP")]
    Tcp,
    /// UDP.
    #[serde(rename = "UDP")]
    Udp,
}

/// Lets some addresses in, or keeps them out.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkSecurityGroupRule {
    /// The lowest number wins; unique in the pool.
    #[schemars(range(min = 150, max = 4096), example = 150)]
    pub priority: u32,
    /// Whether it lets in or keeps out.
    pub access: RuleAccess,
    /// An address, a range such as `10.1.0.0/16`, a service tag, or `*`.
    #[schemars(length(min = 1), example = &"10.1.0.0/16")]
    pub source_address_prefix: String,
    /// Ports or ranges such as `1024-2048` that the traffic comes from. Omitted: `*`, all of them.
    #[serde(default)]
    pub source_port_ranges: Vec<String>,
}

/// Whether a rule lets in or keeps out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum RuleAccess {
    /// Lets in.
    Allow,
    /// Keeps out.
    Deny,
}

/// Where the nodes' public addresses come from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublicIpAddressConfiguration {
    /// Who provides the addresses. Omitted: `BatchManaged`.
    pub provision: Option<PublicIpProvision>,
    /// Resource ids of the user's own addresses, with `UserManaged`: one for every started 100 dedicated and every
    /// started 100 Spot nodes. Omitted: none.
    #[serde(default)]
    pub ip_address_ids: Vec<String>,
    /// `IPv4`, or both for a dual-stack pool. Omitted: `IPv4`.
    #[serde(default)]
    pub ip_families: Vec<IpFamily>,
    /// Tags for the addresses that Batch makes. Omitted: none.
    #[serde(default)]
    pub ip_tags: Vec<IpTag>,
}

/// Who provides the public addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PublicIpProvision {
    /// Batch makes and removes them.
    BatchManaged,
    /// The user, with `ipAddressIds`. Their number bounds the pool.
    UserManaged,
    /// Nobody: the nodes have none. Needs `subnetId` with its own way out, and allows no `endpointConfiguration`.
    NoPublicIPAddresses,
}

/// A version of the internet protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum IpFamily {
    /// Version 4.
    IPv4,
    /// Version 6.
    IPv6,
}

/// A tag for the public addresses that Batch makes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IpTag {
    /// The kind of tag, unique in the list.
    #[schemars(example = &"FirstPartyUsage")]
    pub ip_tag_type: Option<String>,
    /// Its value.
    pub tag: Option<String>,
}
