//! Old versions go for their age, and nothing else does: by the manual clock over months, with pools of other stacks, accounts
//! and subscriptions that boot some of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use poolwright::model::step::{Guard, Work};
use poolwright::observe::own;
use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::converge::settle;
use crate::rehearsal::{Asked, Kill, Rehearsal, ask_text, shown};

const ONE: &str = "00000000-0000-0000-0000-000000000001";
const TWO: &str = "00000000-0000-0000-0000-000000000002";
const IMAGE: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/galleries/renders/images/ubuntu";
const DAY: Duration = Duration::from_hours(24);

/// An image with these versions in the file, and this retention.
fn spec(versions: &[&str], retention: &str) -> Asked {
    ask_text(&text(versions, retention))
}

fn text(versions: &[&str], retention: &str) -> String {
    let source = format!("/subscriptions/{ONE}/resourceGroups/rg1/providers/Microsoft.Compute/images/img1");
    let mut entries = String::new();
    for version in versions {
        writeln!(entries, "      - {{ version: {version}, source: {{ managedImage: {source} }} }}")
            .expect("memory");
    }
    format!(
        "apiVersion: poolwright/v1
kind: Stack
name: render
subscription: {ONE}
resourceGroup: rg1
location: eastus
galleries: [{{ name: renders }}]
images:
  - name: ubuntu
    osType: Linux
    osState: Generalized
    hyperVGeneration: V2
    identifier: {{ publisher: contoso, offer: render, sku: ubuntu }}
    targetRegions: [{{ name: eastus }}, {{ name: westus2 }}]
    retention: {{ {retention} }}
    versions:
{entries}"
    )
}

/// An account of a subscription and a pool in it that boots this.
fn pool(subscription: &str, account: &str, region: &str, image: &str) -> Vec<Value> {
    let group = format!("/subscriptions/{subscription}/resourceGroups/{account}");
    let account = format!("{group}/providers/Microsoft.Batch/batchAccounts/{account}");
    vec![
        json!({"id": group, "location": region}),
        json!({"id": account, "location": region}),
        json!({"id": format!("{account}/pools/theirs"), "properties": {
            "vmSize": "STANDARD_D2S_V3",
            "deploymentConfiguration": {"virtualMachineConfiguration": {
                "imageReference": {"id": image}, "nodeAgentSkuId": "batch.node.ubuntu 24.04"}},
            "scaleSettings": {"fixedScale": {"targetDedicatedNodes": 0}}}}),
    ]
}

/// An Azure with these pools in which both subscriptions have Batch.
fn azure(pools: Vec<Vec<Value>>) -> Rehearsal {
    let resources: Vec<Value> = pools.into_iter().flatten().collect();
    let registrations = json!([{"subscription": TWO, "namespace": "Microsoft.Batch"}]);
    Rehearsal::seeded(vec![json!({"resources": resources, "registrations": registrations})])
}

/// The versions that are there, those in brackets excluded from latest.
fn there(it: &Rehearsal) -> Vec<String> {
    let state = it.state();
    let versions = state.as_object().into_iter().flatten().filter(|(id, _)| id.contains("/versions/"));
    let mut names: Vec<String> = versions
        .map(|(id, body)| {
            let name = id.rsplit('/').next().unwrap_or_default();
            let excluded =
                body.pointer("/properties/publishingProfile/excludeFromLatest") == Some(&json!(true));
            if excluded { format!("({name})") } else { name.to_owned() }
        })
        .collect();
    names.sort_by_key(|name| name.trim_matches(['(', ')']).to_owned());
    names
}

async fn run(it: &Rehearsal, asked: &Asked) -> String {
    let (plan, outcome) = it.apply(asked, Goal::Apply).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
    shown(&plan, &asked.files)
}

