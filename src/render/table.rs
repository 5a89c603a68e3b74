//! Tables that fit: rows in columns where the screen is wide enough for them, and otherwise each cell on a line of its own.
//! Knows nothing of what is shown.

use std::fmt::Write as _;

use crate::render::style::{Paint, wrapped};

const INDENT: &str = "  ";
const GAP: usize = 2;

/// A row, with lines below it that belong to it.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// A cell for each heading.
    pub(super) cells: Vec<Cell>,
    /// What no column says, already painted or plain.
    pub(super) below: Vec<Cell>,
}

/// A text, and how it is painted.
#[derive(Debug)]
pub(super) struct Cell {
    text: String,
    paint: fn(Paint, &str) -> String,
}

impl Cell {
    /// Without colour.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::painted(text, |_, text| text.to_owned())
    }

    /// With the colour that this gives.
    pub(super) fn painted(text: impl Into<String>, paint: fn(Paint, &str) -> String) -> Self {
        Self { text: text.into(), paint }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// The table.
pub(super) fn table(headings: &[&str], rows: &[Row], paint: Paint, width: usize) -> String {
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(column)).map(Cell::width);
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(widest).collect();
    let total = INDENT.len() + widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    let mut text = String::new();
    if total <= width {
        let headings: Vec<Cell> =
            headings.iter().map(|heading| Cell::painted(*heading, Paint::dim)).collect();
        line(&mut text, &headings, &widths, paint);
    }
    for row in rows {
        if total <= width {
            line(&mut text, &row.cells, &widths, paint);
        } else {
            stacked(&mut text, headings, &row.cells, paint, width);
        }
        for cell in &row.below {
            paragraph(&mut text, cell, paint, width);
        }
    }
    text
}

fn line(text: &mut String, cells: &[Cell], widths: &[usize], paint: Paint) {
    text.push_str(INDENT);
    let last = cells.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate().take(last + 1) {
        text.push_str(&(cell.paint)(paint, &cell.text));
        if at < last {
            text.extend(std::iter::repeat_n(' ', width - cell.width() + GAP));
        }
    }
    text.push('\n');
}

/// The first cell names the row; the others stand below it, each after its heading.
fn stacked(text: &mut String, headings: &[&str], cells: &[Cell], paint: Paint, width: usize) {
    let Some((first, rest)) = cells.split_first() else { return };
    let _ = writeln!(text, "{INDENT}{}", (first.paint)(paint, &first.text));
    let widest = headings.iter().skip(1).map(|heading| heading.chars().count()).max().unwrap_or(0);
    for (heading, cell) in headings.iter().skip(1).zip(rest).filter(|(_, cell)| !cell.text.is_empty()) {
        let lead = format!("{INDENT}{INDENT}{heading:widest$}  ");
        let room = width.saturating_sub(lead.chars().count());
        for (at, part) in wrapped(&cell.text, room).iter().enumerate() {
            let lead = if at == 0 { paint.dim(&lead) } else { " ".repeat(lead.chars().count()) };
            let _ = writeln!(text, "{lead}{}", (cell.paint)(paint, part));
        }
    }
}

/// Words that no column holds, indented; what does not fit on a line is indented once more.
pub(super) fn paragraph(text: &mut String, cell: &Cell, paint: Paint, width: usize) {
    let indent = INDENT.repeat(2);
    for (at, part) in
        wrapped(&cell.text, width.saturating_sub(indent.len() + INDENT.len())).iter().enumerate()
    {
        let deeper = if at == 0 { "" } else { INDENT };
        let _ = writeln!(text, "{indent}{deeper}{}", (cell.paint)(paint, part));
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Row, table};
    use crate::render::style::Paint;

    fn rows() -> Vec<Row> {
        let row = |cells: [&str; 3]| Row { cells: cells.map(Cell::plain).into(), below: Vec::new() };
        let mut rows = vec![row(["long-name", "b", "two words"]), row(["a", "", ""])];
        rows[1].below.push(Cell::plain("said below"));
        rows
    }

    #[test]
    fn columns_stand_below_each_other_where_they_fit() {
        let text = table(&["NAME", "STATE", "MORE"], &rows(), Paint::plain(), 60);
        assert_eq!(text, "  NAME       STATE  MORE\n  long-name  b      two words\n  a\n    said below\n");
    }

    #[test]
    fn where_they_do_not_fit_each_cell_has_a_line() {
        let text = table(&["NAME", "STATE", "MORE"], &rows(), Paint::plain(), 18);
        assert_eq!(
            text,
            "  long-name\n    STATE  b\n    MORE   two\n           words\n  a\n    said below\n"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 18));
    }
}
