//! What was typed. What it means is worked out in `context` and in the commands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::address::Address;
use crate::model::duration;
use crate::model::resource_id::ResourceId;
use crate::model::version_number;
use crate::plan::WaitFor;

/// Turns one reviewed YAML file into a running Azure Batch pool made from a custom image.
#[derive(Debug, Parser)]
#[command(name = "poolwright", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// For every command.
    #[command(flatten)]
    pub global: Global,
}

/// For every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Log to stderr: error, warn, info, debug or trace, or a filter as in `RUST_LOG`.
    #[arg(long, global = true, value_name = "LEVEL", help_heading = "Output")]
    pub log: Option<String>,
    /// The form of log lines.
    #[arg(long, global = true, value_enum, default_value = "text", help_heading = "Output")]
    pub log_format: LogFormat,
    /// Whether to use colours.
    #[arg(long, global = true, value_enum, default_value = "auto", help_heading = "Output")]
    pub color: ColorChoice,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Whether to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files for everything that can be known without Azure.
    Validate(ValidateArgs),
    /// Compare files with Azure and print what would be done.
    Plan(PlanArgs),
    /// Plan, ask, and carry the plan out; or carry out what `plan --out` has saved.
    ///
    /// A single path to a file that begins with `poolwright saved plan` is such a plan. It holds its own files, variables,
    /// Azure and options, asks nothing, and is carried out only if it still is what would be done.
    Apply(ApplyArgs),
    /// Print a saved plan.
    Show(ShowArgs),
    /// Remove everything that the stack owns.
    Destroy(DestroyArgs),
    /// Print the id of the pool that jobs name now.
    PoolId(PoolIdArgs),
    /// Show versions by region, pools and nodes, and what is waited for.
    Status(StatusArgs),
    /// List what a change of the files forces, without Azure and without sign-in.
    Diff(DiffArgs),
    /// Change the versions that the files hold.
    Version(VersionArgs),
    /// Write files for what is in Azure already.
    ///
    /// They ask for exactly what is there, so that their plan is empty. Only reads from Azure. Nothing is taken over by it: what the files hold is left alone until an entry says `adopt: true`.
    Import(ImportArgs),
    /// Print a role with what whoever plans and applies must be allowed.
    Access(AccessArgs),
    /// Print the JSON Schema of the files, for editors.
    Schema,
    /// Explain a diagnostic code.
    Explain(ExplainArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Serve a local Azure for rehearsals and tests.
    Emulator(EmulatorArgs),
}

/// Which files, and the values of their variables.
#[derive(Debug, Args)]
pub struct SpecArgs {
    /// Files, or folders that are searched for *.yaml and *.yml.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The value of `${var:NAME}`.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    pub variables: Vec<(String, String)>,
    /// A file with a NAME=VALUE a line.
    #[arg(long = "var-file", value_name = "FILE")]
    pub variable_files: Vec<PathBuf>,
    /// Take warnings for errors.
    #[arg(long)]
    pub strict: bool,
}

/// Which Azure.
#[derive(Debug, Args)]
pub struct CloudArgs {
    /// Run against the embedded emulator, with its state under DIR [default: .poolwright/emulator].
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = ".poolwright/emulator", help_heading = "Azure")]
    pub emulator: Option<PathBuf>,
    /// A cloud by its name in az or azurerm, or the URL of its Azure Resource Manager.
    #[arg(long, value_name = "NAME|URL", conflicts_with = "emulator", help_heading = "Azure")]
    pub cloud: Option<String>,
    /// Certificates (PEM) to trust beside the system's, for a cloud of your own.
    #[arg(long, value_name = "FILE", conflicts_with = "emulator", help_heading = "Azure")]
    pub ca_file: Option<PathBuf>,
    /// Sign in as the managed identity of this machine.
    #[arg(long, conflicts_with = "emulator", help_heading = "Azure")]
    pub managed_identity: bool,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Human,
    /// A versioned JSON document.
    Json,
    /// Workflow commands of GitHub Actions.
    Github,
    /// SARIF 2.1.0, for code scanning and editors.
    Sarif,
}

/// The form of a plan, or of what a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// Versioned JSON: a plan is one document, apply is an event a line.
    Json,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Which files.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "human")]
    pub format: ReportFormat,
    /// Mend in the files what has one sure mend, and report what is left.
    #[arg(long)]
    pub fix: bool,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Which files.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Which Azure.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// The form of the plan.
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
    /// Exit with 2 when something is to be done.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Plan as `apply --allow-replace` would.
    #[arg(long)]
    pub allow_replace: bool,
    /// What the plan may touch.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Save the plan in a file, for `apply FILE`.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What a plan may touch, and take away.
