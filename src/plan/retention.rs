//! Finds the old versions of an image that go for their age: first excluded from latest, and deleted by a later run.
//! Takes nothing that the files hold, that anything may boot, or that another owns, and nothing at all where it cannot know.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use time::format_description::well_known::Iso8601;
use time::{Date, Duration};

use crate::model::address::Address;
use crate::model::desired::{Desired, Graph, Wishes};
use crate::model::kind::Planning;
use crate::model::mark::Ownership;
use crate::model::plan::{Action, Note, NoteKind};
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::model::retention::{RETIRED, Retention};
use crate::model::snapshot::{Consumers, Live, Snapshot};
use crate::model::version_number;
use crate::model::wait::{Condition, Judgement};
use crate::plan::compare::compare;
use crate::plan::decide::{Decision, ownership};
use crate::plan::holds::Holds;
use crate::plan::patch::writable;
use crate::plan::removal::Named;
use crate::plan::resolve::is_eligible;
use crate::plan::users::Users;
use crate::plan::{Goal, Trees};

const PROFILE: &str = "/properties/publishingProfile";

/// Adds a decision for every old version that is due, and says what keeps the others.
pub(crate) fn retire(
    graph: &Graph,
    snapshot: &Snapshot,
    trees: &Trees,
    today: Option<Date>,
    decisions: &mut Vec<Decision>,
    notes: &mut Vec<Note>,
) {
    let (Some(today), Some(consumers)) = (today, &snapshot.consumers) else { return };
    let users = Users::of(graph, consumers, decisions);
    let leaving: BTreeSet<ResourceId> = decisions
        .iter()
        .filter(|decision| decision.action == Action::Delete)
        .map(|decision| decision.id.clone())
        .collect();
    let pass = Pass { graph, trees, today, consumers, users, leaving, holds: Holds::of(graph, snapshot) };
    for (address, retention) in &graph.retention {
        if let Some(image) = graph.desired.get(address) {
            let versions = versions(image, &pass, snapshot);
            decisions.extend(pass.image(image, retention, &versions, notes));
        }
    }
}

/// What every image is judged by.
struct Pass<'a> {
    graph: &'a Graph,
    trees: &'a Trees,
    today: Date,
    consumers: &'a Consumers,
    users: Users,
    leaving: BTreeSet<ResourceId>,
    holds: Holds<'a>,
}

/// One version of an image that is there and stays, as far as the rest of the plan goes.
pub(crate) struct Version<'a> {
    kind: &'static dyn Planning,
    pub(crate) live: &'a Live,
    number: [u64; 3],
    /// What the files say of it, if they hold it.
    wanted: Option<&'a Desired>,
}

/// The versions of an image, the highest first.
fn versions<'a>(image: &Desired, pass: &Pass<'a>, snapshot: &'a Snapshot) -> Vec<Version<'a>> {
    let wanted: BTreeMap<&ResourceId, &Desired> =
        pass.graph.desired.values().map(|desired| (&desired.id, desired)).collect();
    let mut versions = Vec::new();
    for kind in pass.graph.kinds.iter().copied() {
        let inside = snapshot.all_of(kind.name()).filter(|live| live.id.is_child_of(&image.id));
        for live in inside.filter(|live| !pass.leaving.contains(&live.id)) {
            let number = version_number::read(live.id.name());
            versions.extend(number.map(|number| Version {
                kind,
                live,
                number,
                wanted: wanted.get(&live.id).copied(),
            }));
        }
    }
    versions.sort_by_key(|version| Reverse(version.number));
    versions
}

