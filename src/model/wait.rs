//! What a step waits for, as data, and the judgement whether a body that Azure answered fulfils it.
//! Reads nothing itself: the executor reads and asks, and planning asks about what was observed.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::model::region;
use crate::model::request::Request;
use crate::model::status::AzureError;
use crate::model::step::StepId;

/// A condition on a live resource, with where to read it and how long to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// What is read each time.
    pub read: Request,
    /// What must hold of the answer.
    pub until: Condition,
    /// How long to wait between two reads when Azure does not say.
    pub interval: Duration,
    /// When to give up and report the step as still running.
    pub deadline: Duration,
    /// The step whose long-running operation is followed first: its failure has Azure's reason, which the resource
    /// itself does not show. Without it, or after a restart, the resource alone decides.
    pub operation_of: Option<StepId>,
    /// What it means that the deadline has passed.
    pub late: Late,
}

/// What it means that a wait's own deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// What was waited for is still under way, and nothing that comes after it may start.
    StillRunning,
    /// What comes after it goes on all the same.
    GoOn,
}

/// What is waited for. Each is a state that Azure's resources show; no kind is named.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `provisioningState` is Succeeded.
    Settled,
    /// A list shows it under this id: what one reads alone may be seen by nobody else yet.
    Listed {
        /// The id, as a key.
        id: String,
    },
    /// A resource provider is registered.
    Registered,
    /// A gallery is shared everywhere as it was last told to be. One that says nothing of it has never been told.
    Shared,
    /// The resource answers 404.
    Gone,
    /// Azure is doing nothing with it, however the last operation ended: a further write would not be refused.
    AtRest,
    /// An image version's replicas in this region are complete (needs `$expand=ReplicationStatus`).
    Replicated {
        /// The region, in any spelling.
        region: String,
    },
    /// An image version is meant to have replicas in these regions, and in no others.
    OnlyIn {
        /// The regions, in Azure's short form.
        regions: BTreeSet<String>,
    },
    /// A pool was told to have no node, and nobody has told it otherwise since.
    ToldToBeEmpty,
    /// A pool that was told to have no node has none, and is steady.
    Empty,
    /// A pool has the nodes it was asked for, and is steady.
    Allocated {
        /// How the pool is sized.
        goal: Goal,
        /// When what was there before the write began: `resizeOperationStatus.startTime`, or under a formula
        /// `autoScaleRun.evaluationTime`. What that resize or run says is not about ours.
        stale: Option<String>,
    },
    /// A pool's nodes can run tasks (read from the account's node counts).
    NodesUsable {
        /// The pool's id.
        pool: String,
        /// How many dedicated nodes must be usable.
        dedicated: u64,
    },
}

/// When a pool's size counts as reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// So many dedicated nodes. Spot nodes come when Azure has them: a shortfall is reported and is no failure.
    Fixed {
        /// `targetDedicatedNodes`.
        dedicated: u64,
        /// `targetLowPriorityNodes`.
        spot: u64,
    },
    /// The formula was evaluated without an error.
    AutoScale,
}

/// What a body says about a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// It holds. The text, if any, is worth telling (a Spot shortfall).
    Met(Option<String>),
    /// It does not hold yet.
    NotYet(Progress),
    /// It will not hold without a new attempt. The text says what Azure reports.
    Failed(String),
    /// The body was read without the part that would tell.
    Unknown,
}

/// How far something is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// 0 to 100, where Azure tells.
    pub percent: Option<u8>,
    /// What is going on, in a few words.
    pub words: String,
    /// The bytes that have been sent, of so many; none for what sends none.
    pub bytes: Option<(u64, u64)>,
}

impl Progress {
    /// All of it in words: `40 %, replicating`.
    pub fn in_words(&self) -> String {
        match self.percent {
            Some(percent) if self.words.is_empty() => format!("{percent} %"),
            Some(percent) => format!("{percent} %, {}", self.words),
            None => self.words.clone(),
        }
    }
}

impl Condition {
    /// A new resize begins: what the last one reported in this body is not about it.
    pub fn forget_errors_of(&mut self, before: &Value) {
        if let Self::Allocated { stale, goal } = self {
            let began = match goal {
                Goal::Fixed { .. } => "/properties/resizeOperationStatus/startTime",
                Goal::AutoScale => "/properties/autoScaleRun/evaluationTime",
            };
            *stale = text(before, began).map(str::to_owned);
        }
    }

