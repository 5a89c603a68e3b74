//! What a command line does in the emulator: how long it runs and with which exit code it ends.
//! Runs nothing; a rehearsal says both in the words that a shell would obey.

/// What comes of a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    /// How long it runs, in milliseconds.
    pub(crate) length: i64,
    /// What it ends with.
    pub(crate) exit: i32,
}

/// How long a command runs that does not say.
const LENGTH: i64 = 10_000;

/// Reads `sleep N` (with `s`, `m`, `h` or `d`) and `exit N` wherever they stand in the line, the last one of each.
pub(crate) fn effect(line: &str) -> Effect {
    let words: Vec<&str> = line
        .split(|letter: char| letter.is_whitespace() || "'\";&|()`".contains(letter))
        .filter(|word| !word.is_empty())
        .collect();
    let mut effect = Effect { length: LENGTH, exit: 0 };
    for pair in words.windows(2) {
        let [verb, value] = pair else { continue };
        match *verb {
            "sleep" | "/bin/sleep" => effect.length = duration(value).unwrap_or(effect.length),
            "exit" => effect.exit = value.parse().unwrap_or(effect.exit),
            _ => {}
        }
    }
    effect
}

fn duration(text: &str) -> Option<i64> {
    let (number, unit) = match text.chars().last()? {
        's' => (text.strip_suffix('s')?, 1.0),
        'm' => (text.strip_suffix('m')?, 60.0),
        'h' => (text.strip_suffix('h')?, 3_600.0),
        'd' => (text.strip_suffix('d')?, 86_400.0),
        _ => (text, 1.0),
    };
    let seconds: f64 = number.parse().ok().filter(|seconds: &f64| (0.0..1e9).contains(seconds))?;
    #[expect(clippy::cast_possible_truncation, reason = "the bounds above keep it far below the limit")]
    Some((seconds * unit * 1_000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_long_and_how_it_ends() {
        for (line, length, exit) in [
            ("hostname", 10_000, 0),
            ("/bin/bash -c 'echo hi; sleep 90'", 90_000, 0),
            ("sleep 1.5m", 90_000, 0),
            ("/bin/sh -c \"sleep 2 && exit 3\"", 2_000, 3),
            ("cmd /c exit -1", 10_000, -1),
            ("sleep forever; exit now", 10_000, 0),
            ("sleep", 10_000, 0),
            ("sleep NaN", 10_000, 0),
        ] {
            assert_eq!(effect(line), Effect { length, exit }, "{line}");
        }
    }
}
