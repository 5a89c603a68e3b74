//! Events for programs: one JSON object a line, of frozen types with a version of their own.
//! The types below change only by new optional fields; anything else is a version 2 beside them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diag::Files;
use crate::model::event::Event;
use crate::model::outcome::{Ended, Outcome};
use crate::model::plan::Plan;
use crate::model::wait::Progress;
use crate::progress::{Sink, WriteLine};
use crate::render::remarks_json::{self, FindingV1, NoteV1};

/// JSON lines.
pub struct JsonLines {
    write_line: WriteLine,
}

impl JsonLines {
    /// Lines to `write_line`.
    pub fn new(write_line: WriteLine) -> Self {
        Self { write_line }
    }
}

impl Sink for JsonLines {
    fn event(&self, event: &Event) {
        (self.write_line)(&text(event_v1(event)));
    }
}

/// One line, version 1.
#[derive(Debug, Serialize)]
struct LineV1<'a> {
    /// Always 1.
    version: u8,
    #[serde(flatten)]
    event: EventV1<'a>,
}

/// What happened, told apart by `event`.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum EventV1<'a> {
    Started {
        step: &'a str,
    },
    Progressed {
        step: &'a str,
        /// 0 to 100, or null where Azure tells no percentage.
        percent: Option<u8>,
        words: &'a str,
        /// Of an upload: the bytes that this run has sent.
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        /// Of an upload: the bytes that this run sends in all.
        #[serde(skip_serializing_if = "Option::is_none")]
        total_bytes: Option<u64>,
    },
    Retrying {
        step: &'a str,
        why: &'a str,
        after_ms: u64,
    },
    Ended {
        step: &'a str,
        #[serde(flatten)]
        how: EndedV1<'a>,
        took_ms: u64,
    },
    Stopping,
    /// The first line: what will be done.
    Planned {
        stack: &'a str,
        /// How many resources have each action, by its name.
        actions: BTreeMap<&'static str, usize>,
        steps: usize,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        notes: Vec<NoteV1<'a>>,
        /// What rules found. With an error among them nothing is done, and no line follows.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        findings: Vec<FindingV1<'a>>,
    },
    /// The last line: how it ended.
    Finished {
        complete: bool,
        interrupted: bool,
        /// How many steps ended in each way.
        steps: BTreeMap<&'static str, usize>,
    },
}