    /// Judges a live body; `None` is a resource that is not there.
    pub fn judge(&self, body: Option<&Value>) -> Judgement {
        let Some(body) = body else {
            return match self {
                Self::Gone | Self::AtRest => Judgement::Met(None),
                _ => not_yet(None, "not there yet"),
            };
        };
        match self {
            Self::Gone => not_yet(None, "still there"),
            Self::Settled => settled(body),
            Self::Listed { id } => listed(body, id),
            Self::Registered => registered(body),
            Self::Shared => shared(body),
            Self::AtRest => at_rest(body),
            Self::OnlyIn { regions } => only_in(body, regions),
            Self::ToldToBeEmpty => told_to_be_empty(body),
            Self::Empty => empty(body),
            Self::Replicated { region } => replicated(body, region),
            Self::Allocated { goal, stale } => allocated(body, *goal, stale.as_deref()),
            Self::NodesUsable { pool, dedicated } => nodes_usable(body, pool, *dedicated),
        }
    }
}

impl Condition {
    /// Azure's errors behind a judgement that a pool has not, and will not get, the nodes it was asked for. What a resize
    /// reports that is over and reached its size, or has been followed by another, keeps nothing from anything.
    pub fn errors_of(&self, body: &Value) -> Vec<AzureError> {
        let Self::Allocated { goal, stale } = self else { return Vec::new() };
        let said = |errors: &[Value]| errors.iter().map(azure_error).collect();
        let resize = |condition: &Self| match condition.judge(Some(body)) {
            Judgement::Failed(_) | Judgement::Met(Some(_)) => {
                current_resize_errors(body, stale.as_deref()).map(said).unwrap_or_default()
            }
            Judgement::Met(None) | Judgement::NotYet(_) | Judgement::Unknown => Vec::new(),
        };
        match (goal, self.judge(Some(body))) {
            (Goal::Fixed { .. }, _) => resize(self),
            (Goal::AutoScale, Judgement::Failed(_)) => {
                body.pointer("/properties/autoScaleRun/error").map(azure_error).into_iter().collect()
            }
            // The formula is right, and Azure could not give it what it asked for.
            (Goal::AutoScale, _) => {
                let asked = |name: &str| count(body, &format!("/properties/resizeOperationStatus/{name}"));
                let goal = Goal::Fixed {
                    dedicated: asked("targetDedicatedNodes"),
                    spot: asked("targetLowPriorityNodes"),
                };
                resize(&Self::Allocated { goal, stale: stale.clone() })
            }
        }
    }
}

fn registered(body: &Value) -> Judgement {
    match text(body, "/registrationState") {
        Some(state) if state.eq_ignore_ascii_case("Registered") => Judgement::Met(None),
        Some(state) => not_yet(None, state),
        None => Judgement::Unknown,
    }
}

fn shared(body: &Value) -> Judgement {
    let status = body.pointer("/properties/sharingStatus").unwrap_or(&Value::Null);
    let regions = status.get("summary").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let are =
        |state: &'static str| regions.iter().filter(move |region| text(region, "/state") == Some(state));
    match text(status, "/aggregatedState") {
        None | Some("Succeeded") => Judgement::Met(None),
        Some("Failed") => {
            let told = are("Failed").map(|region| {
                let [name, details] = ["/region", "/details"].map(|of| text(region, of).unwrap_or_default());
                if details.is_empty() { name.to_owned() } else { format!("{name}: {details}") }
            });
            Judgement::Failed(format!("sharing failed in {}", told.collect::<Vec<_>>().join("; ")))
        }
        Some(_) => not_yet(None, &format!("in {} of {} regions", are("Succeeded").count(), regions.len())),
    }
}

fn listed(body: &Value, wanted: &str) -> Judgement {
    // What was observed comes out of a list, one by one.
    let entries =
        body.get("value").and_then(Value::as_array).map_or(std::slice::from_ref(body), Vec::as_slice);
    let is_it = |entry: &Value| text(entry, "/id").is_some_and(|id| id.eq_ignore_ascii_case(wanted));
    if entries.iter().any(is_it) { Judgement::Met(None) } else { not_yet(None, "not in effect yet") }
}

fn not_yet(percent: Option<u8>, words: &str) -> Judgement {
    Judgement::NotYet(Progress { percent, words: words.to_owned(), bytes: None })
}

fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str)
}

