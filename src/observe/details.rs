//! What lists do not tell: reads, one by one, the resources of which planning must know more.
//! Which those are is the kinds' business; how many of the others are read is said here.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::azure::read::Read;
use crate::model::desired::{Graph, Until};
use crate::model::kind::DetailOf;
use crate::model::snapshot::{Observed, Snapshot};
use crate::observe::concurrently;

/// How many resources of a kind are read one by one for their details, beyond those that something waits for.
const DETAILS: usize = 4;

/// Reads the details of those resources whose state somebody waits for, and of a few more, newest first: a list does
/// not tell how far the regions of a version are, and asking for each of hundreds would take minutes.
pub(super) async fn details(graph: &Graph, read: &Read, snapshot: &mut Snapshot) {
    let mut awaited = BTreeSet::new();
    for desired in graph.desired.values() {
        let at_rest = snapshot.live(&desired.address).is_some_and(|live| desired.kind.at_rest(live));
        if !at_rest {
            let needs = desired.needs.iter().filter(|need| matches!(need.until, Until::ReadyIn(_)));
            awaited.extend(needs.map(|need| need.on.clone()));
        }
    }
    let mut wanted = Vec::new();
    for kind in graph.kinds {
        let Some(detail) = kind.detail() else { continue };
        let mut rest = Vec::new();
        for (address, observed) in &snapshot.resources {
            let Observed::Present(live) = observed else { continue };
            if address.kind() != kind.name() {
                continue;
            }
            let request = detail.read(&live.id, kind.api_version());
            let settled = live.body.pointer("/properties/provisioningState").and_then(Value::as_str)
                == Some("Succeeded");
            let desired = graph.desired.get(address).map(|desired| &desired.body);
            let is_one = match detail.of {
                DetailOf::Newest => !settled || awaited.contains(address),
                DetailOf::Those(_) => desired.is_some() && detail.of.includes(desired, live),
            };
            if is_one {
                wanted.push((address.clone(), request));
            } else if matches!(detail.of, DetailOf::Newest) {
                let published = live.body.pointer("/properties/publishingProfile/publishedDate");
                rest.push((
                    published.and_then(Value::as_str).unwrap_or("").to_owned(),
                    address.clone(),
                    request,
                ));
            }
        }
        rest.sort_by(|a, b| (&b.0, &b.1).cmp(&(&a.0, &a.1)));
        wanted.extend(rest.into_iter().take(DETAILS).map(|(_, address, request)| (address, request)));
    }
    let answers =
        concurrently(wanted.into_iter().map(|(address, request)| {
            let read = read.clone();
            async move {
                (address, read.get_optional(&request, "a resource").await.map_err(|error| error.chain()))
            }
        }))
        .await;
    for (address, answer) in answers {
        let observed = match answer {
            Ok(Some(body)) => {
                if let Some(Observed::Present(live)) = snapshot.resources.get_mut(&address) {
                    tell(&mut live.body, body);
                }
                continue;
            }
            Ok(None) => Observed::Absent,
            Err(why) => Observed::Unreadable(why),
        };
        snapshot.resources.insert(address, observed);
    }
}

/// Adds what a read tells. It may tell of one thing more, and of another less than the list.
pub(super) fn tell(body: &mut Value, told: Value) {
    match (body, told) {
        (Value::Object(body), Value::Object(told)) => {
            for (name, value) in told {
                tell(body.entry(name).or_insert(Value::Null), value);
            }
        }
        (body, told) => *body = told,
    }
}
