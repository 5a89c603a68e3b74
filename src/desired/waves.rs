//! In which order pools get what needs zero nodes: the names of the header's `rollout` as pools.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::declared::Stack;
use crate::kinds::decode::nearest;
use crate::model::address::Address;
use crate::model::desired::Graph;
use crate::model::rollout::Order;

/// Reads the order; a name that means no pool, or one that means a pool again, is reported.
pub(super) fn order(stack: &Stack, graph: &Graph, report: &mut Report) -> Order {
    let Some(written) = &stack.header.rollout else { return Order::default() };
    let pools = || graph.desired.keys().filter(|address| address.kind() == "pool");
    let accounts = graph.referenced.keys().chain(graph.desired.keys());
    let accounts: Vec<&str> =
        accounts.filter(|address| address.kind() == "batch-account").map(Address::name).collect();
    let mut order = Order { wave_of: BTreeMap::new(), at_once: written.max_concurrent_pools };
    let names = written.waves.iter().zip(&stack.wave_places).enumerate();
    let names = names.flat_map(|(wave, (names, places))| {
        names.iter().zip(places).map(move |(name, place)| (wave, name.as_str(), *place))
    });
    // A pool by its own name goes before the account that it is in.
    let (pools_named, accounts_named): (Vec<_>, Vec<_>) = names.partition(|(_, name, _)| name.contains('/'));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (wave, name, place) in pools_named.into_iter().chain(accounts_named) {
        let is_meant = |address: &&Address| {
            let of = address.name();
            of == name || of.split_once('/').is_some_and(|(account, _)| account == name)
        };
        let meant: Vec<&Address> = pools().filter(is_meant).collect();
        if meant.is_empty() && !accounts.contains(&name) {
            let known = accounts.iter().copied().chain(pools().map(Address::name));
            let found = Diagnostic::error(
                Code::UnknownReference,
                place,
                format!("`{name}` is neither an account nor a pool of these files"),
            );
            report.push(match nearest(name, known) {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found.help("write the alias of an account, or `ALIAS/ID` of a pool"),
            });
        }
        if seen.insert(name, wave).is_some() {
            let message = format!("`{name}` stands in two waves, or twice in one");
            report.push(Diagnostic::error(Code::NotAllowed, place, message).help("take one of them out"));
        }
        for address in meant {
            order.wave_of.entry(address.clone()).or_insert(wave);
        }
    }
    order
}
