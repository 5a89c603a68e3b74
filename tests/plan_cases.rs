//! Plans as data: each folder of `tests/plan/` holds a file, what Azure answers, and the plan that must come of it.
//!
//! - `spec.yaml` is what the user wrote.
//! - `live.json` is `{"live": [body…]}`: bodies as Azure answers them; what a file names and no body shows is absent.
//!   Optional beside it: `companions` (by id: a pool's node counts), `unreadable` (by id: why), and `gaps`
//!   (`{"kind", "what", "why"}`: lists that could not be read), and `consumers` (`{"containers", "pools", "unread"}`: what may
//!   boot the images in whole subscriptions; `unread` as `gaps`), `disks` (by file on this machine: `{"size", "data"}` in bytes,
//!   or why it cannot be read) and `blobs` (by `container/name`: how it is, see `blob`; those not named are absent).
//! - `plan.txt` is the plan as people see it. `POOLWRIGHT_BLESS=1` writes it anew.
//! - `options.json` is optional: `{"goal": "destroy"}`, `{"today": "2026-11-26"}`, `{"targets": [address…]}`.
//!
//! Where `live.json` is missing, blessing writes it: what the emulator answers once `before.yaml`, or else `spec.yaml`,
//! has been applied (with `seed.json`, if there is one). A case starts from that agreement and changes one thing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use poolwright::diag::Files;
use poolwright::kinds::declared::{Declared, Stack};
use poolwright::model::address::Address;
use poolwright::model::desired::Graph;
use poolwright::model::plan::Plan;
use poolwright::model::resource_id::ResourceId;
use poolwright::model::snapshot::{Consumers, FoundBlob, Gap, Live, Observed, Snapshot};
use poolwright::model::upload::{BlobName, BlobState, Chunk, Content, Found};
use poolwright::plan::{Goal, Options, check, plan_for};
use serde_json::{Map, Value, json};

use crate::rehearsal::{Asked, Rehearsal, ask_text, declare_text, graph_of, read_json, repository, shown};

/// Whether expectations are written anew instead of compared.
pub(crate) fn blessing() -> bool {
    std::env::var_os("POOLWRIGHT_BLESS").is_some()
}