impl Version<'_> {
    fn has_succeeded(&self) -> bool {
        let state = self.live.body.pointer("/properties/provisioningState").and_then(Value::as_str);
        state == Some("Succeeded")
    }

    /// Whether Azure may choose it as the latest in a region now.
    pub(crate) fn may_be_latest(&self, region: &str) -> bool {
        is_eligible(&self.live.body, region)
    }

    /// Whether it is there in a region, and may still be chosen when the files are carried out.
    pub(crate) fn is_good_in(&self, region: &str) -> bool {
        let replicated = Condition::Replicated { region: region.to_owned() }.judge(Some(&self.live.body));
        let complete = matches!(replicated, Judgement::Met(_) | Judgement::Unknown);
        let stays = self.wanted.is_none_or(|wanted| is_eligible(&wanted.body, region));
        self.has_succeeded() && complete && self.may_be_latest(region) && stays
    }

    /// The regions that have replicas of it.
    pub(crate) fn regions(&self) -> impl Iterator<Item = String> {
        let regions = self.live.body.pointer("/properties/publishingProfile/targetRegions");
        let names = regions.and_then(Value::as_array).into_iter().flatten();
        names.filter_map(|entry| Some(region::normal(entry.get("name")?.as_str()?)))
    }

    fn is_good(&self) -> bool {
        self.regions().any(|region| self.is_good_in(&region))
    }

    /// The day on which it was retired, if Azure can choose it nowhere since.
    fn retired(&self) -> Option<Date> {
        let day = self.live.body.pointer(&format!("/tags/{RETIRED}"))?.as_str()?;
        let day = Date::parse(day, &Iso8601::DATE).ok()?;
        (!self.regions().any(|region| self.may_be_latest(&region))).then_some(day)
    }

    /// The first day on the whole of which Azure does not refuse to delete it.
    fn free_from(&self) -> Option<Date> {
        let properties = self.live.body.get("properties")?;
        let locked = properties.pointer("/safetyProfile/blockDeletionBeforeEndOfLife") == Some(&json!(true));
        let end = properties.pointer("/publishingProfile/endOfLifeDate")?.as_str().filter(|_| locked)?;
        let (day, moment) = end.split_at_checked("2026-11-26".len())?;
        let day = Date::parse(day, &Iso8601::DATE).ok()?;
        let is_midnight = moment.is_empty() || moment.starts_with("T00:00:00");
        if is_midnight { Some(day) } else { day.next_day() }
    }
}

