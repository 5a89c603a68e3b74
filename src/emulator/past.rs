//! What a write hides for a while: reads of what it changed answer what was before, as Azure's front doors do.
//! Keeps copies of what was; the world itself goes on.

use std::collections::BTreeMap;

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure;
use crate::emulator::clock::Moment;
use crate::emulator::fault::{Sight, Stale};
use crate::emulator::operation;
use crate::emulator::store::{self, Resource, World};

/// What is not seen yet, by the key of the resource.
#[derive(Debug, Default)]
pub(crate) struct Past {
    hidden: BTreeMap<String, Hidden>,
}

#[derive(Debug)]
struct Hidden {
    /// What reads answer; none: it is not there yet.
    before: Option<Resource>,
    kind: String,
    reads: Option<u32>,
    until: Option<Moment>,
    seen_by: Sight,
}

impl Past {
    /// Remembers how everything was that the request in hand has changed, before it is committed.
    pub(crate) fn hide(&mut self, world: &World, stale: &Stale) {
        self.forget_what_is_seen(world.now);
        for (key, before) in world.touched() {
            let kind = world.get(key).or(before).map(|resource| resource.kind.clone()).unwrap_or_default();
            if [operation::KIND, azure::OPERATION_RESULT, store::OWN].contains(&kind.as_str()) {
                continue;
            }
            let until = stale.length.map(|length| world.now + length);
            let reads = stale.reads;
            let seen_by = stale.seen_by;
            // What was hidden already goes on being answered: a view that lags does not skip ahead.
            let hidden = self.hidden.entry(key.to_owned()).or_insert_with(|| Hidden {
                before: before.cloned(),
                kind,
                reads,
                until,
                seen_by,
            });
            (hidden.reads, hidden.until, hidden.seen_by) = (reads, until, seen_by);
        }
    }

    /// Puts what was into the world for a read of `subject` (a resource or a collection). The caller rolls the world
    /// back afterwards.
    pub(crate) fn show(&mut self, world: &mut World, subject: &str) {
        self.forget_what_is_seen(world.now);
        if self.hidden.is_empty() {
            return;
        }
        let Some(id) = ArmId::parse(subject) else { return };
        for (key, hidden) in &mut self.hidden {
            let concerned = if id.is_item() {
                hidden.seen_by != Sight::Lists && key.eq_ignore_ascii_case(subject)
            } else {
                hidden.seen_by != Sight::Gets && hidden.kind == id.kind() && lies_in(key, &id)
            };
            if !concerned {
                continue;
            }
            if let Some(reads) = &mut hidden.reads {
                *reads -= 1;
            }
            match &hidden.before {
                Some(before) => world.put(before.clone()),
                None => drop(world.remove(key)),
            }
        }
    }

    fn forget_what_is_seen(&mut self, now: Moment) {
        self.hidden.retain(|_, hidden| {
            hidden.until.is_none_or(|until| now < until) && hidden.reads.is_none_or(|reads| reads > 0)
        });
    }
}

/// True for a resource that a list of this collection would hold.
fn lies_in(key: &str, collection: &ArmId) -> bool {
    let scope = match (collection.parent(), collection.group_key(), &collection.subscription) {
        (Some(parent), ..) => parent.path(),
        (None, Some(group), _) => group,
        (None, None, Some(subscription)) => format!("/subscriptions/{subscription}"),
        (None, None, None) => String::new(),
    };
    key.strip_prefix(&scope.to_ascii_lowercase()).is_some_and(|rest| rest.starts_with('/'))
}
