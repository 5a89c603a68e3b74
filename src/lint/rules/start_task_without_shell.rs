//! `pool/start-task-without-shell`: a shell where one is needed.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/start-task-without-shell"),
    facts: &["B72"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A start task that needs a shell (`&&`, `|`, `>`) starts one.",
    why: "Batch starts the first word of a command line as a program, and gives it the rest as arguments: `&&` and what follows reach that program, and nothing else is run.",
    example: "startTask:\n  commandLine: apt-get update && apt-get install -y ffmpeg",
    mend: "startTask:\n  commandLine: /bin/bash -c 'apt-get update && apt-get install -y ffmpeg'",
    source: "Microsoft.Batch management contract 2024-07-01, StartTask, commandLine; Microsoft, \"Task runtime environment variables\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(command) = pool.spec.start_task.as_ref().map(|task| task.command_line.as_str()) else {
            continue;
        };
        let (first, Some(word)) = (program(command), shell_word(command)) else { continue };
        if SHELLS.contains(&first.as_str()) {
            continue;
        }
        let place = key(pool.entry, &["startTask", "commandLine"]);
        let message = format!("`{word}` means nothing without a shell: it is an argument of `{first}`");
        found.push(RULE.found(place, message).help("write `/bin/bash -c '…'`, or `cmd /c …` on Windows"));
    }
}

const SHELLS: [&str; 8] = ["bash", "sh", "dash", "zsh", "ksh", "cmd", "powershell", "pwsh"];

/// The name of the program that a command line starts, without its folder.
fn program(command: &str) -> String {
    let first = command.trim_start().trim_start_matches(['"', '\'']);
    let first = first.split([' ', '\t', '\n', '"', '\'']).next().unwrap_or_default();
    let name = first.rsplit(['/', '\\']).next().unwrap_or(first).to_ascii_lowercase();
    name.strip_suffix(".exe").map(str::to_owned).unwrap_or(name)
}

/// The first word, outside of quotes, that only a shell understands.
fn shell_word(command: &str) -> Option<&'static str> {
    let mut quote = None;
    let outside: String = command
        .chars()
        .map(|letter| match (quote, letter) {
            (None, '"' | '\'') => {
                quote = Some(letter);
                '_'
            }
            (None, _) => letter,
            (Some(open), _) => {
                if open == letter {
                    quote = None;
                }
                '_'
            }
        })
        .collect();
    let known = ["&&", "||", "|", ">", ">>", "2>&1"];
    outside.split_whitespace().find_map(|word| known.into_iter().find(|known| *known == word))
}

#[cfg(test)]
mod tests {
    use super::{program, shell_word};

    #[test]
    fn words_in_quotes_are_somebody_elses() {
        for (command, wanted) in [
            ("a && b", Some("&&")),
            ("a 2>&1", Some("2>&1")),
            ("bash -c 'a && b'", None),
            ("sudo bash -c \"a | b\" > c", Some(">")),
            ("a --expression x>3", None),
            ("", None),
        ] {
            assert_eq!(shell_word(command), wanted, "{command}");
        }
        for (command, wanted) in [
            ("/bin/bash -c 'a'", "bash"),
            ("%windir%\\system32\\CMD.exe /c a", "cmd"),
            ("  python3 a.py", "python3"),
            ("", ""),
        ] {
            assert_eq!(program(command), wanted);
        }
    }
}
