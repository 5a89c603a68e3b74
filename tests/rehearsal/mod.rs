//! The whole of poolwright on the emulator, in this process: no sockets, no sleeps, a clock that jumps.
//!
//! Time is tokio's paused clock: when nothing can go on, it jumps to the next wait's end. Every request first moves the
//! emulator's manual clock to the same moment, so both agree to the millisecond and every run is the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use poolwright::azure::auth::{self, AuthSettings};
use poolwright::azure::client::Client;
use poolwright::azure::endpoints::cloud::Cloud;
use poolwright::azure::read::Read;
use poolwright::azure::timer::Timer;
use poolwright::azure::transport::{Headers, HttpRequest, HttpResponse, Transport, TransportError};
use poolwright::azure::write::Write;
use poolwright::cli::preflight::{Rules, preflight};
use poolwright::desired::desired;
use poolwright::diag::{Files, Report};
use poolwright::emulator::wire;
use poolwright::emulator::{Emulator, IN_PROCESS_BASE, LoggedRequest, Settings, seed, sign_in};
use poolwright::execute::cancel::cancel;
use poolwright::execute::{Limits, execute};
use poolwright::kinds::declared::{Stack, declare};
use poolwright::lint::{lint, subject::Subject};
use poolwright::model::desired::Graph;
use poolwright::model::event::Event;
use poolwright::model::outcome::Outcome;
use poolwright::model::plan::Plan;
use poolwright::model::snapshot::Snapshot;
use poolwright::observe::observe;
use poolwright::plan::{Goal, Options, arranged, check, plan};
use poolwright::render::diag_human;
use poolwright::render::plan_human::{self, View};
use poolwright::render::style::Paint;
use poolwright::spec::{self, interpolate::Variables};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The day it is in these tests.
pub(crate) const TODAY: &str = "2026-11-25";

/// An emulator and the moment it began.
pub(crate) struct Rehearsal {
    pub(crate) emulator: Emulator,
    clock: Arc<Clock>,
    /// The bodies of all requests, and what apply told of its progress.
    pub(crate) heard: Arc<Heard>,
    /// The id of the application that signs in.
    pub(crate) signs_in_as: &'static str,
}

/// What went over the wire and to the screen.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) sent: Mutex<Vec<String>>,
    pub(crate) events: Mutex<Vec<Event>>,
}

/// What a file asks for.
pub(crate) struct Asked {
    pub(crate) stack: Stack,
    pub(crate) graph: Graph,
    pub(crate) files: Files,
}

/// Reads files, which must be right.
pub(crate) fn ask(paths: &[PathBuf]) -> Asked {
    let no_environment = |_: &str| None;
    let variables = Variables { given: BTreeMap::new(), environment: &no_environment };
    let mut report = Report::default();
    let spec = spec::read(paths, &variables, &mut report);
    finish(spec, report)
}

/// Reads the texts of files, which must be right.
pub(crate) fn ask_texts(texts: &[(String, String)]) -> Asked {
    let no_environment = |_: &str| None;
    let variables = Variables { given: BTreeMap::new(), environment: &no_environment };
    let mut report = Report::default();
    let spec = spec::read_texts(texts, &variables, &mut report);
    finish(spec, report)
}

/// Reads a text, which must be right.
pub(crate) fn ask_text(text: &str) -> Asked {
    let (stack, files) = declare_text(text, &|_| None);
    Asked { graph: graph_of(&stack, &files), stack, files }
}