fn count(body: &Value, pointer: &str) -> u64 {
    body.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

fn settled(body: &Value) -> Judgement {
    match text(body, "/properties/provisioningState") {
        Some("Succeeded") | None => Judgement::Met(None),
        Some(state @ ("Failed" | "Canceled")) => Judgement::Failed(format!("provisioning state is {state}")),
        Some(state) => not_yet(None, &state.to_lowercase()),
    }
}

fn at_rest(body: &Value) -> Judgement {
    let resizing =
        text(body, "/properties/allocationState").is_some_and(|state| !state.eq_ignore_ascii_case("Steady"));
    match settled(body) {
        Judgement::NotYet(progress) => Judgement::NotYet(progress),
        _ if resizing => not_yet(None, "resizing"),
        _ => Judgement::Met(None),
    }
}

fn empty(body: &Value) -> Judgement {
    let nodes =
        count(body, "/properties/currentDedicatedNodes") + count(body, "/properties/currentLowPriorityNodes");
    let words = if nodes == 1 { "1 node left".to_owned() } else { format!("{nodes} nodes left") };
    if !matches!(at_rest(body), Judgement::Met(_)) {
        return not_yet(None, &words);
    }
    match (told_to_be_empty(body), current_resize_errors(body, None)) {
        (Judgement::Met(_), _) if nodes == 0 => Judgement::Met(None),
        (Judgement::Met(_), Some(errors)) => Judgement::Failed(format!("{words}: {}", in_words(errors))),
        (Judgement::Met(_), None) => not_yet(None, &words),
        (otherwise, _) => otherwise,
    }
}

fn told_to_be_empty(body: &Value) -> Judgement {
    let fixed = "/properties/scaleSettings/fixedScale";
    let target = count(body, &format!("{fixed}/targetDedicatedNodes"))
        + count(body, &format!("{fixed}/targetLowPriorityNodes"));
    let formula = body.pointer("/properties/scaleSettings/autoScale").is_some_and(|auto| !auto.is_null());
    if formula {
        Judgement::Failed("somebody has given it a formula meanwhile".to_owned())
    } else if target > 0 {
        Judgement::Failed(format!("somebody has set it to {target} nodes meanwhile"))
    } else {
        Judgement::Met(None)
    }
}

fn only_in(body: &Value, wanted: &BTreeSet<String>) -> Judgement {
    let list = body.pointer("/properties/publishingProfile/targetRegions").and_then(Value::as_array);
    let names = list.into_iter().flatten().filter_map(|entry| text(entry, "/name"));
    if names.map(region::normal).collect::<BTreeSet<_>>() == *wanted {
        return Judgement::Met(None);
    }
    not_yet(None, "its regions are others than the plan has left it")
}

fn replicated(body: &Value, wanted: &str) -> Judgement {
    // What is not complete when the operation has ended will never be; until then a failure may be that of an
    // earlier try, and Azure would refuse a new one anyway.
    let over = match settled(body) {
        Judgement::Failed(why) => Some(why),
        _ => None,
    };
    let Some(status) = body.pointer("/properties/replicationStatus") else {
        return over.map_or(Judgement::Unknown, Judgement::Failed);
    };
    let state = status
        .get("summary")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|entry| text(entry, "/region").is_some_and(|name| region::same(name, wanted)));
    let Some(state) = state else {
        return over.map_or_else(|| not_yet(None, "not replicating yet"), Judgement::Failed);
    };
    let percent =
        state.get("progress").and_then(Value::as_u64).map(|p| u8::try_from(p.min(100)).unwrap_or(100));
    match text(state, "/state") {
        Some("Completed") => Judgement::Met(None),
        Some("Failed") if matches!(settled(body), Judgement::NotYet(_)) => {
            not_yet(percent, "failed so far, and Azure is still at work")
        }
        Some("Failed") => {
            let details =
                text(state, "/details").filter(|d| !d.is_empty()).unwrap_or("Azure gives no details");
            Judgement::Failed(format!("replication to {wanted} failed: {details}"))
        }
        _ => over.map_or_else(|| not_yet(percent, "replicating"), Judgement::Failed),
    }
}

