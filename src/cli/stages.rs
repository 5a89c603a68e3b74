//! The stages in their order, for the commands: files to graph, graph and Azure to plan.
//! Every command that needs a stage calls it here, so that all of them mean the same by it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::cli::args::inputs::SpecArgs;
use crate::cli::context::{Environment, today};
use crate::cli::disk_images;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::preflight::{Preflight, Rules, preflight};
use crate::cli::session::Session;
use crate::cli::terminal::Terminal;
use crate::cli::touched;
use crate::desired;
use crate::diag::{Diagnostic, FileId, Files, Report, Severity};
use crate::kinds::declared::{self, Stack};
use crate::kinds::decode::nearest;
use crate::lint::{lint, subject::Subject};
use crate::model::address::Address;
use crate::model::desired::Graph;
use crate::model::plan::Plan;
use crate::model::stand_in;
use crate::model::status::Status;
use crate::observe;
use crate::plan::{self, Goal, Options};
use crate::render::diag_human;
use crate::spec::{self, Spec, interpolate::Variables};

/// What the files ask for.
pub(crate) struct Checked {
    /// The files, for places.
    pub files: Files,
    /// Those of them that were read whole.
    pub loaded: Vec<FileId>,
    /// What there is to say about them.
    pub report: Report,
    /// The entries and the graph; `None` if there are errors.
    pub sound: Option<(Stack, Graph)>,
}

impl Checked {
    /// The same, if there is no error in it.
    pub(crate) fn into_sound(self, strict: bool) -> Result<Sound, (Files, Report)> {
        let Self { files, loaded, report, sound } = self;
        match sound {
            Some((stack, graph)) => Ok(Sound { files, loaded, stack, graph, report, strict }),
            None => Err((files, report)),
        }
    }
}

/// What the files ask for, without an error.
pub(crate) struct Sound {
    /// The files, for places.
    pub files: Files,
    /// Those of them that were read whole.
    pub loaded: Vec<FileId>,
    /// The entries, for rules.
    pub stack: Stack,
    /// The graph.
    pub graph: Graph,
    /// What was said about them already.
    pub report: Report,
    strict: bool,
}

/// What the files are checked with. It is collected once: a file of variables may be a pipe.
pub(crate) struct Input<'a> {
    args: &'a SpecArgs,
    given: BTreeMap<String, String>,
    /// `None`: it is not read, and the names of its variables stand in for their values.
    environment: Option<&'a Environment>,
}

impl<'a> Input<'a> {
    /// Collects the variables.
    pub(crate) fn new(args: &'a SpecArgs, environment: &'a Environment) -> Result<Self, Failure> {
        let mut given = BTreeMap::new();
        for path in &args.variable_files {
            given.extend(variable_file(path)?);
        }
        given.extend(args.variables.iter().cloned());
        Ok(Self { args, given, environment: Some(environment) })
    }

    /// The same without the environment: the names of its variables stand in for their values.
    pub(crate) fn without_environment(self) -> Self {
        Self { environment: None, ..self }
    }

    /// Reads and checks the files. Sends nothing.
    pub(crate) fn check(&self) -> Checked {
        self.check_paths(&self.args.paths)
    }

    /// The same for other paths.
    pub(crate) fn check_paths(&self, paths: &[PathBuf]) -> Checked {
        self.check_spec(self.read_with(|variables, report| spec::read(paths, variables, report)))
    }

    /// The same for texts that may stand in the files: the name of each, and the text.
    pub(crate) fn check_texts(&self, texts: &[(String, String)]) -> Checked {
        self.check_spec(self.read_texts(texts))
    }

    /// Only reads the files.
    pub(crate) fn read(&self) -> (Spec, Report) {
        self.read_with(|variables, report| spec::read(&self.args.paths, variables, report))
    }

    /// Only reads texts that may stand in the files.
    pub(crate) fn read_texts(&self, texts: &[(String, String)]) -> (Spec, Report) {
        self.read_with(|variables, report| spec::read_texts(texts, variables, report))
    }

