//! Whether a body that Azure answered fulfils a condition. What a pool's own say is judged in `pool`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::region;
use crate::model::wait::pool::{allocated, empty, nodes_usable, told_to_be_empty};
use crate::model::wait::{Condition, Judgement, Progress};

impl Condition {
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

fn settled(body: &Value) -> Judgement {
    match text(body, "/properties/provisioningState") {
        Some("Succeeded") | None => Judgement::Met(None),
        Some(state @ ("Failed" | "Canceled")) => Judgement::Failed(format!("provisioning state is {state}")),
        Some(state) => not_yet(None, &state.to_lowercase()),
    }
}

pub(super) fn at_rest(body: &Value) -> Judgement {
    let resizing =
        text(body, "/properties/allocationState").is_some_and(|state| !state.eq_ignore_ascii_case("Steady"));
    match settled(body) {
        Judgement::NotYet(progress) => Judgement::NotYet(progress),
        _ if resizing => not_yet(None, "resizing"),
        _ => Judgement::Met(None),
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

pub(super) fn not_yet(percent: Option<u8>, words: &str) -> Judgement {
    Judgement::NotYet(Progress { percent, words: words.to_owned(), bytes: None })
}

pub(super) fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str)
}

pub(super) fn count(body: &Value, pointer: &str) -> u64 {
    body.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::model::wait::{Condition, Judgement};

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