#[tokio::test(start_paused = true)]
async fn over_months_exactly_what_nobody_boots_goes() {
    let all = ["1.0.0", "2.0.0", "3.0.0", "4.0.0", "5.0.0", "6.0.0", "7.0.0"];
    let retention = format!("keep: 2, minAge: P30D, consumers: [{TWO}], atMost: 2");
    let it = azure(vec![
        // A consumer's pool boots an old one, in another spelling; another leaves the choice to Azure.
        pool(TWO, "renderfarm", "eastus", &format!("{IMAGE}/versions/2.0.0").to_uppercase()),
        pool(TWO, "anyversion", "westus2", IMAGE),
        // One that is no consumer's, and nothing to this image.
        pool(ONE, "unrelated", "eastus", &IMAGE.replace("ubuntu", "other")),
    ]);
    settle(&it, &spec(&all, &retention)).await;
    assert_eq!(there(&it), all, "what the files hold stays");

    let asked = spec(&["3.0.0", "7.0.0"], &retention);
    run(&it, &asked).await;
    // 2 is booted, 3 is in the file, 6 and 7 are the two that are kept; of the others a run takes two.
    assert_eq!(there(&it), ["(1.0.0)", "2.0.0", "3.0.0", "(4.0.0)", "5.0.0", "6.0.0", "7.0.0"]);
    tokio::time::sleep(10 * DAY).await;
    run(&it, &asked).await;
    let excluded = ["(1.0.0)", "2.0.0", "3.0.0", "(4.0.0)", "(5.0.0)", "6.0.0", "7.0.0"];
    assert_eq!(there(&it), excluded);
    let again = it.plan(&asked, Goal::Apply).await;
    assert!(again.is_empty(), "{}", shown(&again, &asked.files));

    tokio::time::sleep(19 * DAY).await;
    run(&it, &asked).await;
    assert_eq!(there(&it), excluded, "29 days are too few");
    tokio::time::sleep(DAY).await;
    run(&it, &asked).await;
    assert_eq!(there(&it), ["2.0.0", "3.0.0", "(5.0.0)", "6.0.0", "7.0.0"], "5 was excluded ten days later");
    tokio::time::sleep(300 * DAY).await;
    run(&it, &asked).await;
    run(&it, &asked).await;
    assert_eq!(there(&it), ["2.0.0", "3.0.0", "6.0.0", "7.0.0"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_an_excluded_version_up_again_keeps_it() {
    let retention = "keep: 1, minAge: P1D";
    let it = azure(Vec::new());
    settle(&it, &spec(&["1.0.0", "2.0.0"], retention)).await;
    let asked = spec(&["2.0.0"], retention);
    run(&it, &asked).await;
    assert_eq!(there(&it), ["(1.0.0)", "2.0.0"]);
    // Back in the files it may be the latest again, and what was counted of its age is void.
    settle(&it, &spec(&["1.0.0", "2.0.0"], retention)).await;
    assert_eq!(there(&it), ["1.0.0", "2.0.0"]);
    tokio::time::sleep(9 * DAY).await;
    run(&it, &asked).await;
    assert_eq!(there(&it), ["(1.0.0)", "2.0.0"]);
    tokio::time::sleep(DAY).await;
    run(&it, &asked).await;
    assert_eq!(there(&it), ["2.0.0"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_while_a_subscription_cannot_be_read() {
    let nobody = "00000000-0000-0000-0000-00000000000f";
    let retention = format!("keep: 1, minAge: P0D, consumers: [{nobody}]");
    let it = azure(Vec::new());
    let all = ["1.0.0", "2.0.0", "3.0.0"];
    settle(&it, &spec(&all, &retention)).await;
    let asked = spec(&["3.0.0"], &retention);
    let text = run(&it, &asked).await;
    assert!(text.contains("no old version goes") && text.contains(nobody), "{text}");
    assert_eq!(there(&it), all);
    // The same file without that subscription.
    let asked = spec(&["3.0.0"], "keep: 1, minAge: P0D");
    run(&it, &asked).await;
    run(&it, &asked).await;
    assert_eq!(there(&it), ["3.0.0"]);
}

/// Whether a subscription's accounts are listed only where an image has a retention, and something may be taken away.
#[tokio::test(start_paused = true)]
async fn pools_are_looked_for_only_where_versions_go_for_their_age() {
    let it = azure(Vec::new());
    let with = spec(&["1.0.0"], "keep: 1, minAge: P1D");
    settle(&it, &with).await;
    it.emulator.take_requests();
    let read = |it: &Rehearsal| -> BTreeSet<bool> {
        let requests = it.emulator.take_requests();
        requests
            .iter()
            .map(|request| {
                // Those of a home group are read in any case.
                let whole = !request.url.to_ascii_lowercase().contains("/resourcegroups/");
                whole && request.url.contains("/providers/Microsoft.Batch/batchAccounts")
            })
            .collect()
    };
    let _ = it.plan(&with, Goal::Apply).await;
    assert!(read(&it).contains(&true));
    let _ = own(&with.graph, &it.read().await).await;
    assert!(!read(&it).contains(&true), "whoever only looks");
    let mut without = spec(&["1.0.0"], "keep: 1, minAge: P1D");
    without.graph.retention.clear();
    let _ = it.plan(&without, Goal::Apply).await;
    assert!(!read(&it).contains(&true));
}

/// The gallery of others that a stack refers to lies in a subscription whose pools are none of its concern.
#[tokio::test(start_paused = true)]
async fn a_gallery_of_others_asks_for_no_look_into_its_subscription() {
    let it = azure(Vec::new());
    settle(&it, &spec(&["1.0.0", "2.0.0"], "keep: 1, minAge: P0D")).await;
    let theirs = "/subscriptions/00000000-0000-0000-0000-00000000000f/resourceGroups/corp/providers/Microsoft.Compute/galleries/corp";
    let asked = ask_text(&text(&["2.0.0"], "keep: 1, minAge: P0D").replace(
        "galleries: [{ name: renders }]",
        &format!("galleries: [{{ name: renders }}, {{ id: {theirs}, as: corp }}]"),
    ));
    let (plan, _) = it.apply(&asked, Goal::Apply).await;
    assert_eq!(there(&it), ["(1.0.0)", "2.0.0"], "{}", shown(&plan, &asked.files));
}

/// What poolwright has read anywhere counts for what a file takes away, too.
#[tokio::test(start_paused = true)]
async fn what_a_consumer_boots_leaves_neither_by_a_word_nor_its_region() {
    let retention = format!("keep: 1, minAge: P30D, consumers: [{TWO}]");
    let it = azure(vec![pool(TWO, "renderfarm", "westus2", &format!("{IMAGE}/versions/1.0.0"))]);
    settle(&it, &spec(&["1.0.0", "2.0.0"], &retention)).await;
    let text = text(&["1.0.0", "2.0.0"], &retention);
    for (was, is, why) in [
        ("version: 1.0.0,", "version: 1.0.0, remove: true,", "pool renderfarm/theirs uses it"),
        (
            "version: 1.0.0,",
            "version: 1.0.0, targetRegions: [{ name: eastus }],",
            "pool renderfarm/theirs boots from its replicas in westus2",
        ),
    ] {
        let asked = ask_text(&text.replace(was, is));
        let (plan, _) = it.apply(&asked, Goal::Apply).await;
        let said = shown(&plan, &asked.files);
        assert!(said.contains("blocked") && said.contains(why), "{said}");
        assert_eq!(there(&it), ["1.0.0", "2.0.0"]);
    }
}

/// A rollout that is under way may bring a pool back to the image that its metadata remembers.
#[tokio::test(start_paused = true)]
async fn what_a_pool_may_go_back_to_stays() {
    let mut theirs = pool(ONE, "renderfarm", "eastus", &format!("{IMAGE}/versions/2.0.0"));
    let memory = json!({"image": format!("{IMAGE}/versions/1.0.0")}).to_string();
    let entry = json!({"name": "poolwright-rollout", "value": memory});
    theirs[2]["properties"]["metadata"] = json!([entry]);
    let it = azure(vec![theirs]);
    let retention = "keep: 1, minAge: P0D";
    settle(&it, &spec(&["1.0.0", "2.0.0"], retention)).await;
    let said = run(&it, &spec(&["2.0.0"], retention)).await;
    assert!(said.contains("pool renderfarm/theirs uses it"), "{said}");
    assert_eq!(there(&it), ["1.0.0", "2.0.0"]);
}

/// Azure refuses the deletion until the moment has come, which may be in the evening.
#[tokio::test(start_paused = true)]
async fn a_locked_version_goes_when_its_end_of_life_is_over() {
    let it = azure(Vec::new());
    let today = it.rules().azures_today;
    let (year_month, day) = today.split_at("2026-11-".len());
    let end = format!("{year_month}{:02}T23:59:59Z", day.parse::<u32>().expect("a day") + 2);
    let locked = format!(
        "version: 1.0.0, endOfLifeDate: {end}, safetyProfile: {{ blockDeletionBeforeEndOfLife: true }},"
    );
    let retention = "keep: 1, minAge: P0D";
    settle(&it, &ask_text(&text(&["1.0.0", "2.0.0"], retention).replace("version: 1.0.0,", &locked))).await;
    let asked = spec(&["2.0.0"], retention);
    for _ in 0..3 {
        run(&it, &asked).await;
        assert_eq!(there(&it), ["(1.0.0)", "2.0.0"]);
        tokio::time::sleep(DAY).await;
    }
    run(&it, &asked).await;
    assert_eq!(there(&it), ["2.0.0"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_killed_is_carried_on() {
    let retention = "keep: 1, minAge: P1D";
    let asked = spec(&["2.0.0"], retention);
    for (wait, end) in [(Duration::ZERO, &["(1.0.0)", "2.0.0"][..]), (DAY, &["2.0.0"])] {
        for at in (1..100).step_by(2) {
            let it = azure(Vec::new());
            settle(&it, &spec(&["1.0.0", "2.0.0"], retention)).await;
            if !wait.is_zero() {
                run(&it, &asked).await;
                tokio::time::sleep(wait).await;
            }
            let done = it.apply_until(&asked, &Kill::at(at, true)).await;
            let said = run(&it, &asked).await;
            assert!(!said.contains("removed only by"), "killed at {at}: {said}");
            tokio::time::sleep(Duration::from_hours(1)).await;
            // The emulator is told the time with a request.
            let _ = it.plan(&asked, Goal::Apply).await;
            assert_eq!(there(&it), end, "killed at {at}: {said}");
            if done.is_some() {
                break;
            }
            assert!(at < 60, "it never ends");
        }
    }
}

/// Whoever offers a retired version again, in one region only, keeps it: the deletion looks at the regions once more.
#[tokio::test(start_paused = true)]
async fn a_deletion_is_held_back_by_a_region_that_offers_the_version_again() {
    let retention = "keep: 1, minAge: P0D";
    let it = azure(Vec::new());
    settle(&it, &spec(&["1.0.0", "2.0.0"], retention)).await;
    let asked = spec(&["2.0.0"], retention);
    run(&it, &asked).await;
    let plan = it.plan(&asked, Goal::Apply).await;
    let guard = plan.steps.iter().find_map(|step| match &step.work {
        Work::Send { guard: Guard::Unchanged { seen, .. }, .. } => Some(seen),
        _ => None,
    });
    let pointer = "/properties/publishingProfile/targetRegions";
    let regions = guard.and_then(|seen| seen.iter().find(|(at, _)| at == pointer));
    let (_, Some(regions)) = regions.expect("the regions are looked at") else { panic!("there are some") };
    assert_eq!(regions[0]["excludeFromLatest"], true, "{regions:#}");
}