    fn read_with(&self, read: impl FnOnce(&Variables<'_>, &mut Report) -> Spec) -> (Spec, Report) {
        let lookup = |name: &str| match self.environment {
            Some(environment) => environment.get(name).map(str::to_owned),
            None => Some(stand_in::of(name)),
        };
        let variables = Variables { given: self.given.clone(), environment: &lookup };
        let mut report = Report::default();
        let spec = read(&variables, &mut report);
        (spec, report)
    }

    fn check_spec(&self, (spec, mut report): (Spec, Report)) -> Checked {
        let Spec { files, loaded, documents } = spec;
        let sound = documents.and_then(|documents| declared::declare(documents, &mut report)).map(|stack| {
            let mut found = Report::default();
            lint(&Subject::of(&stack, Some(today()), None), self.args.strict, &mut found);
            // Of a value that nobody knows a rule can say nothing: its name fits nowhere.
            let rests_on_a_name = |found: &Diagnostic| stand_in::is_in(&found.message);
            let unknown = self.environment.is_none();
            found
                .iter()
                .filter(|found| !unknown || !rests_on_a_name(found))
                .for_each(|found| report.push(found.clone()));
            let mut graph = desired::desired(&stack, &mut report);
            // What belongs to another revision of the files is not on this machine.
            if !unknown {
                disk_images::look(&mut graph, &files, &mut report);
            }
            (stack, graph)
        });
        let report = report.sorted();
        let sound = sound.filter(|_| !report.has_errors());
        Checked { files, loaded, report, sound }
    }
}

/// The same, for commands that go on to Azure: what there is to say goes to stderr, and errors end the command.
pub(crate) fn check_or_stop(
    args: &SpecArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Sound, Failure> {
    let checked = Input::new(args, environment)?.check();
    Terminal::say(&diag_human::report(&checked.report, &checked.files, terminal.width, terminal.talk_paint));
    checked.into_sound(args.strict).map_err(|(_, report)| {
        let errors = report.count(Severity::Error);
        let words = if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") };
        Failure::new(format!("the spec has {words}; nothing was sent")).exit(Exit::SpecErrors)
    })
}

/// Observes, plans, and holds the files against the rules once more. A plan that is not sound is a fault of poolwright
/// and never shown.
pub(crate) async fn make_plan(
    sound: &Sound,
    session: &Session,
    options: Options,
    targets: &[Address],
) -> Result<Plan, Failure> {
    let read = &session.read();
    let rules = Rules { today: today(), azures_today: session.today.clone(), strict: sound.strict };
    let reading = async {
        let snapshot = observe::observe(&sound.graph, read).await;
        let preflight = match options.goal {
            Goal::Apply => {
                let arranged = plan::arranged(&sound.graph, &snapshot);
                preflight(&sound.stack, rules, &arranged, read).await
            }
            // What goes needs nothing of what it would take to make it.
            Goal::Destroy => Preflight::default(),
        };
        (snapshot, preflight)
    };
    let (mut snapshot, preflight) = Terminal::patiently("reading from Azure", reading).await;
    if options.goal == Goal::Apply {
        let measuring = disk_images::measure(&sound.graph, &mut snapshot);
        Terminal::patiently("reading disk images", measuring).await;
    }
    let mut plan = plan::plan_for(targets, &sound.graph, &snapshot, options.on(&session.today));
    are_there(targets, &plan, sound)?;
    preflight.tell(&mut plan, &sound.report);
    touched::tell(&mut plan, &snapshot, read).await;
    let violations = plan::check::violations(&plan);
    if violations.is_empty() {
        return Ok(plan);
    }
    Err(Failure::new(format!("the plan is not sound: {}", violations.join("; ")))
        .hint("this is a fault of poolwright; nothing was written"))
}

/// Targets that are nothing in the files, and nothing that the stack has left over, would make an empty plan.
fn are_there(targets: &[Address], plan: &Plan, sound: &Sound) -> Result<(), Failure> {
    let is_there = |target: &&Address| plan.resources.iter().any(|planned| planned.address == **target);
    let Some(unknown) = targets.iter().find(|target| !is_there(target)) else { return Ok(()) };
    let failure = Failure::new(format!("the stack has no resource `{unknown}` to plan for"));
    let known = sound.graph.desired.keys().map(Address::as_str);
    Err(match nearest(unknown.as_str(), known) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("`plan` without `--target` shows every address"),
    })
}

/// Observes, and says how everything is. Nothing will be done, so no rule is asked.
pub(crate) async fn look(sound: &Sound, session: &Session) -> Status {
    let read = &session.read();
    let snapshot = observe::own(&sound.graph, read).await;
    let plan = plan::plan(&sound.graph, &snapshot, Options::new(Goal::Apply));
    let mut status = plan::status::status(&sound.graph, &snapshot, &plan);
    touched::tell_in(&mut status, &plan, &snapshot, read).await;
    status
}

#[expect(clippy::disallowed_methods, reason = "the user names a file of variables on the command line")]
fn variable_file(path: &std::path::Path) -> Result<BTreeMap<String, String>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::of(&format!("cannot read {}", path.display()), &error).exit(Exit::SpecErrors)
    })?;
    let mut variables = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            let place = format!("{}:{}", path.display(), number + 1);
            return Err(Failure::new(format!("{place}: NAME=VALUE is expected")).exit(Exit::SpecErrors));
        };
        variables.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    Ok(variables)
}
