//! Declared to desired: lowers each entry to Azure's body, and references to edges.
//! What needs the live state is left pending.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::PLANNING;
use crate::kinds::declared::Stack;
use crate::kinds::header::ACCOUNT_API;
use crate::kinds::lowering::Lowered;
use crate::kinds::scope::Scope;
use crate::model::address::Address;
use crate::model::desired::{Graph, Referenced};
use crate::model::pending::{Crowd, Question, RegionOf};
use crate::model::region;

/// The graph of a stack. What is wrong is in the report; a graph with errors is not planned.
pub fn desired(stack: &Stack, report: &mut Report) -> Graph {
    let scope = Scope::of(stack, report);
    let home = (stack.header.subscription.clone(), stack.header.resource_group.clone());
    let mut graph = Graph {
        owner: scope.owner(),
        desired: BTreeMap::new(),
        referenced: BTreeMap::new(),
        kinds: PLANNING,
        homes: BTreeSet::from([home]),
    };
    let mut crowds = Vec::new();
    for (entry, identity) in scope.entries() {
        let Some(lowered) = entry.kind.lower(entry, identity, &scope, report) else { continue };
        let Lowered { desired, referenced, crowd } = lowered;
        if let Some(desired) = desired {
            if desired.id.parent().is_none() {
                graph.homes.insert((desired.id.subscription().to_owned(), desired.id.group().to_owned()));
            }
            graph.desired.insert(desired.address.clone(), desired);
        }
        graph.referenced.extend(referenced);
        crowds.extend(crowd);
    }
    for account in scope.accounts() {
        graph.referenced.entry(account.address.clone()).or_insert_with(|| Referenced {
            id: account.id.clone(),
            api_version: ACCOUNT_API,
            place: account.place,
            location: account.location.clone(),
            kind: None,
        });
    }
    // The stack's own resources are known by what the stack writes, even where others name them by id.
    graph.referenced.retain(|address, _| !graph.desired.contains_key(address));
    spread(&crowds, &mut graph, report);
    graph
}

/// Tells every image version with `auto` replicas which pools boot its image, and how many nodes they can have.
fn spread(crowds: &[(Address, Crowd, Option<u64>)], graph: &mut Graph, report: &mut Report) {
    let location = |of: &RegionOf, graph: &Graph| match of {
        RegionOf::Named(name) => Some(region::normal(name)),
        RegionOf::Account(address) => graph.referenced.get(address)?.location.as_deref().map(region::normal),
    };
    let mut untold: BTreeSet<&Address> = BTreeSet::new();
    let places: BTreeMap<Address, Option<String>> =
        crowds.iter().map(|(_, crowd, _)| (crowd.pool.clone(), location(&crowd.region, graph))).collect();
    let mut booting: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for crowd in crowds {
        booting.entry(crowd.0.name().to_ascii_lowercase()).or_default().push(crowd);
    }
    for desired in graph.desired.values_mut() {
        let Some(definition) = desired.id.parent() else { continue };
        for pending in &mut desired.pending {
            let Question::Replicas { region, pools } = &mut pending.what else { continue };
            let image = definition.names().collect::<Vec<_>>().join("/").to_ascii_lowercase();
            for (_, crowd, nodes) in booting.get(&image).into_iter().flatten() {
                let elsewhere = places
                    .get(&crowd.pool)
                    .and_then(Option::as_deref)
                    .is_some_and(|own| own != region::normal(region));
                if elsewhere {
                    continue;
                }
                match nodes {
                    Some(_) => pools.push(crowd.clone()),
                    None => {
                        untold.insert(&crowd.pool);
                    }
                }
            }
        }
    }
    for address in untold {
        if let Some(pool) = graph.desired.get(address) {
            let message = "the image has `auto` replicas, and nothing says how many nodes this pool can have";
            report.push(
                Diagnostic::error(Code::MissingMaxNodes, pool.place, message)
                    .help("write `maxNodes:`, the most that the formula can ask for"),
            );
        }
    }
}
