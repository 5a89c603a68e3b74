//! Declared to desired: lowers each entry to Azure's body, and references to edges.
//! What needs the live state is left pending.

mod waves;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::PLANNING;
use crate::kinds::declared::Stack;
use crate::kinds::header::ACCOUNT_API;
use crate::kinds::lowering::Lowered;
use crate::kinds::provider_registration;
use crate::kinds::scope::Scope;
use crate::model::address::Address;
use crate::model::desired::{Graph, Need, Referenced, Until};
use crate::model::pending::{Crowd, Question, RegionOf, ReplicasNeeded, replicas_for};
use crate::model::region;
use crate::model::rollout::Order;

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
        retention: BTreeMap::new(),
        rollout: Order::default(),
    };
    let mut crowds = Vec::new();
    for (entry, identity) in scope.entries() {
        let Some(lowered) = entry.kind.lower(entry, identity, &scope, report) else { continue };
        let Lowered { desired, referenced, crowd, retention, registration } = lowered;
        graph.retention.extend(retention.map(|retention| (identity.address.clone(), retention)));
        if let Some(mut desired) = desired {
            if let Some(registration) = registration.filter(|it| scope.may_register_in(&it.subscription)) {
                let provider = provider_registration::desired(&registration);
                let on = provider.address.clone();
                desired.needs.push(Need { on, until: Until::Settled, place: registration.place });
                graph.desired.entry(provider.address.clone()).or_insert(provider);
            }
            if desired.id.parent().is_none() && !desired.kind.is_attached() {
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
    graph.rollout = waves::order(stack, &graph, report);
    graph
}

/// Tells every version with `auto` replicas what the pools need that boot its image, each image counted once.
fn spread(crowds: &[(Address, Crowd)], graph: &mut Graph, report: &mut Report) {
    let mut booting: BTreeMap<String, Vec<&Crowd>> = BTreeMap::new();
    for (image, crowd) in crowds {
        booting.entry(image.name().to_ascii_lowercase()).or_default().push(crowd);
    }
    let need = |crowds: &Vec<&Crowd>| -> Arc<ReplicasNeeded> {
        let mut needed = ReplicasNeeded::new();
        for crowd in crowds {
            *needed.entry(crowd.region.clone()).or_default() += replicas_for(crowd.nodes.unwrap_or(0));
        }
        Arc::new(needed)
    };
    let needed: BTreeMap<&String, Arc<ReplicasNeeded>> =
        booting.iter().map(|(image, crowds)| (image, need(crowds))).collect();
    let mut auto: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for desired in graph.desired.values_mut() {
        let Some(definition) = desired.id.parent() else { continue };
        for pending in &mut desired.pending {
            let Question::Replicas { region, needed: of_image } = &mut pending.what else { continue };
            let image = definition.names().collect::<Vec<_>>().join("/").to_ascii_lowercase();
            if let Some(needed) = needed.get(&image) {
                *of_image = Arc::clone(needed);
                auto.entry(image).or_default().insert(region::normal(region));
            }
        }
    }
    for (image, regions) in auto {
        let crowds = booting.get(&image).map_or(&[][..], Vec::as_slice);
        for crowd in crowds.iter().filter(|crowd| crowd.nodes.is_none()) {
            let here = match &crowd.region {
                RegionOf::Named(name) => Some(region::normal(name)),
                RegionOf::Account(address) => {
                    let account = graph.referenced.get(address);
                    let written = account.and_then(|account| account.location.as_deref());
                    let made =
                        graph.desired.get(address).and_then(|made| made.body.get("location")?.as_str());
                    written.or(made).map(region::normal)
                }
            };
            let Some(pool) = graph.desired.get(&crowd.pool) else { continue };
            if here.is_none_or(|here| regions.contains(&here)) {
                let message =
                    "the image has `auto` replicas, and nothing says how many nodes this pool can have";
                report.push(
                    Diagnostic::error(Code::MissingMaxNodes, pool.place, message)
                        .help("write `maxNodes:`, the most that the formula can ask for"),
                );
            }
        }
    }
}
