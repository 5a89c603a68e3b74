//! Reads what works on a pool now: how many tasks run there, and which jobs name it. Asked only about pools that a plan is
//! about to empty or remove, since no decision rests on it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::azure::read::Read;
use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::encode;
use crate::observe::concurrently;

/// The data plane.
const API_VERSION: &str = "2025-06-01";

/// What works on a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workload {
    /// The tasks that run on its nodes.
    pub tasks: u64,
    /// The jobs and job schedules that name it and are not over, in the order of their ids.
    pub named_by: Vec<String>,
}

/// Reads it for pools of one account, by their names; the error of one is why it could not be read.
pub async fn workloads(
    endpoint: &str,
    pools: &BTreeSet<String>,
    read: &Read,
) -> BTreeMap<String, Result<Workload, String>> {
    let list = |path: String, select: &str| {
        let request = Request {
            method: Method::Get,
            plane: Plane::Batch { endpoint: endpoint.to_owned() },
            path,
            api_version: API_VERSION,
            query: Vec::new(),
            body: None,
        };
        let (request, read) = (request.with_query("$select", select), read.clone());
        async move { read.list(&request).await.map_err(|error| error.chain()) }
    };
    let nodes = concurrently(pools.iter().map(|pool| {
        let nodes = list(format!("/pools/{}/nodes", encode(pool)), "id,runningTasksCount");
        let pool = pool.clone();
        async move { (pool, nodes.await) }
    }));
    let (nodes, jobs, schedules) = tokio::join!(
        nodes,
        list("/jobs".to_owned(), "id,state,poolInfo"),
        list("/jobschedules".to_owned(), "id,state,jobSpecification"),
    );
    let found = nodes.into_iter().map(|(pool, nodes)| {
        let found = nodes.and_then(|nodes| {
            let (jobs, schedules) =
                (jobs.as_ref().map_err(Clone::clone)?, schedules.as_ref().map_err(Clone::clone)?);
            let mut named_by = naming(jobs, "/poolInfo/poolId", &pool, "job");
            named_by.extend(naming(schedules, "/jobSpecification/poolInfo/poolId", &pool, "job schedule"));
            let tasks = nodes.iter().filter_map(|node| node.get("runningTasksCount")?.as_u64()).sum();
            Ok(Workload { tasks, named_by })
        });
        (pool, found)
    });
    found.collect()
}

fn naming(items: &[Value], pointer: &str, pool: &str, sort: &str) -> Vec<String> {
    let text = |item: &Value, pointer: &str| item.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let names = |item: &&Value| text(item, pointer).is_some_and(|id| id.eq_ignore_ascii_case(pool));
    let over = |item: &&Value| {
        let state = text(item, "/state").unwrap_or_default().to_lowercase();
        !matches!(state.as_str(), "completed" | "terminating" | "deleting")
    };
    let found = items.iter().filter(names).filter(over);
    let mut ids: Vec<String> = found.filter_map(|item| text(item, "/id")).collect();
    ids.sort();
    ids.into_iter().map(|id| format!("{sort} {id}")).collect()
}