fn allocated(body: &Value, goal: Goal, stale: Option<&str>) -> Judgement {
    let steady =
        text(body, "/properties/allocationState").is_none_or(|state| state.eq_ignore_ascii_case("Steady"));
    match goal {
        Goal::Fixed { dedicated, spot } => {
            let (have, have_spot) = (
                count(body, "/properties/currentDedicatedNodes"),
                count(body, "/properties/currentLowPriorityNodes"),
            );
            let words = format!("{} of {} nodes allocated", have + have_spot, dedicated + spot);
            if !steady {
                return not_yet(percent_of(have + have_spot, dedicated + spot), &words);
            }
            if have == dedicated && have_spot == spot {
                return Judgement::Met(None);
            }
            match (current_resize_errors(body, stale), have == dedicated) {
                (Some(errors), false) => Judgement::Failed(format!("{words}: {}", in_words(errors))),
                (errors, true) if have_spot < spot => {
                    let why =
                        errors.map_or_else(|| "Azure has no more Spot capacity now".to_owned(), in_words);
                    Judgement::Met(Some(format!("{have_spot} of {spot} Spot nodes: {why}")))
                }
                _ => not_yet(percent_of(have + have_spot, dedicated + spot), &words),
            }
        }
        Goal::AutoScale => {
            let run = body
                .pointer("/properties/autoScaleRun")
                .filter(|run| stale.is_none() || text(run, "/evaluationTime") != stale);
            let failure = run.and_then(|run| run.get("error")).filter(|error| !error.is_null());
            match (failure, run) {
                (Some(error), _) => {
                    Judgement::Failed(format!("the formula's last run failed: {}", azure_error(error)))
                }
                (None, None) => not_yet(None, "the formula has not run yet"),
                (None, Some(_)) if !steady => not_yet(None, "resizing by the formula"),
                (None, Some(_)) => Judgement::Met(None),
            }
        }
    }
}

/// The errors of the last resize, unless that resize is the one from before the write.
fn current_resize_errors<'a>(body: &'a Value, stale: Option<&str>) -> Option<&'a [Value]> {
    let status = body.pointer("/properties/resizeOperationStatus")?;
    if stale.is_some() && text(status, "/startTime") == stale {
        return None;
    }
    status.get("errors")?.as_array().map(Vec::as_slice).filter(|errors| !errors.is_empty())
}

fn in_words(errors: &[Value]) -> String {
    errors.iter().map(|error| azure_error(error).to_string()).collect::<Vec<_>>().join("; ")
}

fn azure_error(error: &Value) -> AzureError {
    let said = |name, otherwise: &str| text(error, name).unwrap_or(otherwise).to_owned();
    AzureError { code: said("/code", "Unknown"), message: said("/message", "") }
}

fn nodes_usable(body: &Value, pool: &str, wanted: u64) -> Judgement {
    // A list of node counts holds every pool of the account; one entry may also stand alone.
    let entry = match body.get("value").and_then(Value::as_array) {
        Some(entries) => {
            entries.iter().find(|e| text(e, "/poolId").is_some_and(|id| id.eq_ignore_ascii_case(pool)))
        }
        None => Some(body),
    };
    // Where there are only Spot nodes, which come when Azure has them, those that are there show whether they work.
    let sort = if wanted > 0 { "dedicated" } else { "lowPriority" };
    let Some(counts) = entry.and_then(|entry| entry.get(sort)) else {
        return if wanted == 0 { Judgement::Met(None) } else { not_yet(Some(0), "no node counted yet") };
    };
    let of = |states: &[&str]| -> u64 {
        states.iter().filter_map(|s| counts.get(s).and_then(Value::as_u64)).sum()
    };
    // Offline is a node that somebody took out of scheduling on purpose; it booted and works.
    let usable = of(&["idle", "running", "offline"]);
    let on_the_way =
        of(&["creating", "starting", "waitingForStartTask", "rebooting", "reimaging", "upgradingOS"]);
    let broken = of(&["startTaskFailed", "unusable", "unknown"]);
    let wanted = if wanted > 0 { wanted } else { u64::from(usable + on_the_way + broken > 0) };
    let words = format!("{usable} of {wanted} nodes usable");
    if usable >= wanted {
        Judgement::Met(None)
    } else if broken > 0 && usable + on_the_way < wanted {
        let failed = of(&["startTaskFailed"]);
        Judgement::Failed(format!(
            "{words}: {failed} failed their start task, {} are unusable",
            broken - failed
        ))
    } else {
        not_yet(percent_of(usable, wanted), &words)
    }
}

