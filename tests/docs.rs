//! What the README and the pages in `docs/` show is run, in its order, and what they say comes out comes out.
//!
//! A block of commands says in its first line what it is: `sh` is run in a copy of `specs/` and must end with 0, or with N
//! after `sh,exit=N`; `sh,azure` needs an account, so only its commands and flags are looked up; `sh,repository` is for
//! the repository itself and must stand in `.ci/run`; `sh,other` needs programs that are not ours. A `text` block after it
//! must come out of it, line by line; `…` stands for anything between. A `json,faults` block is a script of faults, a
//! `json,seed` block a seed.

use std::collections::BTreeMap;
use std::path::Path;

use poolwright::cli::exit::Exit;
use poolwright::emulator::fault::read_script;
use poolwright::emulator::seed::Seed;
use poolwright::emulator::{Emulator, Settings};

use crate::support::{PROGRAM, Workplace, repository};

struct Block {
    /// Where it begins in the file, from 1.
    line: usize,
    tags: Vec<String>,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    for (number, line) in page.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        open = match (open, fence) {
            (None, Some(tags)) => {
                let tags = tags.split(',').map(str::to_owned).collect();
                let indent = line.len() - line.trim_start().len();
                Some((indent, Block { line: number + 1, tags, text: String::new() }))
            }
            (Some((_, block)), Some(_)) => {
                blocks.push(block);
                None
            }
            (Some((indent, mut block)), None) => {
                block.text.push_str(line.get(indent..).unwrap_or_default());
                block.text.push('\n');
                Some((indent, block))
            }
            (None, None) => None,
        };
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

const README: &str = "README.md";

fn page(name: &str) -> String {
    std::fs::read_to_string(repository(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// As a script: with the program in the place of what builds and runs it.
fn script(block: &Block) -> String {
    let text =
        block.text.replace("cargo run --release -- ", "poolwright ").replace("cargo run -- ", "poolwright ");
    assert!(!text.contains("cargo"), "line {}: `cargo` needs the repository: mark the block", block.line);
    text
}

#[test]
fn the_readme_does_what_it_says() {
    let shown = follow(README);
    assert!(shown >= 3, "only {shown} blocks say what comes out");
}

#[test]
fn the_page_on_the_emulator_does_what_it_says() {
    follow("docs/emulator.md");
}

/// Does what a page says, and tells how many of its blocks say what comes out.
fn follow(name: &str) -> usize {
    let workplace = Workplace::with_specs();
    let mut stdout = None;
    let mut shown = 0;
    for block in blocks(&page(name)) {
        let at = format!("{name}:{}", block.line);
        let tags: Vec<&str> = block.tags.iter().map(String::as_str).collect();
        match tags.as_slice() {
            ["sh"] => stdout = Some(run(&workplace, &at, &block, 0)),
            ["sh", "azure" | "repository" | "other"] => stdout = None,
            ["json", "faults"] => {
                let faults = read_script(block.text.as_bytes());
                assert!(!faults.unwrap_or_else(|error| panic!("{at}: {error}")).is_empty(), "{at}");
            }
            ["json", "seed"] => {
                let file = serde_json::from_str(&block.text).unwrap_or_else(|error| panic!("{at}: {error}"));
                let seed = Seed { files: vec![file], ..Seed::default() };
                Emulator::new(Settings { seed, ..Settings::manual() })
                    .unwrap_or_else(|error| panic!("{at}: {error}"));
            }
            ["sh", exit] => {
                let code = exit.strip_prefix("exit=").and_then(|code| code.parse().ok());
                stdout = Some(run(
                    &workplace,
                    &at,
                    &block,
                    code.unwrap_or_else(|| panic!("{at}: {exit} is no `exit=N`")),
                ));
            }
            ["text"] => {
                let stdout = stdout.as_deref().expect("it follows a block that is run");
                if let Some(missing) = first_missing(&block.text, stdout) {
                    panic!("{at}: `{missing}` did not come out here:\n{stdout}");
                }
                shown += 1;
            }
            other => panic!("{at}: {other:?} is no sort of block"),
        }
    }
    shown
}

/// Runs a block, which must end with `code`, and gives what it printed.
fn run(workplace: &Workplace, at: &str, block: &Block, code: i32) -> String {
    let folder = Path::new(PROGRAM).parent().expect("the program lies in a folder").display();
    let said = workplace.sh(&format!("PATH='{folder}':$PATH\n{}", script(block)));
    assert_eq!(said.code, Some(code), "{at}\n{}{}", said.stdout, said.stderr);
    said.stdout
}

/// The first line that does not come out after the one before it.
fn first_missing<'t>(shown: &'t str, stdout: &str) -> Option<&'t str> {
    let mut lines = stdout.lines().map(str::trim_end);
    shown.lines().map(str::trim_end).find(|wanted| *wanted != "…" && !lines.any(|line| line == *wanted))
}

#[test]
fn commands_for_real_azure_exist_with_their_flags() {
    let workplace = Workplace::new();
    let mut helps: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = 0;
    for block in blocks(&page(README)).iter().filter(|block| block.tags == ["sh", "azure"]) {
        for line in script(block).lines().filter_map(|line| line.strip_prefix("poolwright ")) {
            let mut words = line.split_whitespace();
            let command = words.next().expect("a command").to_owned();
            let help = helps.entry(command.clone()).or_insert_with(|| {
                let said = workplace.poolwright(&[&command, "--help"]);
                assert_eq!(said.code, Some(0), "README.md:{}: {command}: {}", block.line, said.stderr);
                said.stdout
            });
            for flag in words.filter(|word| word.starts_with('-')) {
                let is_listed =
                    help.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|word| word == flag);
                assert!(is_listed, "README.md:{}: `{command}` has no {flag}", block.line);
            }
            seen += 1;
        }
    }
    assert!(seen >= 3, "only {seen} commands were looked up");
}

#[test]
fn commands_for_the_repository_are_those_of_ci() {
    let ci = std::fs::read_to_string(repository(".ci/run")).expect("it is readable");
    let blocks = blocks(&page(README));
    let commands: Vec<&str> = blocks
        .iter()
        .filter(|block| block.tags == ["sh", "repository"])
        .flat_map(|block| block.text.lines())
        .collect();
    assert_eq!(commands, ["cargo test --locked"]);
    assert!(ci.lines().any(|line| line == "step cargo test --locked"));
}

/// The tables of commands and of exit codes are complete.
#[test]
fn the_tables_name_every_command_and_exit_code() {
    let page = page(README);
    let table = |head: &str| -> Vec<String> {
        let rows = page.lines().skip_while(|line| !line.starts_with(head)).skip(2);
        let rows = rows.take_while(|line| line.starts_with('|'));
        rows.filter_map(|row| Some(row.split('|').nth(1)?.trim().to_owned())).collect()
    };
    let listed: Vec<String> = table("| command |")
        .iter()
        .filter_map(|cell| cell.trim_matches('`').split_whitespace().next().map(str::to_owned))
        .collect();
    let help = Workplace::new().poolwright(&["--help"]).stdout;
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    let commands: Vec<&str> = commands.into_iter().filter(|command| *command != "help").collect();
    assert_eq!(listed, commands);
    let exits = [Exit::Done, Exit::Failed, Exit::Pending, Exit::SpecErrors, Exit::Refused, Exit::Incomplete];
    let exits =
        exits.into_iter().chain([Exit::Interrupted, Exit::Terminated]).map(|exit| exit.code().to_string());
    let told: Vec<String> =
        table("| exit code |").iter().flat_map(|cell| cell.split(", ")).map(str::to_owned).collect();
    assert_eq!(told, exits.collect::<Vec<_>>());
}

/// Links to files lead somewhere.
#[test]
fn links_lead_to_files() {
    for name in [README, "CHANGELOG.md", "src/ARCHITECTURE.md", "docs/emulator.md", "docs/images.md"] {
        let folder = Path::new(name).parent().filter(|folder| folder.starts_with("docs"));
        let page = page(name);
        let links = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("https://")) {
            let path = folder.map_or_else(|| link.into(), |folder| folder.join(link));
            assert!(repository(&path.to_string_lossy()).exists(), "{name} links to {link}");
        }
    }
}