impl Pass<'_> {
    fn image(
        &self,
        image: &Desired,
        retention: &Retention,
        versions: &[Version<'_>],
        notes: &mut Vec<Note>,
    ) -> Vec<Decision> {
        let mut note = |address: &Address, kind, text: String| {
            let place = self.graph.desired.get(address).map_or(retention.place, |held| held.place);
            notes.push(Note { address: Some(address.clone()), kind, text, place: Some(place) });
        };
        let named = Named::of(self.graph);
        let ours = |version: &&Version<'_>| {
            ownership(&self.graph.owner, version.kind, version.live) == Ownership::Ours
        };
        let keep = retention.keep;
        let kept = if keep == 1 {
            "a higher version stays".to_owned()
        } else {
            format!("{keep} higher versions stay")
        };
        let mut good = 0;
        let mut old = Vec::new();
        for version in versions {
            if version.wanted.is_none() && !version.has_succeeded() && ours(&version) {
                let address = named.address_of(version.kind, version.live);
                let at_rest = Condition::AtRest.judge(Some(&version.live.body));
                let text = if matches!(at_rest, Judgement::Met(_)) {
                    "the stack owns it, and it has not succeeded; it is removed only by `remove: true`"
                } else {
                    "the stack owns it, and Azure is still changing it; a later run looks at it again"
                };
                note(&address, NoteKind::LeftAlone, text.to_owned());
            }
            if good >= keep && version.has_succeeded() {
                old.push(version);
            }
            good += usize::from(version.is_good());
        }
        let (wanted, mut old): (Vec<_>, Vec<_>) =
            old.into_iter().partition(|version| version.wanted.is_some());
        for version in wanted {
            let address = named.address_of(version.kind, version.live);
            note(&address, NoteKind::Remark, "old, and it stays while the files hold it".to_owned());
        }
        // The oldest first, since a run takes only so many.
        old.retain(ours);
        old.reverse();
        if let Some(gap) = self.consumers.unread.first().filter(|_| !old.is_empty()) {
            let text = format!(
                "no old version goes, because what may boot it is not known: could not read {}: {}",
                gap.what, gap.why
            );
            note(&image.address, NoteKind::CouldNotCheck, text);
            return Vec::new();
        }
        let booted = self.users.versions_of(&image.id, versions);
        let (mut excluded, mut deleted, mut later) = (0, 0, 0);
        let mut decisions = Vec::new();
        for version in old {
            let address = named.address_of(version.kind, version.live);
            let leftover = self.delete(version, &address, retention);
            let user = booted.get(&version.live.id).map(|user| format!("{user} uses it"));
            if let Some(why) = user.or_else(|| self.holds.why(&leftover, Goal::Apply, &self.leaving)) {
                note(&address, NoteKind::Remark, format!("old, and it stays: {why}"));
                continue;
            }
            let Some(day) = version.retired() else {
                if excluded == retention.at_most {
                    later += 1;
                    continue;
                }
                excluded += 1;
                let due = due(self.today, retention);
                let reason =
                    format!("{kept}; it is excluded from latest, and deleted by a run on {due} or later");
                decisions.push(self.exclude(version, address, retention).act(Action::Update, reason));
                continue;
            };
            let due = due(day, retention).max(version.free_from().unwrap_or(Date::MIN));
            if self.today < due {
                note(
                    &address,
                    NoteKind::Remark,
                    format!("excluded from latest since {day}; deleted by a run on {due} or later"),
                );
            } else if deleted == retention.at_most {
                later += 1;
            } else {
                deleted += 1;
                let reason = format!("{kept}, nothing boots it, and it is excluded from latest since {day}");
                decisions.push(leftover.act(Action::Delete, reason));
            }
        }
        if later > 0 {
            let versions = if later == 1 {
                "1 old version waits".to_owned()
            } else {
                format!("{later} old versions wait")
            };
            let text = format!("{versions} for a later run: one takes at most {}", retention.at_most);
            note(&image.address, NoteKind::Remark, text);
        }
        decisions
    }

    fn delete(&self, version: &Version<'_>, address: &Address, retention: &Retention) -> Decision {
        let desired = self.as_it_is(version, address.clone(), retention);
        Decision { desired: None, ..Decision::new(desired) }
    }

    /// The decision that excludes a version everywhere, and remembers the day.
    fn exclude(&self, version: &Version<'_>, address: Address, retention: &Retention) -> Decision {
        let mut desired = self.as_it_is(version, address, retention);
        if let Some(profile) = desired.body.pointer_mut(PROFILE) {
            profile["excludeFromLatest"] = json!(true);
            let regions = profile.get_mut("targetRegions").and_then(Value::as_array_mut);
            regions.into_iter().flatten().for_each(|region| region["excludeFromLatest"] = json!(true));
        }
        desired.body["tags"][RETIRED] = json!(self.today.to_string());
        let tree = self.trees.get(version.kind.name());
        let found = compare(tree, &desired.body, &version.live.body, &desired.places, desired.place);
        Decision { changes: found.changes, ..Decision::new(desired) }
    }

    /// A version as if the files held it just as it is.
    fn as_it_is(&self, version: &Version<'_>, address: Address, retention: &Retention) -> Desired {
        Desired {
            address,
            kind: version.kind,
            place: retention.place,
            id: version.live.id.clone(),
            body: writable(self.trees.get(version.kind.name()), &version.live.body),
            places: BTreeMap::new(),
            pending: Vec::new(),
            needs: Vec::new(),
            files: Vec::new(),
            wishes: Wishes::default(),
        }
    }
}

/// The first day on which a version may be deleted that was retired on `day`.
fn due(day: Date, retention: &Retention) -> Date {
    let days = i64::try_from(retention.min_days).unwrap_or(i64::MAX);
    day.checked_add(Duration::days(days.min(1_000_000))).unwrap_or(Date::MAX)
}
