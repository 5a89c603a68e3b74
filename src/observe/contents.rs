//! Reads what would go along with what the stack owns: all that is in its groups, and the jobs in its accounts.
//! Says what is there; what follows from it is decided in planning.

use serde_json::Value;

use crate::azure::read::Read;
use crate::model::desired::Graph;
use crate::model::facts::Question;
use crate::model::permission::reads_everything;
use crate::model::request::Plane;
use crate::model::snapshot::Gap;
use crate::observe::inventory::Inventory;
use crate::observe::{concurrently, leftovers};

/// Reads it. A list of Resource Manager leaves out what the caller may not see, so that it counts only for somebody who may
/// see everything there.
pub(super) async fn contents(graph: &Graph, read: &Read, inventory: &mut Inventory) {
    let mut wanted = Vec::new();
    for kind in graph.kinds {
        for id in leftovers(*kind, graph, inventory) {
            let list = inventory.live(&id).and_then(|live| kind.content(live));
            wanted.extend(list.map(|list| (*kind, id, list)));
        }
    }
    let contents = wanted.into_iter().map(|(kind, id, list)| {
        let read = read.clone();
        async move {
            let everything = async {
                if list.plane != Plane::Arm {
                    return Ok(());
                }
                let roles = read.list(&Question::Permissions(id.clone()).request()).await;
                let roles = roles.map_err(|error| error.chain())?;
                let all = reads_everything(&Value::Array(roles));
                all.then_some(()).ok_or_else(|| {
                    "*/read is not granted there, so there may be more than is shown".to_owned()
                })
            };
            let (everything, content) = tokio::join!(everything, read.list(&list));
            let content = everything.and_then(|()| content.map_err(|error| error.chain()));
            (kind, id, content)
        }
    });
    for (kind, id, content) in concurrently(contents).await {
        match content {
            Ok(content) => inventory.accompany(&id, Value::Array(content)),
            Err(why) => inventory.gap(Gap { kind: kind.name(), what: format!("what is in {id}"), why }),
        }
    }
}
