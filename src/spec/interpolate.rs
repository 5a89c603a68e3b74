//! Puts values in the place of `${env:NAME}` and `${var:NAME}` inside single values.
//! Reads no environment: it is given a way to ask for a variable.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Place, Report};
use crate::spec::node::{Node, NodeValue, Scalar};

/// Where `${…}` belongs to bash, PowerShell or Azure's formula language.
const LEFT_ALONE: [&str; 2] = ["commandLine", "formula"];

/// How many bytes all values that are filled in may have together: a long value in many places would fill the memory.
const MOST_FILLED_IN: usize = 64 * 1024 * 1024;

/// Where values come from.
pub struct Variables<'a> {
    /// `--var` and `--var-file`. They go before the defaults of `vars:`.
    pub given: BTreeMap<String, String>,
    /// The environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

/// A text under a key as a file must write it to be read as it is: what looks like a variable is none.
pub fn escaped(key: &str, text: &str) -> String {
    if LEFT_ALONE.contains(&key) { text.to_owned() } else { text.replace("${", "$${") }
}

/// Fills in every single value below the nodes. `vars` are the defaults of the stack, themselves filled in before.
pub(super) fn interpolate<'a>(
    nodes: impl Iterator<Item = &'a mut Node>,
    vars: Option<&Node>,
    variables: &Variables<'_>,
    report: &mut Report,
) {
    let defaults = vars.map(Node::entries).unwrap_or_default();
    let defaults = defaults.iter().filter_map(|entry| match &entry.value.value {
        NodeValue::Scalar(scalar) => Some((entry.key.as_str(), scalar)),
        NodeValue::List(_) | NodeValue::Map(_) => None,
    });
    let mut filling = Filling { variables, defaults: defaults.collect(), filled_in: 0, report };
    nodes.for_each(|node| filling.node(node));
}

/// The `vars:` block with the environment filled in. What the command line gives a value for is left as it is: its default
/// is not asked for.
pub(super) fn defaults(vars: &mut Node, variables: &Variables<'_>, report: &mut Report) {
    let NodeValue::Map(entries) = &mut vars.value else {
        if !vars.is_null() {
            let message = format!("`vars` takes a map, and this is {}", vars.describe());
            report.push(
                Diagnostic::error(Code::WrongType, vars.place, message).help("write `NAME: value` below it"),
            );
        }
        return;
    };
    let mut filling = Filling { variables, defaults: BTreeMap::new(), filled_in: 0, report };
    for entry in entries.iter_mut().filter(|entry| !variables.given.contains_key(&entry.key)) {
        if let NodeValue::Scalar(_) = entry.value.value {
            filling.node(&mut entry.value);
        } else {
            let message = format!(
                "the variable `{}` takes a single value, and this is {}",
                entry.key,
                entry.value.describe()
            );
            filling.report.push(Diagnostic::error(Code::WrongType, entry.value.place, message));
        }
    }
}

struct Filling<'a> {
    variables: &'a Variables<'a>,
    defaults: BTreeMap<&'a str, &'a Scalar>,
    filled_in: usize,
    report: &'a mut Report,
}

