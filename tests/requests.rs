//! How many requests a plan costs: lists answer for hundreds of resources at once.

use std::fmt::Write as _;
use std::time::Duration;

use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::rehearsal::{Asked, Rehearsal, ask_text, shown};

/// At 100 entries a page, with the lists of sizes and node agents, which do not grow with the stack.
const AT_MOST: usize = 35;

/// A stack of so many pinned versions of one image, and as many pools of one account.
fn stack(count: usize) -> String {
    let mut text = String::from(
        "apiVersion: poolwright/v1\nkind: Stack\nname: many\nsubscription: 00000000-0000-0000-0000-000000000001\n\
         resourceGroup: rg1\nlocation: eastus\naccounts: { main: { name: mybatch, location: eastus } }\n\
         galleries: [{ name: many }]\nimages:\n  - name: ubuntu\n    osType: Linux\n    osState: Generalized\n    \
         hyperVGeneration: V2\n    identifier: { publisher: contoso, offer: many, sku: ubuntu }\n    \
         targetRegions: [{ name: eastus, regionalReplicaCount: 1 }]\n    versions:\n",
    );
    let image = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/images/img1";
    for number in 0..count {
        let _ = writeln!(text, "      - {{ version: 1.0.{number}, source: {{ managedImage: {image} }} }}");
    }
    text += "pools:\n";
    for number in 0..count {
        let _ = writeln!(
            text,
            "  - {{ id: pool-{number}, account: main, vmSize: Standard_D2s_v5, image: ubuntu@1.0.{number}, \
             nodeAgentSkuId: batch.node.ubuntu 24.04, scaleSettings: {{ fixedScale: {{ targetDedicatedNodes: 1 }} }} }}"
        );
    }
    text
}

/// All that the stack asks for, as if it had been there for long.
pub(crate) fn seed_of(asked: &Asked) -> Value {
    let mut desired: Vec<_> = asked.graph.desired.values().collect();
    desired.sort_by_key(|desired| desired.id.names().count());
    let resources = desired.iter().map(|desired| {
        let mut body = desired.body.clone();
        body["id"] = desired.id.to_string().into();
        body
    });
    json!({ "resources": resources.collect::<Vec<_>>() })
}

#[tokio::test(start_paused = true)]
async fn a_plan_without_changes_takes_few_requests() {
    for count in [10, 100, 500] {
        let asked = ask_text(&stack(count));
        let rehearsal = Rehearsal::seeded(vec![seed_of(&asked)]);
        rehearsal.emulator.set_page_size(100);
        // What a seed plants boots its nodes first.
        tokio::time::sleep(Duration::from_hours(1)).await;
        rehearsal.emulator.take_requests();
        let plan = rehearsal.plan(&asked, Goal::Apply).await;
        let requests = rehearsal.emulator.take_requests();
        assert!(plan.is_empty() && plan.resources.len() == 2 * count + 2, "{}", shown(&plan, &asked.files));
        let urls: Vec<&str> = requests.iter().map(|request| request.url.as_str()).collect();
        assert!(urls.len() <= AT_MOST, "{count}: {} requests\n{}", urls.len(), urls.join("\n"));
    }
}
