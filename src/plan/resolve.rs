//! Fills in what the files leave to planning: replica counts, the latest version, the region of an account.
//! Every value it chooses is told in a note.

use serde_json::{Value, json};

use crate::model::address::Address;
use crate::model::desired::{Desired, Graph, Need, Until};
use crate::model::duration;
use crate::model::pending::{Question, RegionOf, resize_timeout_for};
use crate::model::plan::{Note, NoteKind};
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Live, Snapshot};
use crate::model::upload::{BlobName, blob_endpoint};
use crate::model::version_number;
use crate::plan::chain;

/// What resolving one resource came to.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// What was chosen.
    pub(crate) notes: Vec<Note>,
    /// Why a value could not be chosen, and the way out: the resource is blocked.
    pub(crate) blocked: Vec<(String, String)>,
}

/// Answers every question of one desired resource, in place.
pub(crate) fn resolve(desired: &mut Desired, graph: &Graph, snapshot: &Snapshot) -> Resolved {
    let mut resolved = Resolved::default();
    for pending in std::mem::take(&mut desired.pending) {
        let place = desired.places.get(&pending.pointer).copied().unwrap_or(desired.place);
        let mut note = |kind, text| {
            resolved.notes.push(Note {
                address: Some(desired.address.clone()),
                kind,
                text,
                place: Some(place),
            });
        };
        let write_out = |why| (why, "write the value out instead of leaving it to planning".to_owned());
        let written = desired.body.pointer(&pending.pointer).cloned().unwrap_or_default();
        let answer = match pending.what {
            Question::Replicas { region: wanted, needed } => {
                let is_there = |of: &RegionOf| {
                    region_of(of, graph, snapshot).is_some_and(|here| region::same(&here, &wanted))
                };
                let needed: u64 = needed.iter().filter(|(of, _)| is_there(of)).map(|(_, count)| count).sum();
                let live = snapshot.live(&desired.address);
                let live = live.and_then(|live| replicas(&live.body, &wanted)).unwrap_or(0);
                let count = needed.max(live).max(1);
                let why = if live > needed.max(1) {
                    "as many as are live"
                } else {
                    "one for each started 300 nodes"
                };
                note(NoteKind::Resolved, format!("`auto` replicas in {wanted}: {count} ({why})"));
                Ok(json!(count))
            }
            // Answered before (`other_regions`).
            Question::OtherRegions { .. } => Ok(written),
            Question::ResizeTimeout { nodes } => {
                let timeout = duration::text(resize_timeout_for(nodes));
                note(NoteKind::Resolved, format!("`auto` resize time-out for {nodes} nodes: {timeout}"));
                Ok(json!(timeout))
            }
            Question::LatestVersion { definition, address, region, follow } => {
                match latest(desired, graph, snapshot, &definition, &address, &region, follow) {
                    Ok(Latest { id, kind, note: text, need }) => {
                        note(kind, text);
                        // What the files do not hold is already complete in the region; nothing has to bring it.
                        if graph.id(&need).is_some() {
                            desired.needs.push(Need { on: need, until: Until::ReadyIn(region), place });
                        }
                        Ok(json!(id.to_string()))
                    }
                    Err(why) => Err(write_out(why)),
                }
            }
            Question::BlobUrl(blob) => match snapshot.live(&desired.address) {
                // It was made from what was there then.
                Some(live) if !live.is_going() => {
                    Ok(live.body.pointer(&pending.pointer).cloned().unwrap_or_default())
                }
                _ => url_of(&blob, snapshot)
                    .map_err(|why| (why, "name a storage account that does".to_owned())),
            },
            // What could be laid out has been; of the rest it is said why not.
            Question::Chain(chain) => chain::disks(&chain, snapshot).map(|_| written),
            Question::AnyVersion { definition, address, region } => {
                match latest(desired, graph, snapshot, &definition, &address, &region, true) {
                    Ok(Latest { need, .. }) => {
                        if graph.id(&need).is_some() {
                            desired.needs.push(Need { on: need, until: Until::ReadyIn(region), place });
                        }
                        Ok(written)
                    }
                    // A pool that is there goes on without: its nodes have booted.
                    Err(_) if snapshot.live(&desired.address).is_some() => Ok(written),
                    Err(why) => Err(write_out(why)),
                }
            }
        };
        match answer {
            Ok(value) => {
                if let Some(slot) = desired.body.pointer_mut(&pending.pointer) {
                    *slot = value;
                }
            }
            Err((why, way_out)) => resolved.blocked.push((why, way_out)),
        }
    }
    resolved
}

/// The URL of a blob; none where its account was not found, which is told as an unmet need.
fn url_of(blob: &BlobName, snapshot: &Snapshot) -> Result<Value, String> {
    let Some(account) = snapshot.live(&blob.account) else { return Ok(Value::Null) };
    let endpoint = blob_endpoint(account)
        .ok_or_else(|| format!("the storage account {} serves no blobs", blob.account_id.name()))?;
    Ok(json!(format!("{}/{}/{}", endpoint.trim_end_matches('/'), blob.container, blob.name)))
}

/// A region's name: written, or that of the live account.
pub(crate) fn region_of(region: &RegionOf, graph: &Graph, snapshot: &Snapshot) -> Option<String> {
    match region {
        RegionOf::Named(name) => Some(region::normal(name)),
        RegionOf::Account(address) => {
            let written = graph.referenced.get(address).and_then(|account| account.location.as_deref());
            let made = graph.desired.get(address).and_then(|account| account.body.get("location")?.as_str());
            let live = snapshot.live(address).and_then(Live::location);
            live.or(written).or(made).map(region::normal)
        }
    }
}

