//! Regions of a version that come, stay and go while others manage some of them, on the emulator.

use poolwright::emulator::fault::read_script;
use poolwright::model::plan::Action;
use poolwright::model::wait::{Condition, Judgement};
use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::converge::settle;
use crate::rehearsal::{Asked, Kill, Rehearsal, ask_text, shown};

const SOURCE: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/images/img1";

/// One version with these regions; `more` stands at the end of the file.
fn spec(regions: &str, more: &str) -> Asked {
    ask_text(&format!(
        "apiVersion: poolwright/v1
kind: Stack
name: render
subscription: 00000000-0000-0000-0000-000000000001
resourceGroup: rg1
location: eastus
accounts: {{ main: {{ name: faraway, location: westus2 }} }}
galleries: [{{ name: renders }}]
images:
  - name: ubuntu
    osType: Linux
    osState: Generalized
    hyperVGeneration: V2
    identifier: {{ publisher: contoso, offer: render, sku: ubuntu }}
    versions:
      - version: 1.0.0
        source: {{ managedImage: {SOURCE} }}
        {regions}
{more}"
    ))
}

/// An Azure with an account in another region than the stack's.
fn azure() -> Rehearsal {
    let account = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Batch/batchAccounts/faraway";
    Rehearsal::seeded(vec![json!({"resources": [{"id": account, "location": "westus2"}]})])
}

/// The regions of the version, with their replicas.
fn regions(it: &Rehearsal) -> Vec<(String, u64)> {
    let state = it.state();
    let versions = state.as_object().into_iter().flatten().find(|(id, _)| id.contains("/versions/"));
    let (_, version) = versions.expect("there is a version");
    let list = version.pointer("/properties/publishingProfile/targetRegions").and_then(Value::as_array);
    let region = |entry: &Value| {
        let name = entry["name"].as_str().expect("a region has a name").to_owned();
        (name, entry["regionalReplicaCount"].as_u64().expect("a region has a count"))
    };
    list.into_iter().flatten().map(region).collect()
}