/// The entries of a text, which must be right, with this environment.
pub(crate) fn declare_text(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> (Stack, Files) {
    let variables = Variables { given: BTreeMap::new(), environment };
    let mut report = Report::default();
    let spec = spec::read_texts(&[("spec.yaml".to_owned(), text.to_owned())], &variables, &mut report);
    let stack = spec.documents.and_then(|documents| declare(documents, &mut report));
    right(&report, &spec.files);
    (stack.expect("a text without errors has a stack"), spec.files)
}

/// The graph of a stack, which must be right.
pub(crate) fn graph_of(stack: &Stack, files: &Files) -> Graph {
    let mut report = Report::default();
    let graph = desired(stack, &mut report);
    right(&report, files);
    graph
}

fn finish(spec: spec::Spec, mut report: Report) -> Asked {
    let stack = spec.documents.and_then(|documents| declare(documents, &mut report));
    right(&report, &spec.files);
    let stack = stack.expect("files without errors have a stack");
    Asked { graph: graph_of(&stack, &spec.files), stack, files: spec.files }
}

fn right(report: &Report, files: &Files) {
    let said = diag_human::report(&report.clone().sorted(), files, 100, Paint::plain());
    assert!(!report.has_errors(), "{said}");
}

/// What the rules say of the files alone.
fn offline(stack: &Stack) -> Report {
    let mut report = Report::default();
    lint(&Subject::of(stack, Some(TODAY.to_owned()), None), false, &mut report);
    report
}

impl Rehearsal {
    /// A new Azure with the default seed, and what these files add to it.
    pub(crate) fn new(seeds: &[PathBuf]) -> Self {
        Self::seeded(seeds.iter().filter(|path| path.is_file()).map(|path| read_json(path)).collect())
    }

    /// A new Azure with the default seed, and what these seeds add to it.
    pub(crate) fn seeded(files: Vec<Value>) -> Self {
        Self::recorded(files, recording())
    }

    /// The same for the requests of programs that are not ours, whose age the contract does not know.
    pub(crate) fn unrecorded(files: Vec<Value>) -> Self {
        Self::recorded(files, None)
    }

    fn recorded(files: Vec<Value>, record: Option<PathBuf>) -> Self {
        let settings =
            Settings { seed: seed::Seed { files, ..seed::Seed::default() }, record, ..Settings::manual() };
        let emulator = Emulator::new(settings).expect("the seed is right");
        let clock = Arc::new(Clock { begun: Instant::now(), told: Mutex::new(Duration::ZERO) });
        Self { emulator, clock, heard: Arc::default(), signs_in_as: sign_in::CLIENT }
    }

    /// An Azure that is kept in a folder: it goes on from what is there.
    pub(crate) fn kept_in(folder: &Path) -> Self {
        let settings = Settings { state: Some(folder.to_owned()), record: recording(), ..Settings::manual() };
        let emulator = Emulator::new(settings).expect("the folder is the emulator's own");
        let clock = Arc::new(Clock { begun: Instant::now(), told: Mutex::new(Duration::ZERO) });
        Self { emulator, clock, heard: Arc::default(), signs_in_as: sign_in::CLIENT }
    }

    /// A client that signs in anew, as a new process would.
    pub(crate) async fn client(&self, kill: Option<Arc<Kill>>) -> Arc<Client> {
        let transport: Arc<dyn Transport> = Arc::new(InProcess {
            emulator: self.emulator.clone(),
            clock: Arc::clone(&self.clock),
            kill,
            heard: Arc::clone(&self.heard),
        });
        let cloud = Cloud::parse(IN_PROCESS_BASE).expect("a URL");
        let endpoints = cloud.endpoints(transport.as_ref()).await.expect("the emulator tells its endpoints");
        let variables = [
            ("AZURE_TENANT_ID", "00000000-0000-0000-0000-0000000000aa"),
            ("AZURE_CLIENT_ID", self.signs_in_as),
            ("AZURE_CLIENT_SECRET", "canary"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let settings = AuthSettings { variables, ..AuthSettings::default() };
        let tokens =
            auth::sign_in(&settings, &endpoints, &transport).expect("a client secret is enough").tokens;
        Client::new(transport, Arc::new(VirtualTimer(Arc::clone(&self.clock))), tokens, endpoints, "test")
    }

    /// The plan, which must be sound.
    pub(crate) async fn plan(&self, asked: &Asked, goal: Goal) -> Plan {
        let client = self.client(None).await;
        self.plan_with(&client, asked, goal).await
    }

    /// How the rules are run: by the day it is here, and by the emulator's clock.
    pub(crate) fn rules(&self) -> Rules {
        let now = self.emulator.now().rfc3339();
        Rules { today: TODAY.to_owned(), azures_today: now[..TODAY.len()].to_owned(), strict: false }
    }

    /// The half of a client that can only read.
    pub(crate) async fn read(&self) -> Read {
        Read::new(self.client(None).await)
    }

    /// What `observe` sees of it.
    pub(crate) async fn observe(&self, graph: &Graph) -> Snapshot {
        observe(graph, &self.read().await).await
    }

    async fn plan_with(&self, client: &Arc<Client>, asked: &Asked, goal: Goal) -> Plan {
        let read = Read::new(Arc::clone(client));
        let snapshot = observe(&asked.graph, &read).await;
        let mut plan = plan(&asked.graph, &snapshot, Options::new(goal).on(&self.rules().azures_today));
        if goal == Goal::Apply {
            let rules = self.rules();
            let arranged = arranged(&asked.graph, &snapshot);
            preflight(&asked.stack, rules, &arranged, &read).await.tell(&mut plan, &offline(&asked.stack));
        }
        assert_eq!(check::violations(&plan), Vec::<String>::new());
        plan
    }

    /// Plans and carries out, as `apply --yes` does.
    pub(crate) async fn apply(&self, asked: &Asked, goal: Goal) -> (Plan, Outcome) {
        self.apply_with(asked, goal, None).await
    }

    /// The same, until a request at which the process dies; `None`: it died.
    pub(crate) async fn apply_until(&self, asked: &Asked, kill: &Arc<Kill>) -> Option<(Plan, Outcome)> {
        tokio::select! {
            done = self.apply_with(asked, Goal::Apply, Some(Arc::clone(kill))) => Some(done),
            () = kill.died.notified() => None,
        }
    }

    async fn apply_with(&self, asked: &Asked, goal: Goal, kill: Option<Arc<Kill>>) -> (Plan, Outcome) {
        let client = self.client(kill).await;
        let plan = self.plan_with(&client, asked, goal).await;
        let outcome = self.carry_out(&plan, client).await;
        (plan, outcome)
    }

    /// Carries out a plan that was made before.
    pub(crate) async fn carry_out(&self, plan: &Plan, client: Arc<Client>) -> Outcome {
        let timer: Arc<dyn Timer> = Arc::new(VirtualTimer(Arc::clone(&self.clock)));
        let (_switch, cancelled) = cancel();
        let events = Arc::clone(&self.heard);
        let hear = move |event: Event| {
            events.events.lock().expect("no test panics while it holds this").push(event);
        };
        execute(&plan.steps, &Write::new(client), &timer, &hear, &cancelled, &Limits::default()).await
    }

    /// What Azure holds, without what differs from run to run: ids of operations, tags of versions, moments.
    pub(crate) fn state(&self) -> Value {
        let mut state = self.emulator.state();
        let resources = state.get_mut("resources").map(Value::take).unwrap_or_default();
        let Value::Object(resources) = resources else { return Value::Null };
        // Azure remembers operations for a while; they are no resources.
        let resources = resources.into_iter().filter(|(id, _)| !id.contains("operation"));
        let kept = resources.map(|(id, resource)| {
            let mut body = resource.get("body").cloned().unwrap_or_default();
            forget_moments(&mut body);
            (id, body)
        });
        Value::Object(kept.collect())
    }

    /// The writes since the last time this was asked.
    pub(crate) fn writes(&self) -> Vec<LoggedRequest> {
        self.clock.catch_up(&self.emulator);
        let requests = self.emulator.take_requests();
        let is_write = |request: &LoggedRequest| request.method != "GET" && !request.url.contains("/oauth2/");
        requests.into_iter().filter(is_write).collect()
    }
}

/// The plan as people see it, with places.
pub(crate) fn shown(plan: &Plan, files: &Files) -> String {
    let locate = |place| files.locate(place);
    plan_human::plan(plan, View { locate: &locate, paint: Paint::plain(), width: 100 })
}

/// Where exchanges are recorded: a file for each emulator in the folder that `POOLWRIGHT_RECORD` names.
fn recording() -> Option<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let folder = std::env::var_os("POOLWRIGHT_RECORD")?;
    let number = COUNT.fetch_add(1, Ordering::SeqCst);
    Some(Path::new(&folder).join(format!("{}-{number}.jsonl", std::process::id())))
}

fn forget_moments(value: &mut Value) {
    const MOMENTS: [&str; 18] = [
        "etag",
        "creationTime",
        "lastModified",
        "publishedDate",
        "timeCreated",
        "startTime",
        "allocationStateTransitionTime",
        "provisioningStateTransitionTime",
        "stateTransitionTime",
        "lastBootTime",
        "allocationTime",
        "evaluationTime",
        "uniqueId",
        "uniqueName",
        "sourceUniqueId",
        "systemData",
        "createdOn",
        "updatedOn",
    ];
    match value {
        Value::Object(object) => {
            object.retain(|name, _| !MOMENTS.contains(&name.as_str()));
            object.values_mut().for_each(forget_moments);
        }
        Value::Array(list) => list.iter_mut().for_each(forget_moments),
        _ => {}
    }
}

/// Kills the client at a request: it gets no answer, and nothing of it goes on.
pub(crate) struct Kill {
    /// Counted from 1 over the requests of the run.
    at: usize,
    /// Whether the server has done what it was asked before the client dies.
    after_commit: bool,
    seen: AtomicUsize,
    died: Notify,
}

impl Kill {
    pub(crate) fn at(at: usize, after_commit: bool) -> Arc<Self> {
        Arc::new(Self { at, after_commit, seen: AtomicUsize::new(0), died: Notify::new() })
    }
}

struct Clock {
    begun: Instant,
    /// How far the emulator's clock has been moved.
    told: Mutex<Duration>,
}

impl Clock {
    fn catch_up(&self, emulator: &Emulator) {
        let now = self.begun.elapsed();
        let mut told = self.told.lock().expect("no test panics while it holds this");
        emulator.advance(now.saturating_sub(*told));
        *told = now;
    }
}

struct VirtualTimer(Arc<Clock>);

#[async_trait]
impl Timer for VirtualTimer {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn now(&self) -> Duration {
        self.0.begun.elapsed()
    }
}

struct InProcess {
    emulator: Emulator,
    clock: Arc<Clock>,
    kill: Option<Arc<Kill>>,
    heard: Arc<Heard>,
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let dying = self.kill.as_ref().filter(|kill| {
            let number = kill.seen.fetch_add(1, Ordering::SeqCst) + 1;
            number >= kill.at
        });
        if let Some(kill) = dying
            && (!kill.after_commit || kill.seen.load(Ordering::SeqCst) > kill.at)
        {
            kill.died.notify_one();
            return std::future::pending().await;
        }
        self.clock.catch_up(&self.emulator);
        if let Some(body) = request.body.as_ref().filter(|body| !body.is_empty()) {
            let text = format!("{} {}", request.url, String::from_utf8_lossy(body));
            self.heard.sent.lock().expect("no test panics while it holds this").push(text);
        }
        let answer = self.emulator.handle(&wire::Request {
            method: request.method.as_str().to_owned(),
            url: request.url,
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: request.body.unwrap_or_default(),
            dropped: 0,
        });
        if let Some(kill) = dying {
            kill.died.notify_one();
            return std::future::pending().await;
        }
        let broken = || TransportError::Broken { host: "emulator".to_owned(), source: "closed".into() };
        let answer = answer.map_err(|_| broken())?;
        tokio::time::sleep(answer.delay).await;
        if answer.cut {
            return Err(broken());
        }
        let mut headers = Headers::new();
        for (name, value) in answer.headers {
            headers.push(name, value);
        }
        Ok(HttpResponse { status: answer.status, headers, body: answer.body })
    }
}

pub(crate) fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A path below the root of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
