//! `schema`: the JSON Schema of the files.

use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::kinds::schema::schema;

pub(crate) fn run() -> Exit {
    Terminal::print(&format!("{:#}\n", schema()));
    Exit::Done
}
