//! What a pool's body says of its nodes: whether it has them, has none, and whether they work; and Azure's errors behind that.

use serde_json::Value;

use crate::model::status::AzureError;
use crate::model::wait::judge::{at_rest, count, not_yet, text};
use crate::model::wait::{Condition, Goal, Judgement};

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

pub(super) fn told_to_be_empty(body: &Value) -> Judgement {
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

pub(super) fn empty(body: &Value) -> Judgement {
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

pub(super) fn allocated(body: &Value, goal: Goal, stale: Option<&str>) -> Judgement {
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

pub(super) fn nodes_usable(body: &Value, pool: &str, wanted: u64) -> Judgement {
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

    use crate::model::wait::{Condition, Goal, Judgement};

    fn fixed(dedicated: u64, spot: u64) -> Condition {
        Condition::Allocated { goal: Goal::Fixed { dedicated, spot }, stale: None }
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
}
