//! What must hold of any input: order is not seen, nothing panics, and every plan is sound.

use std::collections::BTreeMap;

use poolwright::desired::desired;
use poolwright::diag::{Diagnostic, Report};
use poolwright::kinds::declared::declare;
use poolwright::model::step::Work;
use poolwright::plan::{Goal, Options, check, plan};
use poolwright::render::diag_human;
use poolwright::render::plan_human::{self, View};
use poolwright::render::style::Paint;
use poolwright::spec::{self, interpolate::Variables};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::plan_cases::{folders, read, snapshot};
use crate::rehearsal::{ask_text, read_json, repository};
use crate::rules::found;

fn few(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Reads, decodes, lowers, plans for an empty Azure and shows: whatever comes, without a panic.
fn whole_way(text: &str) {
    let environment = |name: &str| (name != "NONE").then(|| name.to_owned());
    let variables = Variables { given: BTreeMap::new(), environment: &environment };
    let mut report = Report::default();
    let spec = spec::read_texts(&[("spec.yaml".to_owned(), text.to_owned())], &variables, &mut report);
    let stack = spec.documents.and_then(|documents| declare(documents, &mut report));
    let graph = stack.map(|stack| desired(&stack, &mut report));
    let wrong = report.has_errors();
    diag_human::report(&report.sorted(), &spec.files, 80, Paint::plain());
    if let Some(graph) = graph.filter(|_| !wrong) {
        let options = Options::new(Goal::Apply);
        let plan = plan(&graph, &snapshot(&graph, &json!({ "live": [] })), options);
        assert_eq!(check::violations(&plan), Vec::<String>::new());
    }
}

/// The valid files that are mutated.
fn valid() -> Vec<String> {
    ["quickstart", "production", "windows-data-disks", "autoscale-spot", "cross-subscription"]
        .map(|name| read(&repository(&format!("specs/{name}.yaml"))))
        .into()
}

proptest! {
    #![proptest_config(few(64))]

    #[test]
    fn any_text_is_read_without_a_panic(text in r#"([ \-:\[\]{}#&*!|>'"%@`,?\n]|[a-z]{1,4}|\PC){0,60}"#) {
        whole_way(&text);
    }

    #[test]
    fn any_document_is_decoded_without_a_panic(value in document()) {
        whole_way(&value.to_string());
    }

    #[test]
    fn a_mutated_spec_is_read_without_a_panic(
        at in any::<Index>(), edits in prop::collection::vec((any::<Index>(), any::<Index>(), mutation()), 1..4)
    ) {
        let valid = valid();
        let mut lines: Vec<String> = at.get(&valid).lines().map(str::to_owned).collect();
        for (line, other, mutation) in edits {
            mutate(&mut lines, line, other, &mutation);
        }
        whole_way(&lines.join("\n"));
    }
}

/// How a line of a valid file is broken.
#[derive(Debug, Clone)]
enum Mutation {
    Drop,
    Repeat,
    Indent(usize),
    Swap,
    CutAt(Index),
    Value(&'static str),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let values = [
        "",
        "[]",
        "{}",
        "~",
        "-1",
        "99999999999999999999",
        "1.5",
        "true",
        "${env:NONE}",
        "${var:x}",
        "auto",
        "*a",
        "&a x",
        "\"\"",
        "'é\u{7f}'",
        "/subscriptions/x",
        "a/b/c@d",
        "0x10",
        "!!map",
        "|",
    ];
    prop_oneof![
        Just(Mutation::Drop),
        Just(Mutation::Repeat),
        (0_usize..12).prop_map(Mutation::Indent),
        Just(Mutation::Swap),
        any::<Index>().prop_map(Mutation::CutAt),
        prop::sample::select(values.to_vec()).prop_map(Mutation::Value),
    ]
}

fn mutate(lines: &mut Vec<String>, line: Index, other: Index, mutation: &Mutation) {
    if lines.is_empty() {
        return;
    }
    let (at, other) = (line.index(lines.len()), other.index(lines.len()));
    match mutation {
        Mutation::Drop => drop(lines.remove(at)),
        Mutation::Repeat => lines.insert(other, lines[at].clone()),
        Mutation::Indent(columns) => {
            lines[at] = format!("{}{}", " ".repeat(*columns), lines[at].trim_start());
        }
        Mutation::Swap => lines.swap(at, other),
        Mutation::CutAt(cut) => {
            let ends: Vec<usize> =
                lines[at].char_indices().map(|(at, _)| at).chain([lines[at].len()]).collect();
            let end = *cut.get(&ends);
            lines[at].truncate(end);
        }
        Mutation::Value(value) => {
            if let Some((key, _)) = lines[at].split_once(": ") {
                lines[at] = format!("{key}: {value}");
            }
        }
    }
}

/// Documents with the keys of the format and values of any sort.
fn document() -> impl Strategy<Value = Value> {
    let keys = [
        "apiVersion",
        "kind",
        "name",
        "subscription",
        "resourceGroup",
        "location",
        "accounts",
        "galleries",
        "images",
        "pools",
        "profiles",
        "vars",
        "tags",
        "id",
        "version",
        "versions",
        "source",
        "targetRegions",
        "image",
        "account",
        "scaleSettings",
        "fixedScale",
        "managedImage",
        "gallery",
        "startTask",
        "profile",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "poolwright/v1",
            "Stack",
            "ImageVersion",
            "eastus",
            "auto",
            "a@latest",
            "1.0.0",
            "${env:NONE}",
            "00000000-0000-0000-0000-000000000001",
            "main",
            ""
        ])
        .prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(keys.to_vec()), inner, 0..6)
                .prop_map(|map| json!(map)),
        ]
    });
    let lists = ["accounts", "galleries", "snapshots", "managedImages", "images", "profiles", "pools"];
    let stack = prop::collection::btree_map(prop::sample::select(lists.to_vec()), tree.clone(), 0..6);
    prop_oneof![
        1 => tree,
        // With a right header, so that the entries are reached.
        3 => stack.prop_map(|map| {
            let mut stack = json!({ "apiVersion": "poolwright/v1", "kind": "Stack", "name": "any",
                "subscription": "00000000-0000-0000-0000-000000000001", "resourceGroup": "rg1", "location": "eastus" });
            for (key, value) in map {
                stack[key] = value;
            }
            stack
        }),
    ]
}