#[derive(Debug, Args)]
pub struct ScopeArgs {
    /// Only this resource, such as pool/main/render, and what it needs; may be given more than once.
    #[arg(long = "target", value_name = "ADDRESS", value_parser = address)]
    pub targets: Vec<Address>,
    /// Refuse a plan that deletes more resources than this [default: 30 % of what the stack owns, and at least 3].
    #[arg(long, value_name = "N")]
    pub max_deletes: Option<usize>,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// What `plan --out` has written.
    pub file: PathBuf,
    /// The form of the plan.
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Which files.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Which Azure.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Look again every so many seconds, until Ctrl-C; in a pipe only what has changed is printed.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub watch: Option<u64>,
    /// The form of the status; watched, JSON is a document a line.
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

/// Arguments of `access`.
#[derive(Debug, Args)]
pub struct AccessArgs {
    /// Which files.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// As the custom role that `az role definition create --role-definition` takes.
    #[arg(long, required = true)]
    pub role_definition: bool,
    /// Only what `plan` needs.
    #[arg(long)]
    pub read_only: bool,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = true, args = ["galleries", "accounts", "pools"])]
pub struct ImportArgs {
    /// A gallery with its images and their versions, by its resource id; may be given more than once.
    #[arg(long = "gallery", value_name = "ID", value_parser = resource_id)]
    pub galleries: Vec<ResourceId>,
    /// A Batch account with its pools, by its resource id; may be given more than once.
    #[arg(long = "account", value_name = "ID", value_parser = resource_id)]
    pub accounts: Vec<ResourceId>,
    /// A pool, by its resource id; may be given more than once.
    #[arg(long = "pool", value_name = "ID", value_parser = resource_id)]
    pub pools: Vec<ResourceId>,
    /// Write files into this folder, one for the stack and one for each image, instead of one document to stdout.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The stack's name [default: that of the first gallery, account or pool].
    #[arg(long, value_name = "STACK")]
    pub name: Option<String>,
    /// Which Azure.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// The form of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    Human,
    /// For a comment on a pull request.
    Markdown,
    /// A versioned JSON document.
    Json,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// What was, and what is to be: each a file, a folder, or git:REV:PATH.
    #[arg(required = true, num_args = 2, value_names = ["OLD", "NEW"])]
    pub sides: Vec<PathBuf>,
    /// The value of `${var:NAME}`, on both sides.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    pub variables: Vec<(String, String)>,
    /// A file with a NAME=VALUE a line, for both sides.
    #[arg(long = "var-file", value_name = "FILE")]
    pub variable_files: Vec<PathBuf>,
    /// The form of the difference.
    #[arg(long, value_enum, default_value = "human")]
    pub format: DiffFormat,
    /// Exit with 2 when something differs.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// Arguments of `version`.
#[derive(Debug, Args)]
pub struct VersionArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: VersionCommand,
}

/// What can be done to the versions that the files hold.
#[derive(Debug, Subcommand)]
pub enum VersionCommand {
    /// Write a version that a build has made into the files, and let pools boot it.
    ///
    /// Comments and layout stay as they are. The same call again changes nothing; a version that stands there with another source
    /// is refused.
    Add(VersionAddArgs),
}

