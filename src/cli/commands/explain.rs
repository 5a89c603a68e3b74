//! `explain`: what a diagnostic code means.

use clap::Args;

use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::diag::Code;
use crate::lint::page::explanation;
use crate::lint::rule::Rule;
use crate::lint::{self, rules};
use crate::render::style::wrapped;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, such as spec/unknown-key or pool/image-not-in-region.
    #[arg(required_unless_present = "list")]
    pub(crate) code: Option<String>,
    /// List every code.
    #[arg(long)]
    pub(crate) list: bool,
}

pub(crate) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.list {
        let own = Code::ALL.iter().map(|code| code.as_str());
        let codes = own.chain(rules::ALL.iter().map(|rule| rule.code.0));
        let lines: Vec<&str> = codes.collect();
        Terminal::print(&format!("{}\n", lines.join("\n")));
        return Ok(Exit::Done);
    }
    let wanted = args.code.as_deref().unwrap_or_default();
    if let Some(rule) = lint::find(wanted) {
        Terminal::print(&rule_page(rule, terminal.width));
        return Ok(Exit::Done);
    }
    let code = Code::ALL.iter().find(|code| code.as_str() == wanted);
    let Some((code, explanation)) = code.and_then(|code| Some((code, code.explanation()?))) else {
        return Err(Failure::new(format!("there is no code `{wanted}`"))
            .hint("`poolwright explain --list` lists them"));
    };
    let lines = wrapped(explanation, terminal.width);
    Terminal::print(&format!("{code}\n\n{}\n", lines.join("\n")));
    Ok(Exit::Done)
}

/// A rule's own words, with its prose in lines of the terminal and its examples as they stand.
fn rule_page(rule: &Rule, width: usize) -> String {
    let mut lines = vec![rule.code.to_string(), String::new()];
    let mut in_example = false;
    for line in explanation(rule).lines() {
        if line.starts_with("```") {
            in_example = !in_example;
        } else if in_example {
            lines.push(format!("  {line}"));
        } else {
            lines.extend(wrapped(line, width));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
