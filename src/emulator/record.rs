//! Writes every exchange down, a JSON object a line, for whoever holds traffic against Azure's contract.
//! Tokens and secrets are left out; nothing that is recorded here is ever read back.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::emulator::wire::{self, Request, Response};

/// Stands where a secret stood.
const REDACTED: &str = "<redacted>";

/// Names of properties whose texts are secrets, in lower case: those that the contract marks, and those of sign-in.
const SECRET: &[&str] = &[
    "access_token",
    "accesssas",
    "accountkey",
    "adminpassword",
    "client_assertion",
    "client_secret",
    "customdata",
    "password",
    "primary",
    "protectedsettings",
    "refresh_token",
    "saskey",
    "secondary",
    "sshprivatekey",
    "userdata",
];

/// An open recording.
#[derive(Debug)]
pub(crate) struct Recorder {
    file: File,
    /// The first failure to write; nothing is written after it.
    broken: Option<io::Error>,
}

impl Recorder {
    /// Opens a recording, or goes on with the one that is there.
    #[expect(clippy::disallowed_methods, reason = "the file is named by whoever runs the emulator")]
    pub(crate) fn open(path: &Path) -> io::Result<Recorder> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Recorder { file, broken: None })
    }

    /// Writes an exchange down. `answer` is none when the connection was closed instead; `struck` tells that a fault
    /// made it what it is.
    pub(crate) fn write(&mut self, base: &str, request: &Request, answer: Option<&Response>, struck: bool) {
        if self.broken.is_some() {
            return;
        }
        let (target, page) = without_page(request.target());
        let mut told = Vec::new();
        let sent = body(&request.body, &mut told);
        let mut answered = answer.map_or(Value::Null, |answer| body(&answer.body, &mut Vec::new()));
        scrub(&mut answered, &told);
        let mut line = json!({
            "method": request.method,
            "url": format!("{base}{}", target_without_secrets(&target)),
            "requestBody": sent,
            "status": answer.map_or(0, |answer| answer.status),
            "responseBody": answered,
            "userAgent": request.header("user-agent"),
        });
        if let Some(page) = page {
            line["page"] = json!(page);
        }
        if struck {
            line["fault"] = json!(true);
        }
        let mut bytes = line.to_string().into_bytes();
        bytes.push(b'\n');
        self.broken = self.file.write_all(&bytes).err();
    }

    /// Why the recording broke off, if it did.
    pub(crate) fn broken(&self) -> Option<String> {
        self.broken.as_ref().map(ToString::to_string)
    }
}

/// A body as JSON without its secrets, which are added to those `told`; null for none, and for one that is no JSON (a
/// form with a secret in it).
fn body(bytes: &[u8], told: &mut Vec<String>) -> Value {
    let mut value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
    redact(&mut value, told);
    value
}

fn redact(value: &mut Value, told: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if SECRET.contains(&name.to_ascii_lowercase().as_str()) {
                    hide(value, told);
                    continue;
                }
                match value {
                    // What a task is told in its environment is often a key.
                    Value::Array(settings) if name.to_ascii_lowercase().ends_with("environmentsettings") => {
                        for value in settings.iter_mut().filter_map(|setting| setting.get_mut("value")) {
                            hide(value, told);
                        }
                    }
                    value => redact(value, told),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, told)),
        Value::String(text) if is_token(text) => REDACTED.clone_into(text),
        Value::String(text) if text.to_ascii_lowercase().contains("sig=") => *text = without_signature(text),
        _ => {}
    }
}

/// Leaves out a whole value, whatever it is, and notes the texts in it.
fn hide(value: &mut Value, told: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::String(text) => told.push(std::mem::replace(text, REDACTED.to_owned())),
        Value::Array(items) => {
            for item in items.iter_mut() {
                hide(item, told);
            }
            items.clear();
        }
        Value::Object(fields) => {
            for value in fields.values_mut() {
                hide(value, told);
            }
            fields.clear();
        }
        Value::Bool(_) | Value::Number(_) => *value = Value::from(REDACTED),
    }
}

