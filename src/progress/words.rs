//! The words for events, the same on every screen for people.
//! Every text from outside is cleaned here, and no line begins with one.

use std::time::Duration;

use crate::model::event::Event;
use crate::model::outcome::Ended;
use crate::model::step::StepId;
use crate::model::wait::Progress;
use crate::render::style::{Paint, clean};

/// The columns of the word at the beginning of a line.
const FIRST: usize = 13;

/// The line of an event; `None` if it is not worth one.
pub(in crate::progress) fn line(event: &Event, paint: Paint) -> Option<String> {
    Some(match event {
        Event::Started { step } => format!("{}{}", first("started", |word| paint.dim(word)), name(step)),
        Event::Progressed { step, progress } => {
            let step = name(step);
            format!("{}{step}: {}", first("waiting", |word| paint.dim(word)), so_far(progress))
        }
        Event::Retrying { step, why, after } => {
            let (step, why, after) = (name(step), clean(why), in_words(*after));
            format!("{}{step}: {why}; again in {after}", first("retrying", |word| paint.changed(word)))
        }
        Event::Ended { step, how, took } => {
            let (step, took) = (name(step), in_words(*took));
            match how {
                Ended::Done(note) => {
                    let note = note.as_ref().map(|note| format!("; {}", clean(note))).unwrap_or_default();
                    format!("{}{step} ({took}){note}", first("done", |word| paint.added(word)))
                }
                Ended::Failed { error, request_id: _ } => {
                    // The request id is in the error's own text.
                    format!("{}{step}: {}", first("failed", |word| paint.removed(word)), clean(error))
                }
                Ended::Skipped { because } => {
                    let because = name(because);
                    format!("{}{step}, because of {because}", first("skipped", |word| paint.changed(word)))
                }
                Ended::Moved { what } => {
                    format!("{}{step}: {}", first("not written", |word| paint.removed(word)), clean(what))
                }
                Ended::StillRunning { progress } => {
                    let progress = clean(progress);
                    format!("{}{step}: {progress}", first("still runs", |word| paint.changed(word)))
                }
                Ended::Cancelled => format!("{}{step}", first("not begun", |word| paint.changed(word))),
                Ended::NotNeeded => return None,
            }
        }
        Event::Stopping => {
            format!(
                "{}the requests in flight are finished and nothing new begins; once more stops at once",
                first("stopping", |word| paint.changed(word))
            )
        }
    })
}

/// A step's name, which is made of names that users have written.
pub(in crate::progress) fn name(step: &StepId) -> String {
    clean(step.as_str())
}

/// How far a step is, in words.
pub(in crate::progress) fn so_far(progress: &Progress) -> String {
    clean(&progress.in_words())
}

/// A time as people say it: two units at most.
pub(in crate::progress) fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "under 1 s".to_owned(),
        1..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

fn first(word: &str, painted: impl Fn(&str) -> String) -> String {
    // Padded after painting, or the escape codes would be counted.
    format!("{}{}", painted(word), " ".repeat(FIRST.saturating_sub(word.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::Address;

    #[test]
    fn times() {
        let words: Vec<String> =
            [0, 59, 60, 61, 3599, 3660].into_iter().map(|s| in_words(Duration::from_secs(s))).collect();
        assert_eq!(words, ["under 1 s", "59 s", "1 min", "1 min 1 s", "59 min 59 s", "1 h 1 min"]);
    }

    #[test]
    fn no_line_begins_with_what_came_from_outside() {
        let step = StepId::new(&Address::new("pool", ["a", "b"]), "create");
        let error = "no\n::error::gotcha\u{1b}[2J".to_owned();
        let how = Ended::Failed { error, request_id: None };
        let line = line(&Event::Ended { step, how, took: Duration::ZERO }, Paint::plain()).expect("a line");
        assert_eq!(line, "failed       pool/a/b create: no\\n::error::gotcha\\u{1b}[2J");
    }
}
