//! What a change of the files forces, by the rules that plans are made by. Sees no Azure: what is live is not known here.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::address::Address;
use crate::model::desired::{Desired, Graph};
use crate::model::difference::{Difference, Differing, Effect, Fate, PropertyChange, Side, Where};
use crate::model::field::Forces;
use crate::model::pending::Question;
use crate::model::plan::Change;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Snapshot;
use crate::plan::Trees;
use crate::plan::compare::{Differences, compare_files};
use crate::plan::decide::is_mark;
use crate::plan::holds::containers;
use crate::plan::other_regions::merge;
use crate::plan::resolve::resolve;

/// Holds what the new files ask for against what the old ones asked for. A resource is the same one if Azure's id is, under
/// whatever address. Findings are not its business.
pub fn difference(old: &Graph, new: &Graph) -> Difference {
    let trees = Trees::of(new);
    let mut found = Difference::default();
    let same_owner = old.owner == new.owner;
    if !same_owner {
        found.remarks.push(
            "the name or the home of the stack changes, and with it its mark: what bears the old mark is not this stack's \
             any more; it is neither changed nor removed, unless `adopt: true` takes it over"
                .to_owned(),
        );
    }
    let (was, is) = (by_id(old), by_id(new));
    let holders = holders(&was, &is);
    for (id, before) in &was {
        match is.get(id) {
            None => {
                let mut going = gone(before, same_owner, holders.get(id).copied());
                if let Some(other) = new.desired.get(&before.address) {
                    going.remarks.insert(
                        0,
                        format!("what stands at this address is another resource now: {}", other.id),
                    );
                }
                found.resources.push(going);
            }
            Some(after) => match changed(before, after, old, new, &trees) {
                Some(differing) => found.resources.push(differing),
                None => found.unchanged += 1,
            },
        }
    }
    found.resources.extend(is.iter().filter(|(id, _)| !was.contains_key(*id)).map(|(_, after)| added(after)));
    found.resources.sort_by(|a, b| (a.fate, &a.address).cmp(&(b.fate, &b.address)));
    found
}

fn by_id(graph: &Graph) -> BTreeMap<&ResourceId, &Desired> {
    graph.desired.values().map(|desired| (&desired.id, desired)).collect()
}

/// By what would contain it, the first by address of what stays: a plan removes nothing around it.
fn holders<'a>(
    was: &BTreeMap<&'a ResourceId, &'a Desired>,
    is: &BTreeMap<&'a ResourceId, &'a Desired>,
) -> BTreeMap<ResourceId, &'a Address> {
    let left =
        was.values().filter(|before| !is.contains_key(&before.id) && !before.kind.removed_by_absence());
    let mut staying: Vec<&Desired> =
        left.chain(is.values()).copied().filter(|desired| !is_to_go(desired)).collect();
    staying.sort_by_key(|desired| &desired.address);
    let mut holders = BTreeMap::new();
    for desired in staying {
        for container in containers(&desired.id) {
            holders.entry(container).or_insert(&desired.address);
        }
    }
    holders
}

fn is_to_go(desired: &Desired) -> bool {
    desired.wishes.remove && !desired.wishes.protect
}

fn gone(before: &Desired, same_owner: bool, holder: Option<&Address>) -> Differing {
    let mut remarks = Vec::new();
    if is_to_go(before) {
        remarks.push(
            "the old files already removed it, by `remove: true`; if it is still there, it stays".to_owned(),
        );
    } else if !same_owner {
        remarks.push("it stays: it bears the old mark".to_owned());
    } else if before.kind.removed_by_absence() {
        remarks.push(match holder {
            Some(holder) => format!(
                "it is not deleted, and the plan is blocked: it contains {holder}, which stays; remove what it \
                 contains first, or leave it in the files"
            ),
            None => "it is deleted where the stack owns it and nothing uses it".to_owned(),
        });
        // A plan sees the new files only.
        if before.wishes.protect {
            remarks.push("`protect: true` went with its entry, and does not keep it".to_owned());
        }
    } else {
        remarks.push("it stays: it is removed only by `remove: true`".to_owned());
    }
    Differing {
        address: before.address.clone(),
        fate: Fate::Removed,
        at: Where { side: Side::Old, place: before.place },
        remarks,
        changes: Vec::new(),
    }
}

