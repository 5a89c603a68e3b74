//! The values of autoscale formulas: numbers, lengths and points of time, vectors of samples, and what is done with them.
//! Reads no text and knows no pool.

use crate::emulator::clock::Moment;

/// A value; what cannot be known here stays unknown in all that is made of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    Number(f64),
    /// A length of time, in seconds.
    Span(f64),
    /// A point in time.
    Time(Moment),
    Word(String),
    List(Vec<f64>),
    Unknown(String),
}

impl Term {
    pub(crate) fn number(&self) -> Result<f64, String> {
        match self {
            Term::Number(number) | Term::Span(number) => Ok(*number),
            Term::Time(moment) => Ok(seconds_of(*moment)),
            Term::List(numbers) => Ok(average(numbers)),
            Term::Word(word) => Err(format!("'{word}' is not a number.")),
            Term::Unknown(why) => Err(why.clone()),
        }
    }

    /// As Azure prints it among the results.
    pub(crate) fn shown(&self) -> String {
        match self {
            Term::Number(number) => number.to_string(),
            Term::Span(seconds) => span(*seconds),
            Term::Time(moment) => moment.rfc3339(),
            Term::Word(word) => word.clone(),
            Term::List(numbers) => {
                format!("[{}]", numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(","))
            }
            Term::Unknown(_) => "ERROR".to_owned(),
        }
    }

    /// `$time.hour` and its like; Sunday is the first day of a week, and has the number 0.
    pub(crate) fn part(&self, name: &str) -> Term {
        let Term::Time(moment) = self else {
            return Term::Unknown(format!("There is no '{name}' of what is not a time."));
        };
        let text = moment.rfc3339();
        let cut = match name {
            "year" => 0..4,
            "month" => 5..7,
            "day" => 8..10,
            "hour" => 11..13,
            "minute" => 14..16,
            "second" => 17..19,
            "weekday" => {
                let days = moment.0.div_euclid(86_400_000);
                return Term::Number(f64::from(u8::try_from((days + 4).rem_euclid(7)).unwrap_or(0)));
            }
            _ => return Term::Unknown(format!("A time has no '{name}'.")),
        };
        Term::Number(text.get(cut).and_then(|digits| digits.parse().ok()).unwrap_or(0.0))
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of dates lie far below 2^52")]
fn seconds_of(moment: Moment) -> f64 {
    moment.0 as f64 / 1_000.0
}

/// The moment so many seconds after another.
#[expect(clippy::cast_possible_truncation, reason = "clamped to years on both sides")]
pub(crate) fn after(moment: Moment, seconds: f64) -> Moment {
    Moment(moment.0.saturating_add((seconds.clamp(-1e10, 1e10) * 1_000.0) as i64))
}

/// A length as .NET prints it: `00:15:00`, `2.00:00:00`.
#[expect(clippy::cast_possible_truncation, reason = "clamped to years on both sides")]
fn span(seconds: f64) -> String {
    let whole = seconds.abs().min(1e10) as i64;
    let (days, rest) = (whole / 86_400, whole % 86_400);
    let sign = if seconds < 0.0 { "-" } else { "" };
    let days = if days > 0 { format!("{days}.") } else { String::new() };
    format!("{sign}{days}{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// What an operator makes of two values.
pub(crate) fn apply(sign: &str, left: &Term, right: &Term) -> Term {
    let (a, b) = match (left.number(), right.number()) {
        (Ok(left), Ok(right)) => (left, right),
        (Err(why), _) | (_, Err(why)) => return Term::Unknown(why),
    };
    let truth = |truth: bool| Term::Number(f64::from(u8::from(truth)));
    let result = match sign {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" if b == 0.0 => return Term::Unknown("Division by zero.".into()),
        "/" => a / b,
        "<" => return truth(a < b),
        ">" => return truth(a > b),
        "<=" => return truth(a <= b),
        ">=" => return truth(a >= b),
        "==" => return truth((a - b).abs() < f64::EPSILON),
        "!=" => return truth((a - b).abs() >= f64::EPSILON),
        "&&" => return truth(a != 0.0 && b != 0.0),
        _ => return truth(a != 0.0 || b != 0.0),
    };
    match (left, sign, right) {
        (Term::Time(_), "-", Term::Time(_)) => Term::Span(result),
        (Term::Time(moment), "+", _) => Term::Time(after(*moment, b)),
        (Term::Time(moment), "-", _) => Term::Time(after(*moment, -b)),
        (_, "+", Term::Time(moment)) => Term::Time(after(*moment, a)),
        (Term::Span(_), "/", Term::Span(_)) => Term::Number(result),
        (Term::Span(_), ..) | (_, _, Term::Span(_)) => Term::Span(result),
        _ => Term::Number(result),
    }
}

/// What a function makes of its arguments.
pub(crate) fn call(name: &str, arguments: &[Term]) -> Term {
    let mut numbers = Vec::new();
    for argument in arguments {
        match argument {
            Term::List(list) => numbers.extend(list),
            other => match other.number() {
                Ok(number) => numbers.push(number),
                Err(why) => return Term::Unknown(why),
            },
        }
    }
    let largest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let first = numbers.first().copied().unwrap_or(0.0);
    match name {
        // A sampled variable without samples counts as zero.
        "min" | "max" if arguments.iter().any(|it| matches!(it, Term::List(list) if list.is_empty())) => {
            Term::Number(if name == "min" { smallest.min(0.0) } else { largest.max(0.0) })
        }
        "min" | "max" if numbers.is_empty() => Term::Unknown(format!("'{name}' needs a value.")),
        "min" => Term::Number(smallest),
        "max" => Term::Number(largest),
        "avg" => Term::Number(average(&numbers)),
        "sum" => Term::Number(numbers.iter().sum()),
        "len" => Term::Number(f64::from(u32::try_from(numbers.len()).unwrap_or(u32::MAX))),
        "val" => Term::Number(first),
        "abs" => Term::Number(first.abs()),
        "ceil" => Term::Number(first.ceil()),
        "floor" => Term::Number(first.floor()),
        "round" => Term::Number(first.round()),
        "trunc" => Term::Number(first.trunc()),
        _ => Term::Unknown(format!("The function '{name}' is not known here.")),
    }
}

#[expect(clippy::cast_precision_loss, reason = "no list here comes near 2^52 numbers")]
fn average(numbers: &[f64]) -> f64 {
    if numbers.is_empty() { 0.0 } else { numbers.iter().sum::<f64>() / numbers.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_parts_and_lie_lengths_apart() {
        let time = Term::Time(Moment::START);
        let parts = ["year", "month", "day", "weekday", "hour", "minute", "second"].map(|it| time.part(it));
        assert_eq!(parts, [2026.0, 1.0, 1.0, 4.0, 0.0, 0.0, 0.0].map(Term::Number));
        let later = apply("+", &time, &Term::Span(900.0));
        assert_eq!(apply("-", &later, &time), Term::Span(900.0));
        assert_eq!(
            (later.shown(), Term::Span(900.0).shown()),
            ("2026-01-01T00:15:00.0000000Z".into(), "00:15:00".into())
        );
        assert!(matches!(time.part("era"), Term::Unknown(_)));
        assert!(matches!(Term::Number(1.0).part("year"), Term::Unknown(_)));
    }
}
