//! Reads resources with all that is inside them, for whoever has no files yet.
//! Other than a plan, which goes on without what cannot be read, this is whole or fails.

use serde_json::Value;

use crate::azure::read::Read;
use crate::model::kind::Planning;
use crate::model::request::Request;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Gap, Live};
use crate::observe::{concurrently, details};

/// A resource that is read.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its id.
    pub id: ResourceId,
    /// The api-version it is read with.
    pub api_version: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// Whether what is inside it is read, too.
    pub whole: bool,
}

/// Reads what is wanted, and what of these kinds is inside it, at any depth; each once, in the order of their ids.
pub async fn with_all_inside(
    wanted: Vec<Wanted>,
    kinds: &'static [&'static dyn Planning],
    read: &Read,
) -> Result<Vec<Live>, Gap> {
    let answers = concurrently(wanted.into_iter().map(|wanted| {
        let read = read.clone();
        async move {
            let answer = read.get_optional(&Request::get(&wanted.id, wanted.api_version), "a resource").await;
            (wanted, answer.map_err(|error| error.chain()))
        }
    }))
    .await;
    let mut found = Vec::new();
    let mut open = Vec::new();
    for (Wanted { id, what, whole, .. }, answer) in answers {
        let gap = |why| Gap { kind: what, what: id.to_string(), why };
        let body = answer.map_err(gap)?.ok_or_else(|| gap("it does not exist".to_owned()))?;
        let live = live(body).ok_or_else(|| gap("the answer has no id".to_owned()))?;
        if whole {
            open.push(live.id.clone());
        }
        found.push(live);
    }
    while !open.is_empty() {
        let lists = open.drain(..).flat_map(|container| lists_in(&container, kinds));
        let answers = concurrently(lists.map(|(kind, id)| {
            let read = read.clone();
            async move {
                let request = Request::list_of(&id, kind.api_version());
                let answer = read.list(&request).await;
                (kind, id.collection_path(), answer.map_err(|error| error.chain()))
            }
        }))
        .await;
        for (kind, path, answer) in answers {
            let entries =
                answer.map_err(|why| Gap { kind: kind.name(), what: format!("the list {path}"), why })?;
            let lives: Vec<Live> = entries.into_iter().filter_map(live).collect();
            open.extend(lives.iter().map(|live| live.id.clone()));
            found.extend(lives);
        }
    }
    for live in &mut found {
        let kind = kinds.iter().find(|kind| live.id.is_type(kind.azure_type()));
        let detail = kind.and_then(|kind| Some((kind, kind.detail()?)));
        let Some((kind, detail)) = detail.filter(|(_, detail)| detail.of.includes(None, live)) else {
            continue;
        };
        let request = detail.read(&live.id, kind.api_version());
        let answer = read.get_optional(&request, "a resource").await.map_err(|error| error.chain());
        let gap = |why| Gap { kind: kind.name(), what: live.id.to_string(), why };
        let told = answer.map_err(gap)?.ok_or_else(|| gap("it does not exist any more".to_owned()))?;
        details::tell(&mut live.body, told);
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// The lists directly inside a resource, each by an id that it could show.
fn lists_in(
    container: &ResourceId,
    kinds: &'static [&'static dyn Planning],
) -> Vec<(&'static dyn Planning, ResourceId)> {
    let inside = kinds.iter().filter_map(|kind| {
        let (parent, own) = kind.azure_type().rsplit_once('/')?;
        container.is_type(parent).then(|| (*kind, container.child(own, "_")))
    });
    inside.collect()
}

fn live(body: Value) -> Option<Live> {
    let id = ResourceId::parse(body.get("id")?.as_str()?).ok()?;
    Some(Live { id, body, companion: None })
}
