//! Single values: the text that stands in the file, held against what the property takes.
//! Guesses no type: `yes` is no boolean, `010` no number, and `1.10` stays a text where a text is wanted.

use serde_json::{Number, Value};

use crate::diag::{Code, Diagnostic, Report};
use crate::kinds::decode::shape::Shape;
use crate::kinds::decode::words::{first_sentence, mended, nearest, one_of, same_word, shown};
use crate::kinds::pattern;
use crate::model::stand_in;
use crate::spec::node::{Node, Scalar};

pub(super) fn choice(node: &Node, choices: &[&str], name: &str, report: &mut Report) -> Option<Value> {
    let Some(text) = node.text() else {
        let message = format!("`{name}` takes {}, and this is {}", one_of(choices), node.describe());
        report.push(Diagnostic::error(Code::WrongType, node.place, message));
        return None;
    };
    if choices.contains(&text) {
        return Some(text.into());
    }
    let message = format!("`{name}` takes {}, not {}", one_of(choices), shown(node));
    let mut diagnostic = Diagnostic::error(Code::NotAllowed, node.place, message);
    if let Some(near) = nearest(text, choices.iter().copied()) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        // `Premium_ZRS` is near to `Premium_LRS`, and something else.
        if same_word(text, near) {
            diagnostic = mended(diagnostic, node, near);
        }
    }
    report.push(diagnostic);
    None
}

pub(super) fn text(
    node: &Node,
    scalar: &Scalar,
    shape: Shape<'_>,
    name: &str,
    report: &mut Report,
) -> Option<Value> {
    if scalar.is_null() {
        let message = format!("`{name}` takes a text, and there is none");
        report.push(
            Diagnostic::error(Code::WrongType, node.place, message).help("write `\"\"` for an empty text"),
        );
        return None;
    }
    if shape.keyword("x-secret").is_some() && scalar.env_name.is_none() {
        let how = if scalar.from_env {
            "is more than one variable of the environment"
        } else {
            "stands in the file"
        };
        report.push(
            Diagnostic::error(
                Code::SecretNotFromEnvironment,
                node.place,
                format!("`{name}` is a secret, and {how}"),
            )
            .help("write `${env:NAME}` and nothing else, and set the variable when you run poolwright"),
        );
        return None;
    }
    // Nobody knows what the variable will say.
    if scalar.from_env && stand_in::is_in(&scalar.text) {
        return Some(Value::String(scalar.text.clone()));
    }
    let length = scalar.text.chars().count() as u64;
    let bound = |keyword: &str| shape.keyword(keyword).and_then(Value::as_u64);
    if bound("maxLength").is_some_and(|max| length > max)
        || bound("minLength").is_some_and(|min| length < min)
    {
        let (min, max) = (bound("minLength").unwrap_or(0), bound("maxLength"));
        let range = max.map_or(format!("at least {min}"), |max| format!("{min} to {max}"));
        let message = format!("`{name}` takes {range} characters, and this has {length}");
        report.push(Diagnostic::error(Code::OutOfRange, node.place, message));
        return None;
    }
    if let Some(pattern) = shape.keyword("pattern").and_then(Value::as_str)
        && !pattern::matches(pattern, &scalar.text)
    {
        let mut diagnostic = Diagnostic::error(
            Code::Pattern,
            node.place,
            format!("{} is not what `{name}` takes", shown(node)),
        );
        if let Some(description) = shape.keyword("description").and_then(Value::as_str) {
            diagnostic = diagnostic.help(first_sentence(description));
        }
        if let Some(example) = shape.keyword("examples").and_then(|all| all.get(0)).and_then(Value::as_str) {
            diagnostic = diagnostic.help(format!("an example: `{example}`"));
        }
        report.push(diagnostic);
        return None;
    }
    Some(Value::String(scalar.text.clone()))
}

