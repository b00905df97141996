//! A table that fits the terminal: columns as wide as they must be, the last ones cut first.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// The least width it can be cut to; it is never cut below.
    pub least: usize,
    /// Whether it is given up altogether when the table does not fit even so.
    pub optional: bool,
}

/// A cell: its text and the SGR code of its colour (empty for none).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// `"32"` for green, and so on.
    pub colour: &'static str,
}

impl Cell {
    /// A cell without a colour.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: "" }
    }

    /// A cell with a colour.
    pub fn coloured(text: impl Into<String>, colour: &'static str) -> Self {
        Self { text: text.into(), colour }
    }
}

/// The lines of the table, heading first. `width` is the terminal's; `None` cuts nothing. Control characters are
/// shown as `?`: what agents write must not reach the terminal as commands.
pub fn render(columns: &[Column], rows: &[Vec<Cell>], width: Option<usize>, colours: bool) -> Vec<String> {
    let natural: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            rows.iter().map(|row| row[at].text.width()).chain([column.title.width()]).max().unwrap_or(0)
        })
        .collect();
    let widths = fit(columns, &natural, width);
    let mut lines = vec![line(columns.iter().map(|column| Cell::coloured(column.title, "2")), &widths, colours)];
    lines.extend(rows.iter().map(|row| line(row.iter().cloned(), &widths, colours)));
    lines
}

/// The width of each column; `None` for a column that is given up.
fn fit(columns: &[Column], natural: &[usize], width: Option<usize>) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = natural.iter().map(|&width| Some(width)).collect();
    let Some(limit) = width else { return widths };
    let total =
        |widths: &[Option<usize>]| widths.iter().flatten().map(|width| width + 2).sum::<usize>().saturating_sub(2);
    for at in (0..columns.len()).rev() {
        let over = total(&widths).saturating_sub(limit);
        if let Some(width) = widths[at].as_mut() {
            *width = (*width).saturating_sub(over).max(columns[at].least.min(*width));
        }
    }
    for at in (0..columns.len()).rev().filter(|&at| columns[at].optional) {
        if total(&widths) > limit {
            widths[at] = None;
        }
    }
    widths
}

fn line(cells: impl Iterator<Item = Cell>, widths: &[Option<usize>], colours: bool) -> String {
    let mut line = String::new();
    for (cell, width) in cells.zip(widths).filter_map(|(cell, width)| Some((cell, (*width)?))) {
        let text = cut(&cell.text, width);
        let blanks = width.saturating_sub(text.width()) + 2;
        if colours && !cell.colour.is_empty() {
            line.push_str(&format!("\x1b[{}m{text}\x1b[0m", cell.colour));
        } else {
            line.push_str(&text);
        }
        line.push_str(&" ".repeat(blanks));
    }
    line.truncate(line.trim_end().len());
    line
}

/// `text` in at most `width` columns, with an ellipsis where it was cut.
pub fn cut(text: &str, width: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.width() <= width {
        return text;
    }
    let mut used = 0;
    let mut short = String::new();
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        short.push(c);
    }
    if width > 0 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns_not_bytes() {
        for (text, width, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("a\x1b[2J", 9, "a?[2J"),
            ("x", 0, ""),
        ] {
            assert_eq!(cut(text, width), expected);
        }
    }

    #[test]
    fn the_last_columns_give_way_first() {
        let columns = [
            Column { title: "NAME", least: 6, optional: false },
            Column { title: "TASK", least: 4, optional: true },
            Column { title: "PATH", least: 4, optional: true },
        ];
        let rows = [vec![Cell::plain("a-long-name"), Cell::plain("write tests"), Cell::plain("/a/long/path")]];
        let widest = |width| render(&columns, &rows, width, false).iter().map(|line| line.width()).max().unwrap();
        assert_eq!(widest(None), 38);
        for width in [38, 30, 20, 14] {
            assert!(widest(Some(width)) <= width, "{width}");
        }
        let narrow = render(&columns, &rows, Some(14), false);
        assert_eq!(narrow[0], "NAME    TASK");
    }
}
