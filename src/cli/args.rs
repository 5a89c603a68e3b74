//! What was typed: the commands, and what every one of them takes. What it means is worked out in `context` and in the commands.
//! What a single command takes stands with the command.

pub(crate) mod inputs;
pub(crate) mod values;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::commands::access::AccessArgs;
use crate::cli::commands::apply::ApplyArgs;
use crate::cli::commands::completions::CompletionsArgs;
use crate::cli::commands::destroy::DestroyArgs;
use crate::cli::commands::diff::DiffArgs;
use crate::cli::commands::emulator::EmulatorArgs;
use crate::cli::commands::explain::ExplainArgs;
use crate::cli::commands::import::ImportArgs;
use crate::cli::commands::plan::PlanArgs;
use crate::cli::commands::pool_id::PoolIdArgs;
use crate::cli::commands::show::ShowArgs;
use crate::cli::commands::status::StatusArgs;
use crate::cli::commands::validate::ValidateArgs;
use crate::cli::commands::version_add::VersionArgs;

/// Turns one reviewed YAML file into a running Azure Batch pool made from a custom image.
#[derive(Debug, Parser)]
#[command(name = "poolwright", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// For every command.
    #[command(flatten)]
    pub(crate) global: Global,
}

/// For every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Log to stderr: error, warn, info, debug or trace, or a filter as in `RUST_LOG`.
    #[arg(long, global = true, value_name = "LEVEL", help_heading = "Output")]
    pub(crate) log: Option<String>,
    /// The form of log lines.
    #[arg(long, global = true, value_enum, default_value = "text", help_heading = "Output")]
    pub(crate) log_format: LogFormat,
    /// Whether to use colours.
    #[arg(long, global = true, value_enum, default_value = "auto", help_heading = "Output")]
    pub(crate) color: ColorChoice,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Whether to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
