//! The only writer to stdout and stderr. A reader that goes away ends output, not the program.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::pin::pin;
use std::sync::OnceLock;
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
}

/// Why the first data that did not arrive was lost.
static LOST: OnceLock<String> = OnceLock::new();

/// After this long without a word, users wonder whether anything happens.
const A_WHILE: Duration = Duration::from_secs(15);

/// What is assumed where nobody tells.
const WIDTH: usize = 100;

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
        let seen = || (out || talk).then(seen_width).flatten();
        Self {
            width: told.or_else(seen).unwrap_or(WIDTH).clamp(40, 200),
            paint: Paint::new(colours(out)),
            talk_paint: Paint::new(colours(talk)),
            interactive: talk && !dumb,
        }
    }

    /// Data, to stdout.
    pub(crate) fn print(text: &str) {
        if let Err(error) = write_all(&mut io::stdout().lock(), text) {
            // The first one tells why.
            LOST.get_or_init(|| error.to_string());
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

fn seen_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

/// Writes, and lets a closed pipe be: `poolwright plan | head` is no error.
fn write_all(stream: &mut dyn io::Write, text: &str) -> io::Result<()> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
