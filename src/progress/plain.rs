//! A line an event, for pipelines and logs: no cursor, no repeats.
//! Progress that has hardly moved is not told again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::event::Event;
use crate::model::step::StepId;
use crate::model::wait::Progress;
use crate::progress::{Sink, WriteLine, words};
use crate::render::style::Paint;

/// Lines for people who read them later.
pub struct Plain {
    write_line: WriteLine,
    paint: Paint,
    /// What was last told of each step that is waited for.
    told: Mutex<BTreeMap<StepId, String>>,
}

impl Plain {
    /// Lines to `write_line`.
    pub fn new(write_line: WriteLine, paint: Paint) -> Self {
        Self { write_line, paint, told: Mutex::new(BTreeMap::new()) }
    }

    /// Whether the line would say what the last one said; remembers it if not.
    fn is_repeat(&self, event: &Event) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Progressed { step, progress } => {
                let gist = gist(progress);
                let repeat = told.get(step) == Some(&gist);
                told.insert(step.clone(), gist);
                repeat
            }
            Event::Ended { step, .. } => {
                told.remove(step);
                false
            }
            Event::Started { .. } | Event::Retrying { .. } | Event::Stopping => false,
        }
    }
}

/// The words without their numbers, and the tenth of the way: what must change for a new line.
fn gist(progress: &Progress) -> String {
    let words: String = progress.words.chars().filter(|character| !character.is_ascii_digit()).collect();
    match progress.percent {
        Some(percent) => format!("{} {words}", percent / 10),
        None => words,
    }
}

impl Sink for Plain {
    fn event(&self, event: &Event) {
        if self.is_repeat(event) {
            return;
        }
        if let Some(line) = words::line(event, self.paint) {
            (self.write_line)(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::model::address::Address;
    use crate::model::outcome::Ended;

    #[test]
    fn progress_is_told_by_tenths_and_ends_are_told() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&lines);
        let write_line =
            Box::new(move |line: &str| writer.lock().expect("not poisoned").push(line.to_owned()));
        let plain = Plain::new(write_line, Paint::plain());
        let step = StepId::new(&Address::new("pool", ["a", "b"]), "nodes");
        plain.event(&Event::Started { step: step.clone() });
        for have in [0_u8, 1, 9, 10, 11, 55] {
            let words = format!("{have} of 100 nodes usable");
            let progress = Progress { percent: Some(have), words, ..Progress::default() };
            plain.event(&Event::Progressed { step: step.clone(), progress });
        }
        plain.event(&Event::Ended { step, how: Ended::Done(None), took: Duration::from_secs(75) });
        assert_eq!(
            *lines.lock().expect("not poisoned"),
            [
                "started      pool/a/b nodes",
                "waiting      pool/a/b nodes: 0 %, 0 of 100 nodes usable",
                "waiting      pool/a/b nodes: 10 %, 10 of 100 nodes usable",
                "waiting      pool/a/b nodes: 55 %, 55 of 100 nodes usable",
                "done         pool/a/b nodes (1 min 15 s)",
            ]
        );
    }
}
