//! The inbound endpoints of a pool, with the places of their values.
//! Judges nothing.

use crate::diag::Place;
use crate::kinds::pool::spec::network::{InboundNatPool, NetworkSecurityGroupRule};
use crate::lint::places::each;
use crate::lint::subject::PoolSeen;

/// Where the endpoints are written.
pub(in crate::lint) const ENDPOINTS: [&str; 3] =
    ["networkConfiguration", "endpointConfiguration", "inboundNatPools"];

/// The inbound endpoints of a pool.
pub(in crate::lint) fn endpoints<'a>(pool: &PoolSeen<'a>) -> &'a [InboundNatPool] {
    let network = pool.spec.network_configuration.as_ref();
    let endpoints = network.and_then(|network| network.endpoint_configuration.as_ref());
    endpoints.map_or(&[][..], |endpoints| &endpoints.inbound_nat_pools)
}

/// The inbound endpoints of a pool, each with the place of one of its values.
pub(in crate::lint) fn endpoints_at<'a>(
    pool: &PoolSeen<'a>,
    key: &str,
) -> impl Iterator<Item = (&'a InboundNatPool, Place)> + use<'a> {
    endpoints(pool).iter().zip(each(pool.entry, &ENDPOINTS, key))
}

/// The rules of all endpoints of a pool, each with the place of its priority.
pub(in crate::lint) fn rules<'a>(pool: &PoolSeen<'a>) -> Vec<(&'a NetworkSecurityGroupRule, Place)> {
    let list = ENDPOINTS.iter().try_fold(&pool.entry.node, |node, key| node.get(key));
    let written = list.map_or(&[][..], |list| list.elements()).iter().flat_map(|endpoint| {
        endpoint.get("networkSecurityGroupRules").map_or(&[][..], |rules| rules.elements())
    });
    let places = written.map(|rule| rule.get("priority").map_or(rule.place, |it| it.place));
    endpoints(pool).iter().flat_map(|endpoint| &endpoint.network_security_group_rules).zip(places).collect()
}
