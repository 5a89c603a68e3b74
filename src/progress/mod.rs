//! Shows what happens during apply: bars on a terminal, lines in a pipeline, JSON for a program.
//! Hears events and nothing else; draws on what `cli` hands over, and can stop nothing.

pub mod bar;
pub mod jsonl;
pub mod plain;
mod words;

use crate::model::event::Event;

/// Somebody who is told of everything that happens during apply.
pub trait Sink: Send + Sync {
    /// Something has happened. Returns at once; a screen that is gone is no error.
    fn event(&self, event: &Event);

    /// Nothing more will happen: clears what is only there while something runs.
    fn finish(&self) {}
}

/// Where finished lines go: `cli` owns the terminal and gives a function that writes one line, without its line feed.
pub type WriteLine = Box<dyn Fn(&str) + Send + Sync>;
