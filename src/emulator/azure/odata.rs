//! `$filter` and `$select` over the JSON that would be answered: as Batch has them, and with ARM's functions.
//! Knows no resource: property paths are looked up in whatever it is given.

use serde_json::{Map, Value, json};

use crate::emulator::call::{Failure, Result};

/// Filters nested deeper than this are refused.
const DEEPEST: usize = 50;

/// A filter that can be asked about one entry after another.
#[derive(Debug)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    /// A property's path, an operator (`eq`, `ne`, `lt`, `le`, `gt`, `ge`, `startswith`, `substringof`), a text.
    Compare(String, String, String),
}

impl Filter {
    /// Reads the text of `$filter`; an empty or missing one lets everything pass.
    pub(crate) fn parse(text: Option<&str>) -> Result<Filter> {
        Filter::with_functions(text, &["startswith"])
    }

    /// The same with other functions than Batch's. `substringof('part', name)` turns its arguments round; a function
    /// of one argument, `assignedTo('x')`, reads as `assignedTo() eq 'x'`; one of none as `atScope() eq 'true'`.
    pub(crate) fn with_functions(text: Option<&str>, functions: &[&str]) -> Result<Filter> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            return Ok(Filter::All(Vec::new()));
        };
        let mut reader = Reader { tokens: tokens(text)?, at: 0, functions };
        let filter = reader.any(0)?;
        if reader.at < reader.tokens.len() { Err(invalid(text)) } else { Ok(filter) }
    }

    /// The properties that are asked about.
    pub(crate) fn paths(&self) -> Vec<&str> {
        match self {
            Filter::All(several) | Filter::Any(several) => several.iter().flat_map(Filter::paths).collect(),
            Filter::Not(one) => one.paths(),
            Filter::Compare(path, ..) => vec![path],
        }
    }

    /// True when the entry is to be listed.
    pub(crate) fn admits(&self, entry: &Value) -> bool {
        match self {
            Filter::All(all) => all.iter().all(|one| one.admits(entry)),
            Filter::Any(any) => any.iter().any(|one| one.admits(entry)),
            Filter::Not(one) => !one.admits(entry),
            Filter::Compare(path, operator, text) => {
                let found = look_up(entry, path).map(|value| match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                let found = found.unwrap_or_default().to_ascii_lowercase();
                let text = text.to_ascii_lowercase();
                let numbers = found.parse::<f64>().ok().zip(text.parse::<f64>().ok());
                let order = match numbers {
                    Some((found, text)) => found.total_cmp(&text),
                    None => found.cmp(&text),
                };
                match operator.as_str() {
                    "startswith" => found.starts_with(&text),
                    "substringof" => found.contains(&text),
                    "eq" => order.is_eq(),
                    "ne" => order.is_ne(),
                    "lt" => order.is_lt(),
                    "le" => order.is_le(),
                    "gt" => order.is_gt(),
                    _ => order.is_ge(),
                }
            }
        }
    }
}

/// The entry with only the properties that `$select` names; all of them when it names none.
pub(crate) fn select(entry: Value, names: Option<&str>) -> Value {
    let Some(names) = names.filter(|names| !names.trim().is_empty() && names.trim() != "*") else {
        return entry;
    };
    let mut out = Map::new();
    for name in names.split(',').map(str::trim) {
        let mut parts = name.splitn(2, '/');
        let (first, rest) = (parts.next().unwrap_or_default(), parts.next());
        let Some(value) = entry.get(first) else { continue };
        let picked = match rest {
            None => value.clone(),
            Some(rest) => select(value.clone(), Some(rest)),
        };
        let slot = out.entry(first).or_insert_with(|| json!({}));
        match (slot.as_object_mut(), picked) {
            (Some(slot), Value::Object(picked)) => slot.extend(picked),
            (_, picked) => *slot = picked,
        }
    }
    Value::Object(out)
}

fn look_up<'a>(entry: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').try_fold(entry, |value, part| value.get(part))
}

fn invalid(text: &str) -> Failure {
    Failure::arm(
        400,
        "InvalidQueryParameterValue",
        "Value for one of the query parameters specified in the request URI is invalid.",
    )
    .detail("QueryParameterName", "$filter")
    .detail("QueryParameterValue", text)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

fn tokens(filter: &str) -> Result<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = filter.trim_start();
    while let Some(first) = rest.chars().next() {
        let text = rest.strip_prefix("datetime'").or_else(|| rest.strip_prefix('\''));
        if let Some(text) = text {
            let end = closing_quote(text).ok_or_else(|| invalid(filter))?;
            out.push(Token::Text(text[..end].replace("''", "'")));
            rest = &text[end + 1..];
        } else if "(),".contains(first) {
            out.push(Token::Sign(first));
            rest = &rest[1..];
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "(),'".contains(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(invalid(filter));
            }
            out.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(out)
}

/// Where a quoted text ends; a doubled quote stands for one.
fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\'' {
            if bytes.get(at + 1) != Some(&b'\'') {
                return Some(at);
            }
            at += 1;
        }
        at += 1;
    }
    None
}

struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    functions: &'a [&'a str],
}