/// How many replicas a version has, or shall have, in a region.
pub(crate) fn replicas(body: &Value, wanted: &str) -> Option<u64> {
    let regions = body.pointer("/properties/publishingProfile/targetRegions");
    let region = regions.and_then(Value::as_array).into_iter().flatten().find(|region| {
        region.get("name").and_then(Value::as_str).is_some_and(|name| region::same(name, wanted))
    });
    region?.get("regionalReplicaCount")?.as_u64()
}

struct Latest {
    id: ResourceId,
    kind: NoteKind,
    note: String,
    need: Address,
}

/// A version that may be the latest: its number decides.
struct Candidate {
    number: [u64; 3],
    id: ResourceId,
    address: Address,
    in_files: bool,
}

fn latest(
    desired: &Desired,
    graph: &Graph,
    snapshot: &Snapshot,
    definition: &ResourceId,
    address: &Address,
    region: &RegionOf,
    follow: bool,
) -> Result<Latest, String> {
    let region = region_of(region, graph, snapshot).ok_or("the region of its account is not known")?;
    let versions_of = |id: &ResourceId| id.is_child_of(definition);
    let version_address = |id: &ResourceId| Address::new("image-version", [address.name(), id.name()]);
    let mut candidates: Vec<Candidate> = Vec::new();
    // The versions of one image stand together; a stack may have thousands of other resources.
    let first = Address::new("image-version", [address.name(), ""]);
    let of_image = graph.desired.range(first.clone()..).map(|(_, wanted)| wanted);
    let of_image = of_image.take_while(|wanted| wanted.address.as_str().starts_with(first.as_str()));
    for wanted in of_image.filter(|wanted| versions_of(&wanted.id) && !wanted.wishes.remove) {
        if is_eligible(&wanted.body, &region) {
            let number = version_number::read(wanted.id.name());
            candidates.extend(number.map(|number| Candidate {
                number,
                id: wanted.id.clone(),
                address: wanted.address.clone(),
                in_files: true,
            }));
        }
    }
    for live in snapshot.all_of("image-version").filter(|live| versions_of(&live.id)) {
        let known = candidates.iter().any(|candidate| candidate.id == live.id);
        let succeeded =
            live.body.pointer("/properties/provisioningState").and_then(Value::as_str) == Some("Succeeded");
        if !known && succeeded && is_eligible(&live.body, &region) {
            let number = version_number::read(live.id.name());
            candidates.extend(number.map(|number| Candidate {
                number,
                id: live.id.clone(),
                address: version_address(&live.id),
                in_files: false,
            }));
        }
    }
    let highest = candidates.iter().max_by_key(|candidate| candidate.number).ok_or_else(|| {
        format!("no version of {} is complete in {region} and may be the latest", address.name())
    })?;
    let now = live_image(snapshot.live(&desired.address)).filter(|now| versions_of(now));
    if let Some(now) = now.filter(|now| *now != highest.id && !highest.in_files && !follow) {
        // Others have published it. What the files publish themselves moves the pool all the same.
        let own = candidates.iter().filter(|candidate| candidate.in_files || candidate.id == now);
        let own = own.max_by_key(|candidate| candidate.number);
        let (id, need) = own.map_or_else(
            || (now.clone(), version_address(&now)),
            |own| (own.id.clone(), own.address.clone()),
        );
        let does = if id == now { "stays on" } else { "takes" };
        return Ok(Latest {
            kind: NoteKind::Remark,
            note: format!(
                "`@latest` is {} now, published outside these files; the pool {does} {} (`rollout: {{ follow: true }}` moves it)",
                highest.id.name(),
                id.name()
            ),
            need,
            id,
        });
    }
    let note = format!("`@latest` is {}", highest.id.name());
    Ok(Latest { kind: NoteKind::Resolved, note, need: highest.address.clone(), id: highest.id.clone() })
}

/// Whether a version may be chosen as the latest in a region: the region's own flag wins over the version's.
pub(crate) fn is_eligible(body: &Value, wanted: &str) -> bool {
    let profile = body.pointer("/properties/publishingProfile");
    let flag = |value: &Value| value.get("excludeFromLatest").and_then(Value::as_bool);
    let regions = profile.and_then(|profile| profile.get("targetRegions")).and_then(Value::as_array);
    let here = regions.into_iter().flatten().find(|entry| {
        entry.get("name").and_then(Value::as_str).is_some_and(|name| region::same(name, wanted))
    });
    here.is_some_and(|here| !flag(here).or_else(|| profile.and_then(flag)).unwrap_or(false))
}

fn live_image(live: Option<&Live>) -> Option<ResourceId> {
    let pointer = "/properties/deploymentConfiguration/virtualMachineConfiguration/imageReference/id";
    let id = live?.body.pointer(pointer)?.as_str()?;
    ResourceId::parse(id).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::is_eligible;

    #[test]
    fn a_regions_own_flag_decides_what_is_the_latest_there() {
        let eligible = |version: Value, region: Value| {
            let body = json!({"properties": {"publishingProfile": {
                "excludeFromLatest": version,
                "targetRegions": [{"name": "West US", "excludeFromLatest": region}],
            }}});
            is_eligible(&body, "westus")
        };
        let (no, yes) = (json!(false), json!(true));
        assert!(eligible(no.clone(), no.clone()) && eligible(yes.clone(), no.clone()));
        assert!(!eligible(no.clone(), yes.clone()) && !eligible(yes.clone(), Value::Null));
        assert!(eligible(no, Value::Null) && !is_eligible(&json!({}), "westus"));
    }
}
