//! Reads and evaluates autoscale formulas: arithmetic, comparisons, choices, the common functions.
//! What has no samples counts as none; what is beyond this is reported as such.

use std::collections::BTreeMap;

use crate::emulator::azure::batch::allocation::Counts;
use crate::emulator::azure::batch::autoscale_history::{History, PERIOD};
use crate::emulator::azure::batch::autoscale_value::{Term, after, apply, call};
use crate::emulator::azure::batch::conditions::http_date;
use crate::emulator::clock::Moment;

/// The longest formula, in bytes.
const LONGEST: usize = 8 * 1_024;
/// The most statements.
const MOST_STATEMENTS: usize = 100;
/// Expressions nested deeper than this are refused, so that no formula can exhaust the stack.
const DEEPEST: usize = 100;

/// What a formula came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Evaluation {
    /// The targets it set; those it did not set stay as they are.
    pub(crate) target: Counts,
    /// `Requeue` unless it said otherwise, in the management plane's spelling.
    pub(crate) deallocation: String,
    /// Every variable with its value, as Azure prints them.
    pub(crate) results: String,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is no formula; pools with it are refused.
    Syntax(String),
    /// It is one, but cannot be evaluated here; the pool stays as it is.
    Evaluation(String),
    /// It is too long: the limit that is passed.
    TooLong(String),
}

/// Evaluates a formula for a pool that has these nodes and aims at these.
pub(crate) fn evaluate(
    formula: &str,
    current: Counts,
    target: Counts,
    history: &History,
) -> Result<Evaluation, Trouble> {
    if formula.len() > LONGEST {
        return Err(Trouble::TooLong(format!("The formula is longer than {LONGEST} bytes.")));
    }
    let mut reader =
        Reader { tokens: tokens(formula)?, at: 0, depth: 0, variables: BTreeMap::new(), history };
    let number = |nodes: u32| Term::Number(f64::from(nodes));
    for (name, value) in [
        ("$CurrentDedicatedNodes", number(current.dedicated)),
        ("$CurrentLowPriorityNodes", number(current.low_priority)),
        ("$TargetDedicatedNodes", number(target.dedicated)),
        ("$TargetLowPriorityNodes", number(target.low_priority)),
        ("$NodeDeallocationOption", Term::Word("requeue".into())),
    ] {
        reader.variables.insert(name.into(), value);
    }
    let mut trouble = None;
    let mut assigned = Vec::new();
    let mut statements = 0;
    while reader.peek().is_some() {
        if reader.take(";") {
            continue;
        }
        statements += 1;
        if statements > MOST_STATEMENTS {
            return Err(Trouble::TooLong(format!("The formula has more than {MOST_STATEMENTS} statements.")));
        }
        let Some(Token::Name(name)) = reader.next() else {
            return Err(Trouble::Syntax("A statement must assign to a variable.".into()));
        };
        reader.expect("=")?;
        let value = reader.choice()?;
        if reader.peek().is_some() {
            reader.expect(";")?;
        }
        if let Term::Unknown(why) = &value {
            trouble.get_or_insert_with(|| why.clone());
        }
        reader.variables.insert(name.clone(), value);
        assigned.push(name);
    }
    if !assigned
        .iter()
        .any(|name| name.starts_with("$TargetDedicated") || name.starts_with("$TargetLowPriority"))
    {
        return Err(Trouble::Syntax(
            "The formula must assign $TargetDedicatedNodes or $TargetLowPriorityNodes.".into(),
        ));
    }
    match trouble {
        Some(why) => Err(Trouble::Evaluation(why)),
        None => Ok(reader.evaluation(&assigned)),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
}

const SIGNS: [&str; 21] = [
    "<=", ">=", "==", "!=", "&&", "||", "(", ")", ",", ";", "=", "+", "-", "*", "/", "<", ">", "?", ":", ".",
    "!",
];

fn tokens(formula: &str) -> Result<Vec<Token>, Trouble> {
    let mut out = Vec::new();
    let mut rest = formula;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.find('\n').map_or("", |end| &comment[end..]);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if rest.is_empty() {
            return Ok(out);
        } else if rest.starts_with(|first: char| first.is_ascii_digit()) {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
            let number = rest[..end].parse().map_err(|_| syntax(&rest[..end]))?;
            out.push(Token::Number(number));
            rest = &rest[end..];
        } else if rest.starts_with(|first: char| first.is_ascii_alphabetic() || "$_\"".contains(first)) {
            if let Some(body) = rest.strip_prefix('"') {
                let (text, after) = body.split_once('"').ok_or_else(|| syntax(rest))?;
                out.push(Token::Text(text.to_owned()));
                rest = after;
            } else {
                let word = |c: char| c.is_ascii_alphanumeric() || "$_".contains(c);
                let (name, after) = rest.split_at(rest.find(|c: char| !word(c)).unwrap_or(rest.len()));
                out.push(Token::Name(name.to_owned()));
                rest = after;
            }
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign)).ok_or_else(|| syntax(rest))?;
            out.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        }
    }
}