/// How a step ended, told apart by `how`.
#[derive(Debug, Serialize)]
#[serde(tag = "how", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum EndedV1<'a> {
    Done { note: Option<&'a str> },
    Failed { error: &'a str, request_id: Option<&'a str> },
    Skipped { because: &'a str },
    Moved { what: &'a str },
    StillRunning { progress: &'a str },
    Cancelled,
    NotNeeded,
}

/// The first line of a run: what will be done.
pub fn planned(plan: &Plan, files: &Files) -> String {
    let mut actions = BTreeMap::new();
    for planned in &plan.resources {
        *actions.entry(planned.action.name()).or_default() += 1;
    }
    text(EventV1::Planned {
        stack: &plan.stack,
        actions,
        steps: plan.steps.len(),
        notes: plan.notes.iter().map(|note| remarks_json::note(note, files)).collect(),
        findings: plan.findings.iter().map(|found| remarks_json::finding(found, files)).collect(),
    })
}

/// The last line of a run: how it ended.
pub fn finished(outcome: &Outcome) -> String {
    let mut steps = BTreeMap::new();
    for ended in outcome.steps.values() {
        let how = match ended {
            Ended::Done(_) => "done",
            Ended::Failed { .. } => "failed",
            Ended::Skipped { .. } => "skipped",
            Ended::Moved { .. } => "moved",
            Ended::StillRunning { .. } => "stillRunning",
            Ended::Cancelled => "cancelled",
            Ended::NotNeeded => "notNeeded",
        };
        *steps.entry(how).or_default() += 1;
    }
    text(EventV1::Finished { complete: outcome.is_complete(), interrupted: outcome.interrupted, steps })
}

fn text(event: EventV1<'_>) -> String {
    serde_json::to_string(&LineV1 { version: 1, event }).expect("strings and numbers can always be written")
}

fn event_v1(event: &Event) -> EventV1<'_> {
    let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    match event {
        Event::Started { step } => EventV1::Started { step: step.as_str() },
        Event::Progressed { step, progress: Progress { percent, words, bytes } } => EventV1::Progressed {
            step: step.as_str(),
            percent: *percent,
            words,
            bytes: bytes.map(|(sent, _)| sent),
            total_bytes: bytes.map(|(_, total)| total),
        },
        Event::Retrying { step, why, after } => {
            EventV1::Retrying { step: step.as_str(), why, after_ms: millis(*after) }
        }
        Event::Ended { step, how, took } => {
            let how = match how {
                Ended::Done(note) => EndedV1::Done { note: note.as_deref() },
                Ended::Failed { error, request_id } => {
                    EndedV1::Failed { error, request_id: request_id.as_deref() }
                }
                Ended::Skipped { because } => EndedV1::Skipped { because: because.as_str() },
                Ended::Moved { what } => EndedV1::Moved { what },
                Ended::StillRunning { progress } => EndedV1::StillRunning { progress },
                Ended::Cancelled => EndedV1::Cancelled,
                Ended::NotNeeded => EndedV1::NotNeeded,
            };
            EventV1::Ended { step: step.as_str(), how, took_ms: millis(*took) }
        }
        Event::Stopping => EventV1::Stopping,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::address::Address;
    use crate::model::step::StepId;

    #[test]
    fn the_frozen_form_of_version_1() {
        let step = StepId::new(&Address::new("pool", ["a", "b"]), "create");
        let ended = |how: Ended| Event::Ended { step: step.clone(), how, took: Duration::from_millis(1500) };
        let progress = Progress { words: "resizing".to_owned(), ..Progress::default() };
        let uploading =
            Progress { percent: Some(25), words: "1 KiB of 4 KiB".to_owned(), bytes: Some((1024, 4096)) };
        let cases = [
            (
                Event::Started { step: step.clone() },
                r#"{"version":1,"event":"started","step":"pool/a/b create"}"#,
            ),
            (
                Event::Progressed { step: step.clone(), progress },
                r#"{"version":1,"event":"progressed","step":"pool/a/b create","percent":null,"words":"resizing"}"#,
            ),
            (
                Event::Progressed { step: step.clone(), progress: uploading },
                r#"{"version":1,"event":"progressed","step":"pool/a/b create","percent":25,"words":"1 KiB of 4 KiB","bytes":1024,"totalBytes":4096}"#,
            ),
            (
                Event::Retrying { step: step.clone(), why: "429".to_owned(), after: Duration::from_secs(7) },
                r#"{"version":1,"event":"retrying","step":"pool/a/b create","why":"429","afterMs":7000}"#,
            ),
            (
                ended(Ended::Failed { error: "no".to_owned(), request_id: Some("r".to_owned()) }),
                r#"{"version":1,"event":"ended","step":"pool/a/b create","how":"failed","error":"no","requestId":"r","tookMs":1500}"#,
            ),
            (
                ended(Ended::StillRunning { progress: "40 %".to_owned() }),
                r#"{"version":1,"event":"ended","step":"pool/a/b create","how":"stillRunning","progress":"40 %","tookMs":1500}"#,
            ),
            (
                ended(Ended::Done(None)),
                r#"{"version":1,"event":"ended","step":"pool/a/b create","how":"done","note":null,"tookMs":1500}"#,
            ),
            (
                ended(Ended::Cancelled),
                r#"{"version":1,"event":"ended","step":"pool/a/b create","how":"cancelled","tookMs":1500}"#,
            ),
            (Event::Stopping, r#"{"version":1,"event":"stopping"}"#),
        ];
        for (event, expected) in cases {
            assert_eq!(text(event_v1(&event)), expected);
        }
        let plan = Plan { stack: "render".to_owned(), ..Plan::default() };
        assert_eq!(
            planned(&plan, &Files::default()),
            r#"{"version":1,"event":"planned","stack":"render","actions":{},"steps":0}"#
        );
        let outcome = Outcome { steps: BTreeMap::from([(step, Ended::Done(None))]), interrupted: false };
        let last =
            r#"{"version":1,"event":"finished","complete":true,"interrupted":false,"steps":{"done":1}}"#;
        assert_eq!(finished(&outcome), last);
    }
}