impl Filling<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.value {
            NodeValue::Scalar(scalar) if scalar.text.contains("${") => {
                *scalar = self.scalar(scalar, node.place);
            }
            NodeValue::Scalar(_) => {}
            NodeValue::List(elements) => elements.iter_mut().for_each(|element| self.node(element)),
            NodeValue::Map(entries) => {
                for entry in entries.iter_mut().filter(|entry| !LEFT_ALONE.contains(&entry.key.as_str())) {
                    self.node(&mut entry.value);
                }
            }
        }
    }

    fn scalar(&mut self, scalar: &Scalar, place: Place) -> Scalar {
        let text = scalar.text.as_str();
        let mut filled = Scalar { text: String::with_capacity(text.len()), ..scalar.clone() };
        let mut at = 0;
        while let Some(found) = text[at..].find("${") {
            let start = at + found;
            if start > at && text[..start].ends_with('$') {
                filled.text.push_str(&text[at..start - 1]);
                filled.text.push_str("${");
                at = start + 2;
                continue;
            }
            filled.text.push_str(&text[at..start]);
            let Some(length) = text[start..].find('}') else {
                self.problem(
                    scalar,
                    place,
                    start..text.len(),
                    "`${` has no `}`",
                    "write `$${` for a literal `${`",
                );
                filled.text.push_str(&text[start..]);
                filled.unfilled = true;
                return filled;
            };
            let end = start + length + 1;
            match self.value_of(&text[start + 2..end - 1]) {
                Ok(value) => {
                    self.filled_in += value.text.len();
                    if self.filled_in > MOST_FILLED_IN {
                        let message = "the variables of this run fill in too much";
                        self.report.push(Diagnostic::error(Code::YamlLimit, place, message));
                        return filled;
                    }
                    filled.text.push_str(&value.text);
                    filled.from_env |= value.from_env;
                    filled.unfilled |= value.unfilled;
                    filled.env_name = value.env_name.filter(|_| start == 0 && end == text.len());
                }
                Err((message, help)) => {
                    self.problem(scalar, place, start..end, &message, &help);
                    filled.unfilled = true;
                    filled.text.push_str(&text[start..end]);
                }
            }
            at = end;
        }
        filled.text.push_str(&text[at..]);
        filled
    }

    fn problem(
        &mut self,
        scalar: &Scalar,
        place: Place,
        part: std::ops::Range<usize>,
        message: &str,
        help: &str,
    ) {
        // What stands in the file differs from the text where there are escapes, indentation or line breaks; then the
        // whole value is pointed at.
        let length = (place.span.end - place.span.start) as usize;
        let place = match length.checked_sub(scalar.text.len()) {
            Some(0) if scalar.plain => place.part(part.start, part.end),
            Some(2) if !scalar.plain => place.part(part.start + 1, part.end + 1),
            _ => place,
        };
        self.report.push(Diagnostic::error(Code::UnknownVariable, place, message).help(help));
    }

    /// The value of `env:NAME` or `var:NAME`; or what is wrong, and the way out.
    fn value_of(&self, name: &str) -> Result<Scalar, (String, String)> {
        let plain =
            |text: String| Scalar { text, plain: true, from_env: false, env_name: None, unfilled: false };
        match name.split_once(':') {
            Some(("env", name)) => (self.variables.environment)(name)
                .map(|text| Scalar { from_env: true, env_name: Some(name.to_owned()), ..plain(text) })
                .ok_or_else(|| {
                    let help = format!("set it: `export {name}=…`");
                    (format!("the environment has no variable `{name}`"), help)
                }),
            Some(("var", name)) => {
                let given = self.variables.given.get(name).map(|text| plain(text.clone()));
                given.or_else(|| self.defaults.get(name).map(|scalar| (*scalar).clone())).ok_or_else(|| {
                    let help = format!("give it with `--var {name}=VALUE`, or a default under `vars:`");
                    (format!("there is no variable `{name}`"), help)
                })
            }
            _ => Err((
                format!("`${{{name}}}` is neither `${{env:NAME}}` nor `${{var:NAME}}`"),
                "write `$${` for a literal `${`".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Variables, defaults, interpolate};
    use crate::diag::{Code, Files, Report};
    use crate::spec::node::{Node, NodeValue, Scalar};
    use crate::spec::yaml;

    /// The scalar `v` of a document after filling in, and what is wrong: codes, and the text they point at.
    fn fill(text: &str) -> (Scalar, Vec<(Code, String)>) {
        let mut files = Files::default();
        let file = files.add("t.yaml", text);
        let mut report = Report::default();
        let mut document = yaml::documents(file, &files, &mut report).remove(0);
        let environment = |name: &str| (name == "HOME").then(|| "/root".to_owned());
        let variables = Variables {
            given: BTreeMap::from([("a".to_owned(), "1".to_owned())]),
            environment: &environment,
        };
        let mut vars = document.take("vars").map(|entry| entry.value);
        if let Some(vars) = &mut vars {
            defaults(vars, &variables, &mut report);
        }
        interpolate(std::iter::once(&mut document), vars.as_ref(), &variables, &mut report);
        let scalar = match document.get("v").map(|node: &Node| node.value.clone()) {
            Some(NodeValue::Scalar(scalar)) => scalar,
            other => panic!("{other:?} is no scalar"),
        };
        let found = report.iter().map(|d| (d.code, files.excerpt(d.place().expect("a place")).to_owned()));
        (scalar, found.collect())
    }

    fn text(document: &str) -> String {
        let (scalar, found) = fill(document);
        assert_eq!(found, [], "{document}");
        scalar.text
    }

    #[test]
    fn variables_are_filled_in() {
        assert_eq!(text("v: x${var:a}y${env:HOME}\n"), "x1y/root");
        assert_eq!(text("v: $${var:a} $$${var:a}\n"), "${var:a} $${var:a}");
        assert_eq!(text("v: costs $5\n"), "costs $5");
        assert_eq!(text("v: \"${var:a}\"\n"), "1");
        assert_eq!(text("v: |\n  one ${var:a}\n"), "one 1\n");
    }

    #[test]
    fn defaults_come_after_what_is_given_and_may_ask_the_environment() {
        assert_eq!(text("vars: {a: 2, b: 3}\nv: ${var:a}${var:b}\n"), "13");
        assert_eq!(
            text("vars:\n  a: ${env:NOT_ASKED_FOR}\n  b: ${env:HOME}/x\nv: ${var:a}${var:b}\n"),
            "1/root/x"
        );
    }

    #[test]
    fn what_comes_from_the_environment_is_known() {
        let of = |document: &str| {
            let (scalar, _) = fill(document);
            (scalar.from_env, scalar.env_name)
        };
        assert_eq!(of("v: ${env:HOME}\n"), (true, Some("HOME".to_owned())));
        assert_eq!(of("v: \"${env:HOME}\"\n"), (true, Some("HOME".to_owned())));
        assert_eq!(of("vars: {h: \"${env:HOME}\"}\nv: ${var:h}\n"), (true, Some("HOME".to_owned())));
        assert_eq!(of("v: x${env:HOME}\n"), (true, None));
        assert_eq!(of("v: ${env:HOME}${env:HOME}\n"), (true, None));
        assert_eq!(of("v: ${var:a}\n"), (false, None));
    }

    #[test]
    fn each_unknown_one_is_pointed_at() {
        let parts =
            ["${var:b}", "${env:NO}", "${x}", "${"].map(|part| (Code::UnknownVariable, part.to_owned()));
        for value in ["${var:b} and ${env:NO} and ${x} and ${", "'${var:b} and ${env:NO} and ${x} and ${'"] {
            assert_eq!(fill(&format!("v: {value}\n")).1, parts);
        }
        let (_, found) = fill("v: \"\\t${var:b}\"\n");
        assert_eq!(found, [(Code::UnknownVariable, "\"\\t${var:b}\"".to_owned())]);
        assert_eq!(fill("vars: {b: [1]}\nv: ${var:b}\n").1.len(), 2);
    }

    #[test]
    fn other_languages_keep_their_own_variables() {
        let mut report = Report::default();
        let mut files = Files::default();
        let file = files.add("t.yaml", "startTask: { commandLine: 'echo ${HOME}' }\nformula: $x = ${y}\n");
        let mut node = yaml::documents(file, &files, &mut report).remove(0);
        let before = node.clone();
        let variables = Variables { given: BTreeMap::new(), environment: &|_| None };
        interpolate(std::iter::once(&mut node), None, &variables, &mut report);
        assert!(report.is_empty() && node == before, "{report:?}");
    }

    #[test]
    fn a_long_value_in_many_places_is_refused() {
        let long = "x".repeat(1 << 20);
        let text = format!("vars: {{l: {long}}}\nv: a\nw: {}\n", "${var:l}".repeat(100));
        assert_eq!(fill(&text).1.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [Code::YamlLimit]);
    }
}
