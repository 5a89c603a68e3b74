//! Replication of an image version: when which region is done, as a pure function of what was asked and when.
//! Reads no clock and no world; stores its plan as JSON under the version's `hidden.regions`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::emulator::clock::Moment;
use crate::emulator::timings::Timings;

/// One target as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The region's short name.
    pub(crate) region: String,
    /// Replicas wanted there.
    pub(crate) replicas: i64,
}

/// What decides how long it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    /// The version's own region: first to be done.
    pub(crate) source: &'a str,
    /// GB of the largest disk.
    pub(crate) size: i64,
    /// True when nothing is copied.
    pub(crate) shallow: bool,
}

/// Where a region stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Being copied.
    Replicating,
    /// Usable with all replicas.
    Completed,
    /// Given up.
    Failed,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Replicating => "Replicating",
            State::Completed => "Completed",
            State::Failed => "Failed",
        }
    }
}

/// The plan for these targets, begun at `now`, over the plan that was there. A region that is done or on its way
/// goes on; one that failed is given up for as long as it is asked for, but for the source, without which there is nothing
/// to copy: it begins again once it was left out. One left out is dropped. `fails` is asked for each region that begins.
pub(crate) fn schedule(
    old: &Value,
    targets: &[Target],
    job: Job,
    now: Moment,
    timings: &Timings,
    fails: &mut dyn FnMut(&str) -> bool,
) -> Value {
    let factor = job.size.clamp(10, 600);
    let scaled = |length: Duration| length * u32::try_from(factor).unwrap_or(30) / 30;
    let copied = |region: &str| old[region]["until"].as_i64().filter(|_| old[region]["fails"] != true);
    let source_done = copied(job.source).map_or_else(
        || now + if job.shallow { timings.replicate_shallow } else { scaled(timings.replicate_source) },
        |until| Moment(until).max(now),
    );
    let mut plan = Map::new();
    for Target { region, replicas } in targets {
        let live = &old[region];
        let is_source = region == job.source;
        if live["fails"] == true && !is_source {
            plan.insert(region.clone(), live.clone());
            continue;
        }
        if let Some(until) = copied(region)
            && live["replicas"] == json!(replicas)
        {
            plan.insert(region.clone(), json!({
                "from": live["from"], "until": until, "replicas": replicas, "before": live["before"], "fails": false,
            }));
            continue;
        }
        let before = match copied(region) {
            // Fewer or more replicas of what is there: it stays usable meanwhile.
            Some(until) if Moment(until) <= now => live["replicas"].as_i64().unwrap_or(0),
            _ => 0,
        };
        let extra = u32::try_from((replicas - before.max(1)).max(0)).unwrap_or(0);
        let from = if is_source || before > 0 { now } else { source_done };
        let length = match () {
            () if before > 0 => Duration::from_secs(30),
            () if job.shallow => timings.replicate_shallow,
            () if is_source => source_done.since(now),
            () => scaled(timings.replicate_region).mul_f64(1.0 + spread(region)),
        };
        let until = from + length + timings.replicate_replica * extra;
        let fails = fails(region);
        plan.insert(
            region.clone(),
            json!({
                "from": from.0, "until": until.0, "replicas": replicas, "before": before, "fails": fails,
            }),
        );
    }
    Value::Object(plan)
}

/// 0 to 0.25, the same for a region every time: regions do not finish together.
fn spread(region: &str) -> f64 {
    f64::from(region.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 26)
        / 100.0
}

/// A plan that was over long ago, for seeded versions.
pub(crate) fn long_done(targets: &[Target]) -> Value {
    let day = Duration::from_hours(24);
    let regions = targets.iter().map(|target| {
        let from = (Moment::START - day).0;
        let entry = json!({
            "from": from, "until": from, "replicas": target.replicas, "before": 0, "fails": false,
        });
        (target.region.clone(), entry)
    });
    Value::Object(regions.collect())
}

/// When the last region is done.
pub(crate) fn done(plan: &Value) -> Option<Moment> {
    plan.as_object()?.values().filter_map(|region| region["until"].as_i64()).max().map(Moment)
}

/// Regions that will have failed when all is over.
pub(crate) fn failures(plan: &Value) -> Vec<String> {
    let all = plan.as_object().into_iter().flatten();
    all.filter(|(_, region)| region["fails"] == true).map(|(name, _)| name.clone()).collect()
}

/// State and progress in percent of a region; none when it is no target.
pub(crate) fn progress(plan: &Value, region: &str, now: Moment) -> Option<(State, i64)> {
    let entry = plan.get(region)?;
    let (from, until) = (Moment(entry["from"].as_i64()?), Moment(entry["until"].as_i64()?));
    if now >= until {
        return Some(if entry["fails"] == true { (State::Failed, 0) } else { (State::Completed, 100) });
    }
    let (passed, whole) = (now.since(from).as_millis(), until.since(from).as_millis().max(1));
    let before = entry["before"].as_i64().unwrap_or(0);
    let replicas = entry["replicas"].as_i64().unwrap_or(1).max(1);
    let start = (before * 100 / replicas).clamp(0, 99);
    let share = i64::try_from(passed * 100 / whole).unwrap_or(0);
    Some((State::Replicating, (start + share * (100 - start) / 100).clamp(0, 99)))
}