#[tokio::test(start_paused = true)]
async fn what_others_added_stays_until_it_is_taken_away_by_name() {
    let it = azure();
    let all =
        "targetRegions: [{ name: eastus }, { name: westus2, regionalReplicaCount: 3 }, { name: uksouth }]";
    settle(&it, &spec(all, "")).await;
    let part = "targetRegions: [{ name: eastus, regionalReplicaCount: 2 }]\n        otherRegions: keep";
    settle(&it, &spec(part, "")).await;
    let named = |names: &[(&str, u64)]| -> Vec<(String, u64)> {
        names.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    assert_eq!(regions(&it), named(&[("East US", 2), ("West US 2", 3), ("UK South", 1)]));
    let without = "targetRegions: [{ name: UK South, remove: true }, { name: eastus, regionalReplicaCount: 2 }]\n        otherRegions: keep";
    settle(&it, &spec(without, "")).await;
    assert_eq!(regions(&it), named(&[("East US", 2), ("West US 2", 3)]));
    // Without the word, the list is complete.
    settle(&it, &spec("targetRegions: [{ name: eastus, regionalReplicaCount: 2 }]", "")).await;
    assert_eq!(regions(&it), named(&[("East US", 2)]));
}

/// A pool pinned to a version, or following it, may be where no file names the region, as long as Azure has it.
#[tokio::test(start_paused = true)]
async fn a_pool_boots_from_a_region_that_is_kept_and_the_region_stays_then() {
    let it = azure();
    settle(&it, &spec("targetRegions: [{ name: eastus }, { name: westus2 }]", "")).await;
    let pool = "pools: [{ id: render, account: main, vmSize: Standard_D2s_v5, image: ubuntu@latest, nodeAgentSkuId: batch.node.ubuntu 24.04, scaleSettings: { fixedScale: { targetDedicatedNodes: 1 } } }]\n";
    settle(&it, &spec("targetRegions: [{ name: eastus }]\n        otherRegions: keep", pool)).await;
    let gone =
        "targetRegions: [{ name: eastus }, { name: westus2, remove: true }]\n        otherRegions: keep";
    let asked = spec(gone, "");
    let plan = it.plan(&asked, Goal::Apply).await;
    let text = shown(&plan, &asked.files);
    assert!(text.contains("pool faraway/render boots from its replicas in westus2"), "{text}");
    assert_eq!(regions(&it).len(), 2);
}

/// A pool that names no version boots whichever is there: the last one of them stays.
#[tokio::test(start_paused = true)]
async fn a_region_stays_while_a_pool_leaves_the_choice_to_azure_there() {
    let it = azure();
    let pool = "pools: [{ id: render, account: main, vmSize: Standard_D2s_v5, image: ubuntu, nodeAgentSkuId: batch.node.ubuntu 24.04, scaleSettings: { fixedScale: { targetDedicatedNodes: 1 } } }]\n";
    let both = "targetRegions: [{ name: eastus }, { name: westus2 }]";
    let one = "targetRegions: [{ name: eastus }]";
    let second = |first: &str, second: &str| {
        let other = format!(
            "{first}\n      - version: 2.0.0\n        source: {{ managedImage: {SOURCE} }}\n        {second}"
        );
        spec(&other, pool)
    };
    settle(&it, &second(both, both)).await;
    settle(&it, &second(one, both)).await;
    let asked = second(one, one);
    let plan = it.plan(&asked, Goal::Apply).await;
    let text = shown(&plan, &asked.files);
    assert!(text.contains("pool faraway/render boots whichever of ubuntu is in westus2"), "{text}");
    // Both at once take the last one, too.
    settle(&it, &second(both, both)).await;
    let plan = it.plan(&second(one, one), Goal::Apply).await;
    let blocked = plan.resources.iter().filter(|planned| planned.action == Action::Blocked).count();
    assert_eq!(blocked, 2);
}

/// An Azure in which the first replication to westus2 fails, and what became of the first apply of this.
async fn with_a_failed_region(asked: &Asked) -> Rehearsal {
    let it = azure();
    let script = r#"{"faults": [{"on": {"path": "*/versions/1.0.0"}, "do": {"replication": "westus2"}}]}"#;
    for fault in read_script(script.as_bytes()).expect("a script") {
        it.emulator.add_fault(fault);
    }
    let (_, outcome) = it.apply(asked, Goal::Apply).await;
    assert!(!outcome.is_complete(), "{outcome:#?}");
    it.writes();
    it
}

/// The lists of regions that were sent since the last time.
fn sent_regions(it: &Rehearsal) -> Vec<Vec<String>> {
    let sent = std::mem::take(&mut *it.heard.sent.lock().expect("no test panics while it holds this"));
    let lists = sent.iter().filter(|text| text.contains("/versions/")).map(|text| {
        let (_, body) = text.split_once(' ').expect("a URL and a body");
        let body: Value = serde_json::from_str(body).expect("JSON");
        let list = body.pointer("/properties/publishingProfile/targetRegions").and_then(Value::as_array);
        let names = list.into_iter().flatten().filter_map(|entry| entry["name"].as_str());
        names.map(str::to_owned).collect()
    });
    lists.collect()
}

#[tokio::test(start_paused = true)]
async fn a_region_that_failed_leaves_the_version_and_comes_again() {
    let asked = spec("targetRegions: [{ name: eastus }, { name: westus2, regionalReplicaCount: 2 }]", "");
    let it = with_a_failed_region(&asked).await;
    sent_regions(&it);
    let plan = it.plan(&asked, Goal::Apply).await;
    let text = shown(&plan, &asked.files);
    assert!(text.contains("take westus2 out of `targetRegions`"), "{text}");
    settle(&it, &asked).await;
    assert_eq!(sent_regions(&it), [vec!["eastus"], vec!["eastus", "westus2"]]);
}

#[tokio::test(start_paused = true)]
async fn a_repair_that_is_killed_is_carried_on() {
    let asked = spec("targetRegions: [{ name: eastus }, { name: westus2, regionalReplicaCount: 2 }]", "");
    let mut repaired = 0;
    for at in (1..200).step_by(3) {
        let it = with_a_failed_region(&asked).await;
        let done = it.apply_until(&asked, &Kill::at(at, true)).await;
        settle(&it, &asked).await;
        assert_eq!(regions(&it).len(), 2, "killed at {at}");
        if done.is_some() {
            break;
        }
        repaired += 1;
    }
    assert!((5..60).contains(&repaired), "{repaired}");
}

/// What somebody else does between the two writes is not overwritten.
#[test]
fn a_region_comes_again_only_to_the_list_that_it_was_taken_out_of() {
    let only = Condition::OnlyIn { regions: ["eastus".to_owned()].into() };
    let judge = |names: &[&str]| {
        let list: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        only.judge(Some(&json!({"properties": {"publishingProfile": {"targetRegions": list}}})))
    };
    assert_eq!(judge(&["East US"]), Judgement::Met(None));
    for others in [&["East US", "UK South"][..], &["UK South"], &[]] {
        assert!(matches!(judge(others), Judgement::NotYet(_)), "{others:?}");
    }
}