/// Arguments of `version add`.
#[derive(Debug, Args)]
pub struct VersionAddArgs {
    /// Which files.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// The image, with its gallery where two have one of that name, and the version: ubuntu@1.2.3 or renders/ubuntu@1.2.3.
    #[arg(value_name = "IMAGE@VERSION", value_parser = numbered_image)]
    pub image: NumberedImage,
    /// The resource id of what it is made from: a managed image, an image version, a disk snapshot, a managed disk or a virtual machine.
    #[arg(long, value_name = "ID", value_parser = resource_id)]
    pub source: ResourceId,
    /// Let a profile, or a pool such as pool/main/render, boot the version; may be given more than once.
    #[arg(long = "use-in", value_name = "PROFILE")]
    pub users: Vec<String>,
    /// The form of what is printed.
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

/// An image with one of its versions.
#[derive(Debug, Clone)]
pub struct NumberedImage {
    /// Its gallery, where that is said.
    pub gallery: Option<String>,
    /// Its name.
    pub name: String,
    /// The version.
    pub version: String,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Which files.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Which Azure.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// How to carry it out.
    #[command(flatten)]
    pub run: RunArgs,
    /// How far to wait for what is started.
    #[arg(long, value_enum, default_value = "nodes")]
    pub wait: Wait,
    /// Agree that pools with `strategy: replace` are deleted with their tasks.
    #[arg(long)]
    pub allow_replace: bool,
    /// What the plan may touch.
    #[command(flatten)]
    pub scope: ScopeArgs,
}

/// Arguments of `destroy`.
#[derive(Debug, Args)]
pub struct DestroyArgs {
    /// Which files.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Which Azure.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// How to carry it out.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Arguments of `pool-id`.
#[derive(Debug, Args)]
pub struct PoolIdArgs {
    /// Which files.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// The pool's address in the files, such as `pool/main/render`.
    pub address: String,
    /// Which Azure.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// How a plan is carried out.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Do not ask before writing.
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Begin nothing new after this long, such as 90m or 5h.
    #[arg(long, value_name = "TIME", value_parser = length_of_time)]
    pub timeout: Option<Duration>,
    /// The form of what is printed.
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

/// How far to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wait {
    /// Only for what other steps need.
    None,
    /// Until image versions are complete in their regions.
    Regions,
    /// Until pools have their nodes.
    Allocation,
    /// Until nodes can run tasks.
    Nodes,
}

impl From<Wait> for WaitFor {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::None => Self::None,
            Wait::Regions => Self::Regions,
            Wait::Allocation => Self::Allocation,
            Wait::Nodes => Self::Nodes,
        }
    }
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The code, such as spec/unknown-key or pool/image-not-in-region.
    #[arg(required_unless_present = "list")]
    pub code: Option<String>,
    /// List every code.
    #[arg(long)]
    pub list: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Arguments of `emulator`.
#[derive(Debug, Args)]
pub struct EmulatorArgs {
    /// Where to listen; loopback only. Port 0 picks one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: std::net::SocketAddr,
    /// Where its state, certificate authority and address are kept.
    #[arg(long, value_name = "DIR", default_value = ".poolwright/emulator")]
    pub state: PathBuf,
    /// What the state holds beside the default; each resource is planted once.
    #[arg(long, value_name = "FILE")]
    pub seed: Vec<PathBuf>,
    /// Begin a new state with nothing but its two subscriptions.
    #[arg(long, conflicts_with = "seed")]
    pub empty: bool,
    /// Let time run, or stand still until it is moved by `POST /_emulator/clock {"advance": "PT5M"}`.
    #[arg(long, value_enum, default_value = "auto")]
    pub clock: Clock,
    /// How many times as fast as the machine's its clock runs [default: 180].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub time_scale: Option<u32>,
    /// Entries of a list in one page.
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub page_size: u32,
    /// Add every exchange to this file, a JSON object a line, without tokens and secrets.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// What goes wrong, by script.
    #[arg(long, value_name = "FILE")]
    pub faults: Vec<PathBuf>,
    /// Print the shell lines that point az, the SDKs and poolwright at the emulator that runs there, and end.
    #[arg(long, conflicts_with_all = ["listen", "seed", "empty", "clock", "time_scale", "page_size", "record", "faults"])]
    pub env: bool,
}

/// How the emulator's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Clock {
    /// It runs, faster than the machine's.
    Auto,
    /// It is moved by hand.
    Manual,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE is expected".to_owned()),
    }
}

fn address(text: &str) -> Result<Address, String> {
    Address::parse(text)
        .ok_or("an address such as pool/main/render is expected; `plan` shows them".to_owned())
}

/// `NAME@1.2.3` or `GALLERY/NAME@1.2.3`.
fn numbered_image(text: &str) -> Result<NumberedImage, String> {
    let form = || "IMAGE@VERSION is expected, such as ubuntu@1.2.3".to_owned();
    let (image, version) = text.rsplit_once('@').ok_or_else(form)?;
    if version_number::read(version).is_none() {
        return Err(format!("`{version}` is no version, which is three numbers: 1.2.3"));
    }
    let (gallery, name) =
        image.split_once('/').map_or((None, image), |(gallery, name)| (Some(gallery), name));
    if name.is_empty() || name.contains('/') || gallery == Some("") {
        return Err(form());
    }
    Ok(NumberedImage {
        gallery: gallery.map(str::to_owned),
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

fn resource_id(text: &str) -> Result<ResourceId, String> {
    ResourceId::parse(text).map_err(|error| error.to_string())
}

/// `90s`, `45m`, `5h`, `1h30m`, or an ISO 8601 duration.
fn length_of_time(text: &str) -> Result<Duration, String> {
    let iso = if text.starts_with('P') { text.to_owned() } else { format!("PT{}", text.to_uppercase()) };
    match duration::seconds(&iso) {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("a length of time such as 90s, 45m, 5h or 1h30m is expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn lengths_of_time_are_read() {
        let seconds = |text| super::length_of_time(text).ok().map(|length| length.as_secs());
        assert_eq!(seconds("5h"), Some(18_000));
        assert_eq!(seconds("1h30m"), Some(5_400));
        assert_eq!(seconds("PT15M"), Some(900));
        assert_eq!((seconds("5"), seconds("0s"), seconds("-1m")), (None, None, None));
    }
}