fn percent_of(have: u64, want: u64) -> Option<u8> {
    (have.min(want) * 100).checked_div(want).and_then(|percent| u8::try_from(percent).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Condition, Goal, Judgement};

    fn fixed(dedicated: u64, spot: u64) -> Condition {
        Condition::Allocated { goal: Goal::Fixed { dedicated, spot }, stale: None }
    }

    #[test]
    fn a_region_is_ready_only_when_its_own_state_is_completed() {
        let body = json!({"properties": {"provisioningState": "Succeeded", "replicationStatus": {"summary": [
            {"region": "East US 2", "state": "Completed", "progress": 100},
            {"region": "West Europe", "state": "Replicating", "progress": 40},
            {"region": "Japan East", "state": "Failed", "details": "out of space"}]}}});
        let judge = |region: &str| Condition::Replicated { region: region.to_owned() }.judge(Some(&body));
        assert_eq!(judge("eastus2"), Judgement::Met(None));
        assert!(matches!(judge("westeurope"), Judgement::NotYet(p) if p.percent == Some(40)));
        assert!(matches!(judge("japaneast"), Judgement::Failed(why) if why.contains("out of space")));
        assert!(matches!(judge("uksouth"), Judgement::NotYet(_)));
        let unasked = json!({"properties": {"provisioningState": "Succeeded"}});
        let condition = Condition::Replicated { region: "eastus2".to_owned() };
        assert_eq!(condition.judge(Some(&unasked)), Judgement::Unknown);
    }

    #[test]
    fn what_is_not_complete_when_the_operation_has_failed_is_not_waited_for() {
        let condition = Condition::Replicated { region: "eastus".to_owned() };
        let judge = |state: &str, summary: serde_json::Value| {
            condition.judge(Some(&json!({"properties": {"provisioningState": state,
                "replicationStatus": {"summary": summary}}})))
        };
        let at = |state: &str| json!([{"region": "East US", "state": state}]);
        let failed = |judgement| matches!(judgement, Judgement::Failed(_));
        assert!(failed(judge("Failed", at("Replicating"))) && failed(judge("Failed", json!([]))));
        assert!(failed(condition.judge(Some(&json!({"properties": {"provisioningState": "Failed"}})))));
        assert_eq!(judge("Failed", at("Completed")), Judgement::Met(None));
        // Another try is under way: the failure is the last one's.
        assert!(matches!(judge("Updating", at("Failed")), Judgement::NotYet(_)));
    }

    #[test]
    fn at_rest_is_whatever_takes_a_write() {
        let judge = |properties| Condition::AtRest.judge(Some(&json!({ "properties": properties })));
        for state in ["Succeeded", "Failed", "Canceled"] {
            assert_eq!(judge(json!({ "provisioningState": state })), Judgement::Met(None));
        }
        assert!(matches!(judge(json!({"provisioningState": "Updating"})), Judgement::NotYet(_)));
        assert!(matches!(judge(json!({"allocationState": "Resizing"})), Judgement::NotYet(_)));
        assert_eq!(Condition::AtRest.judge(None), Judgement::Met(None));
    }

    #[test]
    fn a_pool_is_empty_when_it_was_told_to_be_and_has_no_node() {
        let judge = |state: &str, nodes: u64, scale: serde_json::Value| {
            Condition::Empty.judge(Some(&json!({"properties": {"allocationState": state,
                "currentDedicatedNodes": nodes, "scaleSettings": scale}})))
        };
        let target = |nodes: u64| json!({"fixedScale": {"targetDedicatedNodes": nodes}});
        assert_eq!(judge("Steady", 0, target(0)), Judgement::Met(None));
        assert!(matches!(judge("Resizing", 3, target(0)), Judgement::NotYet(p) if p.words == "3 nodes left"));
        assert!(matches!(judge("Resizing", 0, target(0)), Judgement::NotYet(_)));
        assert!(matches!(judge("Steady", 3, target(0)), Judgement::NotYet(_)));
        let somebody = |judgement| matches!(judgement, Judgement::Failed(why) if why.contains("somebody"));
        assert!(somebody(judge("Steady", 0, target(4))));
        assert!(somebody(judge("Steady", 0, json!({"autoScale": {"formula": "x"}}))));
    }

    #[test]
    fn the_run_of_the_formula_from_before_says_nothing_about_the_new_one() {
        let with = |time: &str, error: bool| {
            let run = if error {
                json!({"evaluationTime": time, "error": {"code": "X"}})
            } else {
                json!({"evaluationTime": time})
            };
            json!({"properties": {"allocationState": "Steady", "autoScaleRun": run}})
        };
        let mut condition = Condition::Allocated { goal: Goal::AutoScale, stale: None };
        condition.forget_errors_of(&with("T1", true));
        assert!(matches!(condition.judge(Some(&with("T1", true))), Judgement::NotYet(_)));
        assert!(matches!(condition.judge(Some(&with("T1", false))), Judgement::NotYet(_)));
        assert_eq!(condition.judge(Some(&with("T2", false))), Judgement::Met(None));
        assert!(matches!(condition.judge(Some(&with("T2", true))), Judgement::Failed(_)));
    }

    #[test]
    fn resize_errors_count_only_when_they_are_of_this_resize() {
        let body = json!({"properties": {"allocationState": "Steady", "currentDedicatedNodes": 1,
            "resizeOperationStatus": {"startTime": "T1", "errors": [{"code": "AllocationTimedOut", "message": "late"}]}}});
        assert!(
            matches!(fixed(2, 0).judge(Some(&body)), Judgement::Failed(why) if why.contains("AllocationTimedOut"))
        );
        let stale =
            Condition::Allocated { goal: Goal::Fixed { dedicated: 2, spot: 0 }, stale: Some("T1".into()) };
        assert!(matches!(stale.judge(Some(&body)), Judgement::NotYet(_)));
    }

    #[test]
    fn a_spot_shortfall_is_told_and_is_no_failure() {
        let body = json!({"properties": {"allocationState": "Steady", "currentDedicatedNodes": 0, "currentLowPriorityNodes": 3}});
        assert!(
            matches!(fixed(0, 5).judge(Some(&body)), Judgement::Met(Some(why)) if why.contains("3 of 5"))
        );
    }

    #[test]
    fn an_autoscale_pool_is_ready_when_its_formula_ran_without_error() {
        let condition = Condition::Allocated { goal: Goal::AutoScale, stale: None };
        let steady = |run: serde_json::Value| json!({"properties": {"allocationState": "Steady", "autoScaleRun": run}});
        assert_eq!(condition.judge(Some(&steady(json!({"evaluationTime": "now"})))), Judgement::Met(None));
        assert!(matches!(
            condition.judge(Some(&steady(json!({"error": {"code": "X"}})))),
            Judgement::Failed(_)
        ));
        assert!(matches!(condition.judge(Some(&json!({"properties": {}}))), Judgement::NotYet(_)));
    }

    #[test]
    fn nodes_that_cannot_become_usable_are_a_failure_and_others_are_waited_for() {
        let condition = Condition::NodesUsable { pool: "Render".into(), dedicated: 4 };
        let with = |idle: u64, starting: u64, failed: u64| json!({"value": [{"poolId": "render", "dedicated": {"idle": idle, "starting": starting, "startTaskFailed": failed}}]});
        assert_eq!(condition.judge(Some(&with(4, 0, 0))), Judgement::Met(None));
        assert!(matches!(condition.judge(Some(&with(2, 2, 0))), Judgement::NotYet(_)));
        assert!(matches!(condition.judge(Some(&with(2, 1, 1))), Judgement::Failed(_)));
        assert!(matches!(condition.judge(Some(&json!({"value": []}))), Judgement::NotYet(_)));
    }

    #[test]
    fn spot_nodes_that_are_there_have_to_work() {
        let condition = Condition::NodesUsable { pool: "render".into(), dedicated: 0 };
        let judge = |counts: serde_json::Value| {
            condition.judge(Some(&json!({"value": [{"poolId": "render", "lowPriority": counts}]})))
        };
        assert_eq!(judge(json!({})), Judgement::Met(None));
        assert_eq!(judge(json!({"idle": 1, "unusable": 3})), Judgement::Met(None));
        assert!(matches!(judge(json!({"starting": 2})), Judgement::NotYet(_)));
        assert!(matches!(judge(json!({"unusable": 3})), Judgement::Failed(_)));
    }

    #[test]
    fn what_a_list_shows_is_in_effect() {
        let condition = Condition::Listed { id: "/a/b".to_owned() };
        let judge = |body| condition.judge(Some(&body));
        assert_eq!(judge(json!({"value": [{"id": "/a/c"}, {"id": "/A/B"}]})), Judgement::Met(None));
        assert_eq!(judge(json!({"id": "/A/b"})), Judgement::Met(None));
        assert!(matches!(judge(json!({"value": []})), Judgement::NotYet(_)));
    }

    #[test]
    fn only_absence_is_gone() {
        assert_eq!(Condition::Gone.judge(None), Judgement::Met(None));
        assert!(matches!(Condition::Gone.judge(Some(&json!({}))), Judgement::NotYet(_)));
        assert!(matches!(Condition::Settled.judge(None), Judgement::NotYet(_)));
    }
}