/// The folders below a folder of the repository, in order.
pub(crate) fn folders(below: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(below).unwrap_or_else(|error| panic!("{}: {error}", below.display()));
    let mut folders: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares with a file, or writes it. The answer is what is wrong.
pub(crate) fn hold(path: &Path, text: &str) -> Option<String> {
    if blessing() {
        std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let expected = if path.is_file() { read(path) } else { String::new() };
    (expected != text).then(|| format!("{}\n--- expected\n{expected}--- is\n{text}", path.display()))
}

/// The plan of a case once somebody has disturbed what is live.
pub(crate) fn disturbed(case: &str, disturb: &dyn Fn(&mut Vec<Value>)) -> (Asked, Plan) {
    planned(case, Options::new(Goal::Apply), disturb)
}

/// The same with these options.
pub(crate) fn planned(case: &str, options: Options, disturb: &dyn Fn(&mut Vec<Value>)) -> (Asked, Plan) {
    let case = repository("tests/plan").join(case);
    let asked = ask_text(&read(&case.join("spec.yaml")));
    let mut live = read_json(&case.join("live.json"));
    disturb(live["live"].as_array_mut().expect("bodies"));
    let plan = plan_for(&[], &asked.graph, &snapshot(&asked.graph, &live), options);
    (asked, plan)
}

/// The pool of most cases.
pub(crate) fn render(bodies: &mut [Value]) -> &mut Value {
    let is_render = |body: &&mut Value| body["id"].as_str().is_some_and(|id| id.ends_with("/pools/render"));
    bodies.iter_mut().find(is_render).expect("a pool")
}

#[tokio::test(start_paused = true)]
async fn every_case_plans_as_written() {
    let mut wrong = Vec::new();
    let cases = folders(&repository("tests/plan"));
    assert!(cases.len() >= 30, "{}", cases.len());
    for case in cases {
        wrong.extend(run(&case).await);
    }
    assert!(wrong.is_empty(), "{} cases differ\n{}", wrong.len(), wrong.join("\n"));
}

async fn run(case: &Path) -> Vec<String> {
    let (stack, files) = declare_text(&read(&case.join("spec.yaml")), &|_| None);
    let live_path = case.join("live.json");
    if blessing() && !live_path.is_file() {
        agree(case, &graph_of(&stack, &files)).await;
    }
    let live = read_json(&live_path);
    let (options, targets) = options(case);

    let graph = graph_of(&stack, &files);
    let planned = plan_for(&targets, &graph, &snapshot(&graph, &live), options);
    let text = shown(&planned, &files);
    let mut wrong: Vec<String> = hold(&case.join("plan.txt"), &text).into_iter().collect();
    let broken = check::violations(&planned);
    if !broken.is_empty() {
        wrong.push(format!("{}: {broken:?}", case.display()));
    }
    // The order of the files' entries and of Azure's lists must not be seen.
    let turned = graph_of(&turned(&stack), &files);
    let again = plan_for(&targets, &turned, &snapshot(&turned, &reversed(&live)), options);
    if again != planned || shown(&again, &files) != text {
        wrong.push(format!("{}: another order, another plan\n{}", case.display(), shown(&again, &files)));
    }
    wrong
}

fn options(case: &Path) -> (Options, Vec<Address>) {
    let path = case.join("options.json");
    let written = if path.is_file() { read_json(&path) } else { json!({}) };
    let (mut options, mut targets) = (Options::new(Goal::Apply), Vec::new());
    for (name, value) in written.as_object().expect("options are an object") {
        match (name.as_str(), value) {
            ("goal", Value::String(word)) if word == "destroy" => options.goal = Goal::Destroy,
            ("today", Value::String(day)) => options = options.on(day),
            ("targets", Value::Array(list)) => {
                let address = |value: &Value| Address::parse(value.as_str()?);
                targets = list.iter().map(|value| address(value).expect("an address")).collect();
            }
            _ => panic!("{}: {name}: {value} is no option", path.display()),
        }
    }
    (options, targets)
}

/// The snapshot that observing would have made of these answers.
pub(crate) fn snapshot(graph: &Graph, answers: &Value) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let desired = graph.desired.values().map(|desired| (&desired.id, &desired.address));
    let referenced = graph.referenced.iter().map(|(address, referenced)| (&referenced.id, address));
    let named: BTreeMap<&ResourceId, &Address> = desired.chain(referenced).collect();
    for address in named.values() {
        snapshot.resources.insert((*address).clone(), Observed::Absent);
    }
    let by_id: BTreeMap<String, &Value> = map(&answers["companions"])
        .into_iter()
        .flatten()
        .map(|(id, companion)| (id.to_lowercase(), companion))
        .collect();
    for body in answers["live"].as_array().expect("`live` is a list of bodies") {
        let text = body["id"].as_str().expect("a body has an id");
        let id = ResourceId::parse(text).expect("a body has a right id");
        let companion = by_id.get(id.key()).map(|companion| (*companion).clone());
        let live = Live { id: id.clone(), body: body.clone(), companion };
        match named.get(&id) {
            Some(address) => {
                snapshot.resources.insert((*address).clone(), Observed::Present(live));
            }
            None => {
                if let Some(kind) = graph.kinds.iter().find(|kind| id.is_type(kind.azure_type())) {
                    snapshot.others.entry(kind.name()).or_default().push(live);
                }
            }
        }
    }
    for (id, why) in map(&answers["unreadable"]).into_iter().flatten() {
        let id = ResourceId::parse(id).expect("a right id");
        let address = named.get(&id).expect("the file names what could not be read");
        let why = why.as_str().expect("why, in words").to_owned();
        snapshot.resources.insert((*address).clone(), Observed::Unreadable(why));
    }
    snapshot.unreadable = gaps(graph, &answers["gaps"]);
    snapshot.consumers = map(&answers["consumers"]).map(|_| {
        let consumers = &answers["consumers"];
        let lives = |list: &Value| -> Vec<Live> {
            let live = |body: &Value| {
                let id = ResourceId::parse(body["id"].as_str().expect("a body has an id"));
                Live { id: id.expect("a right id"), body: body.clone(), companion: None }
            };
            list.as_array().into_iter().flatten().map(live).collect()
        };
        Consumers {
            containers: lives(&consumers["containers"]),
            lives: BTreeMap::from([("pool", lives(&consumers["pools"]))]),
            unread: gaps(graph, &consumers["unread"]),
        }
    });
    disks(graph, answers, &mut snapshot);
    snapshot
}

/// What the files on this machine hold, and how the blobs are that they are uploaded to.
fn disks(graph: &Graph, answers: &Value, snapshot: &mut Snapshot) {
    for file in graph.desired.values().flat_map(|desired| &desired.files) {
        let content = match &answers["disks"][&file.file] {
            Value::String(why) => Err(why.clone()),
            Value::Object(disk) => {
                let bytes = |key: &str| disk[key].as_u64().expect("a number of bytes");
                let data = Chunk { start: 0, length: bytes("data"), digest: [7; 32] };
                Ok(Arc::new(Content::new(bytes("size"), vec![data])))
            }
            _ => continue,
        };
        if let (Ok(content), Some(how)) =
            (&content, answers["blobs"][format!("{}/{}", file.blob.container, file.blob.name)].as_str())
        {
            snapshot.blobs.insert(file.blob.clone(), blob(how, content, &file.blob, graph));
        }
        snapshot.contents.insert(file.path.clone(), content);
    }
}

/// A blob as a word says: `begun` or `complete` with the content of its file, `outdated` with another content of this stack,
/// `foreign`, `leased` (and begun); or why there is none: `no container`, or the code of a refusal.
fn blob(how: &str, content: &Content, name: &BlobName, graph: &Graph) -> FoundBlob {
    let mark = name.mark(&graph.owner);
    let metadata = match how {
        "begun" | "leased" => content.metadata(&mark, false),
        "complete" => content.metadata("another stack", true),
        "outdated" => Content::new(512, Vec::new()).metadata(&mark, true),
        "foreign" => Vec::new(),
        "no container" => return FoundBlob::Read(Found::NoContainer),
        code => {
            let why = format!("refused with 403 {code}");
            return match name.way_out(code) {
                Some(way_out) => FoundBlob::Refused { why, way_out },
                None => FoundBlob::Unreadable(why),
            };
        }
    };
    FoundBlob::Read(Found::There(BlobState {
        size: content.size,
        has_pages: true,
        metadata: metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        etag: String::new(),
        leased: how == "leased",
    }))
}

fn gaps(graph: &Graph, list: &Value) -> Vec<Gap> {
    let gap = |gap: &Value| {
        let kind = graph.kinds.iter().find(|kind| gap["kind"] == kind.name()).expect("a kind");
        let text = |key: &str| gap[key].as_str().expect("words").to_owned();
        Gap { kind: kind.name(), what: text("what"), why: text("why") }
    };
    list.as_array().into_iter().flatten().map(gap).collect()
}

fn map(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object()
}

/// The same entries from last to first within each kind. What one stands inside still comes before it.
pub(crate) fn turned(stack: &Stack) -> Stack {
    let mut order: Vec<usize> = Vec::with_capacity(stack.declared.len());
    let kind = |at: usize| stack.declared[at].kind.name();
    let mut start = 0;
    while start < stack.declared.len() {
        let end = (start..stack.declared.len()).find(|at| kind(*at) != kind(start));
        let end = end.unwrap_or(stack.declared.len());
        order.extend((start..end).rev());
        start = end;
    }
    let place = |was: usize| order.iter().position(|at| *at == was).expect("every entry is kept");
    let declared = order.iter().map(|at| {
        let mut entry: Declared = stack.declared[*at].clone();
        entry.inside = entry.inside.map(place);
        entry
    });
    Stack { declared: declared.collect(), ..stack.clone() }
}

fn reversed(answers: &Value) -> Value {
    let mut answers = answers.clone();
    for list in ["live", "gaps"] {
        if let Some(list) = answers.get_mut(list).and_then(Value::as_array_mut) {
            list.reverse();
        }
    }
    for list in ["containers", "pools"] {
        if let Some(list) = answers.pointer_mut(&format!("/consumers/{list}")).and_then(Value::as_array_mut) {
            list.reverse();
        }
    }
    answers
}

/// Writes `live.json`: what the emulator answers about this graph after an apply.
async fn agree(case: &Path, graph: &Graph) {
    let before = case.join("before.yaml");
    let before = if before.is_file() { before } else { case.join("spec.yaml") };
    let rehearsal = Rehearsal::new(&[case.join("seed.json")]);
    let asked = ask_text(&read(&before));
    let (plan, outcome) = rehearsal.apply(&asked, Goal::Apply).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
    let text = format!("{:#}\n", answers(&rehearsal.observe(graph).await));
    std::fs::write(case.join("live.json"), text).expect("the folder can be written to");
}

/// A snapshot as the data of a case.
pub(crate) fn answers(snapshot: &Snapshot) -> Value {
    let named = snapshot.resources.values().filter_map(|observed| match observed {
        Observed::Present(live) => Some(live),
        Observed::Absent | Observed::Unreadable(_) => None,
    });
    let mut lives: Vec<&Live> = named.chain(snapshot.others.values().flatten()).collect();
    lives.sort_by_key(|live| live.id.key());
    let companions: Map<String, Value> =
        lives.iter().filter_map(|live| Some((live.id.to_string(), live.companion.clone()?))).collect();
    let bodies: Vec<&Value> = lives.iter().map(|live| &live.body).collect();
    json!({ "live": bodies, "companions": companions })
}

/// Places shall be named as they are in the case's own file.
#[test]
fn turning_a_stack_keeps_what_stands_inside_what() {
    let (stack, files): (Stack, Files) = declare_text(&read(&repository("specs/production.yaml")), &|_| None);
    let turned = turned(&stack);
    assert_ne!(stack.declared[0].place(), turned.declared.last().expect("entries").place());
    let ids = |stack: &Stack| -> Vec<ResourceId> {
        graph_of(stack, &files).desired.values().map(|desired| desired.id.clone()).collect()
    };
    assert_eq!(ids(&stack), ids(&turned));
}
