//! `import`: files for what is in Azure, held against it before anything is written: their plan must be empty.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::args::inputs::{CloudArgs, Format, SpecArgs};
use crate::cli::args::values::resource_id;
use crate::cli::commands::run::show;
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::rewrite::{NewText, is_free, rewrite_all};
use crate::cli::session::Session;
use crate::cli::stages::{Input, Sound, make_plan};
use crate::cli::terminal::Terminal;
use crate::diag::{Code, Diagnostic, Severity};
use crate::import::{Document, Imported, Refusal, Wishes, import};
use crate::kinds::header::Header;
use crate::kinds::{PLANNING, planning};
use crate::model::kind::Planning;
use crate::model::plan::{Action, Plan};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Gap, Live};
use crate::observe::whole::{Wanted, with_all_inside};
use crate::plan::{Goal, Options};
use crate::render::diag_human;
use crate::spec::document_below;

/// Arguments of `import`.
#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = true, args = ["galleries", "accounts", "pools"])]
pub(crate) struct ImportArgs {
    /// A gallery with its images and their versions, by its resource id; may be given more than once.
    #[arg(long = "gallery", value_name = "ID", value_parser = resource_id)]
    pub(crate) galleries: Vec<ResourceId>,
    /// A Batch account with its pools, by its resource id; may be given more than once.
    #[arg(long = "account", value_name = "ID", value_parser = resource_id)]
    pub(crate) accounts: Vec<ResourceId>,
    /// A pool, by its resource id; may be given more than once.
    #[arg(long = "pool", value_name = "ID", value_parser = resource_id)]
    pub(crate) pools: Vec<ResourceId>,
    /// Write files into this folder, one for the stack and one for each image, instead of one document to stdout.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The stack's name [default: that of the first gallery, account or pool].
    #[arg(long, value_name = "STACK")]
    pub(crate) name: Option<String>,
    /// Which Azure.
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
}

/// So often the documents are made again with what the rules say of them; each time more of it is weighed.
const ROUNDS: usize = 4;
const FAULT: &str = "this is a fault of poolwright; nothing was written";

pub(crate) async fn run(
    args: ImportArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let wanted = wanted(&args)?;
    let wishes = wishes(&args)?;
    let none =
        SpecArgs { paths: Vec::new(), variables: Vec::new(), variable_files: Vec::new(), strict: false };
    let session = Session::open(&args.cloud, &none, environment).await?;
    let ended = async {
        let read = session.read();
        let reading = with_all_inside(wanted, PLANNING, &read);
        let lives = Terminal::patiently("reading from Azure", reading).await.map_err(|gap| unread(&gap))?;
        let (imported, plan) =
            checked(&lives, wishes, &Input::new(&none, environment)?, &session, terminal).await?;
        match &args.out {
            Some(folder) => write(&imported.documents, folder)?,
            None => imported.documents.iter().for_each(|document| Terminal::print(&document.text)),
        }
        Ok(tell(&imported, &plan, terminal))
    }
    .await;
    session.close(&ended).await;
    ended
}

/// What is to be read. The account of a pool is read without its other pools.
fn wanted(args: &ImportArgs) -> Result<Vec<Wanted>, Failure> {
    let asked = [
        ("gallery", "gallery", &args.galleries),
        ("account", "batch-account", &args.accounts),
        ("pool", "pool", &args.pools),
    ];
    let of = |id: ResourceId, kind: &dyn Planning, whole| Wanted {
        id,
        api_version: kind.api_version(),
        what: kind.name(),
        whole,
    };
    let mut wanted = Vec::new();
    for (flag, name, ids) in asked {
        let Some(kind) = planning(name) else { continue };
        for id in ids {
            if !id.is_type(kind.azure_type()) {
                return Err(Failure::new(format!("{id} is no {name}")).hint(format!(
                    "`--{flag}` takes the id of a resource of the type {}",
                    kind.azure_type()
                )));
            }
            wanted.push(of(id.clone(), kind, true));
        }
    }
    if let Some(kind) = planning("batch-account") {
        let accounts = args.pools.iter().filter_map(ResourceId::parent);
        wanted.extend(accounts.map(|id| of(id, kind, false)));
    }
    Ok(wanted)
}

fn wishes(args: &ImportArgs) -> Result<Wishes, Failure> {
    let roots = args.galleries.iter().chain(&args.accounts).chain(&args.pools);
    let roots: Vec<ResourceId> = roots.cloned().collect();
    let name = args.name.as_deref().or(roots.first().map(ResourceId::name)).unwrap_or_default();
    if !Header::is_name(name) {
        return Err(Failure::new(format!("a stack cannot be called `{name}`"))
            .hint("give it a name with `--name`: at most 64 letters, digits, `.`, `_` and `-`"));
    }
    Ok(Wishes { name: Some(name.to_owned()), split: args.out.is_some(), roots, ..Wishes::default() })
}

fn unread(gap: &Gap) -> Failure {
    Failure::new(format!("cannot read {} ({}): {}", gap.what, gap.kind, gap.why)).hint("nothing was written")
}