/// Replicas that serve a region now: none before the first copy is there.
pub(crate) fn replicas(plan: &Value, region: &str, now: Moment) -> i64 {
    let Some((state, _)) = progress(plan, region, now) else { return 0 };
    match state {
        State::Completed => plan[region]["replicas"].as_i64().unwrap_or(1),
        State::Replicating => plan[region]["before"].as_i64().unwrap_or(0),
        State::Failed => 0,
    }
}

/// `replicationStatus` as it is answered. `display` turns a region's name into what Azure prints; the order is
/// that of the target regions.
pub(crate) fn status(plan: &Value, order: &[String], now: Moment, display: impl Fn(&str) -> String) -> Value {
    let mut states = Vec::new();
    let mut summary = Vec::new();
    for region in order {
        let Some((state, progress)) = progress(plan, region, now) else { continue };
        states.push(state);
        let details = if state == State::Failed {
            "Replication failed in this region due to an internal error."
        } else {
            ""
        };
        summary.push(json!({
            "region": display(region), "state": state.word(), "details": details, "progress": progress,
        }));
    }
    let aggregated = match () {
        () if states.contains(&State::Replicating) => "InProgress",
        () if states.contains(&State::Failed) => "Failed",
        () => "Completed",
    };
    json!({"aggregatedState": aggregated, "summary": summary})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(of: &[(&str, i64)]) -> Vec<Target> {
        of.iter().map(|(region, replicas)| Target { region: (*region).into(), replicas: *replicas }).collect()
    }

    fn job() -> Job<'static> {
        Job { source: "eastus", size: 30, shallow: false }
    }

    fn planned(old: &Value, of: &[(&str, i64)], now: Moment, failing: &str) -> Value {
        let mut fails = |region: &str| region == failing;
        schedule(old, &targets(of), job(), now, &Timings::default(), &mut fails)
    }

    fn after(minutes: u64) -> Moment {
        Moment::START + Duration::from_secs(minutes * 60)
    }

    #[test]
    fn the_source_region_comes_first_and_the_others_within_twenty_minutes() {
        let plan = planned(&Value::Null, &[("eastus", 1), ("westus", 2)], Moment::START, "");
        assert_eq!(progress(&plan, "eastus", after(3)), Some((State::Replicating, 50)));
        assert_eq!(progress(&plan, "eastus", after(6)), Some((State::Completed, 100)));
        assert_eq!(progress(&plan, "westus", after(6)).unwrap().0, State::Replicating);
        assert_eq!((replicas(&plan, "westus", after(6)), replicas(&plan, "westus", after(20))), (0, 2));
        assert!(done(&plan).unwrap() > after(10) && done(&plan).unwrap() < after(20));
        assert_eq!(progress(&plan, "westeurope", after(60)), None);
    }

    #[test]
    fn more_replicas_leave_the_region_usable_and_do_not_touch_the_others() {
        let first = planned(&Value::Null, &[("eastus", 1), ("westus", 1)], Moment::START, "");
        let second = planned(&first, &[("eastus", 3), ("westus", 1)], after(60), "");
        assert_eq!(second["westus"], first["westus"]);
        assert_eq!(replicas(&second, "eastus", after(60)), 1);
        assert_eq!(progress(&second, "eastus", after(60)), Some((State::Replicating, 33)));
        assert_eq!(replicas(&second, "eastus", after(65)), 3);
        let third = planned(&second, &[("eastus", 3)], after(90), "");
        assert_eq!(replicas(&third, "westus", after(90)), 0);
    }

    #[test]
    fn a_region_that_failed_begins_again_once_it_was_left_out() {
        let first = planned(&Value::Null, &[("eastus", 1), ("westus", 1)], Moment::START, "westus");
        let order = ["westus".to_owned(), "eastus".to_owned()];
        let status = status(&first, &order, after(60), str::to_uppercase);
        assert_eq!(
            (&status["aggregatedState"], &status["summary"][0]["state"]),
            (&json!("Failed"), &json!("Failed"))
        );
        let again = planned(&first, &[("eastus", 1), ("westus", 2)], after(60), "");
        assert_eq!(progress(&again, "westus", after(90)), Some((State::Failed, 0)));
        let without = planned(&again, &[("eastus", 1)], after(90), "");
        let third = planned(&without, &[("eastus", 1), ("westus", 1)], after(91), "");
        assert_eq!(progress(&third, "westus", after(92)).unwrap().0, State::Replicating);
        assert_eq!(progress(&third, "westus", after(120)), Some((State::Completed, 100)));
    }

    #[test]
    fn the_source_region_begins_again_whenever_it_is_asked_for() {
        let first = planned(&Value::Null, &[("eastus", 1)], Moment::START, "eastus");
        let second = planned(&first, &[("eastus", 1)], after(60), "");
        assert_eq!(progress(&second, "eastus", after(90)), Some((State::Completed, 100)));
    }
}