/// Takes secrets that were told out of an answer: a refusal may repeat what it refuses. Shorter ones than this are words
/// that stand everywhere.
fn scrub(value: &mut Value, told: &[String]) {
    const SHORTEST: usize = 4;
    match value {
        Value::String(text) => {
            for secret in told.iter().filter(|secret| secret.len() >= SHORTEST) {
                if text.contains(secret) {
                    *text = text.replace(secret, REDACTED);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| scrub(item, told)),
        Value::Object(fields) => fields.values_mut().for_each(|value| scrub(value, told)),
        _ => {}
    }
}

/// Path and query without the secrets that a client may have put there, where they do not belong.
pub(crate) fn target_without_secrets(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let parts = query.split('&').map(|part| {
        let name = part.split('=').next().unwrap_or_default();
        if SECRET.contains(&wire::percent_decode(name, true).to_ascii_lowercase().as_str()) {
            format!("{name}={}", wire::percent_encode(REDACTED))
        } else {
            part.to_owned()
        }
    });
    without_signature(&format!("{path}?{}", parts.collect::<Vec<_>>().join("&")))
}

/// Three parts, the first of which begins as every JSON object does in base64.
fn is_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.matches('.').count() == 2
}

/// A target without the token that says which page of a list it is, and that token: it is the service's own affair, so
/// that no contract names it, and the page is held to the contract of its list.
fn without_page(target: &str) -> (String, Option<String>) {
    let Some((path, query)) = target.split_once('?') else { return (target.to_owned(), None) };
    let is_page = |part: &&str| {
        let name = part.split('=').next().unwrap_or_default();
        wire::percent_decode(name, true).eq_ignore_ascii_case("$skiptoken")
    };
    let (pages, kept): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_page);
    let page = pages.first().map(|part| part.split_once('=').map_or("", |(_, value)| value));
    (format!("{path}?{}", kept.join("&")), page.map(|value| wire::percent_decode(value, true)))
}

/// A text whose shared access signatures are left out, wherever they stand in it: in a URL, or in a command line.
fn without_signature(text: &str) -> String {
    const NAME: &str = "sig=";
    // Of the same length, so that places in one are places in the other.
    let lower = text.to_ascii_lowercase();
    let mut out = String::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find(NAME).map(|at| from + at) {
        let begin = at + NAME.len();
        out.push_str(&text[from..begin]);
        from = begin;
        if text[..at].ends_with(char::is_alphanumeric) {
            continue;
        }
        let end = text[begin..].find(|letter: char| letter.is_whitespace() || "&\"'".contains(letter));
        from = end.map_or(text.len(), |end| begin + end);
        if from > begin {
            out.push_str(&wire::percent_encode(REDACTED));
        }
    }
    out + &text[from..]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    /// The names of the properties that a contract's file marks as secrets.
    fn marked(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                if value["x-ms-secret"] == true {
                    found.insert(name.to_ascii_lowercase());
                }
                marked(value, found);
            }),
            Value::Array(items) => items.iter().for_each(|item| marked(item, found)),
            _ => {}
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the contract stands beside the project, where one has it")]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn every_secret_of_the_contract_is_known() {
        let root = std::env::var_os("POOLWRIGHT_SHARED")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
        let mut found = BTreeSet::new();
        let mut folders = vec![root.join("azure-contract/specification")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    // Examples name no secrets, and there are many.
                    if text.contains("x-ms-secret") {
                        marked(
                            &serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap(),
                            &mut found,
                        );
                    }
                }
            }
        }
        if found.is_empty() {
            eprintln!("skipped: Azure's contract is not at {}", root.display());
        }
        let unknown: Vec<_> = found.iter().filter(|name| !SECRET.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn secrets_are_left_out_wherever_they_stand() {
        let mut value = json!({
            "userAccounts": [{"name": "u", "password": "canary"}],
            "protectedSettings": {"a": "canary"},
            "token": "eyJhbGciOiJub25lIn0.canary.x",
            "environmentSettings": [{"name": "KEY", "value": "canary"}],
            "resourceFiles": [{"httpUrl": "https://b/c?sv=1&sig=canary"}],
            "Primary": "canary", "client_secret": "canary", "sasKey": ["canary", {"a": "canary in a list"}],
            "commonEnvironmentSettings": [{"name": "KEY", "value": "canary"}], "userData": "canary",
            "commandLine": "curl 'https://b/c?SIG=canary' && design=1",
            "value": [{"accessSAS": "canary"}],
        });
        let mut told = Vec::new();
        redact(&mut value, &mut told);
        assert!(!value.to_string().contains("canary"), "{value}");
        assert_eq!(value["userAccounts"][0]["name"], "u");
        assert_eq!(value["commandLine"], "curl 'https://b/c?SIG=%3Credacted%3E' && design=1");
        let page = without_page("/a?x=1&%24skiptoken=b%2Fc&y=2");
        assert_eq!(page, ("/a?x=1&y=2".to_owned(), Some("b/c".to_owned())));
        let mut answer = json!({"message": "cannot read 'canary in a list'", "n": [1, "canary"]});
        scrub(&mut answer, &told);
        assert!(!answer.to_string().contains("canary"), "{answer}");
        assert_eq!(
            target_without_secrets("/a?x=1&Client%5FSecret=canary"),
            "/a?x=1&Client%5FSecret=%3Credacted%3E"
        );
        assert_eq!(without_signature("/a?x=1&sig=canary&y"), "/a?x=1&sig=%3Credacted%3E&y");
    }
}