/// The documents, once they are right and their plan is empty.
async fn checked(
    lives: &[Live],
    mut wishes: Wishes,
    input: &Input<'_>,
    session: &Session,
    terminal: &Terminal,
) -> Result<(Imported, Plan), Failure> {
    for _ in 0..ROUNDS {
        let imported = import(lives, &wishes).map_err(refused)?;
        let texts = imported.documents.iter().map(|document| (document.name.clone(), document.text.clone()));
        let texts: Vec<(String, String)> = texts.collect();
        let before = wishes.weighed.len();
        let sound = match input.check_texts(&texts).into_sound(false) {
            Ok(sound) => sound,
            Err((files, report)) => {
                wishes.weighed.extend(report.iter().filter_map(broken_rule));
                if wishes.weighed.len() > before {
                    continue;
                }
                Terminal::say(&diag_human::report(&report, &files, terminal.width, terminal.talk_paint));
                return Err(Failure::new("the files would have errors").hint(FAULT));
            }
        };
        let plan = make_plan(&sound, session, Options::new(Goal::Apply), &[]).await?;
        wishes.weighed.extend(plan.findings.iter().filter_map(broken_rule));
        if wishes.weighed.len() == before {
            is_empty(&plan, &sound, terminal)?;
            return Ok((imported, plan));
        }
    }
    Err(Failure::new("the rules find ever more in the files").hint(FAULT))
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Nothing(why) => {
            let failure = Failure::new("there is nothing that a file could hold; nothing was written");
            why.into_iter().fold(failure, Failure::hint)
        }
        Refusal::Namesakes(name) => Failure::new(format!("two galleries are called `{name}`"))
            .hint("one stack cannot hold both: import each into a stack of its own"),
    }
}

/// The rule that something breaks so badly that it would be an error.
fn broken_rule(found: &Diagnostic) -> Option<&'static str> {
    match found.code {
        Code::Rule(code) if found.severity == Severity::Error => Some(code.0),
        _ => None,
    }
}

/// What is being made, or has failed, is as the files say all the same.
fn is_empty(plan: &Plan, sound: &Sound, terminal: &Terminal) -> Result<(), Failure> {
    let fine = [Action::Nothing, Action::Await, Action::Retry];
    let mut others = plan.resources.iter().filter(|planned| !fine.contains(&planned.action)).peekable();
    if others.peek().is_none() {
        return Ok(());
    }
    // What has no place in the files is not imported, and bears the stack's mark.
    if others.all(|planned| planned.place.is_none()) {
        return Err(Failure::new(format!("the stack `{}` owns more than what is imported", plan.stack))
            .hint(
                "applied, the files would want the rest away; give the new stack another name with `--name`",
            ));
    }
    Terminal::say(&show(plan, &sound.files, Format::Human, terminal)?);
    Err(Failure::new("the files would not ask for exactly what is there").hint(FAULT))
}

/// Writes all files or none, and none over another.
fn write(documents: &[Document], folder: &Path) -> Result<(), Failure> {
    let paths: Vec<PathBuf> = documents.iter().map(|document| folder.join(&document.name)).collect();
    if let Some(taken) = paths.iter().find(|path| folder.is_dir() && !is_free(path)) {
        return Err(Failure::new(format!("{} is there already; nothing was written", taken.display()))
            .hint("name a folder without it")
            .exit(Exit::Refused));
    }
    if let Some(other) = document_below(folder) {
        // A folder is one stack.
        let message = format!("{other} is of another stack; nothing was written");
        return Err(Failure::new(message).hint("name a folder of its own").exit(Exit::Refused));
    }
    let was_there = folder.exists();
    fs::create_dir_all(folder)
        .map_err(|error| Failure::of(&format!("cannot make the folder {}", folder.display()), &error))?;
    let texts: Vec<NewText<'_>> = documents
        .iter()
        .zip(&paths)
        .map(|(document, path)| NewText { path, before: None, after: &document.text, like: folder })
        .collect();
    rewrite_all(&texts).map_err(|(path, error)| {
        if !was_there {
            drop(fs::remove_dir(folder));
        }
        Failure::of(&format!("cannot write {}", path.display()), &error).hint("no file was written")
    })?;
    for path in &paths {
        Terminal::print(&format!("{}\n", path.display()));
    }
    Ok(())
}

/// Says what is worth knowing; what is missing in the files ends with another code.
fn tell(imported: &Imported, plan: &Plan, terminal: &Terminal) -> Exit {
    let paint = terminal.talk_paint;
    for warning in &imported.warnings {
        Terminal::say(&format!("{} {warning}\n", paint.changed("warning:")));
    }
    let at_work = plan.resources.iter().filter(|planned| planned.action != Action::Nothing);
    for planned in at_work {
        Terminal::say(&format!("{}: {}\n", planned.address, planned.reasons.join("; ")));
    }
    for skipped in &imported.skipped {
        Terminal::say(&format!("{} not imported: {skipped}\n", paint.removed("error:")));
    }
    let count = plan.resources.len();
    let words = if count == 1 { "1 resource is".to_owned() } else { format!("{count} resources are") };
    Terminal::say(&format!("{words} as written; nothing was changed in Azure\n"));
    if imported.skipped.is_empty() { Exit::Done } else { Exit::Incomplete }
}