pub(super) fn number(
    node: &Node,
    scalar: &Scalar,
    shape: Shape<'_>,
    name: &str,
    report: &mut Report,
) -> Option<Value> {
    let text = scalar.text.as_str();
    let whole = shape.is("integer");
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    let number = if leading_zero {
        None
    } else if whole {
        text.parse::<i64>()
            .ok()
            .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .map(Number::from)
    } else {
        text.parse::<f64>().ok().and_then(Number::from_f64)
    };
    let Some(number) = number else {
        let wanted = if whole { "a whole number" } else { "a number" };
        let message = format!("`{name}` takes {wanted}, not {}", shown(node));
        let mut diagnostic = Diagnostic::error(Code::WrongType, node.place, message);
        let plain: String = text.chars().filter(|c| *c != '_').collect();
        let decimal = plain.trim_start_matches('0');
        if !decimal.is_empty() && decimal.bytes().all(|byte| byte.is_ascii_digit()) {
            diagnostic = diagnostic.help(format!("write `{decimal}`"));
            // To some readers of YAML `010` is eight.
            if decimal == plain {
                diagnostic = mended(diagnostic, node, decimal);
            }
        }
        report.push(diagnostic);
        return None;
    };
    let value = number.as_f64().unwrap_or(0.0);
    let bound = |keyword: &str| shape.keyword(keyword).and_then(Value::as_f64);
    let (least, most) = bounds_of_format(shape.keyword("format").and_then(Value::as_str));
    let (min, max) = (bound("minimum").or(least), bound("maximum").or(most));
    if min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max) {
        let range = match (min, max) {
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => String::new(),
        };
        let message = format!("`{name}` takes {range}, not {}", shown(node));
        report.push(Diagnostic::error(Code::OutOfRange, node.place, message));
        return None;
    }
    Some(Value::Number(number))
}

/// What fits into the Rust integer that schemars names as the format. The bounds of 64-bit ones need no check: what is
/// outside was no whole number before.
fn bounds_of_format(format: Option<&str>) -> (Option<f64>, Option<f64>) {
    let (least, most) = match format {
        Some("uint8") => (0, i64::from(u8::MAX)),
        Some("uint16") => (0, i64::from(u16::MAX)),
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("uint64" | "uint") => return (Some(0.0), None),
        Some("int8") => (i64::from(i8::MIN), i64::from(i8::MAX)),
        Some("int16") => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => return (None, None),
    };
    let number = |bound: i64| Number::from(bound).as_f64();
    (number(least), number(most))
}

pub(super) fn boolean(node: &Node, scalar: &Scalar, name: &str, report: &mut Report) -> Option<Value> {
    match scalar.text.as_str() {
        "true" => return Some(true.into()),
        "false" => return Some(false.into()),
        _ => {}
    }
    let meant = match scalar.text.to_lowercase().as_str() {
        "yes" | "on" | "y" | "true" => Some("true"),
        "no" | "off" | "n" | "false" => Some("false"),
        _ => None,
    };
    let message = format!("`{name}` takes `true` or `false`, not {}", shown(node));
    let mut diagnostic = Diagnostic::error(Code::WrongType, node.place, message);
    if let Some(meant) = meant {
        diagnostic = mended(diagnostic.help(format!("write `{meant}`")), node, meant);
    }
    report.push(diagnostic);
    None
}

pub(super) fn free(scalar: &Scalar) -> Value {
    let text = scalar.text.as_str();
    if !scalar.plain {
        return text.into();
    }
    if scalar.is_null() {
        return Value::Null;
    }
    match text {
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ => {
            let first = text.strip_prefix('-').unwrap_or(text);
            let numeric = first.starts_with(|c: char| c.is_ascii_digit())
                && !(first.len() > 1 && first.starts_with('0') && first.as_bytes()[1].is_ascii_digit());
            if !numeric {
                return text.into();
            }
            let whole = text.parse::<i64>().ok().map(Value::from);
            whole
                .or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number))
                .unwrap_or_else(|| text.into())
        }
    }
}