/// The plan as people see it, without places: those move with the text.
fn without_places(text: &str, answers: &Value) -> String {
    let asked = ask_text(text);
    let options = Options::new(Goal::Apply);
    let plan = plan(&asked.graph, &snapshot(&asked.graph, answers), options);
    let nowhere = |_| String::new();
    plan_human::plan(&plan, View { locate: &nowhere, paint: Paint::plain(), width: 100 })
}

/// A stack as JSON, which is YAML, with its lists in this order.
fn stack_in_order(regions: &[&str], images: &[&str], pools: &[(&str, &str)], accounts: &[&str]) -> String {
    let source = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/images/img1";
    let accounts: Vec<String> = accounts
        .iter()
        .map(|alias| format!("  {alias}: {{ name: {alias}batch, location: {alias} }}\n"))
        .collect();
    let regions: Vec<Value> =
        regions.iter().map(|name| json!({ "name": name, "regionalReplicaCount": "auto" })).collect();
    let images: Vec<Value> = images
        .iter()
        .map(|name| {
            json!({ "name": name, "osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2",
                "identifier": { "publisher": "contoso", "offer": "any", "sku": name }, "targetRegions": regions,
                "versions": [{ "version": "1.0.0", "source": { "managedImage": source } }] })
        })
        .collect();
    let pools: Vec<Value> = pools
        .iter()
        .map(|(account, id)| {
            json!({ "id": id, "account": account, "vmSize": "Standard_D2s_v5", "image": format!("{id}@1.0.0"),
                "nodeAgentSkuId": "batch.node.ubuntu 24.04",
                "scaleSettings": { "fixedScale": { "targetDedicatedNodes": 700, "resizeTimeout": "auto" } } })
        })
        .collect();
    format!(
        "apiVersion: poolwright/v1\nkind: Stack\nname: any\nsubscription: 00000000-0000-0000-0000-000000000001\n\
         resourceGroup: rg1\nlocation: eastus\naccounts:\n{}galleries: [{{ name: any }}]\nimages: {}\npools: {}\n",
        accounts.concat(),
        json!(images),
        json!(pools)
    )
}

