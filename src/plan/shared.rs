//! What is nobody's and has to be so: whether it is brought about, and how. It is never taken back.

use serde_json::Value;

use crate::model::field::Forces;
use crate::model::kind::Target;
use crate::model::plan::{Action, Change, Note, NoteKind};
use crate::model::request::{Method, Request};
use crate::model::snapshot::{Observed, Snapshot};
use crate::model::step::{Guard, Milestone, StepId, Work};
use crate::model::tenant::plainly;
use crate::model::wait::Judgement;
use crate::plan::decide::{Decision, is_stuck, judge};
use crate::plan::steps::Maker;

/// What happens to it. What could not be read is left to whoever needs it: Azure refuses that where it is missing.
pub(super) fn decide(mut decision: Decision, snapshot: &Snapshot, notes: &mut Vec<Note>) -> Decision {
    let Some(desired) = decision.desired.as_ref() else { return decision };
    let live = match snapshot.resources.get(&decision.address) {
        Some(Observed::Present(live)) => live,
        other => {
            let why = match other {
                Some(Observed::Unreadable(why)) => why.as_str(),
                _ => "Azure has no such thing",
            };
            let text = format!("could not read how it is, so it is left as it is: {}", plainly(why));
            let (address, place) = (Some(decision.address.clone()), decision.place);
            notes.push(Note { address, kind: NoteKind::CouldNotCheck, text, place });
            return decision;
        }
    };
    let waypoints = desired.kind.waypoints(Target::of(desired, Some(live)), snapshot);
    for waypoint in &waypoints {
        let Judgement::NotYet(progress) = judge(waypoint, Some(live)) else { continue };
        if !is_stuck(waypoint, decision.kind, live) {
            return decision.act(Action::Await, format!("it is {}", progress.words));
        }
        let differing = desired.kind.fields().iter().map(|field| {
            let pointer = format!("/{}", field.body.replace('.', "/"));
            let value = |body: &Value| body.pointer(&pointer).cloned();
            Change {
                property: field.spec.to_owned(),
                unit: field.body.to_owned(),
                before: value(&live.body),
                after: value(&desired.body),
                forces: Forces::InPlace,
                place: decision.place,
                secret: false,
            }
        });
        decision.changes = differing.collect();
        return decision.act(Action::Update, format!("it is {}, and is needed", progress.words));
    }
    decision
}

impl Maker<'_> {
    /// Posts the action. Where somebody else was first, nothing is left to do.
    pub(super) fn bring_about(&mut self, decision: &Decision, action: &'static str) -> StepId {
        let kind = decision.kind;
        let read = Request::get(&decision.id, kind.api_version());
        let mut request = Request::arm(Method::Post, &decision.id, kind.api_version());
        request.path = format!("{}/{action}", request.path);
        let done = decision.desired.as_ref().and_then(|desired| {
            kind.waypoints(Target::of(desired, decision.live(self.snapshot)), self.snapshot)
                .into_iter()
                .next()
        });
        let unless = done.map(|waypoint| waypoint.wait.until);
        let guard = Guard::Unchanged {
            read,
            seen: Vec::new(),
            etag: false,
            holds: None,
            unless,
            moved: None,
            empty: None,
        };
        self.add(decision, action, Milestone::Accepted, Work::Send { request, guard }, Vec::new())
    }
}
