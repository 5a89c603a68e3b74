//! What several commands take: which files, which Azure, what a plan may touch, how it is carried out, in which form things are printed.
//! What it means is worked out by those who take it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::args::values::{address, assignment, length_of_time};
use crate::model::address::Address;

/// Which files, and the values of their variables.
#[derive(Debug, Args)]
pub(crate) struct SpecArgs {
    /// Files, or folders that are searched for *.yaml and *.yml.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The value of `${var:NAME}`.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) variables: Vec<(String, String)>,
    /// A file with a NAME=VALUE a line.
    #[arg(long = "var-file", value_name = "FILE")]
    pub(crate) variable_files: Vec<PathBuf>,
    /// Take warnings for errors.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Which Azure.
#[derive(Debug, Args)]
pub(crate) struct CloudArgs {
    /// Run against the embedded emulator, with its state under DIR [default: .poolwright/emulator].
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = ".poolwright/emulator", help_heading = "Azure")]
    pub(crate) emulator: Option<PathBuf>,
    /// A cloud by its name in az or azurerm, or the URL of its Azure Resource Manager.
    #[arg(long, value_name = "NAME|URL", conflicts_with = "emulator", help_heading = "Azure")]
    pub(crate) cloud: Option<String>,
    /// Certificates (PEM) to trust beside the system's, for a cloud of your own.
    #[arg(long, value_name = "FILE", conflicts_with = "emulator", help_heading = "Azure")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Sign in as the managed identity of this machine.
    #[arg(long, conflicts_with = "emulator", help_heading = "Azure")]
    pub(crate) managed_identity: bool,
}

/// What a plan may touch, and take away.
#[derive(Debug, Args)]
pub(crate) struct ScopeArgs {
    /// Only this resource, such as pool/main/render, and what it needs; may be given more than once.
    #[arg(long = "target", value_name = "ADDRESS", value_parser = address)]
    pub(crate) targets: Vec<Address>,
    /// Refuse a plan that deletes more resources than this [default: 30 % of what the stack owns, and at least 3].
    #[arg(long, value_name = "N")]
    pub(crate) max_deletes: Option<usize>,
}

/// How a plan is carried out.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Do not ask before writing.
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Begin nothing new after this long, such as 90m or 5h.
    #[arg(long, value_name = "TIME", value_parser = length_of_time)]
    pub(crate) timeout: Option<Duration>,
    /// The form of what is printed.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

/// The form of a plan, or of what a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// Versioned JSON: a plan is one document, apply is an event a line.
    Json,
}