proptest! {
    #![proptest_config(few(24))]

    #[test]
    fn the_order_of_a_file_is_not_seen(
        regions in Just(vec!["eastus", "westus2", "westeurope"]).prop_shuffle(),
        images in Just(vec!["alma", "debian", "ubuntu"]).prop_shuffle(),
        pools in Just(vec![("eastus", "alma"), ("eastus", "ubuntu"), ("westus2", "ubuntu"), ("westus2", "debian")])
            .prop_shuffle(),
        accounts in Just(vec!["eastus", "westus2"]).prop_shuffle(),
    ) {
        let account = |alias: &str| json!({ "location": alias, "properties": {}, "id": format!(
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Batch/batchAccounts/{alias}batch") });
        let mut live = vec![account("eastus"), account("westus2")];
        let in_order = stack_in_order(
            &["eastus", "westeurope", "westus2"],
            &["alma", "debian", "ubuntu"],
            &[("eastus", "alma"), ("eastus", "ubuntu"), ("westus2", "debian"), ("westus2", "ubuntu")],
            &["eastus", "westus2"],
        );
        let shuffled = stack_in_order(&regions, &images, &pools, &accounts);
        let empty = json!({ "live": live });
        prop_assert_eq!(without_places(&in_order, &empty), without_places(&shuffled, &empty));
        // What is there has one region with too few replicas: the others are added, each a change of its own.
        let asked = ask_text(&in_order);
        for desired in asked.graph.desired.values().filter(|desired| desired.address.kind() != "pool") {
            let mut body = desired.body.clone();
            body["id"] = desired.id.to_string().into();
            if body["properties"]["publishingProfile"].is_object() {
                body["properties"]["publishingProfile"]["targetRegions"] =
                    json!([{ "name": "North Europe", "regionalReplicaCount": 1 }]);
            }
            live.push(body);
        }
        let some = json!({ "live": live });
        prop_assert_eq!(without_places(&in_order, &some), without_places(&shuffled, &some));
    }

}

proptest! {
    #![proptest_config(few(128))]

    #[test]
    fn a_part_of_what_is_live_plans_soundly(case in any::<Index>(), shown in prop::collection::vec(any::<bool>(), 32)) {
        let case = case.get(&folders(&repository("tests/plan"))).clone();
        let asked = ask_text(&read(&case.join("spec.yaml")));
        let mut answers = read_json(&case.join("live.json"));
        let mut shown = shown.into_iter().cycle();
        answers["live"].as_array_mut().expect("a list").retain(|_| shown.next().unwrap_or(true));
        for goal in [Goal::Apply, Goal::Destroy] {
            let options = Options::new(goal);
            let plan = plan(&asked.graph, &snapshot(&asked.graph, &answers), options);
            prop_assert_eq!(check::violations(&plan), Vec::<String>::new(), "{}", case.display());
        }
    }
}

/// A stack whose pools boot one version, with replicas and resize time-outs as given, or `auto`.
fn crowded(
    pools: &[(usize, u32, u32)],
    mode: &str,
    replicas: impl Fn(usize) -> Value,
    timeout: impl Fn(usize) -> Value,
) -> String {
    let source = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/images/img1";
    let regions: Vec<Value> = (REGIONS.iter().enumerate())
        .map(|(at, name)| json!({ "name": name, "regionalReplicaCount": replicas(at) }))
        .collect();
    let pools: Vec<Value> = (pools.iter().enumerate())
        .map(|(at, (region, dedicated, spot))| {
            json!({ "id": format!("pool-{at}"), "account": REGIONS[*region], "vmSize": "Standard_D2s_v5", "image": "ubuntu@1.0.0",
                "nodeAgentSkuId": "batch.node.ubuntu 24.04", "scaleSettings": { "fixedScale": {
                "targetDedicatedNodes": dedicated, "targetLowPriorityNodes": spot, "resizeTimeout": timeout(at) } } })
        })
        .collect();
    let accounts: Vec<String> = REGIONS
        .iter()
        .map(|name| format!("  {name}: {{ name: mybatch{name}, location: {name} }}\n"))
        .collect();
    format!(
        "apiVersion: poolwright/v1\nkind: Stack\nname: any\nsubscription: 00000000-0000-0000-0000-000000000001\n\
         resourceGroup: rg1\nlocation: eastus\naccounts:\n{}galleries: [{{ name: any }}]\nimages: {}\npools: {}\n",
        accounts.concat(),
        json!([{ "name": "ubuntu", "osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2",
            "identifier": { "publisher": "contoso", "offer": "any", "sku": "ubuntu" }, "targetRegions": regions,
            "versions": [{ "version": "1.0.0", "replicationMode": mode, "source": { "managedImage": source } }] }]),
        json!(pools)
    )
}

const REGIONS: [&str; 3] = ["eastus", "westus2", "westeurope"];

proptest! {
    #![proptest_config(few(48))]

    /// Ours do not quarrel: written out, what `auto` comes to breaks no rule that speaks of it.
    #[test]
    fn what_auto_computes_keeps_the_rules(
        pools in prop::collection::vec((0..REGIONS.len(), 0_u32..1_400, 0_u32..1_400), 1..6),
        shallow in any::<bool>(),
    ) {
        let mode = if shallow { "Shallow" } else { "Full" };
        let asked = ask_text(&crowded(&pools, mode, |_| json!("auto"), |_| json!("auto")));
        let accounts: Vec<Value> = REGIONS.iter().map(|name| json!({
            "id": format!("/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Batch/batchAccounts/mybatch{name}"),
            "name": format!("mybatch{name}"), "location": name, "properties": { "accountEndpoint": "127.0.0.1:8443" },
        })).collect();
        let options = Options::new(Goal::Apply);
        let plan = plan(&asked.graph, &snapshot(&asked.graph, &json!({ "live": accounts })), options);
        let sent = |end: &str| -> Value {
            let sends = plan.steps.iter().filter_map(|step| match &step.work {
                Work::Send { request, .. } => Some(request),
                Work::Wait(_) | Work::MoveJobs(_) | Work::Upload(_) => None,
            });
            let body = sends.filter(|request| request.path.ends_with(end)).find_map(|request| request.body.clone());
            body.unwrap_or_else(|| panic!("nothing is sent to {end}"))
        };
        let version = sent("/versions/1.0.0");
        let replicas = |at: usize| version.pointer(&format!("/properties/publishingProfile/targetRegions/{at}/regionalReplicaCount")).cloned();
        let replicas: Vec<Value> = (0..REGIONS.len()).filter_map(replicas).collect();
        let timeouts: Vec<Value> = (0..pools.len()).filter_map(|at| {
            sent(&format!("/pools/pool-{at}")).pointer("/properties/scaleSettings/fixedScale/resizeTimeout").cloned()
        }).collect();
        prop_assert_eq!((replicas.len(), timeouts.len()), (REGIONS.len(), pools.len()));
        let written = crowded(&pools, mode, |at| replicas[at].clone(), |at| timeouts[at].clone());
        let found = found("auto.yaml", &written, true).0;
        let speaks = |found: &&Diagnostic| {
            let code = found.code.as_str();
            code.contains("resize-timeout") || code.contains("shallow-with-more") || code.contains("too-many-replicas")
                || (code.contains("too-few-replicas") && !shallow)
        };
        prop_assert_eq!(found.iter().find(speaks), None, "{}", written);
    }
}
