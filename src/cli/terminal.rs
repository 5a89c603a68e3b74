//! The only writer to stdout and stderr. A reader that goes away ends output, not the program.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::cli::args::ColorChoice;
use crate::cli::context::Environment;
use crate::render::style::Paint;

/// The screen, or the pipe, that the user looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    /// Columns.
    pub width: usize,
    /// Colours of stdout.
    pub paint: Paint,
    /// Colours of stderr.
    pub talk_paint: Paint,
    /// Whether stderr is a terminal that can move its cursor, so that progress can be drawn.
    pub interactive: bool,
    /// Whether what was printed can be drawn anew: stdout is such a terminal.
    pub redraws: bool,
    /// The user says how wide it is, whatever it seems.
    told: bool,
}

/// Why the first data that did not arrive was lost.
static LOST: OnceLock<String> = OnceLock::new();

/// Whether whoever read stdout has gone.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// After this long without a word, users wonder whether anything happens.
const A_WHILE: Duration = Duration::from_secs(15);

/// What is assumed where nobody tells.
const WIDTH: usize = 100;
/// Less cannot be filled sensibly, and more cannot be read.
const NARROWEST: usize = 40;
const WIDEST: usize = 200;

impl Terminal {
    /// Looks at the streams and at the environment.
    pub(crate) fn new(choice: ColorChoice, environment: &Environment) -> Self {
        let dumb = environment.get("TERM") == Some("dumb");
        let colours = |terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !dumb && environment.get("NO_COLOR").is_none_or(str::is_empty),
        };
        let (out, talk) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let told = environment.get("COLUMNS").and_then(|columns| columns.parse().ok());
        let seen = || (out || talk).then(Self::screen).flatten().map(|(columns, _)| columns);
        Self {
            width: told.or_else(seen).unwrap_or(WIDTH).clamp(NARROWEST, WIDEST),
            paint: Paint::new(colours(out)),
            talk_paint: Paint::new(colours(talk)),
            interactive: talk && !dumb,
            redraws: out && !dumb,
            told: told.is_some(),
        }
    }

    /// The same after the user may have changed the size of the window.
    pub(crate) fn as_wide_as_now(self) -> Self {
        let seen = Self::screen().filter(|_| !self.told);
        Self { width: seen.map_or(self.width, |(columns, _)| columns.clamp(NARROWEST, WIDEST)), ..self }
    }

    /// Columns and rows of the screen now, where there is one.
    pub(crate) fn screen() -> Option<(usize, usize)> {
        terminal_size::terminal_size().map(|(columns, rows)| (usize::from(columns.0), usize::from(rows.0)))
    }

    /// Whether whoever read stdout has gone, so that printing more is for nobody.
    pub(crate) fn is_unread() -> bool {
        UNREAD.load(Ordering::Relaxed)
    }

    /// Data, to stdout. `poolwright plan | head` is no error.
    pub(crate) fn print(text: &str) {
        match write_all(&mut io::stdout().lock(), text) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => UNREAD.store(true, Ordering::Relaxed),
            Err(error) => {
                // The first one tells why.
                LOST.get_or_init(|| error.to_string());
            }
            Ok(()) => {}
        }
    }

    /// Talk, to stderr. Where that cannot be written, there is nobody left to tell.
    pub(crate) fn say(text: &str) {
        drop(write_all(&mut io::stderr().lock(), text));
    }

    /// Why data that was printed did not arrive (a full disk), if so.
    pub(crate) fn lost() -> Option<&'static str> {
        LOST.get().map(String::as_str)
    }

    /// Waits for something that shows nothing itself, and says now and then that it is still going on.
    pub(crate) async fn patiently<T>(doing: &str, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = tokio::time::timeout(A_WHILE, &mut work).await {
                return done;
            }
            Self::say(&format!("still {doing} (`--log info` shows each request)\n"));
        }
    }

    /// Asks, and says whether the answer is `yes`. `None`: there is nobody to ask.
    pub(crate) fn ask(question: &str) -> Option<bool> {
        if !io::stdin().is_terminal() {
            return None;
        }
        Self::say(question);
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer).ok()? == 0 {
            // Ctrl-D leaves the cursor behind the question.
            Self::say("\n");
        }
        Some(answer.trim().eq_ignore_ascii_case("yes"))
    }
}

fn write_all(stream: &mut dyn io::Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
}