impl Reader<'_> {
    fn any(&mut self, depth: usize) -> Result<Filter> {
        if depth > DEEPEST {
            return Err(invalid("nested too deeply"));
        }
        let mut any = vec![self.all(depth)?];
        while self.word("or") {
            any.push(self.all(depth)?);
        }
        Ok(Filter::Any(any))
    }

    fn all(&mut self, depth: usize) -> Result<Filter> {
        let mut all = vec![self.one(depth)?];
        while self.word("and") {
            all.push(self.one(depth)?);
        }
        Ok(Filter::All(all))
    }

    fn one(&mut self, depth: usize) -> Result<Filter> {
        if self.word("not") {
            return Ok(Filter::Not(Box::new(self.parenthesis(depth)?)));
        }
        if self.tokens.get(self.at) == Some(&Token::Sign('(')) {
            return self.parenthesis(depth);
        }
        if let Some(name) = self.functions.iter().copied().find(|name| self.word(name)) {
            return self.function(name);
        }
        let (path, operator, text) = (self.value()?, self.value()?, self.value()?);
        if !["eq", "ne", "lt", "le", "gt", "ge"].contains(&operator.as_str()) {
            return Err(invalid(&operator));
        }
        Ok(Filter::Compare(path, operator, text))
    }

    fn function(&mut self, name: &str) -> Result<Filter> {
        let mut arguments = Vec::new();
        self.sign('(')?;
        while self.tokens.get(self.at) != Some(&Token::Sign(')')) {
            if !arguments.is_empty() {
                self.sign(',')?;
            }
            arguments.push(self.value()?);
        }
        self.sign(')')?;
        let mut arguments = arguments.into_iter();
        match (name, arguments.next(), arguments.next(), arguments.next()) {
            ("substringof", Some(text), Some(path), None) | (_, Some(path), Some(text), None) => {
                Ok(Filter::Compare(path, name.to_owned(), text))
            }
            ("startswith" | "substringof", ..) | (.., Some(_)) => Err(invalid(name)),
            (_, text, ..) => {
                let text = text.unwrap_or_else(|| "true".to_owned());
                Ok(Filter::Compare(format!("{name}()"), "eq".to_owned(), text))
            }
        }
    }

    fn parenthesis(&mut self, depth: usize) -> Result<Filter> {
        self.sign('(')?;
        let inner = self.any(depth + 1)?;
        self.sign(')')?;
        Ok(inner)
    }

    fn word(&mut self, word: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some(Token::Word(it)) if it.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: char) -> Result<()> {
        if self.tokens.get(self.at) != Some(&Token::Sign(sign)) {
            return Err(invalid(&format!("'{sign}' was expected")));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self) -> Result<String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Word(text) | Token::Text(text)) => Ok(text),
            _ => Err(invalid("a value was expected")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(filter: &str) -> bool {
        let entry = json!({"id": "render-1", "state": "active", "n": 10, "properties": {"allocationState": "Steady"}});
        Filter::parse(Some(filter)).unwrap().admits(&entry)
    }

    #[test]
    fn filters_are_evaluated() {
        assert!(admits("id eq 'render-1'"));
        assert!(admits("startswith(id,'render') and state eq 'active'"));
        assert!(!admits("startswith(id, 'x') or not (n gt 9)"));
        assert!(admits("(state eq 'deleting' or properties/allocationState eq 'Steady') and n ge 10"));
        assert!(!admits("state ne 'active'"));
    }

    #[test]
    fn functions_are_known_only_where_they_are_told() {
        let filter = "substringof('nder', id) and atScope() and assignedTo('x')";
        let known = ["substringof", "atScope", "assignedTo"];
        let filter = Filter::with_functions(Some(filter), &known).unwrap();
        assert!(filter.admits(&json!({"id": "render", "atScope()": true, "assignedTo()": "X"})));
        assert!(!filter.admits(&json!({"id": "render", "atScope()": false, "assignedTo()": "x"})));
        assert_eq!(filter.paths(), ["id", "atScope()", "assignedTo()"]);
        for broken in ["atScope()", "startswith(id)", "startswith(id,'a','b')", "startswith(id,"] {
            assert!(Filter::parse(Some(broken)).is_err(), "{broken}");
        }
    }

    #[test]
    fn broken_filters_are_refused() {
        for filter in ["id eq", "id like 'x'", "id eq 'x", "(id eq 'x'", "id eq 'x' and", "'"] {
            assert_eq!(Filter::parse(Some(filter)).unwrap_err().status, 400, "{filter}");
        }
        let deep = format!("{}id eq 'x'{}", "(".repeat(500), ")".repeat(500));
        assert!(Filter::parse(Some(&deep)).is_err());
    }

    #[test]
    fn only_what_is_selected_is_left() {
        let entry = json!({"id": "a", "state": "b", "properties": {"x": 1, "y": 2, "z": 3}});
        assert_eq!(
            select(entry.clone(), Some("id,properties/x,properties/z")),
            json!({"id": "a", "properties": {"x": 1, "z": 3}})
        );
        assert_eq!(select(entry.clone(), None), entry);
    }
}