fn added(after: &Desired) -> Differing {
    let remark = match (after.wishes.remove, after.wishes.adopt) {
        (true, _) => "it says `remove: true`: it is deleted if it is there",
        (false, true) => "it is created, or taken over if it exists",
        (false, false) => "it is created; if it exists and differs, it blocks",
    };
    Differing {
        address: after.address.clone(),
        fate: Fate::Added,
        at: Where { side: Side::New, place: after.place },
        remarks: vec![remark.to_owned()],
        changes: Vec::new(),
    }
}

fn changed(before: &Desired, after: &Desired, old: &Graph, new: &Graph, trees: &Trees) -> Option<Differing> {
    let (was, mut is) = (as_written(before, old), as_written(after, new));
    for pending in &after.pending {
        merge(&mut is.body, &was.body, pending);
    }
    let Differences { changes, left_alone, unseen: _ } =
        compare_files(trees.get(after.kind.name()), &is, &was);
    let effect = |change: &Change| {
        let left = change.after.is_none() && left_alone.contains(&change.property);
        if left { Effect::LeftAlone } else { Effect::Forces(change.forces) }
    };
    let of_azure = changes.into_iter().filter(|change| !is_mark(change)).map(|change| PropertyChange {
        effect: effect(&change),
        at: place(&change, after),
        property: change.property,
        before: change.before,
        after: change.after,
    });
    let changes: Vec<PropertyChange> = of_azure.chain(wishes(before, after)).collect();
    if changes.is_empty() {
        return None;
    }
    let mut remarks = Vec::new();
    if after.wishes.remove && after.wishes.protect {
        remarks.push("it stays: it says `protect: true`".to_owned());
    } else if after.wishes.remove {
        remarks.push("`remove: true` deletes it where the stack owns it and nothing uses it".to_owned());
    }
    let replaced = changes.iter().any(|change| change.effect == Effect::Forces(Forces::Replace));
    if replaced && after.wishes.protect {
        remarks.push("the change would replace it, and it says `protect: true`: it is blocked".to_owned());
    }
    Some(Differing {
        address: after.address.clone(),
        fate: Fate::Changed,
        at: Where { side: Side::New, place: after.place },
        remarks,
        changes,
    })
}

/// Where a change stands: what went stood in the old files.
fn place(change: &Change, after: &Desired) -> Where {
    let side = if change.after.is_none() { Side::Old } else { Side::New };
    Where { side, place: change.place.unwrap_or(after.place) }
}

/// What the user says about how to treat it, as far as it changed.
fn wishes(before: &Desired, after: &Desired) -> impl Iterator<Item = PropertyChange> {
    let at = Where { side: Side::New, place: after.place };
    let (was, is) = (before.wishes, after.wishes);
    [("adopt", was.adopt, is.adopt), ("protect", was.protect, is.protect), ("remove", was.remove, is.remove)]
        .into_iter()
        .filter(|(_, was, is)| was != is)
        .map(move |(name, was, is)| PropertyChange {
            property: name.to_owned(),
            before: Some(was.into()),
            after: Some(is.into()),
            effect: Effect::Ours,
            at,
        })
}

/// What it asks for, with what planning answers as it is written, and what that comes to as far as files can tell.
fn as_written(desired: &Desired, graph: &Graph) -> Desired {
    let mut written = desired.clone();
    let nothing_live = Snapshot::default();
    for pending in std::mem::take(&mut written.pending) {
        let value = match &pending.what {
            Question::Replicas { .. } | Question::ResizeTimeout { .. } => {
                let mut asked = desired.clone();
                asked.pending = vec![pending.clone()];
                let _ = resolve(&mut asked, graph, &nothing_live);
                let answer = asked.body.pointer(&pending.pointer).map(plain).unwrap_or_default();
                json!(format!("auto ({answer})"))
            }
            Question::BlobUrl(blob) => {
                let file = written.files.iter().find(|file| file.blob == *blob);
                json!(file.map(|file| format!("{} as {}/{}", file.file, blob.container, blob.name)))
            }
            Question::LatestVersion { definition, .. } => json!(format!("{definition}@latest")),
            Question::AnyVersion { .. } | Question::OtherRegions { .. } | Question::Chain(_) => continue,
        };
        if let Some(slot) = written.body.pointer_mut(&pending.pointer) {
            *slot = value;
        }
    }
    written
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