fn syntax(near: &str) -> Trouble {
    let near: String = near.chars().take(20).collect();
    Trouble::Syntax(format!("Unexpected text near '{near}'."))
}

struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    variables: BTreeMap<String, Term>,
    history: &'a History,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Trouble> {
        if self.take(sign) { Ok(()) } else { Err(Trouble::Syntax(format!("'{sign}' was expected."))) }
    }

    /// `condition ? then : else`, or anything below it.
    fn choice(&mut self) -> Result<Term, Trouble> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Trouble::Syntax("The formula is nested too deeply.".into()));
        }
        let condition = self.binary(0)?;
        let term = if self.take("?") {
            let then = self.choice()?;
            self.expect(":")?;
            let otherwise = self.choice()?;
            match condition.number() {
                Ok(number) if number != 0.0 => then,
                Ok(_) => otherwise,
                Err(why) => Term::Unknown(why),
            }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(term)
    }

    /// Operators of one rank and those that bind tighter.
    fn binary(&mut self, rank: usize) -> Result<Term, Trouble> {
        const RANKS: [&[&str]; 5] =
            [&["||"], &["&&"], &["<=", ">=", "==", "!=", "<", ">"], &["+", "-"], &["*", "/"]];
        let Some(signs) = RANKS.get(rank) else { return self.unary() };
        let mut left = self.binary(rank + 1)?;
        while let Some(Token::Sign(sign)) = self.peek().cloned() {
            if !signs.contains(&sign) {
                break;
            }
            self.at += 1;
            let right = self.binary(rank + 1)?;
            left = apply(sign, &left, &right);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Term, Trouble> {
        let mut signs = Vec::new();
        while let Some(Token::Sign(sign @ ("-" | "!"))) = self.peek().cloned() {
            signs.push(sign);
            self.at += 1;
        }
        let mut term = self.primary()?;
        for sign in signs {
            term = match term.number() {
                Ok(number) if sign == "-" => Term::Number(-number),
                Ok(number) => Term::Number(f64::from(u8::from(number == 0.0))),
                Err(why) => Term::Unknown(why),
            };
        }
        Ok(term)
    }

    fn primary(&mut self) -> Result<Term, Trouble> {
        match self.next() {
            Some(Token::Number(number)) => Ok(Term::Number(number)),
            Some(Token::Text(text)) => Ok(Term::Word(text)),
            Some(Token::Sign("(")) => {
                let inner = self.choice()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Name(name)) if self.take("(") => {
                let arguments = self.arguments()?;
                Ok(if name == "time" { self.time(&arguments) } else { call(&name, &arguments) })
            }
            Some(Token::Name(name)) if self.take(".") => {
                let Some(Token::Name(method)) = self.next() else {
                    return Err(Trouble::Syntax("A method was expected after '.'.".into()));
                };
                if !self.take("(") {
                    return Ok(self.variable(&name).part(&method));
                }
                let arguments = self.arguments()?;
                Ok(self.sampled(&name, &method, &arguments))
            }
            Some(Token::Name(name)) => Ok(self.variable(&name)),
            Some(Token::Sign(sign)) => Err(syntax(sign)),
            None => Err(Trouble::Syntax("The formula ends too early.".into())),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Term>, Trouble> {
        let mut arguments = Vec::new();
        if self.take(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.choice()?);
            if !self.take(",") {
                self.expect(")")?;
                return Ok(arguments);
            }
        }
    }

    fn variable(&self, name: &str) -> Term {
        if let Some(value) = self.variables.get(name) {
            return value.clone();
        }
        let seconds = Term::Span;
        match name {
            "TimeInterval_Second" => seconds(1.0),
            "TimeInterval_Minute" => seconds(60.0),
            "TimeInterval_Hour" => seconds(3_600.0),
            "TimeInterval_Day" => seconds(86_400.0),
            "TimeInterval_100ns" => seconds(1e-7),
            "TimeInterval_Microsecond" => seconds(1e-6),
            "TimeInterval_Millisecond" => seconds(1e-3),
            "TimeInterval_Week" => seconds(604_800.0),
            "TimeInterval_Year" => seconds(365.0 * 86_400.0),
            "TimeInterval_Zero" => seconds(0.0),
            "false" => Term::Number(0.0),
            "true" => Term::Number(1.0),
            _ if name.starts_with('$') => Term::List(self.history.last(name, 1)),
            _ if DEALLOCATIONS.iter().any(|(word, _)| word.eq_ignore_ascii_case(name)) => {
                Term::Word(name.into())
            }
            _ => Term::Unknown(format!("The variable '{name}' is not defined.")),
        }
    }

    /// `time()`, and `time("…")` of a date.
    fn time(&self, arguments: &[Term]) -> Term {
        match arguments {
            [] => Term::Time(self.history.now()),
            [Term::Word(text)] => Moment::parse(text)
                .or_else(|| http_date(text))
                .map_or_else(|| Term::Unknown(format!("'{text}' is no date.")), Term::Time),
            _ => Term::Unknown("'time' takes a date or nothing.".into()),
        }
    }

    /// What a method of a sampled variable gives.
    fn sampled(&self, variable: &str, method: &str, arguments: &[Term]) -> Term {
        let now = self.history.now();
        // A look back begins at its first argument and ends at its second, where that is none, now.
        let back = |argument: Option<&Term>| match argument {
            Some(Term::Span(length)) => Some(after(now, -length.abs())),
            Some(Term::Time(moment)) => Some(*moment),
            _ => None,
        };
        let window = || {
            let begin = back(arguments.first()).unwrap_or(Moment(i64::MIN));
            let end = back(arguments.get(1)).unwrap_or(now);
            (begin.min(end), begin.max(end))
        };
        match (method, arguments.first()) {
            ("GetSample", Some(Term::Number(count))) => {
                Term::List(self.history.last(variable, whole(*count)))
            }
            ("GetSample", _) => {
                let (begin, end) = window();
                let wanted = arguments.iter().skip(1).find_map(|argument| match argument {
                    Term::Number(percent) => Some(*percent),
                    _ => None,
                });
                let percent = self.history.percent(variable, begin, end);
                if wanted.is_some_and(|wanted| percent < wanted) {
                    return Term::Unknown(format!(
                        "Sample percentage {percent} of '{variable}' is less than what is required."
                    ));
                }
                Term::List(self.history.between(variable, begin, end))
            }
            ("GetSampleByTime", _) => {
                let (_, end) = (now, back(arguments.first()).unwrap_or(now));
                Term::List(self.history.between(variable, after(end, -PERIOD), end))
            }
            ("GetSamplePercent", _) => {
                let (begin, end) = window();
                Term::Number(self.history.percent(variable, begin, end))
            }
            ("GetSamplePeriod", _) => Term::Span(PERIOD),
            ("HistoryBeginTime", _) => Term::Time(self.history.begin()),
            ("Count", _) => Term::Number(f64::from(self.history.count(variable))),
            _ => Term::Unknown(format!("'{variable}.{method}' is not known here.")),
        }
    }

    fn evaluation(&self, assigned: &[String]) -> Evaluation {
        let nodes = |names: [&str; 2]| {
            let name =
                names.into_iter().find(|name| assigned.iter().any(|it| it == name)).unwrap_or(names[0]);
            self.variables.get(name).map_or(0, node_count)
        };
        let target = Counts {
            dedicated: nodes(["$TargetDedicatedNodes", "$TargetDedicated"]),
            low_priority: nodes(["$TargetLowPriorityNodes", "$TargetLowPriority"]),
        };
        let option = match self.variables.get("$NodeDeallocationOption") {
            Some(Term::Word(word)) => word.clone(),
            _ => "requeue".to_owned(),
        };
        let deallocation = DEALLOCATIONS.iter().find(|(word, _)| word.eq_ignore_ascii_case(&option));
        let mut results = format!(
            "$TargetDedicatedNodes={};$TargetLowPriorityNodes={};$NodeDeallocationOption={option}",
            target.dedicated, target.low_priority
        );
        for name in assigned.iter().filter(|name| !name.starts_with('$')) {
            if let Some(value) = self.variables.get(name) {
                results.extend([";", name, "=", &value.shown()]);
            }
        }
        Evaluation {
            target,
            deallocation: deallocation.map_or("Requeue", |(_, word)| word).to_owned(),
            results,
        }
    }
}

const DEALLOCATIONS: [(&str, &str); 4] = [
    ("requeue", "Requeue"),
    ("terminate", "Terminate"),
    ("taskcompletion", "TaskCompletion"),
    ("retaineddata", "RetainedData"),
];

fn node_count(value: &Term) -> u32 {
    whole(value.number().unwrap_or(0.0))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a pool can be asked for"
)]
fn whole(number: f64) -> u32 {
    number.clamp(0.0, 100_000.0).floor() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(formula: &str) -> Result<(u32, u32), Trouble> {
        evaluate(formula, Counts::default(), Counts { dedicated: 7, low_priority: 0 }, &History::none())
            .map(|it| (it.target.dedicated, it.target.low_priority))
    }

    #[test]
    fn the_documentations_own_formula_starts_with_its_starting_number() {
        let formula = "startingNumberOfVMs = 1;\nmaxNumberofVMs = 25;\n\
            pendingTaskSamplePercent = $PendingTasks.GetSamplePercent(180 * TimeInterval_Second);\n\
            pendingTaskSamples = pendingTaskSamplePercent < 70 ? startingNumberOfVMs : avg($PendingTasks.GetSample(180 * TimeInterval_Second));\n\
            $TargetDedicatedNodes=min(maxNumberofVMs, pendingTaskSamples);\n$NodeDeallocationOption = taskcompletion;";
        let done = evaluate(formula, Counts::default(), Counts::default(), &History::none()).unwrap();
        assert_eq!((done.target.dedicated, done.deallocation.as_str()), (1, "TaskCompletion"));
        assert!(done.results.contains(";maxNumberofVMs=25"), "{}", done.results);
    }

    #[test]
    fn targets_that_are_not_set_stay() {
        assert_eq!(target("$TargetLowPriorityNodes = min(400, $PendingTasks.GetSample(1));"), Ok((7, 0)));
        assert_eq!(target("$TargetDedicatedNodes=34"), Ok((34, 0)));
        assert_eq!(target("$TargetDedicated = (1 + 2) * 3 - 1;"), Ok((8, 0)));
    }

    #[test]
    fn what_is_no_formula_is_told_from_what_cannot_be_evaluated() {
        for formula in ["", "nodes = 3;", "$TargetDedicatedNodes = ;", "$TargetDedicatedNodes = (1;", "1 = 2"]
        {
            assert!(matches!(target(formula), Err(Trouble::Syntax(_))), "{formula}");
        }
        for formula in ["$TargetDedicatedNodes = rand();", "$TargetDedicatedNodes = undefined;"] {
            assert!(matches!(target(formula), Err(Trouble::Evaluation(_))), "{formula}");
        }
        assert!(matches!(
            target(&format!("$TargetDedicatedNodes = {}", "(".repeat(8_000))),
            Err(Trouble::Syntax(_))
        ));
        assert!(matches!(target(&" ".repeat(9_000)), Err(Trouble::TooLong(_))));
    }
}
