//! Bars on a terminal: one for each step that runs, with how far it is, and a line above them for each that has ended.
//! Draws on a target that `cli` hands over, and owns nothing of the terminal.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::event::Event;
use crate::model::step::StepId;
use crate::model::wait::Progress;
use crate::progress::{Sink, words};
use crate::render::style::Paint;

/// More would not fit on a screen; the others get theirs when one ends and they have something to tell.
const MOST_BARS: usize = 16;
/// On fewer columns than this the numbers have the room that the bar would take.
const WIDE: usize = 80;
/// How often the time beside a bar moves on.
const TICK: Duration = Duration::from_millis(500);

/// Bars for people who watch.
pub struct Bars {
    screen: MultiProgress,
    paint: Paint,
    columns: usize,
    by_step: Mutex<BTreeMap<StepId, ProgressBar>>,
}

impl Bars {
    /// Bars on `target`, which has so many columns.
    pub fn new(target: ProgressDrawTarget, paint: Paint, columns: usize) -> Self {
        let screen = MultiProgress::with_draw_target(target);
        Self { screen, paint, columns, by_step: Mutex::new(BTreeMap::new()) }
    }

    /// Runs something that writes to the same terminal, with the bars out of its way.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.screen.suspend(write)
    }

    fn show(&self, step: &StepId, progress: &Progress) {
        let mut bars = self.by_step.lock().unwrap_or_else(PoisonError::into_inner);
        if bars.len() >= MOST_BARS && !bars.contains_key(step) {
            return;
        }
        let bar = bars.entry(step.clone()).or_insert_with(|| {
            let bar = self.screen.add(ProgressBar::new(100).with_style(style(false, self.columns)));
            bar.set_prefix(fitted(words::name(step), self.columns / 2));
            bar.enable_steady_tick(TICK);
            bar
        });
        if let Some(percent) = progress.percent {
            bar.set_style(style(true, self.columns));
            bar.set_position(u64::from(percent));
        }
        let words = Progress { percent: None, ..progress.clone() };
        bar.set_message(words::so_far(&words));
    }

    fn remove(&self, step: &StepId) {
        let bar = self.by_step.lock().unwrap_or_else(PoisonError::into_inner).remove(step);
        if let Some(bar) = bar {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
    }

    fn print(&self, event: &Event) {
        if let Some(line) = words::line(event, self.paint) {
            // A terminal that is gone is no reason to stop a run.
            let _gone = self.screen.println(line);
        }
    }
}

/// A bar with its percentage, or only the time that has gone by where Azure tells no percentage.
fn style(with_percent: bool, columns: usize) -> ProgressStyle {
    let template = match (with_percent, columns >= WIDE) {
        (true, true) => "  {prefix}  {bar:12} {percent:>3} %  {elapsed}  {wide_msg}",
        (true, false) => "  {prefix}  {percent:>3} %  {wide_msg}",
        (false, _) => "  {prefix}  {elapsed}  {wide_msg}",
    };
    let style =
        ProgressStyle::with_template(template).expect("the template is a constant that a test has parsed");
    style.progress_chars("=> ")
}

/// A name on so many columns: how it ends tells more than how it begins.
fn fitted(name: String, most: usize) -> String {
    let cut = name.chars().count().saturating_sub(most);
    match name.char_indices().nth(cut + 1) {
        Some((at, _)) if cut > 0 => format!("…{}", &name[at..]),
        _ => name,
    }
}

impl Sink for Bars {
    fn event(&self, event: &Event) {
        match event {
            Event::Started { step } => self.show(step, &Progress::default()),
            Event::Progressed { step, progress } => self.show(step, progress),
            Event::Retrying { .. } | Event::Stopping => self.print(event),
            Event::Ended { step, .. } => {
                self.remove(step);
                self.print(event);
            }
        }
    }

    fn finish(&self) {
        self.by_step.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let _gone = self.screen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::Address;
    use crate::model::outcome::Ended;

    #[test]
    fn a_long_name_leaves_room_for_the_numbers() {
        let name = "image-version/renderGallery/ubuntu/1.0.0 upload";
        assert_eq!(fitted(name.to_owned(), 30), "…erGallery/ubuntu/1.0.0 upload");
        assert_eq!(fitted(name.to_owned(), 100), name);
        for with_percent in [false, true] {
            for columns in [40, WIDE] {
                let _parsed = style(with_percent, columns);
            }
        }
    }

    #[test]
    fn bars_come_and_go_with_their_steps() {
        let bars = Bars::new(ProgressDrawTarget::hidden(), Paint::plain(), 100);
        let step = |number: usize| StepId::new(&Address::new("pool", [number.to_string().as_str()]), "wait");
        let shown = || bars.by_step.lock().expect("not poisoned").len();
        for number in 0..40 {
            bars.event(&Event::Started { step: step(number) });
        }
        assert_eq!(shown(), MOST_BARS);
        let progress = Progress { percent: Some(40), words: "replicating".to_owned(), ..Progress::default() };
        bars.event(&Event::Progressed { step: step(3), progress: progress.clone() });
        assert_eq!(bars.by_step.lock().expect("not poisoned")[&step(3)].position(), 40);
        bars.event(&Event::Ended { step: step(0), how: Ended::Done(None), took: Duration::ZERO });
        bars.event(&Event::Progressed { step: step(39), progress });
        assert_eq!(shown(), MOST_BARS);
        bars.finish();
        assert_eq!(shown(), 0);
    }
}
